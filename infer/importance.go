package infer

import (
	"context"
	"errors"
	"fmt"

	"github.com/gopyro/pyro"
	"github.com/gopyro/pyro/handler"
	"github.com/gopyro/pyro/rng"
	"github.com/gopyro/pyro/tensor"
)

// Importance is importance sampling: values of the latent sites are drawn from
// a proposal and weighted by p(latent, data)/q(latent).
type Importance struct {
	Samples int        // number of weighted samples; default 1000
	Guide   pyro.Model // the proposal; nil draws from the prior
	Sites   []string   // sites to keep; default all that are not observed
	Workers int        // goroutines; default GOMAXPROCS. The result does not depend on it
}

// Run draws the samples. Sample i depends on key and i alone. When ctx ends, it
// returns the samples there are and the context's error. If all weights are zero
// it returns the samples with ErrNoWeight; a weight that is NaN or +Inf is a
// *NonFiniteError, which names the site.
//
// A run of 64 samples or more is recorded, if two samples are computed alike, and
// what is recorded is repeated instead of the model, with the same results.
// One sample in 64 is compared with the model; if it has changed, the samples
// before are returned with a *ChangedError. Weighted.Stats tells what was done.
func (im Importance) Run(ctx context.Context, key rng.Key, model pyro.Model) (*Weighted, error) {
	n := im.Samples
	if n == 0 {
		n = 1000
	}
	switch {
	case n < 0:
		return nil, fmt.Errorf("infer: Importance.Samples is %d; it must be positive", n)
	case model == nil:
		return nil, errors.New("infer: Importance.Run: the model is nil")
	}
	sp := &sampling{n: n, workers: im.Workers, key: key, keep: func(s *pyro.Site) bool { return keep(s, im.Sites) }}
	sp.run = func(tape *tensor.Tape, key rng.Key, _ pyro.Data) (sample, error) { return im.sample(tape, key, model) }
	out, err := sp.collect(ctx)
	if err != nil {
		return out, err
	}
	return out, out.check(im.Sites, "Importance", model, key)
}

// sample runs guide and model.
func (im *Importance) sample(tape *tensor.Tape, key rng.Key, model pyro.Model) (x sample, err error) {
	if im.Guide != nil {
		if x.q, err = pyro.RunOn(tape, im.Guide, key); err != nil {
			return x, inGuide(err)
		}
		model = handler.Replay(model, x.q)
	}
	if x.p, err = pyro.RunOn(tape, model, key); err != nil {
		return x, inModel(err)
	}
	if x.q != nil {
		if err := match(x.p, x.q, never); err != nil {
			return x, err
		}
	}
	if err := pyro.Guard(func() { x.logw = logWeight(x.p, x.q) }); err != nil {
		return x, inModel(err)
	}
	return x, nil
}

// logWeight is log p(latent, data) - log q(latent). Without a guide the latent
// sites are their own proposal and cancel.
func logWeight(p, q *pyro.Trace) *tensor.Tensor {
	if q == nil {
		logw := tensor.Of(0.0)
		for s := range p.Observed() {
			logw = logw.Add(total(s))
		}
		return logw
	}
	lp := p.LogProb()
	for s := range q.Sites() {
		if s.Kind == pyro.SampleSite {
			lp = lp.Sub(total(s))
		}
	}
	return lp
}

// total is the log probability of a site, a single number.
func total(s *pyro.Site) *tensor.Tensor {
	lp := s.LogProb()
	if lp.Rank() == 0 {
		return lp
	}
	return lp.Sum()
}
