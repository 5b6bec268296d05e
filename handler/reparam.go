package handler

import (
	"slices"

	"github.com/gopyro/pyro"
	"github.com/gopyro/pyro/dist"
)

// NonCentered returns m with the named sites, which must have location-scale
// distributions, drawn as loc + scale·z, where z is the site name_decentered
// with the standard distribution of the family; the site itself becomes
// deterministic. It helps samplers with hierarchical models (Papaspiliopoulos,
// Roberts, Sköld 2007). A name that the run does not reach is an error.
func NonCentered(m pyro.Model, names ...string) pyro.Model {
	return pyro.With(m, func() pyro.Handler { return &nonCentered{names: names} })
}

type nonCentered struct {
	pyro.NopHandler
	names []string
	met   []string
}

func (h *nonCentered) Process(outer *pyro.P, s *pyro.Site) {
	if s.Kind != pyro.SampleSite || !slices.Contains(h.names, s.Name) {
		return
	}
	h.met = append(h.met, s.Name)
	if s.Observed || s.Value != nil {
		panic(s.Errorf("NonCentered: the site has a value already, given further in"))
	}
	loc, scale, standard, ok := dist.LocScale(s.Dist)
	if !ok {
		panic(s.Errorf("NonCentered: %v is not a location-scale distribution", s.Dist))
	}
	z := *s
	z.Name += "_decentered"
	z.Dist = standard
	v := outer.Apply(&z).Mul(scale).Add(loc)
	s.Kind, s.Dist, s.Value, s.Scale, s.Mask = pyro.DeterministicSite, nil, v, nil, nil
}

// Finish reports a name that no site had.
func (h *nonCentered) Finish(outer *pyro.P) {
	unmet(outer.Reached(), "NonCentered", "sample site", h.names, h.met)
}
