package dist

import (
	"math"

	"github.com/gopyro/pyro/constraint"
	"github.com/gopyro/pyro/rng"
	"github.com/gopyro/pyro/tensor"
)

// StudentT returns Student's distribution on the reals with df > 0 degrees of
// freedom, centre loc and scale > 0; density
// (1 + z²/df)^(-(df+1)/2) / (scale·√df·B(df/2, ½)) for z = (x - loc)/scale. The
// mean exists for df > 1 and the variance is finite for df > 2. Batch shape:
// all broadcast. Draws are a normal number over the root of a gamma one and
// carry gradients, in df by implicit reparameterisation of the latter.
func StudentT[D, L, S tensor.Operand](df D, loc L, scale S) Distribution {
	v, l, s := parameter(df), parameter(loc), parameter(scale)
	d := &studentt{df: v, loc: l, scale: s}
	d.init(studentTKind, v, l, s)
	return d
}

var studentTKind = &kind{name: "StudentT", plain: true, draws: draws{support: constraint.Real}, params: []param{
	{"df", constraint.Positive}, {"loc", constraint.Real}, {"scale", constraint.Positive},
}}

type studentt struct {
	family
	df, loc, scale *tensor.Tensor
}

func (d *studentt) Expand(batch ...int) Distribution {
	e := *d
	e.expand(batch)
	return &e
}

func (d *studentt) RSample(key rng.Key, sample ...int) *tensor.Tensor {
	a := d.df.MulScalar(0.5)
	y := d.drawEach(key.Fold(1), sample, logGammaOf, a).AsLogGammaSample(a)
	z := d.normals(key.Fold(0), sample)
	return z.Mul(a.Log().Sub(y).MulScalar(0.5).Exp()).Mul(d.scale).Add(d.loc)
}

func (d *studentt) Sample(key rng.Key, sample ...int) *tensor.Tensor {
	return d.RSample(key, sample...).Detach()
}

func (d *studentt) LogProb(x *tensor.Tensor) *tensor.Tensor {
	df, scale := d.df.On(x.Tape()), d.scale.On(x.Tape())
	a, root := df.MulScalar(0.5), df.Sqrt()
	unit := scale.Mul(root)
	z := standardize(x.Sub(d.loc), unit)
	norm := a.Lbeta(half).Add(unit.Log())
	return d.spread(z.Log1pSquare().Mul(a.AddScalar(0.5)).Add(norm).Neg())
}

func (d *studentt) Mean() *tensor.Tensor {
	return d.spread(one.Less(d.df).Where(d.loc, nan))
}

func (d *studentt) Variance() *tensor.Tensor {
	finite := d.df.GreaterScalar(2)
	v := finite.Where(d.df, posInf)
	v = one.Sub(v.Recip().MulScalar(2)).Recip().Mul(d.scale.Square()) // s²·df/(df-2)
	return d.spread(finite.Where(v, one.Less(d.df).Where(posInf, nan)))
}

func (d *studentt) CDF(x *tensor.Tensor) *tensor.Tensor {
	return d.spread(x.Sub(d.loc).Div(d.scale).StudentCDF(d.df))
}

func (d *studentt) Quantile(q *tensor.Tensor) *tensor.Tensor {
	return d.spread(q.StudentQuantile(d.df).Mul(d.scale).Add(d.loc))
}

func (d *studentt) Entropy() *tensor.Tensor {
	a := d.df.MulScalar(0.5)
	h := a.AddScalar(0.5)
	e := h.Digamma().Sub(a.Digamma()).Mul(h)
	return d.spread(e.Add(a.Lbeta(half)).Add(d.df.Log().MulScalar(0.5)).Add(d.scale.Log()))
}

// logGammaOf and gammaOf draw for drawEach from p[0], the concentration.
func logGammaOf(s *rng.Stream, p []float64) float64 { return logGamma(s, p[0]) }

func gammaOf(s *rng.Stream, p []float64) float64 {
	return max(math.Exp(logGamma(s, p[0])), smallestNormal)
}
