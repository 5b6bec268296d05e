package dist

import (
	"github.com/gopyro/pyro/constraint"
	"github.com/gopyro/pyro/rng"
	"github.com/gopyro/pyro/tensor"
)

// Uniform returns the uniform distribution on [low, high], low < high, density
// 1/(high - low). Batch shape: low and high broadcast. Draws carry gradients.
func Uniform[L, H tensor.Operand](low L, high H) Distribution {
	l, h := parameter(low), parameter(high)
	k := &kind{
		name: "Uniform", plain: true, draws: draws{support: constraint.Interval(l, h)},
		params: []param{{"low", constraint.Real}, {"high", constraint.GreaterThan(l)}},
	}
	d := &uniform{low: l, high: h}
	d.init(k, l, h)
	return d
}

type uniform struct {
	family
	low, high *tensor.Tensor
}

func (d *uniform) Expand(batch ...int) Distribution {
	e := *d
	e.expand(batch)
	return &e
}

func (d *uniform) width() *tensor.Tensor { return d.high.Sub(d.low) }

func (d *uniform) RSample(key rng.Key, sample ...int) *tensor.Tensor {
	return d.uniforms(key, sample).Mul(d.width()).Add(d.low)
}

func (d *uniform) Sample(key rng.Key, sample ...int) *tensor.Tensor {
	return d.RSample(key, sample...).Detach()
}

// LogProb passes NaN in x on, which no other operand of the formula would.
func (d *uniform) LogProb(x *tensor.Tensor) *tensor.Tensor {
	out, in := guard(x, d.low, d.high, d.low)
	return d.spread(out.Where(negInf, in.MulScalar(0).Sub(d.width().Log())))
}

func (d *uniform) Mean() *tensor.Tensor {
	return d.spread(d.low.MulScalar(0.5).Add(d.high.MulScalar(0.5)))
}

func (d *uniform) Variance() *tensor.Tensor {
	return d.spread(d.width().Square().MulScalar(1.0 / 12))
}

func (d *uniform) CDF(x *tensor.Tensor) *tensor.Tensor {
	out, in := guard(x, d.low, d.high, d.low)
	return d.spread(out.Where(d.low.Less(x), in.Sub(d.low).Div(d.width())))
}

func (d *uniform) Quantile(q *tensor.Tensor) *tensor.Tensor {
	return d.spread(probability(q).Mul(d.width()).Add(d.low))
}

func (d *uniform) Entropy() *tensor.Tensor { return d.spread(d.width().Log()) }

// klTo is infinite where q does not cover the interval.
func (d *uniform) klTo(q Distribution) (*tensor.Tensor, bool) {
	o, ok := q.(*uniform)
	if !ok {
		return nil, false
	}
	out := d.low.Less(o.low).Or(o.high.Less(d.high))
	return out.Where(posInf, o.width().Log().Sub(d.width().Log())), true
}
