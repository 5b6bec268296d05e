package infer

import (
	"context"
	"errors"
	"fmt"
	"math"

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
	out, err := collect(ctx, n, im.Workers, func(tape *tensor.Tape, i int, p *part) error {
		return im.draw(tape, key.Fold(i), i, model, p)
	})
	if err != nil {
		return out, err
	}
	return out, out.check(im.Sites, "Importance", model, key)
}

// draw adds sample i to p.
func (im *Importance) draw(tape *tensor.Tape, key rng.Key, i int, model pyro.Model, out *part) error {
	var q *pyro.Trace
	if im.Guide != nil {
		var err error
		if q, err = pyro.RunOn(tape, im.Guide, key); err != nil {
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
	if err := pyro.Guard(func() { logw = logWeight(p, q) }); err != nil {
		return inModel(err)
	}
	if math.IsNaN(logw) || math.IsInf(logw, 1) {
		e := &NonFiniteError{What: "log weight", Value: logw, Step: i + 1}
		e.blame(p, q)
		return e
	}
	return out.out.add(out.from, logw, p, im.Sites)
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
