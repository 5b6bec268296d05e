package dist

import (
	"github.com/gopyro/pyro/constraint"
	"github.com/gopyro/pyro/tensor"
)

// weights is the probabilities of K categories, along the last dim, given
// either as such or as logits: logarithms up to a common constant.
//
// Probabilities are taken as they are: Validate demands that they sum to one
// within rounding, and nothing is normalised behind the user's back.
type weights struct{ probs, logits *tensor.Tensor }

// logWeights is vectors of logits, in which -∞ is a category that never occurs.
var logWeights = constraint.Independent(constraint.LogWeight, 1)

// of returns the kind for the parameter that is given, and the parameter.
func (w weights) of(c either) (*kind, *tensor.Tensor) {
	if w.logits != nil {
		return c.logits, w.logits
	}
	return c.probs, w.probs
}

// count returns K, 0 for a parameter without dims, which family.init refuses.
func (w weights) count() int {
	v := w.logits
	if v == nil {
		v = w.probs
	}
	if v.Rank() == 0 {
		return 0
	}
	return v.Dim(-1)
}

// p returns the probabilities.
func (w weights) p() *tensor.Tensor {
	if w.logits != nil {
		return w.logits.Softmax(-1)
	}
	return w.probs
}

// log returns Σ x·log p over the categories, where 0·log 0 is 0.
func (w weights) log(x *tensor.Tensor) *tensor.Tensor {
	if w.logits != nil {
		return times0(x, w.logits.LogSoftmax(-1)).Sum(-1)
	}
	return x.XLogY(w.probs).Sum(-1)
}

// logMass is log for counts: -Inf for those marked in out and those that p = 0
// rules out; norm, which does not depend on p, is added to the others. Where it
// is -Inf, the gradient in probs is 0.
func (w weights) logMass(out, counts, norm *tensor.Tensor) *tensor.Tensor {
	if w.logits == nil {
		out = out.Add(counts.Mul(w.probs.Not()).Sum(-1))
		w.probs = out.Unsqueeze(-1).Where(one, w.probs)
	}
	logp := w.log(counts)
	if norm != nil {
		logp = logp.Add(norm)
	}
	return out.Where(negInf, logp)
}

// entropy returns that of one draw of a category.
func (w weights) entropy() *tensor.Tensor { return w.log(w.p()).Neg() }

// kl returns the divergence of one draw from another.
func (w weights) kl(other weights) *tensor.Tensor {
	p := w.p()
	return w.log(p).Sub(other.log(p))
}

// guardCounts returns where vectors of counts x are none that sum to n, along
// the last dim, and x with zeros in their place. No gradient passes to x.
func guardCounts(x, n *tensor.Tensor) (out, in *tensor.Tensor) {
	x = x.Detach()
	bad := x.Outside(zero, largest).Add(x.Floor().Less(x)).Sum(-1)
	out = bad.Add(x.Sum(-1).Outside(n, n))
	return out, out.Unsqueeze(-1).Where(zero, x)
}
