package handler

import "github.com/gopyro/pyro"

// Record returns m writing its sites to tr as they are made, those included
// that handlers further out or further in hide from others: it sees what is
// not stopped further in. The sites of several runs must not go to one trace.
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
