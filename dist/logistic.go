package dist

import (
	"math"

	"github.com/gopyro/pyro/constraint"
	"github.com/gopyro/pyro/rng"
	"github.com/gopyro/pyro/tensor"
)

// Logistic returns the logistic distribution on the reals with mean loc and
// scale > 0, density exp(-z)/(scale·(1 + exp(-z))²) for z = (x - loc)/scale.
// Batch shape: loc and scale broadcast. Draws carry gradients.
func Logistic[L, S tensor.Operand](loc L, scale S) Distribution {
	l, s := parameter(loc), parameter(scale)
	d := &logistic{loc: l, scale: s}
	d.init(logisticKind, l, s)
	return d
}

var logisticKind = &kind{name: "Logistic", draws: draws{support: constraint.Real}, params: []param{
	{"loc", constraint.Real}, {"scale", constraint.Positive},
}}

type logistic struct {
	family
	loc, scale *tensor.Tensor
}

func (d *logistic) Expand(batch ...int) Distribution {
	e := *d
	e.expand(batch)
	return &e
}

func (d *logistic) RSample(key rng.Key, sample ...int) *tensor.Tensor {
	return logit(d.uniforms(key, sample)).Mul(d.scale).Add(d.loc)
}

func (d *logistic) Sample(key rng.Key, sample ...int) *tensor.Tensor {
	return d.RSample(key, sample...).Detach()
}

func (d *logistic) LogProb(x *tensor.Tensor) *tensor.Tensor {
	scale := d.scale.On(x.Tape())
	z := standardize(x.Sub(d.loc), scale)
	return d.spread(z.Neg().Softplus().MulScalar(2).Add(z).Add(scale.Log()).Neg())
}

func (d *logistic) Mean() *tensor.Tensor { return d.loc.Expand(d.batch...) }
func (d *logistic) Variance() *tensor.Tensor {
	return d.spread(d.scale.Square().MulScalar(math.Pi * math.Pi / 3))
}

func (d *logistic) CDF(x *tensor.Tensor) *tensor.Tensor {
	return d.spread(x.Sub(d.loc).Div(d.scale).Sigmoid())
}

func (d *logistic) Quantile(q *tensor.Tensor) *tensor.Tensor {
	return d.spread(logit(probability(q)).Mul(d.scale).Add(d.loc))
}

// logit returns log(q/(1-q)).
func logit(q *tensor.Tensor) *tensor.Tensor { return q.Log().Sub(q.Neg().Log1p()) }

func (d *logistic) Entropy() *tensor.Tensor { return d.spread(d.scale.Log().AddScalar(2)) }
