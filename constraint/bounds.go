package constraint

import "github.com/gopyro/pyro/tensor"

// bounded is a set that depends on tensors.
type bounded interface {
	bounds() []*tensor.Tensor
	within(bounds []*tensor.Tensor) Constraint
}

// Bounds returns the tensors of a tape that a set of this package depends on, such
// as the bounds of an interval: they are others when the computation is repeated.
func Bounds(c Constraint) []*tensor.Tensor {
	if b, ok := c.(bounded); ok {
		return b.bounds()
	}
	return nil
}

// Within returns c with other tensors in the place of those that Bounds returns.
func Within(c Constraint, bounds []*tensor.Tensor) Constraint {
	if b, ok := c.(bounded); ok {
		return b.within(bounds)
	}
	return c
}
