package dist

import (
	"slices"

	"github.com/gopyro/pyro/constraint"
	"github.com/gopyro/pyro/rng"
	"github.com/gopyro/pyro/tensor"
)

// OneHotCategorical returns the distribution of one-hot vectors: those of K
// numbers of which one is 1, with the given probabilities, and the others are 0.
// Parameter and batch shape are those of Categorical; event shape [K].
func OneHotCategorical[P tensor.Operand](probs P) Distribution {
	return newOneHot(weights{probs: parameter(probs)})
}

// OneHotCategoricalLogits is OneHotCategorical with the logits of
// CategoricalLogits.
func OneHotCategoricalLogits[L tensor.Operand](logits L) Distribution {
	return newOneHot(weights{logits: parameter(logits)})
}

var oneHotKind = probsOrLogits("OneHotCategorical", constraint.Simplex, logWeights)

type oneHot struct {
	family
	weights weights
}

func newOneHot(w weights) *oneHot {
	k, v := w.of(oneHotKind)
	d := &oneHot{weights: w}
	d.initShaped(k, draws{constraint.OneHot, []int{w.count()}}, v)
	return d
}

func (d *oneHot) Expand(batch ...int) Distribution {
	e := *d
	e.expand(batch)
	return &e
}

// Sample draws what Categorical draws with the same key.
func (d *oneHot) Sample(key rng.Key, sample ...int) *tensor.Tensor {
	return d.drawRows(key, sample, d.weights.p(), nil, d.event[0], func(s *rng.Stream, row, p []float64, _ float64) {
		row[drawCategory(s, p)] = 1
	})
}

func (d *oneHot) LogProb(x *tensor.Tensor) *tensor.Tensor {
	out, in := guardCounts(x, one)
	return d.spread(d.weights.logMass(out, in, nil))
}

func (d *oneHot) EnumerateSupport() *tensor.Tensor {
	n := d.event[0]
	shape := slices.Concat([]int{n}, slices.Repeat([]int{1}, len(d.batch)), []int{n})
	return d.cast(tensor.Eye(n).Reshape(shape...))
}

func (d *oneHot) Mean() *tensor.Tensor { return d.weights.p().Expand(d.shape(nil)...) }

func (d *oneHot) Variance() *tensor.Tensor {
	p := d.weights.p()
	return p.Mul(one.Sub(p)).Expand(d.shape(nil)...)
}

func (d *oneHot) Entropy() *tensor.Tensor { return d.spread(d.weights.entropy()) }

func (d *oneHot) klTo(q Distribution) (*tensor.Tensor, bool) {
	o, ok := q.(*oneHot)
	if !ok || o.event[0] != d.event[0] {
		return nil, false
	}
	return d.weights.kl(o.weights), true
}
