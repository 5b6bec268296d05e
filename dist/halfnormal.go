package dist

import (
	"math"

	"github.com/gopyro/pyro/constraint"
	"github.com/gopyro/pyro/rng"
	"github.com/gopyro/pyro/tensor"
)

// HalfNormal returns the distribution on [0, ∞) of |X|, X normal with mean 0
// and standard deviation scale > 0; density 2·exp(-z²/2)/(scale·√(2π)) for
// z = x/scale. Batch shape: that of scale. Draws carry gradients.
func HalfNormal[S tensor.Operand](scale S) Distribution {
	s := parameter(scale)
	d := &halfnormal{scale: s}
	d.init(halfNormalKind, s)
	return d
}

var halfNormalKind = &kind{name: "HalfNormal", plain: true, draws: draws{support: constraint.Nonnegative}, params: []param{{"scale", constraint.Positive}}}

type halfnormal struct {
	family
	scale *tensor.Tensor
}

func (d *halfnormal) Expand(batch ...int) Distribution {
	e := *d
	e.expand(batch)
	return &e
}

func (d *halfnormal) RSample(key rng.Key, sample ...int) *tensor.Tensor {
	return d.normals(key, sample).Abs().Mul(d.scale)
}

func (d *halfnormal) Sample(key rng.Key, sample ...int) *tensor.Tensor {
	return d.RSample(key, sample...).Detach()
}

func (d *halfnormal) LogProb(x *tensor.Tensor) *tensor.Tensor {
	scale := d.scale.On(x.Tape())
	logp := standardize(x, scale).Square().MulScalar(-0.5).Sub(scale.Log().AddScalar(halfLog2Pi - math.Ln2))
	return d.spread(x.Less(zero).Where(negInf, logp))
}

func (d *halfnormal) Mean() *tensor.Tensor {
	return d.spread(d.scale.MulScalar(math.Sqrt(2 / math.Pi)))
}

func (d *halfnormal) Variance() *tensor.Tensor {
	return d.spread(d.scale.Square().MulScalar(1 - 2/math.Pi))
}

func (d *halfnormal) CDF(x *tensor.Tensor) *tensor.Tensor {
	out, in := guard(x, zero, largest, one)
	return d.spread(out.Where(zero.Less(x), in.Div(d.scale).MulScalar(1/math.Sqrt2).Erf()))
}

func (d *halfnormal) Quantile(q *tensor.Tensor) *tensor.Tensor {
	return d.spread(probability(q).Erfinv().MulScalar(math.Sqrt2).Mul(d.scale))
}

func (d *halfnormal) Entropy() *tensor.Tensor {
	return d.spread(d.scale.Log().AddScalar(0.5 + halfLog2Pi - math.Ln2))
}

func (d *halfnormal) klTo(q Distribution) (*tensor.Tensor, bool) {
	o, ok := q.(*halfnormal)
	if !ok {
		return nil, false
	}
	return klNormal(zero, d.scale, zero, o.scale), true
}
