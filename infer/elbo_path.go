package infer

import (
	"github.com/gopyro/pyro"
	"github.com/gopyro/pyro/handler"
	"github.com/gopyro/pyro/rng"
	"github.com/gopyro/pyro/tensor"
)

// PathELBO is the negative evidence lower bound with the gradient that reaches
// the guide's parameters through its draws alone (Roeder, Wu, Duvenaud 2017,
// "Sticking the landing", equation 8). What it leaves out has expectation 0; the
// nearer the guide is to the posterior, the less its gradients vary, and at the
// posterior they are 0. The guide runs twice; its draws must carry gradients.
type PathELBO struct {
	Particles int // runs to average; default 1
}

// Loss is the mean over the particles.
func (l PathELBO) Loss(tape *tensor.Tape, key rng.Key, model, guide pyro.Model) (*tensor.Tensor, error) {
	return particles(l.Particles, key, func(key rng.Key) (*tensor.Tensor, error) {
		w, err := pathRatio("PathELBO", tape, key, model, guide)
		if err != nil {
			return nil, err
		}
		return w.Neg(), nil
	})
}

// pathRatio is log p(x, z) - log q(z) of one run, where the gradient in the
// parameters of the guide passes through z alone.
func pathRatio(loss string, tape *tensor.Tape, key rng.Key, model, guide pyro.Model) (*tensor.Tensor, error) {
	list, err := pairs(loss, 1, tape, key, model, guide)
	if err != nil {
		return nil, err
	}
	p, q := list[0].p, list[0].q
	if err := pathwise(loss, q); err != nil {
		return nil, err
	}
	fixed := pyro.With(guide, func() pyro.Handler { return fixedParams{} })
	again, err := pyro.RunOn(tape, handler.Replay(fixed, q), key.Fold(0))
	if err != nil {
		return nil, inGuide(err)
	}
	var w *tensor.Tensor
	err = pyro.Guard(func() { w = logRatio(p, again) })
	return w, err
}

// fixedParams hands out the parameters of a model without their gradients.
type fixedParams struct{ pyro.NopHandler }

func (fixedParams) Process(_ *pyro.P, s *pyro.Site) {
	if s.Kind == pyro.ParamSite && s.Value != nil {
		s.Value = s.Value.Detach()
	}
}
