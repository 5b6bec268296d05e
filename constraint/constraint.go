// Package constraint has the sets that parameters and draws live in.
//
//	at, ok := constraint.Positive.Check(tensor.Of([]float64{1, -2})) // 1, false
//	t := constraint.Simplex.Bijection()                              // from ℝⁿ⁻¹
package constraint

import (
	"github.com/gopyro/pyro/tensor"
	"github.com/gopyro/pyro/transform"
)

// Constraint is a set of tensors of EventRank dims. A tensor with more dims is a
// batch of them.
type Constraint interface {
	// Check returns the position, in row-major order of the batch, of the first
	// event outside the set. NaN is in no set.
	Check(x *tensor.Tensor) (at int, ok bool)
	// EventRank is the number of dims of an event: 0 for numbers, 1 for vectors.
	EventRank() int
	// Discrete reports whether the set has isolated points only.
	Discrete() bool
	// Bijection returns a one-to-one map from ℝⁿ onto the set, for samplers, or
	// nil if the set is discrete.
	Bijection() transform.Transform
	// Transform returns the map from ℝⁿ onto the set through which parameters
	// are optimised; it need not be one-to-one. It is nil if the set is discrete.
	Transform() transform.Transform
	// String describes the set, such as "(0, ∞)" or "simplex".
	String() string
}
