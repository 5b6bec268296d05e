package dist

import (
	"github.com/gopyro/pyro/constraint"
	"github.com/gopyro/pyro/rng"
	"github.com/gopyro/pyro/tensor"
)

// LogNormal returns the distribution on (0, ∞) of exp(X), X normal with mean
// loc and standard deviation scale > 0; density exp(-z²/2)/(x·scale·√(2π)) for
// z = (log x - loc)/scale. Batch shape: loc and scale broadcast. Draws carry
// gradients.
func LogNormal[L, S tensor.Operand](loc L, scale S) Distribution {
	l, s := parameter(loc), parameter(scale)
	d := &lognormal{loc: l, scale: s}
	d.init(logNormalKind, l, s)
	return d
}

var logNormalKind = &kind{name: "LogNormal", plain: true, draws: draws{support: constraint.Positive}, params: []param{
	{"loc", constraint.Real}, {"scale", constraint.Positive},
}}

type lognormal struct {
	family
	loc, scale *tensor.Tensor
}

func (d *lognormal) Expand(batch ...int) Distribution {
	e := *d
	e.expand(batch)
	return &e
}

func (d *lognormal) RSample(key rng.Key, sample ...int) *tensor.Tensor {
	return d.normals(key, sample).Mul(d.scale).Add(d.loc).Exp()
}

func (d *lognormal) Sample(key rng.Key, sample ...int) *tensor.Tensor {
	return d.RSample(key, sample...).Detach()
}

func (d *lognormal) LogProb(x *tensor.Tensor) *tensor.Tensor {
	out, in := guard(x, least, largest, one)
	l := in.Log()
	scale := d.scale.On(x.Tape())
	z := standardize(l.Sub(d.loc), scale)
	logp := z.Square().MulScalar(-0.5).Sub(l).Sub(scale.Log().AddScalar(halfLog2Pi))
	return d.spread(out.Where(negInf, logp))
}

func (d *lognormal) Mean() *tensor.Tensor {
	return d.spread(d.scale.Square().MulScalar(0.5).Add(d.loc).Exp())
}

func (d *lognormal) Variance() *tensor.Tensor {
	v := d.scale.Square()
	return d.spread(v.Expm1().Mul(d.loc.MulScalar(2).Add(v).Exp()))
}

func (d *lognormal) CDF(x *tensor.Tensor) *tensor.Tensor {
	out, in := guard(x, least, largest, one)
	return d.spread(out.Where(zero.Less(x), in.Log().Sub(d.loc).Div(d.scale).NormCDF()))
}

func (d *lognormal) Quantile(q *tensor.Tensor) *tensor.Tensor {
	return d.spread(q.NormQuantile().Mul(d.scale).Add(d.loc).Exp())
}

func (d *lognormal) Entropy() *tensor.Tensor {
	return d.spread(d.scale.Log().Add(d.loc).AddScalar(0.5 + halfLog2Pi))
}

func (d *lognormal) klTo(q Distribution) (*tensor.Tensor, bool) {
	o, ok := q.(*lognormal)
	if !ok {
		return nil, false
	}
	return klNormal(d.loc, d.scale, o.loc, o.scale), true
}
