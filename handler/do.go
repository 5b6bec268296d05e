package handler

import "github.com/gopyro/pyro"

// Do returns m with an intervention (Pearl 2009): what follows a site named in
// data sees the value there, while the site itself draws as before, under the
// name with "__CF" put behind it, and can be conditioned on. Nothing of the
// intervention counts in the log probability. A name that the run does not
// reach is an error, unless AllowMissing is given.
func Do(m pyro.Model, data pyro.Data, opts ...Option) pyro.Model {
	return pyro.With(m, func() pyro.Handler { return &do{values: newValues("Do", data, opts)} })
}

type do struct {
	pyro.NopHandler
	*values
}

func (h *do) Process(outer *pyro.P, s *pyro.Site) {
	v := h.take(s, pyro.SampleSite)
	if v == nil {
		return
	}
	natural := *s
	natural.Name += "__CF"
	outer.Apply(&natural)
	s.Value, s.Observed, s.Stop = v, true, true
}
