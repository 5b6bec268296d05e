package infer

import (
	"github.com/gopyro/pyro"
	"github.com/gopyro/pyro/dist"
	"github.com/gopyro/pyro/handler"
	"github.com/gopyro/pyro/rng"
	"github.com/gopyro/pyro/tensor"
)

// PathELBO is the negative evidence lower bound with the gradient that reaches
// the guide's parameters through its draws alone (Roeder, Wu, Duvenaud 2017,
// "Sticking the landing", equation 8). What it leaves out has expectation 0; the
// nearer the guide is to the posterior, the less its gradients vary, and at the
// posterior they are 0. The guide runs twice; its draws must carry gradients.
//
// Of a site that is a point with a density of its own, as dist.DeltaDensity of a
// flow, and of a factor, the parameters reach the density on other ways than a
// draw: such a term keeps its whole gradient, as in TraceELBO.
type PathELBO struct {
	Particles int // runs to average; default 1
}

// Loss is the mean over the particles.
func (l PathELBO) Loss(tape *tensor.Tape, key rng.Key, model, guide pyro.Model) (*tensor.Tensor, error) {
	return particles(l.Particles, key, func(key rng.Key) (*tensor.Tensor, error) {
		w, _, err := pathRatio("PathELBO", tape, key, model, guide)
		if err != nil {
			return nil, err
		}
		return w.Neg(), nil
	})
}

// pathRatio is log p(x, z) - log q(z) of one run, where the gradient in the
// parameters of the guide passes through z alone, but for terms that are not
// densities of draws. Whole is the first of those that has a gradient without z.
func pathRatio(loss string, tape *tensor.Tape, key rng.Key, model, guide pyro.Model) (w *tensor.Tensor, whole *pyro.Site, err error) {
	list, err := pairs(loss, 1, tape, key, model, guide)
	if err != nil {
		return nil, nil, err
	}
	p, q := list[0].p, list[0].q
	if err := pathwise(loss, q); err != nil {
		return nil, nil, err
	}
	fixed := pyro.With(guide, func() pyro.Handler { return fixedParams{} })
	again, err := pyro.RunOn(tape, handler.Replay(fixed, q), key.Fold(0))
	if err != nil {
		return nil, nil, inGuide(err)
	}
	err = pyro.Guard(func() {
		w = p.LogProb()
		for s := range again.Sites() {
			if s.Kind != pyro.SampleSite {
				continue
			}
			lp := s.LogProb()
			if first := q.Site(s.Name); first != nil && (dist.IsPoint(s.Dist) || s.IsFactor()) {
				if lp = first.LogProb(); whole == nil && lp.Tracked() && !s.LogProb().Tracked() {
					whole = first
				}
			}
			w = w.Sub(sum(lp))
		}
	})
	return w, whole, err
}

// fixedParams hands out the parameters of a model without their gradients.
type fixedParams struct{ pyro.NopHandler }

func (fixedParams) Process(_ *pyro.P, s *pyro.Site) {
	if s.Kind == pyro.ParamSite && s.Value != nil {
		s.Value = s.Value.Detach()
	}
}
