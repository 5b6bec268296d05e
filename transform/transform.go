// Package transform has smooth maps between sets of tensors: from the whole of
// ℝⁿ onto constrained sets and back.
//
//	t := transform.Exp
//	y := t.Forward(tensor.Of(-1.5)) // positive
//	x := t.Inverse(y)               // -1.5
//	l := t.LogAbsDet(x, y)          // log |dy/dx|
package transform

import "github.com/gopyro/pyro/tensor"

// Transform is a smooth map. Its event is what it maps as a whole: the last
// Rank dims; the dims before them are a batch.
type Transform interface {
	// Forward returns y = f(x).
	Forward(x *tensor.Tensor) *tensor.Tensor
	// Inverse returns an x with f(x) = y; where f is not one-to-one, a fixed
	// one of them.
	Inverse(y *tensor.Tensor) *tensor.Tensor
	// LogAbsDet returns log |det ∂f/∂x| at x with y = f(x), of the batch's
	// shape. It panics where f does not preserve dimension.
	LogAbsDet(x, y *tensor.Tensor) *tensor.Tensor
	// Rank returns the number of event dims of x and of y.
	Rank() (in, out int)
	// ForwardShape returns the shape of f(x) for the shape of x, and
	// InverseShape the reverse. They panic with a *tensor.Error where no such
	// shape exists.
	ForwardShape(shape []int) []int
	InverseShape(shape []int) []int
	// String returns the name with parameters, such as Affine(loc: 1, scale: 2).
	String() string
}
