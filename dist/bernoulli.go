package dist

import (
	"github.com/gopyro/pyro/constraint"
	"github.com/gopyro/pyro/rng"
	"github.com/gopyro/pyro/tensor"
)

// Bernoulli returns the distribution on {0, 1} with P(1) = probs in [0, 1].
// Batch shape: that of probs. Where the log mass is -Inf, the gradient is 0.
func Bernoulli[P tensor.Operand](probs P) Distribution {
	return newBernoulli(odds{probs: parameter(probs)})
}

// BernoulliLogits is Bernoulli with log odds log P(1)/P(0), which may be
// infinite. Nothing overflows, and log masses near 0 keep their digits.
func BernoulliLogits[L tensor.Operand](logits L) Distribution {
	return newBernoulli(odds{logits: parameter(logits)})
}

var bernoulliKind = probsOrLogits("Bernoulli", constraint.UnitInterval, constraint.ExtendedReal).plainly().on(constraint.Boolean)

type bernoulli struct {
	family
	odds odds
}

func newBernoulli(o odds) *bernoulli {
	k, v := o.of(bernoulliKind)
	d := &bernoulli{odds: o}
	d.init(k, v)
	return d
}

func (d *bernoulli) Expand(batch ...int) Distribution {
	e := *d
	e.expand(batch)
	return &e
}

func (d *bernoulli) Sample(key rng.Key, sample ...int) *tensor.Tensor {
	return d.uniforms(key, sample).Less(d.odds.p()).Detach()
}

func (d *bernoulli) LogProb(x *tensor.Tensor) *tensor.Tensor {
	out, in := guardIntegers(x, zero, one)
	if d.odds.logits != nil {
		sign := one.Sub(in.MulScalar(2))
		return d.spread(out.Where(negInf, d.odds.logits.Mul(sign).Softplus().Neg()))
	}
	if out == nowhere && x.Rank() == 0 {
		return d.spread(d.odds.logOf(x.Item() == 1))
	}
	return d.spread(d.odds.logMass(out, in, one.Sub(in), nil))
}

func (d *bernoulli) EnumerateSupport() *tensor.Tensor { return d.enumerate(2) }

func (d *bernoulli) Mean() *tensor.Tensor     { return d.spread(d.odds.p()) }
func (d *bernoulli) Variance() *tensor.Tensor { return d.spread(d.odds.p().Mul(d.odds.q())) }
func (d *bernoulli) Entropy() *tensor.Tensor  { return d.spread(d.odds.entropy()) }

func (d *bernoulli) CDF(x *tensor.Tensor) *tensor.Tensor {
	return d.spread(x.Less(zero).Where(zero, x.Less(one).Where(d.odds.q(), one)))
}

func (d *bernoulli) Quantile(q *tensor.Tensor) *tensor.Tensor {
	return d.spread(d.odds.q().Less(probability(q)).Detach())
}

func (d *bernoulli) klTo(q Distribution) (*tensor.Tensor, bool) {
	o, ok := q.(*bernoulli)
	if !ok {
		return nil, false
	}
	return d.odds.kl(o.odds), true
}
