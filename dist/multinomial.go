package dist

import (
	"github.com/gopyro/pyro/constraint"
	"github.com/gopyro/pyro/rng"
	"github.com/gopyro/pyro/tensor"
)

// Multinomial returns the distribution of how often each of K categories occurs
// in totalCount = 0, 1, … draws. The probabilities are those of Categorical.
// Batch shape: totalCount broadcasts with that of Categorical; event shape [K].
func Multinomial[N, P tensor.Operand](totalCount N, probs P) Distribution {
	return newMultinomial(parameter(totalCount), weights{probs: parameter(probs)})
}

// MultinomialLogits is Multinomial with the logits of CategoricalLogits.
func MultinomialLogits[N, L tensor.Operand](totalCount N, logits L) Distribution {
	return newMultinomial(parameter(totalCount), weights{logits: parameter(logits)})
}

var multinomialKind = probsOrLogits("Multinomial", constraint.Simplex, logWeights, param{"total_count", constraint.NonnegativeInteger})

type multinomial struct {
	family
	total   *tensor.Tensor
	weights weights
}

func newMultinomial(total *tensor.Tensor, w weights) *multinomial {
	k, v := w.of(multinomialKind)
	d := &multinomial{total: total, weights: w}
	d.initShaped(k, draws{constraint.Multinomial(total), []int{w.count()}}, total, v)
	return d
}

func (d *multinomial) Expand(batch ...int) Distribution {
	e := *d
	e.expand(batch)
	return &e
}

// Sample draws one binomial number after the other.
func (d *multinomial) Sample(key rng.Key, sample ...int) *tensor.Tensor {
	return d.drawRows(key, sample, d.weights.p(), d.total, d.event[0], drawMultinomial)
}

func (d *multinomial) LogProb(x *tensor.Tensor) *tensor.Tensor {
	out, in := guardCounts(x, d.total)
	norm := d.total.AddScalar(1).Lgamma().Sub(in.AddScalar(1).Lgamma().Sum(-1))
	return d.spread(d.weights.logMass(out, in, norm))
}

// EnumerateSupport returns all counts that add up to total_count. It panics with
// a *MethodError where the total counts differ.
func (d *multinomial) EnumerateSupport() *tensor.Tensor {
	return d.enumerateCounts(d.commonTotal(d.total))
}

func (d *multinomial) Mean() *tensor.Tensor {
	return d.total.Unsqueeze(-1).Mul(d.weights.p()).Expand(d.shape(nil)...)
}

func (d *multinomial) Variance() *tensor.Tensor {
	p := d.weights.p()
	return d.total.Unsqueeze(-1).Mul(p).Mul(one.Sub(p)).Expand(d.shape(nil)...)
}

// klTo needs equal total counts.
func (d *multinomial) klTo(q Distribution) (*tensor.Tensor, bool) {
	o, ok := q.(*multinomial)
	if !ok || o.event[0] != d.event[0] || !equalValues(d.total, o.total) {
		return nil, false
	}
	return d.total.Mul(d.weights.kl(o.weights)), true
}
