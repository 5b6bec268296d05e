package dist

import (
	"github.com/gopyro/pyro/constraint"
	"github.com/gopyro/pyro/rng"
	"github.com/gopyro/pyro/tensor"
)

// Gamma returns the gamma distribution on [0, ∞) with concentration a > 0 and
// rate b > 0, density b^a·x^(a-1)·exp(-b·x)/Γ(a) and mean a/b. Batch shape:
// both broadcast. Draws are those of Marsaglia and Tsang (2000), never below
// the smallest normal float64, and differentiable by implicit
// reparameterisation (Figurnov, Mohamed, Mnih 2018, equation 5).
func Gamma[C, R tensor.Operand](concentration C, rate R) Distribution {
	c, r := parameter(concentration), parameter(rate)
	d := &gamma{concentration: c, rate: r}
	d.init(gammaKind, c, r)
	return d
}

var gammaKind = &kind{name: "Gamma", plain: true, draws: draws{support: constraint.Nonnegative}, params: []param{
	{"concentration", constraint.Positive}, {"rate", constraint.Positive},
}}

type gamma struct {
	family
	concentration, rate *tensor.Tensor
}

func (d *gamma) Expand(batch ...int) Distribution {
	e := *d
	e.expand(batch)
	return &e
}

func (d *gamma) RSample(key rng.Key, sample ...int) *tensor.Tensor {
	x := d.drawEach(key, sample, gammaOf, d.concentration)
	return x.AsGammaSample(d.concentration).Div(d.rate).Maximum(normalLeast)
}

func (d *gamma) Sample(key rng.Key, sample ...int) *tensor.Tensor {
	return d.RSample(key, sample...).Detach()
}

func (d *gamma) LogProb(x *tensor.Tensor) *tensor.Tensor {
	out, in := guard(x, zero, largest, one)
	a, b := d.concentration.On(x.Tape()), d.rate.On(x.Tape())
	logp := a.AddScalar(-1).XLogY(in).Sub(b.Mul(in)).Add(logGammaNorm(a, b))
	return d.spread(out.Where(negInf, logp))
}

// logGammaNorm returns log(b^a/Γ(a)).
func logGammaNorm(a, b *tensor.Tensor) *tensor.Tensor { return a.Mul(b.Log()).Sub(a.Lgamma()) }

func (d *gamma) Mean() *tensor.Tensor { return d.spread(d.concentration.Div(d.rate)) }

func (d *gamma) Variance() *tensor.Tensor {
	return d.spread(d.concentration.Div(d.rate).Div(d.rate))
}

func (d *gamma) CDF(x *tensor.Tensor) *tensor.Tensor {
	out, in := guard(x, zero, largest, one)
	return d.spread(out.Where(zero.Less(x), d.rate.Mul(in).GammaP(d.concentration)))
}

func (d *gamma) Quantile(q *tensor.Tensor) *tensor.Tensor {
	return d.spread(q.GammaPInv(d.concentration).Div(d.rate))
}

func (d *gamma) Entropy() *tensor.Tensor {
	a := d.concentration
	return d.spread(a.Lgamma().Add(a).Sub(a.AddScalar(-1).Mul(a.Digamma())).Sub(d.rate.Log()))
}

func (d *gamma) klTo(q Distribution) (*tensor.Tensor, bool) {
	o, ok := q.(*gamma)
	if !ok {
		return nil, false
	}
	return klGamma(d.concentration, d.rate, o.concentration, o.rate), true
}
