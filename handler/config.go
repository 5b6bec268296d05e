package handler

import "github.com/gopyro/pyro"

// Config returns m with f called for each sample site before it has a value, to
// set how inference treats it:
//
//	handler.Config(m, func(s *pyro.Site) { s.Enumerate = pyro.EnumNever })
func Config(m pyro.Model, f func(s *pyro.Site)) pyro.Model {
	return pyro.With(m, func() pyro.Handler { return config{f: f} })
}

type config struct {
	pyro.NopHandler
	f func(s *pyro.Site)
}

func (h config) Process(_ *pyro.P, s *pyro.Site) {
	if s.Kind == pyro.SampleSite {
		h.f(s)
	}
}
