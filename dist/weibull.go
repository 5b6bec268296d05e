package dist

import (
	"github.com/gopyro/pyro/constraint"
	"github.com/gopyro/pyro/rng"
	"github.com/gopyro/pyro/tensor"
)

// Weibull returns the Weibull distribution on [0, ∞) with scale > 0 and
// concentration k > 0, density (k/scale)·u^(k-1)·exp(-u^k) for u = x/scale.
// Batch shape: both broadcast. Draws carry gradients.
func Weibull[S, C tensor.Operand](scale S, concentration C) Distribution {
	s, k := parameter(scale), parameter(concentration)
	d := &weibull{scale: s, k: k}
	d.init(weibullKind, s, k)
	return d
}

var weibullKind = &kind{name: "Weibull", draws: draws{support: constraint.Nonnegative}, params: []param{
	{"scale", constraint.Positive}, {"concentration", constraint.Positive},
}}

type weibull struct {
	family
	scale, k *tensor.Tensor
}

func (d *weibull) Expand(batch ...int) Distribution {
	e := *d
	e.expand(batch)
	return &e
}

func (d *weibull) RSample(key rng.Key, sample ...int) *tensor.Tensor {
	return d.exponentials(key, sample).Pow(d.k.Recip()).Mul(d.scale)
}

func (d *weibull) Sample(key rng.Key, sample ...int) *tensor.Tensor {
	return d.RSample(key, sample...).Detach()
}

func (d *weibull) LogProb(x *tensor.Tensor) *tensor.Tensor {
	out, in := guard(x, zero, largest, one)
	u := in.Div(d.scale)
	logp := d.k.AddScalar(-1).XLogY(u).Sub(u.Pow(d.k)).Add(d.k.Div(d.scale).Log())
	return d.spread(out.Where(negInf, logp))
}

func (d *weibull) Mean() *tensor.Tensor {
	return d.spread(d.k.Recip().AddScalar(1).Lgamma().Exp().Mul(d.scale))
}

// Variance is scale²·(Γ(1+2/k) - Γ(1+1/k)²), without the cancellation of a
// large k.
func (d *weibull) Variance() *tensor.Tensor {
	r := d.k.Recip()
	m := r.AddScalar(1).Lgamma().MulScalar(2)
	rest := r.MulScalar(2).AddScalar(1).Lgamma().Sub(m).Expm1()
	return d.spread(m.Exp().Mul(rest).Mul(d.scale.Square()))
}

func (d *weibull) CDF(x *tensor.Tensor) *tensor.Tensor {
	out, in := guard(x, zero, largest, one)
	return d.spread(out.Where(zero.Less(x), in.Div(d.scale).Pow(d.k).Neg().Expm1().Neg()))
}

func (d *weibull) Quantile(q *tensor.Tensor) *tensor.Tensor {
	return d.spread(probability(q).Neg().Log1p().Neg().Pow(d.k.Recip()).Mul(d.scale))
}

func (d *weibull) Entropy() *tensor.Tensor {
	r := d.k.Recip()
	return d.spread(one.Sub(r).MulScalar(eulerGamma).Add(d.scale.Mul(r).Log()).AddScalar(1))
}
