package handler

import "github.com/gopyro/pyro"

// Record returns m writing its sites to tr as they are made, by their full
// names. It sees all sites but those hidden further in; what is hidden further
// out it sees. Each run needs a trace of its own.
func Record(m pyro.Model, tr *pyro.Trace) pyro.Model {
	return pyro.With(m, func() pyro.Handler { return record{trace: tr} })
}

type record struct {
	pyro.NopHandler
	trace *pyro.Trace
}

func (h record) PostProcess(s *pyro.Site) {
	old := h.trace.Add(s)
	if old != nil && !(s.Kind == pyro.ParamSite && old.Kind == pyro.ParamSite) {
		panic(s.Errorf("the name is taken by the %v statement before it; names in a run must differ", old.Kind))
	}
}
