package dist

import (
	"math"

	"github.com/gopyro/pyro/constraint"
	"github.com/gopyro/pyro/rng"
	"github.com/gopyro/pyro/tensor"
)

// NegativeBinomial returns the distribution on 0, 1, 2, … of the number of
// successes, of probability probs in [0, 1), before failure number totalCount >
// 0, which need not be an integer. Its mean is
// totalCount·probs/(1 - probs). Batch shape: both broadcast.
func NegativeBinomial[N, P tensor.Operand](totalCount N, probs P) Distribution {
	return newNegativeBinomial(parameter(totalCount), odds{probs: parameter(probs)})
}

// NegativeBinomialLogits is NegativeBinomial with log odds below ∞, as
// BernoulliLogits.
func NegativeBinomialLogits[N, L tensor.Operand](totalCount N, logits L) Distribution {
	return newNegativeBinomial(parameter(totalCount), odds{logits: parameter(logits)})
}

var negativeBinomialKind = probsOrLogits("NegativeBinomial", belowOne, constraint.LogWeight, param{"total_count", constraint.Positive}).
	on(constraint.NonnegativeInteger)

type negativeBinomial struct {
	family
	total *tensor.Tensor
	odds  odds
}

func newNegativeBinomial(total *tensor.Tensor, o odds) *negativeBinomial {
	k, v := o.of(negativeBinomialKind)
	d := &negativeBinomial{total: total, odds: o}
	d.init(k, total, v)
	return d
}

func (d *negativeBinomial) Expand(batch ...int) Distribution {
	e := *d
	e.expand(batch)
	return &e
}

// Sample draws a Poisson number with a gamma distributed rate.
func (d *negativeBinomial) Sample(key rng.Key, sample ...int) *tensor.Tensor {
	return d.drawEach(key, sample, func(s *rng.Stream, p []float64) float64 {
		return drawGammaPoisson(s, p[0], p[1])
	}, d.total, d.odds.ratio())
}

// drawGammaPoisson draws a Poisson number of rate scale·Gamma(a, 1).
func drawGammaPoisson(s *rng.Stream, a, scale float64) float64 {
	return drawPoisson(s, scale*math.Exp(logGamma(s, a)))
}

func (d *negativeBinomial) LogProb(x *tensor.Tensor) *tensor.Tensor {
	out, in := guardIntegers(x, zero, largest)
	return d.spread(d.odds.logMass(out, in, d.total, logRising(d.total, in)))
}

// logRising returns the logarithm of Γ(a+k)/(Γ(a)·k!), by way of the beta
// function, which does not cancel.
func logRising(a, k *tensor.Tensor) *tensor.Tensor {
	return a.Lbeta(k.AddScalar(1)).Add(a.Add(k).Log()).Neg()
}

func (d *negativeBinomial) Mean() *tensor.Tensor {
	return d.spread(d.total.Mul(d.odds.ratio()))
}

func (d *negativeBinomial) Variance() *tensor.Tensor { return d.Mean().Div(d.odds.q()) }

// CDF is the complement of the incomplete beta function I_p(k+1, total).
func (d *negativeBinomial) CDF(x *tensor.Tensor) *tensor.Tensor {
	out, in := guard(x.Floor(), zero, largest, zero)
	return d.spread(out.Where(zero.Less(x), d.odds.below(in.AddScalar(1), d.total)))
}

func (d *negativeBinomial) Quantile(q *tensor.Tensor) *tensor.Tensor {
	return d.spread(searchQuantile(q, posInf, newNegativeBinomial(d.total.Clone(), d.odds.clone()).CDF))
}
