package handler

import (
	"slices"

	"github.com/gopyro/pyro"
)

// Selector says which sites are meant.
type Selector func(s *pyro.Site) bool

// Names selects sites by name.
func Names(names ...string) Selector {
	return func(s *pyro.Site) bool { return slices.Contains(names, s.Name) }
}

// Except selects all sites but those named, and no plates.
func Except(names ...string) Selector {
	keep := Names(names...)
	return func(s *pyro.Site) bool { return s.Kind != pyro.PlateSite && !keep(s) }
}

// Kinds selects sites by the statement that makes them.
func Kinds(kinds ...pyro.Kind) Selector {
	return func(s *pyro.Site) bool { return slices.Contains(kinds, s.Kind) }
}

// Block returns m with the selected sites hidden from all that is applied
// further out: they are drawn from the model, and no trace has them. Names in
// the selector that no site has are not errors.
func Block(m pyro.Model, hide Selector) pyro.Model {
	return pyro.With(m, func() pyro.Handler { return block{hide: hide} })
}

// Expose returns m with all sample sites but those named hidden; parameters and
// plates stay visible. A name that the run does not reach is an error.
func Expose(m pyro.Model, names ...string) pyro.Model {
	return pyro.With(m, func() pyro.Handler { return &expose{names: names} })
}

type block struct {
	pyro.NopHandler
	hide Selector
}

func (h block) Process(_ *pyro.P, s *pyro.Site) {
	if h.hide(s) {
		s.Stop = true
	}
}

type expose struct {
	pyro.NopHandler
	names []string
	met   []string // all sample sites
}

func (h *expose) Process(_ *pyro.P, s *pyro.Site) {
	if s.Kind != pyro.SampleSite {
		return
	}
	h.met = append(h.met, s.Name)
	s.Stop = !slices.Contains(h.names, s.Name)
}

// Finish reports a name that no site of the run had.
func (h *expose) Finish(*pyro.P) { unmet(h.met, "Expose", "sample site", h.names, h.met) }
