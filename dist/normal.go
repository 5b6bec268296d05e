package dist

import (
	"github.com/gopyro/pyro/constraint"
	"github.com/gopyro/pyro/rng"
	"github.com/gopyro/pyro/tensor"
)

// halfLog2Pi is log(2π)/2.
const halfLog2Pi = 0.91893853320467274178032973640561763986

// Normal returns the normal distribution on the reals with mean loc and
// standard deviation scale > 0, density exp(-z²/2)/(scale·√(2π)) for
// z = (x - loc)/scale. Batch shape: loc and scale broadcast. Draws carry
// gradients.
func Normal[L, S tensor.Operand](loc L, scale S) Distribution {
	return newNormal(parameter(loc), parameter(scale))
}

var normalKind = &kind{name: "Normal", plain: true, draws: draws{support: constraint.Real}, params: []param{
	{"loc", constraint.Real}, {"scale", constraint.Positive},
}}

type normal struct {
	family
	loc, scale *tensor.Tensor
}

func newNormal(loc, scale *tensor.Tensor) *normal {
	d := &normal{loc: loc, scale: scale}
	d.init(normalKind, loc, scale)
	return d
}

func (d *normal) Expand(batch ...int) Distribution {
	e := *d
	e.expand(batch)
	return &e
}

func (d *normal) RSample(key rng.Key, sample ...int) *tensor.Tensor {
	return d.normals(key, sample).Mul(d.scale).Add(d.loc)
}

func (d *normal) Sample(key rng.Key, sample ...int) *tensor.Tensor {
	return d.RSample(key, sample...).Detach()
}

func (d *normal) LogProb(x *tensor.Tensor) *tensor.Tensor {
	scale := d.scale.On(x.Tape())
	z := standardize(x.Sub(d.loc), scale)
	return d.spread(z.Square().MulScalar(-0.5).Sub(scale.Log().AddScalar(halfLog2Pi)))
}

func (d *normal) Mean() *tensor.Tensor     { return d.loc.Expand(d.batch...) }
func (d *normal) Variance() *tensor.Tensor { return d.scale.Square().Expand(d.batch...) }

func (d *normal) CDF(x *tensor.Tensor) *tensor.Tensor {
	return d.spread(x.Sub(d.loc).Div(d.scale).NormCDF())
}

func (d *normal) Quantile(q *tensor.Tensor) *tensor.Tensor {
	return d.spread(q.NormQuantile().Mul(d.scale).Add(d.loc))
}

func (d *normal) Entropy() *tensor.Tensor {
	return d.spread(d.scale.Log().AddScalar(0.5 + halfLog2Pi))
}

func (d *normal) klTo(q Distribution) (*tensor.Tensor, bool) {
	o, ok := q.(*normal)
	if !ok {
		return nil, false
	}
	return klNormal(d.loc, d.scale, o.loc, o.scale), true
}
