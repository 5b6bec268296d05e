package transform

import (
	"fmt"
	"math"
	"slices"

	"github.com/gopyro/pyro/tensor"
)

// fail panics about a shape that a method of t does not take.
func fail(t Transform, method string, shape []int, reason string, args ...any) {
	panic(&tensor.Error{
		Op: t.String() + "." + method, Shapes: [][]int{slices.Clone(shape)},
		Reason: fmt.Sprintf(reason, args...),
	})
}

// vector returns the size of the last dim, which must be least or more.
func vector(t Transform, method string, shape []int, least int) int {
	r := len(shape)
	if r < 1 || shape[r-1] < least {
		fail(t, method, shape, "needs vectors of %d or more", least)
	}
	return shape[r-1]
}

// square returns the size of the last two dims, which must be equal and not 0.
func square(t Transform, method string, shape []int) int {
	r := len(shape)
	if r < 2 || shape[r-1] != shape[r-2] || shape[r-1] == 0 {
		fail(t, method, shape, "needs square matrices")
	}
	return shape[r-1]
}

// triangle says which entries of an n × n matrix, by rows, a vector holds: those
// on or below the diagonal, or strictly below it.
type triangle struct{ strict bool }

// size is the length of the vector.
func (g triangle) size(n int) int {
	if g.strict {
		return n * (n - 1) / 2
	}
	return n * (n + 1) / 2
}

// side returns n for a vector of a shape; t and method are for the error.
func (g triangle) side(t Transform, method string, shape []int) int {
	least := 1
	if g.strict {
		least = 0
	}
	m := vector(t, method, shape, least)
	n := int((math.Sqrt(float64(8*m+1)) - 1) / 2)
	if g.strict {
		n++
	}
	if g.size(n) != m {
		fail(t, method, shape, "no matrix has %d entries in its lower triangle", m)
	}
	return n
}

// each calls f with every entry of the triangle by rows.
func (g triangle) each(n int, f func(i, j int)) {
	for i := range n {
		for j := range i {
			f(i, j)
		}
		if !g.strict {
			f(i, i)
		}
	}
}

// fill returns n × n matrices with the entries x and 0 elsewhere.
func (g triangle) fill(x *tensor.Tensor, n int) *tensor.Tensor {
	y := x.ScatterAdd(-1, n*n, g.positions(n, 0))
	return y.Reshape(slices.Concat(x.Shape()[:x.Rank()-1], []int{n, n})...)
}

// pick returns the entries of n × n matrices as vectors, each from as many
// columns further right.
func (g triangle) pick(y *tensor.Tensor, n, right int) *tensor.Tensor {
	flat := y.Reshape(slices.Concat(y.Shape()[:y.Rank()-2], []int{n * n})...)
	return flat.Gather(-1, g.positions(n, right))
}

// positions is where the entries are in an n × n matrix laid out by rows, each
// as many columns further right.
func (g triangle) positions(n, right int) *tensor.Tensor {
	at := make([]float64, 0, g.size(n))
	g.each(n, func(i, j int) { at = append(at, float64(i*n+j+right)) })
	return tensor.Using(at, len(at))
}

// weights returns a vector of one number for each entry, of the number type of x.
func (g triangle) weights(x *tensor.Tensor, n int, f func(i, j int) int) *tensor.Tensor {
	w := make([]float64, 0, g.size(n))
	g.each(n, func(i, j int) { w = append(w, float64(f(i, j))) })
	return tensor.New(w, len(w)).To(x.DType())
}

func (g triangle) forwardShape(t Transform, shape []int) []int {
	n := g.side(t, "ForwardShape", shape)
	return slices.Concat(shape[:len(shape)-1], []int{n, n})
}

func (g triangle) inverseShape(t Transform, shape []int) []int {
	n := square(t, "InverseShape", shape)
	return slices.Concat(shape[:len(shape)-2], []int{g.size(n)})
}
