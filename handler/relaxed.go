package handler

import (
	"github.com/gopyro/pyro"
	"github.com/gopyro/pyro/dist"
	"github.com/gopyro/pyro/tensor"
)

// Relaxed returns m with the named latent sites of Bernoulli or OneHotCategorical
// distributions replaced by continuous ones that become these as the temperature,
// > 0, falls to 0 (see dist.Relax), so that their draws carry gradients. It is
// another model, near the first one. Untransformed and NonCentered then take the
// noise apart from the parameters (the Gumbel-softmax trick). A name that the run
// does not reach is an error.
func Relaxed(m pyro.Model, temperature float64, names ...string) pyro.Model {
	if !(temperature > 0) {
		panic(&tensor.Error{Op: "Relaxed", Reason: "the temperature must be positive"})
	}
	return pyro.With(m, func() pyro.Handler {
		return &relaxed{reparam: reparam{verb: "Relaxed", names: names}, temperature: temperature}
	})
}

type relaxed struct {
	reparam
	temperature float64
}

func (h *relaxed) Process(_ *pyro.P, s *pyro.Site) {
	if !h.meets(s) {
		return
	}
	if s.Observed || s.Value != nil {
		panic(s.Errorf("Relaxed: the site has a value already, given further in"))
	}
	d, ok := dist.Relax(s.Dist, h.temperature)
	if !ok {
		panic(s.Errorf("Relaxed: %v has no continuous relaxation that is known\n"+
			"\tto repair it: draw it from dist.Bernoulli or dist.OneHotCategorical", s.Dist))
	}
	s.Dist = d
}
