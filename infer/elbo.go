package infer

import (
	"fmt"
	"iter"

	"github.com/gopyro/pyro"
	"github.com/gopyro/pyro/handler"
	"github.com/gopyro/pyro/rng"
	"github.com/gopyro/pyro/tensor"
)

// Loss estimates how far a guide is from the posterior of a model.
type Loss interface {
	// Loss returns a single number on the tape whose value is the loss and
	// whose gradient in the parameters of model and guide is an unbiased
	// estimate of the gradient of its expectation. Models must be run with
	// pyro.RunOn and this tape.
	Loss(tape *tensor.Tape, key rng.Key, model, guide pyro.Model) (*tensor.Tensor, error)
}

// TraceELBO is the negative evidence lower bound, E_q[log q(z) - log p(x, z)],
// estimated from runs of guide and model. Sites of the guide whose draws carry
// gradients use them; the others use the score function, where each site is
// only held to account for the terms in its own plates (Ranganath, Gerrish,
// Blei 2014; Schulman, Heess, Weber, Abbeel 2015).
type TraceELBO struct {
	Particles int // runs to average; default 1
}

// Loss is the mean over the particles.
func (l TraceELBO) Loss(tape *tensor.Tape, key rng.Key, model, guide pyro.Model) (*tensor.Tensor, error) {
	return particles(l.Particles, key, func(key rng.Key) (*tensor.Tensor, error) {
		p, q, err := runPair(tape, key, model, guide, never)
		if err != nil {
			return nil, err
		}
		if err := noEnum("TraceELBO", p, q); err != nil {
			return nil, err
		}
		var loss *tensor.Tensor
		err = pyro.Guard(func() { loss = negativeELBO(p, q) })
		return loss, err
	})
}

// particles averages n estimates, of which the i-th has key.Fold(i).
func particles(n int, key rng.Key, one func(rng.Key) (*tensor.Tensor, error)) (*tensor.Tensor, error) {
	if n < 0 {
		return nil, fmt.Errorf("infer: %d particles; the number must be positive", n)
	}
	if n <= 1 {
		return one(key)
	}
	var sum *tensor.Tensor
	for i := range n {
		l, err := one(key.Fold(i))
		if err != nil {
			return nil, err
		}
		if sum == nil {
			sum = l
		} else {
			sum = sum.Add(l)
		}
	}
	return sum.MulScalar(1 / float64(n)), nil
}

// particleKeys yields the key of each run that a loss makes.
func particleKeys(l Loss, key rng.Key) iter.Seq[rng.Key] {
	n := 1
	switch l := l.(type) {
	case TraceELBO:
		n = l.Particles
	case TraceEnumELBO:
		n = l.Particles
	case TraceMeanFieldELBO:
		n = l.Particles
	case interface {
		keys(rng.Key) iter.Seq[rng.Key]
	}:
		return l.keys(key)
	}
	return func(yield func(rng.Key) bool) {
		if n <= 1 {
			yield(key)
			return
		}
		for i := range n {
			if !yield(key.Fold(i)) {
				return
			}
		}
	}
}

// runPair runs the guide, and the model at the guide's values.
func runPair(tape *tensor.Tape, key rng.Key, model, guide pyro.Model, summed func(*pyro.Site) bool) (p, q *pyro.Trace, err error) {
	if q, err = pyro.RunOn(tape, guide, key.Fold(0)); err != nil {
		return nil, nil, inGuide(err)
	}
	if p, err = pyro.RunOn(tape, handler.Replay(model, q), key.Fold(1)); err != nil {
		return nil, nil, inModel(err)
	}
	return p, q, match(p, q, summed)
}

// negativeELBO is Σ log q - Σ log p with its surrogate gradient.
func negativeELBO(p, q *pyro.Trace) *tensor.Tensor {
	var elbo *tensor.Tensor
	add := func(t *tensor.Tensor) {
		if elbo == nil {
			elbo = t
		} else {
			elbo = elbo.Add(t)
		}
	}
	for s := range p.Sites() {
		if s.Kind == pyro.SampleSite {
			add(sum(s.LogProb()))
		}
	}
	scored := false
	for s := range q.Sites() {
		if s.Kind == pyro.SampleSite {
			add(sum(s.LogProb()).Neg())
			scored = scored || scores(s)
		}
	}
	if elbo == nil {
		elbo = tensor.Of(0.0)
	}
	if scored {
		elbo = withScores(elbo, p, q)
	}
	return elbo.Neg()
}

func sum(t *tensor.Tensor) *tensor.Tensor {
	if t.Rank() == 0 {
		return t
	}
	return t.Sum()
}

// scores reports whether a site of the guide needs the score function: its
// value carries no gradient although its distribution has parameters that do.
func scores(s *pyro.Site) bool {
	return s.Kind == pyro.SampleSite && !s.Observed && !s.Value.Tracked() && s.LogProb().Tracked()
}

// withScores adds Σ (log q(z) - its own value)·reward to elbo: value 0, and the
// score function's gradient. The rewards are scaled, the score is not, as it is
// that of the draw. The term -log q of a site that needs it has no expected
// gradient, and is detached.
func withScores(elbo *tensor.Tensor, p, q *pyro.Trace) *tensor.Tensor {
	costs := rewards(p, q)
	for s := range q.Latents() {
		if scores(s) {
			score := gradientOnly(s.Unscaled())
			elbo = elbo.Add(sum(score.Mul(costs.within(s)))).Add(sum(gradientOnly(s.LogProb())))
		}
	}
	return elbo
}

// gradientOnly returns 0 with the gradient of x.
func gradientOnly(x *tensor.Tensor) *tensor.Tensor { return x.Sub(x.Detach()) }

// reward is a term of the ELBO, log p or -log q of a site, without gradient.
type reward struct {
	value *tensor.Tensor
	site  *pyro.Site
}

type rewardList []reward

func rewards(p, q *pyro.Trace) (list rewardList) {
	for s := range p.Sites() {
		if s.Kind == pyro.SampleSite {
			list = append(list, reward{s.LogProb().Detach(), s})
		}
	}
	for s := range q.Sites() {
		if s.Kind == pyro.SampleSite {
			list = append(list, reward{s.LogProb().Detach().Neg(), s})
		}
	}
	return list
}

// within adds up the rewards for a site: along the plates that the site is in,
// each element gets its own; along the others they are summed.
func (list rewardList) within(s *pyro.Site) *tensor.Tensor {
	total := tensor.Of(0.0)
	for _, r := range list {
		if independent(r.site, s) {
			continue
		}
		v := r.value
		for d := -v.Rank(); d < 0; d++ {
			if v.Dim(d) > 1 && !shares(r.site, s, d) {
				v = v.SumKeep(d)
			}
		}
		total = total.Add(v)
	}
	if lp := s.LogProb(); total.Rank() > lp.Rank() {
		total = total.SumTo(lp.Shape()...)
	}
	return total
}

// shares reports whether both sites are in the same plate at dim d.
func shares(a, b *pyro.Site, d int) bool {
	for _, x := range a.Plates {
		for _, y := range b.Plates {
			if x.Dim == d && y.Dim == d && x.Name == y.Name && !x.Sequential {
				return true
			}
		}
	}
	return false
}

// independent reports whether the sites are in different turns of one
// sequential plate.
func independent(a, b *pyro.Site) bool {
	for _, x := range a.Plates {
		for _, y := range b.Plates {
			if x.Sequential && y.Sequential && x.Name == y.Name && x.Index != y.Index {
				return true
			}
		}
	}
	return false
}
