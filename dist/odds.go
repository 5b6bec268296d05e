package dist

import (
	"math"

	"github.com/gopyro/pyro/constraint"
	"github.com/gopyro/pyro/tensor"
)

// odds is the probability p of success of a trial, given either as such or as
// logit log p/(1-p). Failure has probability q = 1-p.
type odds struct{ probs, logits *tensor.Tensor }

// of returns the kind for the parameter that is given, and the parameter.
func (o odds) of(c either) (*kind, *tensor.Tensor) {
	if o.logits != nil {
		return c.logits, o.logits
	}
	return c.probs, o.probs
}

func (o odds) p() *tensor.Tensor {
	if o.logits != nil {
		return o.logits.Sigmoid()
	}
	return o.probs
}

func (o odds) q() *tensor.Tensor {
	if o.logits != nil {
		return o.logits.Neg().Sigmoid()
	}
	return one.Sub(o.probs)
}

// ratio returns p/q.
func (o odds) ratio() *tensor.Tensor {
	if o.logits != nil {
		return o.logits.Exp()
	}
	return o.probs.Div(one.Sub(o.probs))
}

// log returns hits·log p + misses·log q, where 0·log 0 is 0.
func (o odds) log(hits, misses *tensor.Tensor) *tensor.Tensor {
	if o.logits == nil {
		return hits.XLogY(o.probs).Add(misses.XLog1pY(o.probs.Neg()))
	}
	return times0(hits, o.logits.LogSigmoid()).Add(times0(misses, o.logits.Neg().LogSigmoid()))
}

// times0 returns x·y, and 0 where x is 0 even if y is infinite.
func times0(x, y *tensor.Tensor) *tensor.Tensor {
	zeros := x.Not()
	return zeros.Where(zero, x.Mul(zeros.Where(zero, y)))
}

// logMass is log for outcomes: -Inf for those marked in out and those that p = 0
// or q = 0 rules out; norm, the part of the log mass that does not depend on p,
// is added to the others. Where it is -Inf, the gradient in probs is 0 (so that
// 0·∞ never meets it), and that in logits its limit.
func (o odds) logMass(out, hits, misses, norm *tensor.Tensor) *tensor.Tensor {
	if o.logits == nil {
		out = out.Add(hits.Mul(o.probs.Not())).Add(misses.Mul(o.probs.Equal(one)))
		o.probs = out.Where(half, o.probs)
	}
	logp := o.log(hits, misses)
	if norm != nil {
		logp = logp.Add(norm)
	}
	return out.Where(negInf, logp)
}

// logOf is logMass of a single trial whose outcome is known: log p or log q, of
// which just that one is computed. It is for odds given as probabilities.
func (o odds) logOf(hit bool) *tensor.Tensor {
	if hit {
		never := o.probs.Not()
		return never.Where(negInf, never.Where(half, o.probs).Log())
	}
	never := o.probs.Equal(one)
	return never.Where(negInf, never.Where(half, o.probs).Neg().Log1p())
}

// below returns 1 - I_p(a, b), with the incomplete beta function, from the
// smaller of p and q, which has all its digits.
func (o odds) below(a, b *tensor.Tensor) *tensor.Tensor {
	p, q := o.p(), o.q()
	low := p.LessEqual(q)
	return low.Where(low.Where(p, half).BetaIncC(a, b), low.Where(half, q).BetaInc(b, a))
}

// clone returns a copy on no tape.
func (o odds) clone() odds {
	if o.logits != nil {
		return odds{logits: o.logits.Clone()}
	}
	return odds{probs: o.probs.Clone()}
}

// entropy returns that of one trial.
func (o odds) entropy() *tensor.Tensor { return o.log(o.p(), o.q()).Neg() }

// kl returns the divergence of one trial from another.
func (o odds) kl(other odds) *tensor.Tensor {
	p, q := o.p(), o.q()
	return o.log(p, q).Sub(other.log(p, q))
}

// Probabilities that exclude an end.
var (
	belowOne  = share{constraint.UnitInterval, "[0, 1)", func(v float64) bool { return v >= 0 && v < 1 }}
	aboveZero = share{constraint.UnitInterval, "(0, 1]", func(v float64) bool { return v > 0 && v <= 1 }}
)

// possible is the log odds above -∞.
var possible = logOdds{constraint.ExtendedReal}

type logOdds struct{ constraint.Constraint }

func (logOdds) String() string { return "(-∞, ∞]" }

func (logOdds) Check(x *tensor.Tensor) (int, bool) {
	at := x.Find(func(v float64) bool { return !(v > math.Inf(-1)) })
	return max(at, 0), at < 0
}

// share is a part of the unit interval.
type share struct {
	constraint.Constraint
	name string
	has  func(v float64) bool
}

func (s share) String() string { return s.name }

func (s share) Check(x *tensor.Tensor) (int, bool) {
	at := x.Find(func(v float64) bool { return !s.has(v) })
	return max(at, 0), at < 0
}
