package infer

import (
	"iter"

	"github.com/gopyro/pyro"
	"github.com/gopyro/pyro/rng"
	"github.com/gopyro/pyro/tensor"
)

// LossFunc is a loss written as a plain function, in the terms of [Loss]:
//
//	loss := infer.LossFunc(func(tape *tensor.Tape, key rng.Key, model, guide pyro.Model) (*tensor.Tensor, error) {
//		p, q, err := infer.Pair(tape, key, model, guide)
//		if err != nil {
//			return nil, err
//		}
//		return q.LogProb().Sub(p.LogProb()), nil
//	})
type LossFunc func(tape *tensor.Tape, key rng.Key, model, guide pyro.Model) (*tensor.Tensor, error)

// Loss calls f. Panics of the library's own types become its error.
func (f LossFunc) Loss(tape *tensor.Tape, key rng.Key, model, guide pyro.Model) (loss *tensor.Tensor, err error) {
	if e := pyro.Guard(func() { loss, err = f(tape, key, model, guide) }); e != nil {
		return nil, e
	}
	return loss, err
}

// Pair runs a guide on a tape, and the model at the values that the guide drew,
// and checks that the one covers the other: every latent site of the model must
// be in the guide, with its shape, and the guide must draw no other ones but
// those marked pyro.Aux.
func Pair(tape *tensor.Tape, key rng.Key, model, guide pyro.Model) (p, q *pyro.Trace, err error) {
	return runPair(tape, key, model, guide, never)
}

// logRatio is log p(x, z) - log q(z) of two runs, a single number.
func logRatio(p, q *pyro.Trace) *tensor.Tensor { return p.LogProb().Sub(q.LogProb()) }

// noEnum refuses sites that must be enumerated.
func noEnum(loss string, traces ...*pyro.Trace) error {
	for _, tr := range traces {
		for s := range tr.Latents() {
			if s.Enumerate == pyro.EnumAlways {
				return s.Errorf("the site is marked for enumeration, which %s does not do; use TraceEnumELBO", loss)
			}
		}
	}
	return nil
}

// pathwise refuses sites of the guide whose draws carry no gradient.
func pathwise(loss string, q *pyro.Trace) error {
	for s := range q.Latents() {
		if scores(s) {
			return s.Errorf("%s needs draws that carry gradients, but those of %v do not\n"+
				"\tto repair it: use TraceGraphELBO or RenyiELBO, which have the score function for such sites", loss, s.Dist)
		}
	}
	return nil
}

// runs is one run of a guide and of the model at its values.
type runs struct{ p, q *pyro.Trace }

// pairs makes n pairs of runs, the i-th with key.Fold(i).
func pairs(loss string, n int, tape *tensor.Tape, key rng.Key, model, guide pyro.Model) ([]runs, error) {
	list := make([]runs, n)
	for i := range list {
		p, q, err := runPair(tape, key.Fold(i), model, guide, never)
		if err != nil {
			return nil, err
		}
		if err := noEnum(loss, p, q); err != nil {
			return nil, err
		}
		list[i] = runs{p, q}
	}
	return list, nil
}

// withGradient is a single number with the value of one tensor and the gradient
// of another.
func withGradient(value, surrogate *tensor.Tensor) *tensor.Tensor {
	return gradientOnly(surrogate).Add(value.Detach())
}

// folds yields key.Fold(0), …, key.Fold(n-1), the keys that pairs gives its runs.
func folds(n int, key rng.Key) iter.Seq[rng.Key] {
	return func(yield func(rng.Key) bool) {
		for i := range n {
			if !yield(key.Fold(i)) {
				return
			}
		}
	}
}

// The keys of the runs that each loss makes, to find a site to blame.
func (l RenyiELBO) keys(key rng.Key) iter.Seq[rng.Key] { return folds(orTwo(l.Particles), key) }

func (l *TraceGraphELBO) keys(key rng.Key) iter.Seq[rng.Key] { return folds(max(1, l.Particles), key) }

func (l MMD) keys(key rng.Key) iter.Seq[rng.Key] { return folds(orTwo(l.Particles), key.Fold(0)) }

func (l ReweightedWakeSleep) keys(key rng.Key) iter.Seq[rng.Key] {
	return folds(orTwo(l.Particles), key.Fold(0))
}

func (l PathELBO) keys(key rng.Key) iter.Seq[rng.Key] {
	if l.Particles <= 1 {
		return folds(1, key)
	}
	return foldsOfFolds(l.Particles, key)
}

func (l TailAdaptive) keys(key rng.Key) iter.Seq[rng.Key] { return foldsOfFolds(l.runs(), key) }

// foldsOfFolds yields the keys of n runs that pairs makes one by one.
func foldsOfFolds(n int, key rng.Key) iter.Seq[rng.Key] {
	return func(yield func(rng.Key) bool) {
		for i := range n {
			if !yield(key.Fold(i).Fold(0)) {
				return
			}
		}
	}
}

// orTwo is a number of particles of which two are the default.
func orTwo(n int) int {
	if n <= 0 {
		return 2
	}
	return n
}
