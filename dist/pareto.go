package dist

import (
	"github.com/gopyro/pyro/constraint"
	"github.com/gopyro/pyro/rng"
	"github.com/gopyro/pyro/tensor"
)

// Pareto returns the Pareto distribution on [scale, ∞), scale > 0, with
// exponent alpha > 0, density (alpha/x)·(scale/x)^alpha. The mean is finite for
// alpha > 1 and the variance for alpha > 2. Batch shape: both broadcast. Draws
// carry gradients.
func Pareto[S, A tensor.Operand](scale S, alpha A) Distribution {
	s, a := parameter(scale), parameter(alpha)
	d := &pareto{scale: s, alpha: a}
	d.initShaped(paretoKind, draws{support: constraint.GreaterEqual(s)}, s, a)
	return d
}

var paretoKind = &kind{name: "Pareto", params: []param{
	{"scale", constraint.Positive}, {"alpha", constraint.Positive},
}}

type pareto struct {
	family
	scale, alpha *tensor.Tensor
}

func (d *pareto) Expand(batch ...int) Distribution {
	e := *d
	e.expand(batch)
	return &e
}

func (d *pareto) RSample(key rng.Key, sample ...int) *tensor.Tensor {
	return d.exponentials(key, sample).Div(d.alpha).Exp().Mul(d.scale).Minimum(largest)
}

func (d *pareto) Sample(key rng.Key, sample ...int) *tensor.Tensor {
	return d.RSample(key, sample...).Detach()
}

func (d *pareto) LogProb(x *tensor.Tensor) *tensor.Tensor {
	out, in := guard(x, d.scale, largest, d.scale)
	logp := d.alpha.Div(in).Log().Sub(in.Div(d.scale).Log().Mul(d.alpha))
	return d.spread(out.Where(negInf, logp))
}

func (d *pareto) Mean() *tensor.Tensor {
	finite := one.Less(d.alpha)
	a := finite.Where(d.alpha, posInf)
	return d.spread(finite.Where(d.scale.Div(one.Sub(a.Recip())), posInf))
}

func (d *pareto) Variance() *tensor.Tensor {
	finite := d.alpha.GreaterScalar(2)
	a := finite.Where(d.alpha, posInf)
	v := d.scale.Div(one.Sub(a.Recip())).Square().Div(a).Div(a.AddScalar(-2))
	return d.spread(finite.Where(v, posInf))
}

func (d *pareto) CDF(x *tensor.Tensor) *tensor.Tensor {
	out, in := guard(x, d.scale, largest, d.scale)
	return d.spread(out.Where(d.scale.Less(x), in.Div(d.scale).Log().Mul(d.alpha).Neg().Expm1().Neg()))
}

func (d *pareto) Quantile(q *tensor.Tensor) *tensor.Tensor {
	return d.spread(probability(q).Neg().Log1p().Neg().Div(d.alpha).Exp().Mul(d.scale))
}

func (d *pareto) Entropy() *tensor.Tensor {
	r := d.alpha.Recip()
	return d.spread(d.scale.Mul(r).Log().Add(r).AddScalar(1))
}

// klTo is infinite where q begins later.
func (d *pareto) klTo(q Distribution) (*tensor.Tensor, bool) {
	o, ok := q.(*pareto)
	if !ok {
		return nil, false
	}
	ratio := o.alpha.Div(d.alpha)
	kl := d.scale.Div(o.scale).Log().Mul(o.alpha).Sub(ratio.Log()).Add(ratio).AddScalar(-1)
	return d.scale.Less(o.scale).Where(posInf, kl), true
}
