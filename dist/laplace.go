package dist

import (
	"math"

	"github.com/gopyro/pyro/constraint"
	"github.com/gopyro/pyro/rng"
	"github.com/gopyro/pyro/tensor"
)

// Laplace returns the Laplace distribution on the reals with mean loc and
// scale > 0, density exp(-|x - loc|/scale)/(2·scale). Batch shape: loc and
// scale broadcast. Draws carry gradients. At x = loc, where the log density has
// a kink, its gradient counts as 0.
func Laplace[L, S tensor.Operand](loc L, scale S) Distribution {
	l, s := parameter(loc), parameter(scale)
	d := &laplace{loc: l, scale: s}
	d.init(laplaceKind, l, s)
	return d
}

var laplaceKind = &kind{name: "Laplace", plain: true, draws: draws{support: constraint.Real}, params: []param{
	{"loc", constraint.Real}, {"scale", constraint.Positive},
}}

type laplace struct {
	family
	loc, scale *tensor.Tensor
}

func (d *laplace) Expand(batch ...int) Distribution {
	e := *d
	e.expand(batch)
	return &e
}

func (d *laplace) RSample(key rng.Key, sample ...int) *tensor.Tensor {
	return laplaceQuantile(d.uniforms(key, sample)).Mul(d.scale).Add(d.loc)
}

func (d *laplace) Sample(key rng.Key, sample ...int) *tensor.Tensor {
	return d.RSample(key, sample...).Detach()
}

func (d *laplace) LogProb(x *tensor.Tensor) *tensor.Tensor {
	scale := d.scale.On(x.Tape())
	z := standardize(x.Sub(d.loc), scale).Abs()
	return d.spread(z.Add(scale.Log().AddScalar(math.Ln2)).Neg())
}

func (d *laplace) Mean() *tensor.Tensor     { return d.loc.Expand(d.batch...) }
func (d *laplace) Variance() *tensor.Tensor { return d.spread(d.scale.Square().MulScalar(2)) }

func (d *laplace) CDF(x *tensor.Tensor) *tensor.Tensor {
	z := x.Sub(d.loc).Div(d.scale)
	low := z.Less(zero)
	tail := low.Where(z, z.Neg()).Exp().MulScalar(0.5)
	return d.spread(low.Where(tail, one.Sub(tail)))
}

func (d *laplace) Quantile(q *tensor.Tensor) *tensor.Tensor {
	return d.spread(laplaceQuantile(probability(q)).Mul(d.scale).Add(d.loc))
}

func laplaceQuantile(q *tensor.Tensor) *tensor.Tensor {
	low, t := tails(q)
	l := t.MulScalar(2).Log()
	return low.Where(l, l.Neg())
}

func (d *laplace) Entropy() *tensor.Tensor {
	return d.spread(d.scale.Log().AddScalar(1 + math.Ln2))
}

func (d *laplace) klTo(q Distribution) (*tensor.Tensor, bool) {
	o, ok := q.(*laplace)
	if !ok {
		return nil, false
	}
	gap := d.loc.Sub(o.loc).Abs()
	up := gap.Div(d.scale).Neg().Exp().Mul(d.scale).Add(gap)
	return up.Div(o.scale).Add(o.scale.Div(d.scale).Log()).AddScalar(-1), true
}
