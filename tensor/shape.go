package tensor

import (
	"slices"

	"github.com/gopyro/pyro/internal/program"
)

// Reshape returns the elements in row-major order with another shape; one size
// may be -1 and follows from the rest.
func (x *Tensor) Reshape(shape ...int) *Tensor {
	dims := x.ints(shape)
	known, free := 1, -1
	for i, d := range dims {
		switch {
		case d >= 0:
			known *= d
		case d == -1 && free < 0:
			free = i
		default:
			x.fail("Reshape", "bad shape %v", append([]int{}, shape...))
		}
	}
	if free >= 0 {
		if known == 0 || x.Size()%known != 0 {
			x.fail("Reshape", "%d elements do not fit %v", x.Size(), append([]int{}, shape...))
		}
		dims[free] = x.Size() / known
	}
	return apply1(program.Reshape, program.Attr{Dims: dims}, x)
}

// Expand broadcasts x to a shape; x itself if it has that shape.
func (x *Tensor) Expand(shape ...int) *Tensor {
	if slices.Equal(x.Shape(), shape) {
		return x
	}
	return apply1(program.Expand, program.Attr{Dims: x.ints(shape)}, x)
}

// SumTo adds the elements along the dims by which x would be a broadcast of
// shape; it is the transpose of Expand.
func (x *Tensor) SumTo(shape ...int) *Tensor {
	return apply1(program.SumTo, program.Attr{Dims: x.ints(shape)}, x)
}

// Permute reorders the dims: dim i of the result is dim dims[i] of x.
func (x *Tensor) Permute(dims ...int) *Tensor {
	if len(dims) != x.Rank() {
		x.fail("Permute", "%d dims given", len(dims))
	}
	p := x.ints(dims)
	var seen [64]bool
	for i, d := range p {
		p[i] = x.dim("Permute", d)
		if p[i] < len(seen) && seen[p[i]] {
			x.fail("Permute", "dim %d is given twice", d)
		}
		if p[i] < len(seen) {
			seen[p[i]] = true
		}
	}
	return apply1(program.Permute, program.Attr{Dims: p}, x)
}

// Transpose swaps two dims.
func (x *Tensor) Transpose(i, j int) *Tensor {
	p := x.ints(x.Shape())
	for k := range p {
		p[k] = k
	}
	i, j = x.dim("Transpose", i), x.dim("Transpose", j)
	p[i], p[j] = j, i
	return apply1(program.Permute, program.Attr{Dims: p}, x)
}

// T swaps the last two dims.
func (x *Tensor) T() *Tensor { return x.Transpose(-1, -2) }

// Unsqueeze inserts a dim of size 1 so that it is dim d of the result.
func (x *Tensor) Unsqueeze(d int) *Tensor {
	s := x.Shape()
	at := d
	if at < 0 {
		at += len(s) + 1
	}
	if at < 0 || at > len(s) {
		x.fail("Unsqueeze", "no dim %d", d)
	}
	if t := x.on(); t != nil {
		return t.handle(t.program.Unsqueeze(t.at(x), at))
	}
	var buf [8]int
	return x.Reshape(append(append(append(buf[:0], s[:at]...), 1), s[at:]...)...)
}

// Squeeze drops dim d, whose size must be 1.
func (x *Tensor) Squeeze(d int) *Tensor {
	s := x.Shape()
	at := d
	if at < 0 {
		at += len(s)
	}
	switch {
	case at < 0 || at >= len(s):
		x.fail("Squeeze", "no dim %d", d)
	case s[at] != 1:
		x.fail("Squeeze", "dim %d has size %d", d, s[at])
	}
	if t := x.on(); t != nil {
		return t.handle(t.program.Squeeze(t.at(x), at))
	}
	var buf [8]int
	return x.Reshape(append(append(buf[:0], s[:at]...), s[at+1:]...)...)
}

// Slice returns elements start, …, stop-1 along a dim; negative bounds count
// from the end.
func (x *Tensor) Slice(dim, start, stop int) *Tensor { return x.SliceStep(dim, start, stop, 1) }

// SliceStep returns elements start, start+step, … below stop along a dim.
func (x *Tensor) SliceStep(dim, start, stop, step int) *Tensor {
	d := x.dim("Slice", dim)
	n := x.Shape()[d]
	lo, hi := start, stop
	if lo < 0 {
		lo += n
	}
	if hi < 0 {
		hi += n
	}
	if lo < 0 || hi > n || lo > hi || step < 1 {
		x.fail("Slice", "bounds %d:%d:%d of dim %d, which has size %d", start, stop, step, dim, n)
	}
	return apply1(program.Slice, program.Attr{Dims: x.ints([]int{d, lo, hi, step})}, x)
}

// Select returns element i along a dim, which is dropped; negative i counts
// from the end.
func (x *Tensor) Select(dim, i int) *Tensor {
	d := x.dim("Select", dim)
	n := x.Shape()[d]
	at := i
	if at < 0 {
		at += n
	}
	if at < 0 || at >= n {
		x.fail("Select", "index %d of dim %d is outside 0…%d", i, dim, n-1)
	}
	return x.Slice(d, at, at+1).Squeeze(d)
}

// Flip reverses a dim.
func (x *Tensor) Flip(dim int) *Tensor {
	return apply1(program.Flip, program.Attr{Dims: x.ints([]int{x.dim("Flip", dim)})}, x)
}

// Cat joins tensors along a dim; their other sizes must be equal.
func Cat(dim int, xs ...*Tensor) *Tensor {
	if len(xs) == 0 {
		panic(&Error{Op: "Cat", Reason: "nothing to join"})
	}
	d := xs[0].dim("Cat", dim)
	dims := []int{d}
	if t := commonTape(xs); t != nil {
		dims = t.program.Ints(dims)
	}
	return applyN(program.Cat, program.Attr{Dims: dims}, xs...)
}

// Stack joins tensors of one shape along a new dim, which is dim d of the result.
func Stack(d int, xs ...*Tensor) *Tensor {
	wide := make([]*Tensor, len(xs))
	for i, x := range xs {
		wide[i] = x.Unsqueeze(d)
	}
	return Cat(d, wide...)
}
