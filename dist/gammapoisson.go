package dist

import (
	"github.com/gopyro/pyro/constraint"
	"github.com/gopyro/pyro/rng"
	"github.com/gopyro/pyro/tensor"
)

// GammaPoisson returns the distribution on 0, 1, 2, … of Poisson numbers whose
// rate has a Gamma(concentration, rate) distribution: NegativeBinomial with
// total count concentration > 0 and probs 1/(1 + rate). Batch shape: both
// broadcast.
func GammaPoisson[C, R tensor.Operand](concentration C, rate R) Distribution {
	return newGammaPoisson(parameter(concentration), parameter(rate))
}

var gammaPoissonKind = &kind{name: "GammaPoisson", draws: draws{support: constraint.NonnegativeInteger}, params: []param{
	{"concentration", constraint.Positive}, {"rate", constraint.Positive},
}}

type gammaPoisson struct {
	family
	concentration, rate *tensor.Tensor
}

func newGammaPoisson(concentration, rate *tensor.Tensor) *gammaPoisson {
	d := &gammaPoisson{concentration: concentration, rate: rate}
	d.init(gammaPoissonKind, concentration, rate)
	return d
}

func (d *gammaPoisson) Expand(batch ...int) Distribution {
	e := *d
	e.expand(batch)
	return &e
}

func (d *gammaPoisson) Sample(key rng.Key, sample ...int) *tensor.Tensor {
	return d.drawEach(key, sample, func(s *rng.Stream, p []float64) float64 {
		return drawGammaPoisson(s, p[0], 1/p[1])
	}, d.concentration, d.rate)
}

func (d *gammaPoisson) LogProb(x *tensor.Tensor) *tensor.Tensor {
	out, in := guardIntegers(x, zero, largest)
	logp := logRising(d.concentration, in).
		Sub(d.concentration.Mul(d.rate.Recip().Log1p())).
		Sub(in.Mul(d.rate.Log1p()))
	return d.spread(out.Where(negInf, logp))
}

func (d *gammaPoisson) Mean() *tensor.Tensor { return d.spread(d.concentration.Div(d.rate)) }

func (d *gammaPoisson) Variance() *tensor.Tensor {
	return d.Mean().Mul(d.rate.Recip().AddScalar(1))
}

func (d *gammaPoisson) CDF(x *tensor.Tensor) *tensor.Tensor {
	out, in := guard(x.Floor(), zero, largest, zero)
	trials := odds{logits: d.rate.Log().Neg()} // p = 1/(1+rate)
	return d.spread(out.Where(zero.Less(x), trials.below(in.AddScalar(1), d.concentration)))
}

func (d *gammaPoisson) Quantile(q *tensor.Tensor) *tensor.Tensor {
	return d.spread(searchQuantile(q, posInf, newGammaPoisson(d.concentration.Clone(), d.rate.Clone()).CDF))
}
