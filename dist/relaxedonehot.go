package dist

import (
	"math"

	"github.com/gopyro/pyro/constraint"
	"github.com/gopyro/pyro/rng"
	"github.com/gopyro/pyro/tensor"
)

// RelaxedOneHotCategorical returns the distribution on the simplex of
// softmax((log p + G)/temperature) for K numbers G of the standard Gumbel
// distribution (Gumbel-softmax; Maddison, Mnih, Teh 2017, equation 10; Jang, Gu,
// Poole 2017): as the temperature falls to 0 it becomes that of one-hot vectors,
// but its draws carry gradients. temperature > 0; probs > 0 along the last dim,
// which sum to one. Batch shape: temperature broadcasts with that of probs; event
// shape [K].
//
// A share below the smallest normal number of its type is returned as that.
func RelaxedOneHotCategorical[T, P tensor.Operand](temperature T, probs P) Distribution {
	return newRelaxedOneHot(parameter(temperature), weights{probs: parameter(probs)})
}

// RelaxedOneHotCategoricalLogits is RelaxedOneHotCategorical with the logarithms
// of the probabilities, up to a common constant.
func RelaxedOneHotCategoricalLogits[T, L tensor.Operand](temperature T, logits L) Distribution {
	return newRelaxedOneHot(parameter(temperature), weights{logits: parameter(logits)})
}

var relaxedOneHotKind = probsOrLogits("RelaxedOneHotCategorical", positiveShares{constraint.Simplex}, constraint.RealVector,
	param{"temperature", constraint.Positive})

type relaxedOneHot struct {
	family
	temperature *tensor.Tensor
	weights     weights
}

func newRelaxedOneHot(temperature *tensor.Tensor, w weights) *relaxedOneHot {
	k, v := w.of(relaxedOneHotKind)
	d := &relaxedOneHot{temperature: temperature, weights: w}
	d.initShaped(k, draws{constraint.Simplex, []int{w.count()}}, temperature, v)
	return d
}

// positiveShares is the simplex without its edges.
type positiveShares struct{ constraint.Constraint }

func (positiveShares) String() string { return "simplex of positive numbers" }

func (c positiveShares) Check(x *tensor.Tensor) (int, bool) {
	if at, ok := positiveVector.Check(x); !ok {
		return at, false
	}
	return c.Constraint.Check(x)
}

func (d *relaxedOneHot) Expand(batch ...int) Distribution {
	e := *d
	e.expand(batch)
	return &e
}

// log is the logarithms of the probabilities, up to a constant.
func (d *relaxedOneHot) log() *tensor.Tensor {
	if d.weights.logits != nil {
		return d.weights.logits
	}
	return d.weights.probs.Log()
}

// base is the distribution of which a draw is the softmax.
func (d *relaxedOneHot) base() Distribution {
	t := d.temperature.Unsqueeze(-1)
	return Independent(Gumbel(d.log().Div(t), t.Recip()).Expand(d.shape(nil)...), 1)
}

func (d *relaxedOneHot) RSample(key rng.Key, sample ...int) *tensor.Tensor {
	x := d.base().(Reparam).RSample(key, sample...).Softmax(-1)
	return x.Maximum(leastNormal(x))
}

func (d *relaxedOneHot) Sample(key rng.Key, sample ...int) *tensor.Tensor {
	return d.RSample(key, sample...).Detach()
}

// LogProb is log (K-1)! + (K-1)·log t + Σ (log p - (t+1)·log x) -
// K·log Σ p·x^(-t) for the temperature t.
func (d *relaxedOneHot) LogProb(x *tensor.Tensor) *tensor.Tensor {
	out, in := guardSimplex(x)
	edge := x.LessEqual(zero).Sum(-1)
	in = edge.Unsqueeze(-1).Where(one, in)
	k := float64(d.event[0])
	norm, _ := math.Lgamma(k)
	logx := in.Log()
	a := d.log().Sub(d.temperature.Unsqueeze(-1).Mul(logx))
	logp := a.Sub(logx).Sum(-1).Sub(a.LogSumExp(-1).MulScalar(k))
	logp = logp.Add(d.temperature.Log().MulScalar(k - 1)).AddScalar(norm)
	return d.spread(out.Add(edge).Where(negInf, logp))
}
