package dist

import (
	"github.com/gopyro/pyro/constraint"
	"github.com/gopyro/pyro/rng"
	"github.com/gopyro/pyro/tensor"
)

// Geometric returns the distribution of the number 0, 1, 2, … of failures before
// the first success, in trials that each succeed with probability probs in
// (0, 1]. Batch shape: that of probs.
func Geometric[P tensor.Operand](probs P) Distribution {
	return newGeometric(odds{probs: parameter(probs)})
}

// GeometricLogits is Geometric with log odds of success above -∞.
func GeometricLogits[L tensor.Operand](logits L) Distribution {
	return newGeometric(odds{logits: parameter(logits)})
}

var geometricKind = probsOrLogits("Geometric", aboveZero, possible).on(constraint.NonnegativeInteger)

type geometric struct {
	family
	odds odds
}

func newGeometric(o odds) *geometric {
	k, v := o.of(geometricKind)
	d := &geometric{odds: o}
	d.init(k, v)
	return d
}

func (d *geometric) Expand(batch ...int) Distribution {
	e := *d
	e.expand(batch)
	return &e
}

// Sample rounds an exponential number down.
func (d *geometric) Sample(key rng.Key, sample ...int) *tensor.Tensor {
	return d.exponentials(key, sample).Div(d.odds.log(zero, one).Neg()).Floor().Detach()
}

func (d *geometric) LogProb(x *tensor.Tensor) *tensor.Tensor {
	out, in := guardIntegers(x, zero, largest)
	return d.spread(d.odds.logMass(out, one, in, nil))
}

func (d *geometric) Mean() *tensor.Tensor     { return d.spread(d.odds.ratio().Recip()) }
func (d *geometric) Variance() *tensor.Tensor { return d.Mean().Div(d.odds.p()) }
func (d *geometric) Entropy() *tensor.Tensor  { return d.spread(d.odds.log(one, d.Mean()).Neg()) }

func (d *geometric) CDF(x *tensor.Tensor) *tensor.Tensor {
	out, in := guard(x.Floor(), zero, largest, zero)
	return d.spread(out.Where(zero.Less(x), d.odds.log(zero, in.AddScalar(1)).Expm1().Neg()))
}

func (d *geometric) Quantile(q *tensor.Tensor) *tensor.Tensor {
	return d.spread(searchQuantile(q, posInf, newGeometric(d.odds.clone()).CDF))
}

func (d *geometric) klTo(q Distribution) (*tensor.Tensor, bool) {
	o, ok := q.(*geometric)
	if !ok {
		return nil, false
	}
	m := d.Mean()
	return d.odds.log(one, m).Sub(o.odds.log(one, m)), true
}
