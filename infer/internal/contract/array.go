package contract

import (
	"math"
	"slices"

	"github.com/gopyro/pyro/tensor"
)

// array is a tensor whose dims go by axes: variable i is axis i, the plate at
// dim d < 0 is axis d. Without a tensor it is 0. It has no axis along which it
// does not vary, so that the number of dims stays that of the variables that
// meet, however many there are.
type array struct {
	t    *tensor.Tensor
	axes []int
}

var impossible = tensor.Of(math.Inf(-1))

// has reports whether a varies along an axis.
func (a array) has(axis int) bool { return slices.Contains(a.axes, axis) }

// over returns the tensor with the given axes in their order, which must contain
// those of a; the others have size 1.
func (a array) over(axes []int) *tensor.Tensor {
	if slices.Equal(a.axes, axes) {
		return a.t
	}
	t, order := a.t, make([]int, 0, len(a.axes))
	shape := make([]int, len(axes))
	for i, x := range axes {
		if k := slices.Index(a.axes, x); k >= 0 {
			order = append(order, k)
			shape[i] = a.t.Dim(k)
		} else {
			shape[i] = 1
		}
	}
	if !slices.IsSorted(order) {
		t = t.Permute(order...)
	}
	if len(axes) != len(a.axes) {
		t = t.Reshape(shape...)
	}
	return t
}

// union returns the axes of a and those that only b has.
func (a array) union(b array) []int {
	axes := a.axes
	for _, x := range b.axes {
		if !a.has(x) {
			axes = append(axes[:len(axes):len(axes)], x)
		}
	}
	return axes
}

// add returns a + b.
func (a array) add(b array) array {
	switch {
	case a.t == nil:
		return b
	case b.t == nil:
		return a
	case len(b.axes) > len(a.axes):
		a, b = b, a
	}
	axes := a.union(b)
	return array{a.over(axes).Add(b.over(axes)), axes}
}

// reduce applies an operation along one axis, which it drops.
func (a array) reduce(axis int, f func(x *tensor.Tensor, dims ...int) *tensor.Tensor) array {
	k := slices.Index(a.axes, axis)
	return array{f(a.t, k), without(a.axes, axis)}
}

// matMul sums an axis out of the product of a and b, both of which have it,
// without building the product. Variables come before plates, as in the log
// probabilities of sites, so that few arrays have to be turned around.
func (a array) matMul(b array, axis int) array {
	if slices.Min(a.axes) < 0 && slices.Min(b.axes) >= 0 {
		a, b = b, a
	}
	var batch, rows, cols []int
	for _, x := range a.axes {
		switch {
		case x == axis:
		case b.has(x):
			batch = append(batch, x)
		default:
			rows = append(rows, x)
		}
	}
	for _, x := range b.axes {
		if !a.has(x) {
			cols = append(cols, x)
		}
	}
	left, right := a.over(slices.Concat(batch, rows, []int{axis})), b.over(slices.Concat(batch, []int{axis}, cols))
	k := len(batch)
	shape := left.Shape()[: k+len(rows) : k+len(rows)]
	shape = append(shape, right.Shape()[k+1:]...)
	plain := len(rows) == 1 && len(cols) == 1
	if !plain {
		left = left.Reshape(sizes(shape[:k], -1, left.Dim(-1))...)
		right = right.Reshape(sizes(shape[:k], left.Dim(-1), -1)...)
	}
	t := left.LogMatMul(right)
	if !plain {
		t = t.Reshape(shape...)
	}
	return array{t, slices.Concat(batch, rows, cols)}
}

// sizes appends to a copy.
func sizes(s []int, more ...int) []int { return append(slices.Clone(s), more...) }

// product adds a up along plates; along those in which it does not vary it is
// multiplied.
func (a array) product(plates []int, sizes map[int]int) array {
	if a.t == nil {
		return a
	}
	repeats := 1
	for _, d := range plates {
		if a.has(d) {
			a = a.reduce(d, (*tensor.Tensor).Sum)
		} else {
			repeats *= sizes[d]
		}
	}
	if repeats > 1 {
		a.t = a.t.MulScalar(float64(repeats))
	}
	return a
}

// number is the value of an array without axes.
func (a array) number() *tensor.Tensor {
	if a.t == nil {
		return tensor.Of(0.0)
	}
	return a.t
}

// pick returns a at the chosen values of a variable, which may vary along plates.
func (a array) pick(axis int, index array) array {
	if !a.has(axis) {
		return a
	}
	rest := array{axes: without(a.axes, axis)}.union(index)
	axes := append([]int{axis}, rest...)
	t := a.over(axes).Gather(0, index.over(axes))
	return array{t.Squeeze(0), rest}
}

func without(axes []int, axis int) []int {
	return slices.DeleteFunc(slices.Clone(axes), func(x int) bool { return x == axis })
}

// arrayOf is the array of a factor whose tensor has plates and variables at
// their dims.
func (p *Problem) arrayOf(f *Factor) array {
	if f.axes != nil {
		return array{f.Log, f.axes}
	}
	log := f.Log.Unexpanded()
	shape := log.Shape()
	axis := make([]int, len(shape)) // of each dim; 0 without one
	none := len(p.Vars)
	for i := range axis {
		axis[i] = none
		if shape[i] > 1 && slices.Contains(f.Plates, i-len(shape)) {
			axis[i] = i - len(shape)
		}
	}
	mark := func(v int) {
		if i := len(shape) + p.Vars[v].Dim; i >= 0 && shape[i] > 1 {
			axis[i] = v
		}
	}
	if f.Vars == nil {
		for v := range p.Vars {
			mark(v)
		}
	}
	for _, v := range f.Vars {
		mark(v)
	}
	var a array
	dims := make([]int, 0, len(shape))
	for i, x := range axis {
		if x != none {
			a.axes, dims = append(a.axes, x), append(dims, shape[i])
		}
	}
	a.t = log
	if len(dims) < len(shape) {
		a.t = a.t.Reshape(dims...)
	}
	return a
}
