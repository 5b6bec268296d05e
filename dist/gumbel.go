package dist

import (
	"math"

	"github.com/gopyro/pyro/constraint"
	"github.com/gopyro/pyro/rng"
	"github.com/gopyro/pyro/tensor"
)

// eulerGamma is the Euler–Mascheroni constant.
const eulerGamma = 0.577215664901532860606512090082402431

// Gumbel returns the distribution on the reals of extremes (of the largest of
// many), with mode loc and scale > 0; density exp(-z - exp(-z))/scale for
// z = (x - loc)/scale. Batch shape: loc and scale broadcast. Draws carry
// gradients.
func Gumbel[L, S tensor.Operand](loc L, scale S) Distribution {
	l, s := parameter(loc), parameter(scale)
	d := &gumbel{loc: l, scale: s}
	d.init(gumbelKind, l, s)
	return d
}

var gumbelKind = &kind{name: "Gumbel", draws: draws{support: constraint.Real}, params: []param{
	{"loc", constraint.Real}, {"scale", constraint.Positive},
}}

type gumbel struct {
	family
	loc, scale *tensor.Tensor
}

func (d *gumbel) Expand(batch ...int) Distribution {
	e := *d
	e.expand(batch)
	return &e
}

func (d *gumbel) RSample(key rng.Key, sample ...int) *tensor.Tensor {
	return d.exponentials(key, sample).Log().Neg().Mul(d.scale).Add(d.loc)
}

func (d *gumbel) Sample(key rng.Key, sample ...int) *tensor.Tensor {
	return d.RSample(key, sample...).Detach()
}

func (d *gumbel) LogProb(x *tensor.Tensor) *tensor.Tensor {
	scale := d.scale.On(x.Tape())
	z := standardize(d.loc.Sub(x), scale) // -z of the formula
	return d.spread(z.Sub(z.Exp()).Sub(scale.Log()))
}

func (d *gumbel) Mean() *tensor.Tensor {
	return d.spread(d.scale.MulScalar(eulerGamma).Add(d.loc))
}

func (d *gumbel) Variance() *tensor.Tensor {
	return d.spread(d.scale.Square().MulScalar(math.Pi * math.Pi / 6))
}

func (d *gumbel) CDF(x *tensor.Tensor) *tensor.Tensor {
	return d.spread(d.loc.Sub(x).Div(d.scale).Exp().Neg().Exp())
}

func (d *gumbel) Quantile(q *tensor.Tensor) *tensor.Tensor {
	return d.spread(probability(q).Log().Neg().Log().Neg().Mul(d.scale).Add(d.loc))
}

func (d *gumbel) Entropy() *tensor.Tensor {
	return d.spread(d.scale.Log().AddScalar(1 + eulerGamma))
}

// klTo integrates the log ratio with E z = γ and E exp(-t·z) = Γ(1+t).
func (d *gumbel) klTo(q Distribution) (*tensor.Tensor, bool) {
	o, ok := q.(*gumbel)
	if !ok {
		return nil, false
	}
	ratio, gap := d.scale.Div(o.scale), o.loc.Sub(d.loc).Div(o.scale)
	moment := ratio.AddScalar(1).Lgamma().Add(gap).Exp()
	return moment.Sub(gap).Sub(ratio.Log()).Add(ratio.MulScalar(eulerGamma)).AddScalar(-1 - eulerGamma), true
}
