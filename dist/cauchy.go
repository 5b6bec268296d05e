package dist

import (
	"math"

	"github.com/gopyro/pyro/constraint"
	"github.com/gopyro/pyro/rng"
	"github.com/gopyro/pyro/tensor"
)

// Cauchy returns the Cauchy distribution on the reals with median loc and
// scale > 0, density 1/(π·scale·(1 + z²)) for z = (x - loc)/scale. It has no
// mean and no variance. Batch shape: loc and scale broadcast. Draws carry
// gradients.
func Cauchy[L, S tensor.Operand](loc L, scale S) Distribution {
	l, s := parameter(loc), parameter(scale)
	d := &cauchy{loc: l, scale: s}
	d.init(cauchyKind, l, s)
	return d
}

var cauchyKind = &kind{name: "Cauchy", plain: true, draws: draws{support: constraint.Real}, params: []param{
	{"loc", constraint.Real}, {"scale", constraint.Positive},
}}

type cauchy struct {
	family
	loc, scale *tensor.Tensor
}

const logPi = 1.14472988584940017414342735135305871

func (d *cauchy) Expand(batch ...int) Distribution {
	e := *d
	e.expand(batch)
	return &e
}

func (d *cauchy) RSample(key rng.Key, sample ...int) *tensor.Tensor {
	return cauchyQuantile(d.uniforms(key, sample)).Mul(d.scale).Add(d.loc)
}

func (d *cauchy) Sample(key rng.Key, sample ...int) *tensor.Tensor {
	return d.RSample(key, sample...).Detach()
}

func (d *cauchy) LogProb(x *tensor.Tensor) *tensor.Tensor {
	scale := d.scale.On(x.Tape())
	z := standardize(x.Sub(d.loc), scale)
	return d.spread(z.Log1pSquare().Add(scale.Log().AddScalar(logPi)).Neg())
}

func (d *cauchy) Mean() *tensor.Tensor     { return nan.Expand(d.batch...) }
func (d *cauchy) Variance() *tensor.Tensor { return nan.Expand(d.batch...) }

func (d *cauchy) CDF(x *tensor.Tensor) *tensor.Tensor {
	z := x.Sub(d.loc).Div(d.scale)
	tail := z.Less(one.Neg()) // there ½ + atan(z)/π cancels
	low := tail.Where(z, one.Neg()).Recip().Neg().Atan()
	mid := tail.Where(zero, z).Atan().AddScalar(math.Pi / 2)
	return d.spread(tail.Where(low, mid).MulScalar(1 / math.Pi))
}

func (d *cauchy) Quantile(q *tensor.Tensor) *tensor.Tensor {
	return d.spread(cauchyQuantile(probability(q)).Mul(d.scale).Add(d.loc))
}

// cauchyQuantile is -cot(πq), computed from the nearer end.
func cauchyQuantile(q *tensor.Tensor) *tensor.Tensor {
	low, t := tails(q)
	t = t.MulScalar(math.Pi)
	c := t.Cos().Div(t.Sin())
	return low.Where(c.Neg(), c)
}

func (d *cauchy) Entropy() *tensor.Tensor {
	return d.spread(d.scale.Log().AddScalar(2*math.Ln2 + logPi))
}

// klTo is theorem 1 of Chyzak and Nielsen, "A closed-form formula for the
// Kullback-Leibler divergence between Cauchy distributions" (2019).
func (d *cauchy) klTo(q Distribution) (*tensor.Tensor, bool) {
	o, ok := q.(*cauchy)
	if !ok {
		return nil, false
	}
	up := d.scale.Add(o.scale).Square().Add(d.loc.Sub(o.loc).Square())
	return up.Div(d.scale.Mul(o.scale).MulScalar(4)).Log(), true
}
