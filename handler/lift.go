package handler

import (
	"maps"
	"slices"

	"github.com/gopyro/pyro"
	"github.com/gopyro/pyro/dist"
)

// Lift returns m with the parameters named in priors turned into latent sites
// with those priors, whose draws must have the parameter's shape and satisfy
// its constraint. A lifted parameter can be read once in a run. A name that the
// run does not reach is an error.
func Lift(m pyro.Model, priors map[string]dist.Distribution) pyro.Model {
	return pyro.With(m, func() pyro.Handler { return &lift{priors: priors} })
}

type lift struct {
	pyro.NopHandler
	priors map[string]dist.Distribution
	met    []string
}

func (h *lift) Process(_ *pyro.P, s *pyro.Site) {
	if s.Kind != pyro.ParamSite {
		return
	}
	prior, ok := h.priors[s.Name]
	if !ok {
		return
	}
	if prior == nil {
		panic(s.Errorf("Lift: the prior is nil"))
	}
	h.met = append(h.met, s.Name)
	// The prior covers all dims of the parameter, those of plates included.
	s.Kind, s.Dist, s.Plates = pyro.SampleSite, prior, nil
	if n := len(prior.BatchShape()); n > 0 {
		s.Dist = dist.Independent(prior, n)
	}
}

// Finish reports a prior for a parameter that does not exist.
func (h *lift) Finish(outer *pyro.P) {
	unmet(outer, "Lift", "parameter", slices.Sorted(maps.Keys(h.priors)), h.met)
}
