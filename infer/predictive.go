package infer

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"slices"

	"github.com/gopyro/pyro"
	"github.com/gopyro/pyro/dist"
	"github.com/gopyro/pyro/handler"
	"github.com/gopyro/pyro/rng"
	"github.com/gopyro/pyro/tensor"
)

// Samples are draws by site: each has shape [n] + the site's shape, where n is
// the number of runs that have the site.
type Samples struct {
	// Stats tells how the runs were computed.
	Stats Stats

	n      int
	names  []string
	values map[string]*tensor.Tensor
}

// Len is the number of runs.
func (s *Samples) Len() int { return s.n }

// Sites returns the names of the sites.
func (s *Samples) Sites() []string { return slices.Clone(s.names) }

// Var returns the draws of a site, of shape [n] + the site's shape. An unknown
// name panics with a *pyro.SiteError.
func (s *Samples) Var(site string) *tensor.Tensor {
	v := s.values[site]
	if v == nil {
		panic(&pyro.SiteError{Site: site, Reason: "there are no draws of such a site" + pyro.Near(site, s.names)})
	}
	return v
}

// All yields names and draws.
func (s *Samples) All() iter.Seq2[string, *tensor.Tensor] {
	return func(yield func(string, *tensor.Tensor) bool) {
		for _, name := range s.names {
			if !yield(name, s.values[name]) {
				return
			}
		}
	}
}

// Predictive draws from a model: from the prior, from the posterior that a
// guide stands for, or at given posterior draws. Discrete sites of finite support
// that neither has but data depend on, such as those that the fit summed out, are
// drawn from their exact posterior given the rest and the data, as by
// DiscreteSample, unless they are marked pyro.NoEnum. Other sites that neither has are drawn from the model.
// Observed sites keep their data: to predict them, make the data nil, or apply
// handler.Uncondition to the model.
type Predictive struct {
	Guide   pyro.Model // draws the latent sites; bind trained parameters to it
	Draws   pyro.Data  // posterior draws by site, each of shape [n] + the site's, such as mcmc's Result.Pooled (Var has a dim of chains first); instead of Guide
	N       int        // number of runs; default 1000, or as many as there are Draws
	Sites   []string   // sites to keep; default all sample and deterministic sites
	Workers int        // goroutines; default GOMAXPROCS. The result does not depend on it
}

// Run makes the runs; run i depends on key and i alone. When ctx ends, it
// returns the draws there are and the context's error. Runs are recorded and
// repeated as those of Importance are; Samples.Stats tells.
func (pr Predictive) Run(ctx context.Context, key rng.Key, model pyro.Model) (*Samples, error) {
	n, err := pr.size()
	if err != nil {
		return nil, err
	}
	if model == nil {
		return nil, errors.New("infer: Predictive.Run: the model is nil")
	}
	sp := &sampling{n: n, workers: pr.Workers, key: key, keep: pr.keep, given: pr.Draws}
	sp.run = func(tape *tensor.Tape, key rng.Key, draws pyro.Data) (sample, error) {
		return pr.sample(tape, key, draws, model)
	}
	w, err := sp.collect(ctx)
	if err == nil {
		err = w.check(pr.Sites, "Predictive", model, key)
	}
	return w.samples(), err
}

// size checks the fields and returns the number of runs.
func (pr *Predictive) size() (int, error) {
	switch {
	case pr.Guide != nil && pr.Draws != nil:
		return 0, errors.New("infer: Predictive has both a Guide and Draws; give one")
	case pr.Draws != nil && len(pr.Draws) == 0:
		return 0, errors.New("infer: Predictive.Draws is empty; leave it nil to draw from the prior")
	case pr.N < 0:
		return 0, fmt.Errorf("infer: Predictive.N is %d; it must be positive", pr.N)
	}
	n := pr.N
	for _, name := range slices.Sorted(maps.Keys(pr.Draws)) {
		v := pr.Draws[name]
		if v == nil || v.Rank() == 0 || v.Len() == 0 {
			return 0, &pyro.SiteError{Site: name, Reason: "Predictive.Draws: draws need a first dim that counts them"}
		}
		if n == 0 {
			n = v.Len()
		}
		if v.Len() < n || pr.N == 0 && v.Len() != n {
			return 0, &pyro.SiteError{Site: name, Reason: fmt.Sprintf("Predictive.Draws: %d draws, where %d are needed", v.Len(), n)}
		}
	}
	if n == 0 {
		n = 1000
	}
	return n, nil
}

// sample runs the guide, or takes draws, and runs the model.
func (pr *Predictive) sample(tape *tensor.Tape, key rng.Key, draws pyro.Data, model pyro.Model) (x sample, err error) {
	switch {
	case pr.Guide != nil:
		if x.q, err = pyro.RunOn(tape, pr.Guide, key.Fold(0)); err != nil {
			return x, inGuide(err)
		}
		model = handler.Replay(model, x.q)
	case pr.Draws != nil:
		model = handler.Substitute(model, draws)
	}
	x.p, err = pyro.RunOn(tape, model, key.Fold(1))
	if err == nil && (x.q != nil || pr.Draws != nil) && summedOut(tape, x.p, x.q, pr.Draws) {
		x.p, err = pyro.RunOn(tape, DiscreteSample(model), key.Fold(1))
		tape.Drawn("DiscreteSample") // its draws choose what is computed
	}
	if err != nil {
		return x, inModel(pr.explain(err))
	}
	if x.q != nil {
		if err := match(x.p, x.q, anything); err != nil {
			return x, err
		}
	}
	x.logw = noWeight
	return x, nil
}

// noWeight is the log weight of samples that are not weighted.
var noWeight = tensor.Of(0.0)

// summedOut reports whether a run has data that depend on a discrete site which
// neither the guide nor the draws have.
func summedOut(tape *tensor.Tape, p, q *pyro.Trace, draws pyro.Data) bool {
	for s := range p.Latents() {
		if s.Enumerate == pyro.EnumNever || draws[s.Name] != nil || q != nil && q.Site(s.Name) != nil ||
			!dist.CanEnumerate(s.Dist) || s.Value.Tape() != tape {
			continue
		}
		depends := tape.Dependents(s.Value)
		for o := range p.Sites() {
			if o.Kind == pyro.SampleSite && o.Observed && depends(o.LogProb()) {
				return true
			}
		}
	}
	return false
}

// explain adds to an error at a site that has draws what their shape should be,
// since those of several chains are easily given as they come.
func (pr *Predictive) explain(err error) error {
	var e *pyro.SiteError
	if !errors.As(err, &e) || e.After {
		return err
	}
	v := pr.Draws[e.Site]
	if v == nil || v.Rank() < 2 {
		return err
	}
	return fmt.Errorf("%w\n\tPredictive.Draws has shape %v for the site, taken for %d draws of shape %v;\n"+
		"\tto repair it, where these are chains and draws: give what Pooled returns, which joins the chains", err, v.Shape(), v.Len(), v.Shape()[1:])
}

// keep reports whether the result has a site.
func (pr *Predictive) keep(s *pyro.Site) bool {
	if len(pr.Sites) > 0 {
		return keep(s, pr.Sites)
	}
	return s.Value != nil && (s.Kind == pyro.DeterministicSite || s.Kind == pyro.SampleSite && !s.IsFactor())
}

// samples returns the columns as tensors.
func (w *Weighted) samples() *Samples {
	s := &Samples{Stats: w.Stats, n: w.Len(), names: w.names, values: map[string]*tensor.Tensor{}}
	for _, name := range w.names {
		s.values[name] = w.Values(name)
	}
	return s
}
