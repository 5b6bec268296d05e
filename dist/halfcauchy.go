package dist

import (
	"math"

	"github.com/gopyro/pyro/constraint"
	"github.com/gopyro/pyro/rng"
	"github.com/gopyro/pyro/tensor"
)

// HalfCauchy returns the distribution on [0, ∞) of |X|, X Cauchy with centre 0
// and scale > 0; density 2/(π·scale·(1 + z²)) for z = x/scale. Mean and
// variance are infinite. Batch shape: that of scale. Draws carry gradients.
func HalfCauchy[S tensor.Operand](scale S) Distribution {
	s := parameter(scale)
	d := &halfcauchy{scale: s}
	d.init(halfCauchyKind, s)
	return d
}

var halfCauchyKind = &kind{name: "HalfCauchy", plain: true, draws: draws{support: constraint.Nonnegative}, params: []param{{"scale", constraint.Positive}}}

type halfcauchy struct {
	family
	scale *tensor.Tensor
}

func (d *halfcauchy) Expand(batch ...int) Distribution {
	e := *d
	e.expand(batch)
	return &e
}

func (d *halfcauchy) RSample(key rng.Key, sample ...int) *tensor.Tensor {
	return halfCauchyQuantile(d.uniforms(key, sample)).Mul(d.scale)
}

func (d *halfcauchy) Sample(key rng.Key, sample ...int) *tensor.Tensor {
	return d.RSample(key, sample...).Detach()
}

func (d *halfcauchy) LogProb(x *tensor.Tensor) *tensor.Tensor {
	scale := d.scale.On(x.Tape())
	logp := standardize(x, scale).Log1pSquare().Add(scale.Log().AddScalar(logPi - math.Ln2)).Neg()
	return d.spread(x.Less(zero).Where(negInf, logp))
}

func (d *halfcauchy) Mean() *tensor.Tensor     { return posInf.Expand(d.batch...) }
func (d *halfcauchy) Variance() *tensor.Tensor { return posInf.Expand(d.batch...) }

func (d *halfcauchy) CDF(x *tensor.Tensor) *tensor.Tensor {
	out, in := guard(x, zero, largest, one)
	return d.spread(out.Where(zero.Less(x), in.Div(d.scale).Atan().MulScalar(2/math.Pi)))
}

func (d *halfcauchy) Quantile(q *tensor.Tensor) *tensor.Tensor {
	return d.spread(halfCauchyQuantile(probability(q)).Mul(d.scale))
}

// halfCauchyQuantile is tan(πq/2), computed from the nearer end.
func halfCauchyQuantile(q *tensor.Tensor) *tensor.Tensor {
	low, t := tails(q)
	t = t.MulScalar(math.Pi / 2)
	sin, cos := t.Sin(), t.Cos()
	return low.Where(sin, cos).Div(low.Where(cos, sin))
}

func (d *halfcauchy) Entropy() *tensor.Tensor {
	return d.spread(d.scale.Log().AddScalar(math.Ln2 + logPi))
}
