package tensor

import (
	"slices"
	"sync"

	"github.com/gopyro/pyro/internal/program"
)

// Find returns the position in row-major order of the first element for which
// bad holds, or -1. It allocates nothing for a tensor of up to 8 dims.
func (x *Tensor) Find(bad func(v float64) bool) int {
	x.note("Find")
	a := x.array()
	if a.Layout.Contig && a.DType == Float64 {
		return slices.IndexFunc(a.F64[:a.Layout.Size], bad)
	}
	return find(a, func(o int) bool {
		if a.DType == Float32 {
			return bad(float64(a.F32[o]))
		}
		return bad(a.F64[o])
	})
}

// FindRun is Find for many elements: bad gets them in row-major order, a run of one
// or more at a time, and returns the position in the run of the first that it
// looks for, or -1. It must neither change the run nor keep it. It allocates
// nothing for a tensor of up to 8 dims.
func (x *Tensor) FindRun(bad func(run []float64) int) int {
	x.note("FindRun")
	a := x.array()
	switch {
	case a.Layout.Size == 0:
		return -1
	case a.DType == Float32:
		one := singles.Get().(*[1]float64)
		defer singles.Put(one)
		return find(a, func(o int) bool {
			one[0] = float64(a.F32[o])
			return bad(one[:]) >= 0
		})
	case a.Layout.Contig:
		return bad(a.F64[:a.Layout.Size])
	}
	return find(a, func(o int) bool { return bad(a.F64[o:o+1]) >= 0 })
}

// singles are runs of a float32 tensor.
var singles = sync.Pool{New: func() any { return new([1]float64) }}

// find returns the position in row-major order of the first element for whose
// offset f holds, or -1.
func find(a *program.Array, f func(offset int) bool) int {
	var buf [8]int
	at := append(buf[:0], a.Layout.Dims...) // the present indices
	clear(at)
	o := 0
	for i := range a.Layout.Size {
		if f(o) {
			return i
		}
		for d := len(at) - 1; d >= 0; d-- {
			o += a.Layout.Strides[d]
			if at[d]++; at[d] < a.Layout.Dims[d] {
				break
			}
			o -= at[d] * a.Layout.Strides[d]
			at[d] = 0
		}
	}
	return -1
}

// Position returns the indices, one a dim, of element i in row-major order.
func (x *Tensor) Position(i int) []int {
	s := x.Shape()
	at := make([]int, len(s))
	for d := len(s) - 1; d >= 0; d-- {
		at[d] = i % s[d]
		i /= s[d]
	}
	return at
}

// BroadcastsTo reports whether shape broadcasts to the shape to.
func BroadcastsTo(shape, to []int) bool {
	pad := len(to) - len(shape)
	if pad < 0 {
		return false
	}
	for i, n := range shape {
		if n != to[pad+i] && n != 1 {
			return false
		}
	}
	return true
}

// Broadcast returns the shape that shapes broadcast to, or false.
func Broadcast(shapes ...[]int) ([]int, bool) {
	rank := 0
	for _, s := range shapes {
		rank = max(rank, len(s))
	}
	out := make([]int, rank)
	for i := range out {
		out[i] = 1
	}
	for _, s := range shapes {
		for i, n := range s {
			o := &out[rank-len(s)+i]
			switch {
			case *o == n || n == 1:
			case *o == 1:
				*o = n
			default:
				return nil, false
			}
		}
	}
	return out, true
}
