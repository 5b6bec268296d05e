package dist

import (
	"github.com/gopyro/pyro/constraint"
	"github.com/gopyro/pyro/rng"
	"github.com/gopyro/pyro/tensor"
)

// OrderedLogistic returns the distribution on the ordered categories 0, …, K-1 of
// a logistic number around predictor, of scale 1, of which only is seen between
// which of the cutpoints c₁ < … < c_{K-1} it is: P(x ≤ k) = σ(c_{k+1} - predictor)
// (McCullagh 1980, the proportional-odds model). The cutpoints stand along the last
// dim. Batch shape: that of predictor and that of cutpoints without the last dim
// broadcast.
func OrderedLogistic[P, C tensor.Operand](predictor P, cutpoints C) Distribution {
	p, c := parameter(predictor), parameter(cutpoints)
	d := &orderedLogistic{predictor: p, cutpoints: c}
	d.init(orderedLogisticKind, p, c)
	d.n = c.Dim(-1) + 1
	numbers := numbersUpTo(d.n - 1)
	d.last, d.draws = numbers.last, &numbers.draws
	return d
}

var orderedLogisticKind = &kind{name: "OrderedLogistic", params: []param{
	{"predictor", constraint.Real}, {"cutpoints", constraint.Ordered},
}}

type orderedLogistic struct {
	family
	predictor, cutpoints *tensor.Tensor
	n                    int
	last                 *tensor.Tensor // n-1
}

func (d *orderedLogistic) Expand(batch ...int) Distribution {
	e := *d
	e.expand(batch)
	return &e
}

// masses returns the logarithms of the probabilities along a last dim, from
// σ(b) - σ(a) = σ(b)·σ(-a)·(1 - exp(a-b)), which loses no digit where both are
// near 0 or 1. The difference of cutpoints does not go through predictor.
func (d *orderedLogistic) masses() *tensor.Tensor {
	to := d.cutpoints.Sub(d.predictor.Unsqueeze(-1))
	below, above := to.LogSigmoid(), to.Neg().LogSigmoid()
	end := to.Slice(-1, 0, 1).Detach().MulScalar(0)
	logp := tensor.Cat(-1, below, end).Add(tensor.Cat(-1, end, above))
	if d.n == 2 {
		return logp
	}
	c := d.cutpoints
	gap := c.Slice(-1, 0, d.n-2).Sub(c.Slice(-1, 1, d.n-1)).Log1mExp()
	edge := c.Slice(-1, 0, 1).Detach().MulScalar(0)
	return logp.Add(tensor.Cat(-1, edge, gap, edge))
}

func (d *orderedLogistic) Sample(key rng.Key, sample ...int) *tensor.Tensor {
	return d.drawRows(key, sample, d.masses().Exp(), nil, 0, func(s *rng.Stream, row, p []float64, _ float64) {
		row[0] = float64(drawCategory(s, p))
	})
}

func (d *orderedLogistic) LogProb(x *tensor.Tensor) *tensor.Tensor {
	out, in := guardIntegers(x, zero, d.last)
	return d.spread(out.Where(negInf, d.masses().Gather(-1, in.Unsqueeze(-1)).Squeeze(-1)))
}

func (d *orderedLogistic) EnumerateSupport() *tensor.Tensor { return d.enumerate(d.n) }

func (d *orderedLogistic) Entropy() *tensor.Tensor {
	logp := d.masses()
	return d.spread(logp.Exp().Mul(logp).Sum(-1).Neg())
}

// klTo needs as many categories.
func (d *orderedLogistic) klTo(q Distribution) (*tensor.Tensor, bool) {
	o, ok := q.(*orderedLogistic)
	if !ok || o.n != d.n {
		return nil, false
	}
	logp := d.masses()
	return logp.Exp().Mul(logp.Sub(o.masses())).Sum(-1), true
}
