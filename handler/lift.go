package handler

import (
	"maps"
	"slices"

	"github.com/gopyro/pyro"
	"github.com/gopyro/pyro/dist"
)

// Lift returns m with the parameters named in priors turned into latent sites
// with those priors, whose draws must have the parameter's shape. A name that
// the run does not reach is an error.
func Lift(m pyro.Model, priors map[string]dist.Distribution) pyro.Model {
	return pyro.With(m, func() pyro.Handler {
		return &lift{priors: priors, made: map[*pyro.Site]string{}, met: map[string]*pyro.Site{}}
	})
}

type lift struct {
	pyro.NopHandler
	priors map[string]dist.Distribution
	made   map[*pyro.Site]string // without a value yet
	met    map[string]*pyro.Site
}

func (h *lift) Process(_ *pyro.P, s *pyro.Site) {
	if s.Kind != pyro.ParamSite {
		return
	}
	prior, ok := h.priors[s.Name]
	switch {
	case !ok:
		return
	case prior == nil:
		panic(s.Errorf("Lift: the prior is nil"))
	}
	if first := h.met[s.Name]; first != nil { // a parameter may be read again
		s.Value, s.Stop = first.Value, true
		return
	}
	h.made[s] = s.Name
	// The prior covers all dims of the parameter, those of plates included.
	s.Kind, s.Plates = pyro.SampleSite, nil
	s.Dist = dist.Independent(prior, len(prior.BatchShape()))
}

// PostProcess notes the site that later reads get their value from. A rehearsal
// does not get here, so that none of its sites is taken for one of the run.
func (h *lift) PostProcess(s *pyro.Site) {
	if name, ok := h.made[s]; ok {
		h.met[name] = s
	}
}

// Finish reports a prior for a parameter that does not exist.
func (h *lift) Finish(outer *pyro.P) {
	unmet(outer.Reached(), "Lift", "parameter", slices.Sorted(maps.Keys(h.priors)), slices.Collect(maps.Keys(h.met)))
}
