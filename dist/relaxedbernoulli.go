package dist

import (
	"github.com/gopyro/pyro/constraint"
	"github.com/gopyro/pyro/rng"
	"github.com/gopyro/pyro/tensor"
	"github.com/gopyro/pyro/transform"
)

// RelaxedBernoulli returns the distribution on [0, 1] of
// 1/(1 + exp(-(log p/(1-p) + L)/temperature)) for L of the standard logistic
// distribution (Maddison, Mnih, Teh 2017, appendix B): as the temperature falls
// to 0 it becomes Bernoulli's distribution, but its draws carry gradients.
// temperature > 0, probs in (0, 1). Batch shape: both broadcast.
//
// Draws within rounding of 0 or 1 are the nearest numbers inside.
func RelaxedBernoulli[T, P tensor.Operand](temperature T, probs P) Distribution {
	return newRelaxed(parameter(temperature), odds{probs: parameter(probs)})
}

// RelaxedBernoulliLogits is RelaxedBernoulli with the logit log p/(1-p).
func RelaxedBernoulliLogits[T, L tensor.Operand](temperature T, logits L) Distribution {
	return newRelaxed(parameter(temperature), odds{logits: parameter(logits)})
}

var relaxedKind = probsOrLogits("RelaxedBernoulli", openUnit, constraint.Real, param{"temperature", constraint.Positive}).
	on(constraint.UnitInterval)

type relaxed struct {
	family
	temperature *tensor.Tensor
	odds        odds
}

func newRelaxed(temperature *tensor.Tensor, o odds) *relaxed {
	k, v := o.of(relaxedKind)
	d := &relaxed{temperature: temperature, odds: o}
	d.init(k, temperature, v)
	return d
}

// openUnit is the probabilities that exclude both ends.
var openUnit = share{constraint.UnitInterval, "(0, 1)", func(v float64) bool { return v > 0 && v < 1 }}

func (d *relaxed) Expand(batch ...int) Distribution {
	e := *d
	e.expand(batch)
	return &e
}

// base is the distribution of the logit of a draw.
func (d *relaxed) base() Distribution {
	return Logistic(d.odds.logit().Div(d.temperature), d.temperature.Recip()).Expand(d.batch...)
}

// logit returns log p/q.
func (o odds) logit() *tensor.Tensor {
	if o.logits != nil {
		return o.logits
	}
	return o.probs.Log().Sub(o.probs.Neg().Log1p())
}

func (d *relaxed) RSample(key rng.Key, sample ...int) *tensor.Tensor {
	return insideUnit(transform.Sigmoid.Forward(d.base().(Reparam).RSample(key, sample...)))
}

// insideUnit moves numbers that were rounded onto 0 or 1 inside.
func insideUnit(x *tensor.Tensor) *tensor.Tensor {
	top := belowOne64
	if x.DType() == tensor.Float32 {
		top = belowOne32
	}
	return x.Maximum(leastNormal(x)).Minimum(top)
}

var belowOne64, belowOne32 = tensor.Of(1 - 0x1p-53), tensor.Of(1 - 0x1p-24).To(tensor.Float32)

func (d *relaxed) Sample(key rng.Key, sample ...int) *tensor.Tensor {
	return d.RSample(key, sample...).Detach()
}

// LogProb is log t + a - 2·log(1 + eᵃ) - log x - log(1-x) for
// a = log p/q - t·log x/(1-x) and the temperature t.
func (d *relaxed) LogProb(x *tensor.Tensor) *tensor.Tensor {
	out, in := guard(x, leastNormal(x), belowOne64, half)
	logx, rest := in.Log(), in.Neg().Log1p()
	a := d.odds.logit().Sub(d.temperature.Mul(logx.Sub(rest)))
	logp := d.temperature.Log().Add(a).Sub(a.Softplus().MulScalar(2)).Sub(logx).Sub(rest)
	return d.spread(out.Where(negInf, logp))
}

func (d *relaxed) CDF(x *tensor.Tensor) *tensor.Tensor {
	at := x.Log().Sub(x.Neg().Log1p())
	f := d.temperature.Mul(at).Sub(d.odds.logit()).Sigmoid()
	low, high := x.LessEqual(zero), one.LessEqual(x)
	return d.spread(low.Where(zero, high.Where(one, f)))
}

func (d *relaxed) Quantile(q *tensor.Tensor) *tensor.Tensor {
	p := probability(q)
	z := p.Log().Sub(p.Neg().Log1p())
	return d.spread(z.Add(d.odds.logit()).Div(d.temperature).Sigmoid())
}
