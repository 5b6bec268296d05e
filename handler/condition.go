package handler

import "github.com/gopyro/pyro"

// Condition returns m with the sites named in data observed at those values. A
// site that is observed already is an error, since it would keep its value, and
// so is a name that the run does not reach, unless AllowMissing is given.
func Condition(m pyro.Model, data pyro.Data, opts ...Option) pyro.Model {
	return pyro.With(m, func() pyro.Handler { return &condition{values: newValues("Condition", data, opts)} })
}

type condition struct {
	pyro.NopHandler
	*values
}

func (h *condition) Process(_ *pyro.P, s *pyro.Site) {
	v := h.take(s, pyro.SampleSite)
	if v == nil {
		return
	}
	if s.Observed {
		panic(s.Errorf("Condition: the site is observed already\n\tto repair it: free it first with handler.Uncondition"))
	}
	s.Value, s.Observed = v, true
}

// Uncondition returns m with its observed sites latent, so that it draws data.
// Factors stay as they are.
func Uncondition(m pyro.Model) pyro.Model {
	return pyro.With(m, func() pyro.Handler { return uncondition{} })
}

type uncondition struct{ pyro.NopHandler }

func (uncondition) Process(_ *pyro.P, s *pyro.Site) {
	if s.Kind == pyro.SampleSite && s.Observed && !s.IsFactor() {
		s.Value, s.Observed = nil, false
	}
}
