package dist

import (
	"github.com/gopyro/pyro/tensor"
	"github.com/gopyro/pyro/transform"
)

// Untransform takes a transformed distribution apart: draws of d are f(x) for
// draws x of base. It knows Transformed and LogNormal, whose f is one-to-one, and
// RelaxedBernoulli, RelaxedOneHotCategorical (noise of Gumbel's distribution) and
// ProjectedNormal (normal vectors), also inside Independent, Expanded and Masked.
// For others ok is false.
func Untransform(d Distribution) (base Distribution, f transform.Transform, ok bool) {
	switch w := d.(type) {
	case *transformed:
		return w.base, w.f, true
	case *lognormal:
		return Normal(w.loc, w.scale).Expand(w.batch...), transform.Exp, true
	case *relaxed:
		return w.base(), transform.Sigmoid, true
	case *relaxedOneHot:
		return w.base(), transform.Softmax, true
	case *projectedNormal:
		return w.base(), transform.Direction, true
	case *independent:
		if base, f, ok = Untransform(w.base); ok && len(base.BatchShape()) == len(w.base.BatchShape()) {
			return Independent(base, w.n), f, true
		}
	case *expanded:
		if base, f, ok = Untransform(w.base); ok && len(base.BatchShape()) == len(w.base.BatchShape()) {
			return base.Expand(w.batch...), f, true
		}
	case *masked:
		if base, f, ok = Untransform(w.base); ok {
			return Masked(base, w.mask), f, true
		}
	}
	return nil, nil, false
}

// NormalMixture takes a continuous mixture of normal distributions apart: a draw
// of d is one of given(y), which is normal, for a draw y of mixing. Student's
// distribution mixes precisions by a gamma distribution, Cauchy's likewise, and
// Laplace's mixes variances by an exponential one (Andrews and Mallows 1974).
// Mixing has the batch shape of d, and y one number for each of its elements. It
// sees into Independent, Expanded and Masked. For others ok is false.
func NormalMixture(d Distribution) (mixing Distribution, given func(y *tensor.Tensor) Distribution, ok bool) {
	switch w := d.(type) {
	case *studentt:
		mixing, given = byPrecision(w.df.MulScalar(0.5), w.loc, w.scale)
		return mixing.Expand(w.batch...), given, true
	case *cauchy:
		mixing, given = byPrecision(half.To(w.scale.DType()), w.loc, w.scale)
		return mixing.Expand(w.batch...), given, true
	case *laplace:
		given = func(y *tensor.Tensor) Distribution { return Normal(w.loc, w.scale.Mul(y.MulScalar(2).Sqrt())) }
		return Exponential(one.To(w.scale.DType())).Expand(w.batch...), given, true
	case *independent:
		if y, inside, ok := NormalMixture(w.base); ok {
			return Independent(y, w.n), func(y *tensor.Tensor) Distribution { return Independent(inside(y), w.n) }, true
		}
	case *expanded:
		if mixing, given, ok = NormalMixture(w.base); ok {
			return mixing.Expand(w.batch...), given, true
		}
	case *masked:
		if y, inside, ok := NormalMixture(w.base); ok {
			return Masked(y, w.mask), func(y *tensor.Tensor) Distribution { return Masked(inside(y), w.mask) }, true
		}
	}
	return nil, nil, false
}

// byPrecision mixes normal distributions by a gamma distribution of mean 1 and
// concentration a over the factor of their precision.
func byPrecision(a, loc, scale *tensor.Tensor) (Distribution, func(*tensor.Tensor) Distribution) {
	return Gamma(a, a), func(y *tensor.Tensor) Distribution { return Normal(loc, scale.Div(y.Sqrt())) }
}
