package dist

import (
	"github.com/gopyro/pyro/constraint"
	"github.com/gopyro/pyro/rng"
	"github.com/gopyro/pyro/tensor"
)

// InverseGamma returns the distribution on (0, ∞) of 1/X, X gamma with
// concentration a > 0 and rate b > 0; density b^a·x^(-a-1)·exp(-b/x)/Γ(a). The
// mean, b/(a-1), is finite for a > 1; the variance exists there and is finite
// for a > 2. Batch shape: both broadcast. Draws are at most the largest float64
// and differentiable by implicit reparameterisation.
func InverseGamma[C, R tensor.Operand](concentration C, rate R) Distribution {
	c, r := parameter(concentration), parameter(rate)
	d := &inversegamma{concentration: c, rate: r}
	d.init(inverseGammaKind, c, r)
	return d
}

var inverseGammaKind = &kind{name: "InverseGamma", plain: true, draws: draws{support: constraint.Positive}, params: []param{
	{"concentration", constraint.Positive}, {"rate", constraint.Positive},
}}

type inversegamma struct {
	family
	concentration, rate *tensor.Tensor
}

func (d *inversegamma) Expand(batch ...int) Distribution {
	e := *d
	e.expand(batch)
	return &e
}

func (d *inversegamma) RSample(key rng.Key, sample ...int) *tensor.Tensor {
	y := d.drawEach(key, sample, logGammaOf, d.concentration).AsLogGammaSample(d.concentration)
	return y.Neg().Exp().Mul(d.rate).Minimum(largest)
}

func (d *inversegamma) Sample(key rng.Key, sample ...int) *tensor.Tensor {
	return d.RSample(key, sample...).Detach()
}

func (d *inversegamma) LogProb(x *tensor.Tensor) *tensor.Tensor {
	out, in := guard(x, least, largest, one)
	a, b := d.concentration.On(x.Tape()), d.rate.On(x.Tape())
	power := a.AddScalar(1).Mul(in.Log())
	logp := logGammaNorm(a, b).Sub(power).Sub(b.Div(in))
	return d.spread(out.Where(negInf, logp))
}

func (d *inversegamma) Mean() *tensor.Tensor {
	m := d.concentration.AddScalar(-1)
	finite := zero.Less(m)
	return d.spread(finite.Where(d.rate.Div(finite.Where(m, one)), posInf))
}

func (d *inversegamma) Variance() *tensor.Tensor {
	a := d.concentration
	finite := a.GreaterScalar(2)
	m := finite.Where(a, posInf)
	v := d.rate.Div(m.AddScalar(-1)).Square().Div(m.AddScalar(-2))
	return d.spread(finite.Where(v, one.Less(a).Where(posInf, nan)))
}

func (d *inversegamma) CDF(x *tensor.Tensor) *tensor.Tensor {
	out, in := guard(x, least, largest, one)
	return d.spread(out.Where(zero.Less(x), d.rate.Div(in).GammaQ(d.concentration)))
}

func (d *inversegamma) Quantile(q *tensor.Tensor) *tensor.Tensor {
	return d.spread(d.rate.Div(q.GammaQInv(d.concentration)))
}

func (d *inversegamma) Entropy() *tensor.Tensor {
	a := d.concentration
	return d.spread(a.Lgamma().Add(a).Sub(a.AddScalar(1).Mul(a.Digamma())).Add(d.rate.Log()))
}

// klTo is that of the gamma distributions of the inverses.
func (d *inversegamma) klTo(q Distribution) (*tensor.Tensor, bool) {
	o, ok := q.(*inversegamma)
	if !ok {
		return nil, false
	}
	return klGamma(d.concentration, d.rate, o.concentration, o.rate), true
}
