package dist

import (
	"github.com/gopyro/pyro/constraint"
	"github.com/gopyro/pyro/rng"
	"github.com/gopyro/pyro/tensor"
)

// Exponential returns the exponential distribution on [0, ∞) with rate > 0,
// density rate·exp(-rate·x) and mean 1/rate. Batch shape: that of rate. Draws
// carry gradients.
func Exponential[R tensor.Operand](rate R) Distribution {
	r := parameter(rate)
	d := &exponential{rate: r}
	d.init(exponentialKind, r)
	return d
}

var exponentialKind = &kind{name: "Exponential", plain: true, draws: draws{support: constraint.Nonnegative}, params: []param{{"rate", constraint.Positive}}}

type exponential struct {
	family
	rate *tensor.Tensor
}

func (d *exponential) Expand(batch ...int) Distribution {
	e := *d
	e.expand(batch)
	return &e
}

func (d *exponential) RSample(key rng.Key, sample ...int) *tensor.Tensor {
	return d.exponentials(key, sample).Div(d.rate)
}

func (d *exponential) Sample(key rng.Key, sample ...int) *tensor.Tensor {
	return d.RSample(key, sample...).Detach()
}

func (d *exponential) LogProb(x *tensor.Tensor) *tensor.Tensor {
	rate := d.rate.On(x.Tape())
	return d.spread(x.Less(zero).Where(negInf, rate.Log().Sub(rate.Mul(x))))
}

func (d *exponential) Mean() *tensor.Tensor { return d.spread(d.rate.Recip()) }

func (d *exponential) Variance() *tensor.Tensor { return d.spread(d.rate.Recip().Square()) }

func (d *exponential) CDF(x *tensor.Tensor) *tensor.Tensor {
	out, in := guard(x, zero, largest, one)
	return d.spread(out.Where(zero.Less(x), d.rate.Mul(in).Neg().Expm1().Neg()))
}

func (d *exponential) Quantile(q *tensor.Tensor) *tensor.Tensor {
	return d.spread(probability(q).Neg().Log1p().Neg().Div(d.rate))
}

func (d *exponential) Entropy() *tensor.Tensor {
	return d.spread(one.Sub(d.rate.Log()))
}

func (d *exponential) klTo(q Distribution) (*tensor.Tensor, bool) {
	o, ok := q.(*exponential)
	if !ok {
		return nil, false
	}
	ratio := o.rate.Div(d.rate)
	return ratio.Sub(ratio.Log()).AddScalar(-1), true
}
