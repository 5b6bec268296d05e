package dist

import (
	"github.com/gopyro/pyro/constraint"
	"github.com/gopyro/pyro/rng"
	"github.com/gopyro/pyro/tensor"
)

// Categorical returns the distribution on 0, …, K-1 with the given
// probabilities, a vector of length K along the last dim of probs. They must sum
// to one, and are not normalised; CategoricalLogits takes any weights, as
// logarithms. Batch shape: that of probs without its last dim. Where the log
// mass is -Inf, the gradient is 0.
func Categorical[P tensor.Operand](probs P) Distribution {
	return newCategorical(weights{probs: parameter(probs)})
}

// CategoricalLogits is Categorical with logits: logarithms of the probabilities
// up to a common constant, -∞ for a category that never occurs.
func CategoricalLogits[L tensor.Operand](logits L) Distribution {
	return newCategorical(weights{logits: parameter(logits)})
}

var categoricalKind = probsOrLogits("Categorical", constraint.Simplex, logWeights)

type categorical struct {
	family
	weights weights
	n       int
	last    *tensor.Tensor // n-1
}

func newCategorical(w weights) *categorical {
	k, v := w.of(categoricalKind)
	d := &categorical{weights: w, n: w.count()}
	d.init(k, v)
	numbers := numbersUpTo(d.n - 1)
	d.last, d.draws = numbers.last, &numbers.draws
	return d
}

func (d *categorical) Expand(batch ...int) Distribution {
	e := *d
	e.expand(batch)
	return &e
}

func (d *categorical) Sample(key rng.Key, sample ...int) *tensor.Tensor {
	return d.drawRows(key, sample, d.weights.p(), nil, 0, func(s *rng.Stream, row, p []float64, _ float64) {
		row[0] = float64(drawCategory(s, p))
	})
}

func (d *categorical) LogProb(x *tensor.Tensor) *tensor.Tensor {
	out, in := guardIntegers(x, zero, d.last)
	at := in.Unsqueeze(-1)
	if l := d.weights.logits; l != nil {
		logp := l.Gather(-1, at).Squeeze(-1).Sub(l.LogSumExp(-1))
		return d.spread(out.Where(negInf, logp))
	}
	p := d.weights.probs.Gather(-1, at).Squeeze(-1)
	out = out.Add(p.Not())
	return d.spread(out.Where(negInf, out.Where(one, p).Log()))
}

func (d *categorical) EnumerateSupport() *tensor.Tensor { return d.enumerate(d.n) }

func (d *categorical) Entropy() *tensor.Tensor { return d.spread(d.weights.entropy()) }

func (d *categorical) klTo(q Distribution) (*tensor.Tensor, bool) {
	o, ok := q.(*categorical)
	if !ok || o.n != d.n {
		return nil, false
	}
	return d.weights.kl(o.weights), true
}
