package infer

import (
	"context"
	"fmt"
	"math"
	"runtime"
	"sync"

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
// returns the samples there are and the context's error.
func (im Importance) Run(ctx context.Context, key rng.Key, model pyro.Model) (*Weighted, error) {
	n := im.Samples
	if n == 0 {
		n = 1000
	}
	if n < 0 {
		return nil, fmt.Errorf("infer: Importance.Samples is %d; it must be positive", n)
	}
	workers := im.Workers
	if workers <= 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	const fewest = 64 // samples that are worth a goroutine
	workers = max(1, min(workers, n/fewest))
	parts := make([]*sampler, workers)
	var wg sync.WaitGroup
	for w := range parts {
		s := &sampler{im: &im, model: model, key: key, from: w * n / workers, to: (w + 1) * n / workers}
		parts[w] = s
		if w == workers-1 {
			s.run(ctx)
		} else {
			wg.Go(func() { s.run(ctx) })
		}
	}
	wg.Wait()
	out := newWeighted(n)
	for _, s := range parts {
		if s.foreign != nil {
			panic(s.foreign)
		}
		if s.err != nil {
			return out, s.err
		}
		out.append(s.out)
		if s.out.Len() < s.to-s.from {
			return out, ctx.Err()
		}
	}
	return out, out.check(im.Sites)
}

// sampler draws samples from, …, to-1 on one goroutine.
type sampler struct {
	im       *Importance
	model    pyro.Model
	key      rng.Key
	from, to int
	out      *Weighted
	err      error
	foreign  any // a panic of the model's own, carried to the caller
}

func (s *sampler) run(ctx context.Context) {
	defer func() { s.foreign = recover() }()
	s.out = newWeighted(s.to - s.from)
	tape := tensor.NewTape()
	for i := s.from; i < s.to; i++ {
		if ctx.Err() != nil {
			return
		}
		if s.err = s.draw(tape, i); s.err != nil {
			return
		}
		tape.Reset()
	}
}

func (s *sampler) draw(tape *tensor.Tape, i int) error {
	key := s.key.Fold(i)
	model := s.model
	var q *pyro.Trace
	if s.im.Guide != nil {
		var err error
		if q, err = pyro.RunOn(tape, s.im.Guide, key); err != nil {
			return inGuide(err)
		}
		model = handler.Replay(model, q)
	}
	p, err := pyro.RunOn(tape, model, key)
	if err != nil {
		return inModel(err)
	}
	if q != nil {
		if err := match(p, q, never); err != nil {
			return err
		}
	}
	var logw float64
	if err := guard(func() { logw = logWeight(p, q) }); err != nil {
		return inModel(err)
	}
	if math.IsNaN(logw) || math.IsInf(logw, 1) {
		e := &NonFiniteError{What: "log weight", Value: logw, Step: i}
		e.blame(p, q)
		return e
	}
	return s.out.add(logw, p, s.im.Sites)
}

// logWeight is log p(latent, data) - log q(latent). Without a guide the latent
// sites are their own proposal and cancel.
func logWeight(p, q *pyro.Trace) float64 {
	if q == nil {
		logw := 0.0
		for s := range p.Observed() {
			logw += total(s)
		}
		return logw
	}
	lp := p.LogProb().Item()
	for s := range q.Sites() {
		if s.Kind == pyro.SampleSite {
			lp -= total(s)
		}
	}
	return lp
}

// total is the log probability of a site as a number.
func total(s *pyro.Site) float64 {
	lp := s.LogProb()
	if lp.Rank() == 0 {
		return lp.Item()
	}
	return lp.Sum().Item()
}
