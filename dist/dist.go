// Package dist has probability distributions over tensors.
//
//	d := dist.Normal([]float64{0, 10}, 2)         // two normals
//	x := d.Sample(rng.New(1), 1000)               // shape [1000, 2]
//	logp := d.LogProb(x).Sum()
//
// A distribution has a batch shape, over which its parameters vary, and an
// event shape, of one draw. Draws have shape sample + batch + event; log
// densities have the shape of the draws without the event dims. Parameters may
// be tensors, numbers or slices, and broadcast.
//
// Constructors do not look at the values of their arguments: [Validate] does,
// and models call it at every site. Log densities of values outside the support
// are -Inf; [ValidateValue] finds such values. Inside, their relative error is
// below 1e-12, or that of rounding the largest term of the formula where terms
// cancel, as for concentrations above 1000. Quantiles of what is no probability
// are NaN.
//
// What only some distributions can do is an interface of its own. Ask with
// [As], [HasRSample] and [CanEnumerate], not with type assertions: wrappers have
// every method, whatever they wrap.
package dist

import (
	"github.com/gopyro/pyro/constraint"
	"github.com/gopyro/pyro/rng"
	"github.com/gopyro/pyro/tensor"
)

// Distribution is a probability distribution over tensors.
type Distribution interface {
	// Sample returns independent draws of shape sample + batch + event, which
	// carry no gradient. Equal keys give equal draws.
	Sample(key rng.Key, sample ...int) *tensor.Tensor
	// LogProb returns the log density, or log mass, of x, whose shape must
	// broadcast with batch + event. The event dims are summed out.
	LogProb(x *tensor.Tensor) *tensor.Tensor
	// BatchShape and EventShape return shapes that must not be changed.
	BatchShape() []int
	EventShape() []int
	// Support is the set of possible draws.
	Support() constraint.Constraint
	// Expand returns the distribution with a larger batch shape, to which the
	// present one must broadcast. Draws along new dims are independent.
	Expand(batch ...int) Distribution
	// String returns name and parameters, such as Normal(loc: 8.5, scale: 1).
	String() string
}

// Reparam is a distribution whose draws are differentiable functions of its
// parameters.
type Reparam interface {
	Distribution
	// RSample is Sample with a gradient. Equal keys give the same values as Sample.
	RSample(key rng.Key, sample ...int) *tensor.Tensor
}

// Enumerable is a distribution with finitely many possible draws.
type Enumerable interface {
	Distribution
	// EnumerateSupport returns them all, with shape [n, 1, …, 1] + event: one 1
	// for each batch dim.
	EnumerateSupport() *tensor.Tensor
}

// Moments is a distribution with a known mean and variance, of shape batch +
// event. Where one does not exist it is NaN, where it diverges +Inf.
type Moments interface {
	Distribution
	Mean() *tensor.Tensor
	Variance() *tensor.Tensor
}

// Cumulative is a distribution of numbers with known distribution function and
// quantiles. Both broadcast with the batch shape.
type Cumulative interface {
	Distribution
	CDF(x *tensor.Tensor) *tensor.Tensor
	Quantile(q *tensor.Tensor) *tensor.Tensor
}

// Entropic is a distribution with known entropy in nats, of the batch's shape.
type Entropic interface {
	Distribution
	Entropy() *tensor.Tensor
}

// Wrapper is a distribution made from another one.
type Wrapper interface {
	Distribution
	// Unwrap returns the distribution it is made from.
	Unwrap() Distribution
}

// As returns d as a T, such as Moments or Entropic; ok is false where d is none,
// or wraps one that is none.
func As[T Distribution](d Distribution) (t T, ok bool) {
	t, ok = d.(T)
	if w, wraps := d.(Wrapper); ok && wraps {
		_, ok = As[T](w.Unwrap())
	}
	return t, ok
}

// HasRSample reports whether draws of d carry gradients.
func HasRSample(d Distribution) bool {
	_, ok := As[Reparam](d)
	return ok
}

// CanEnumerate reports whether the possible draws of d can be listed.
func CanEnumerate(d Distribution) bool {
	_, ok := As[Enumerable](d)
	return ok
}
