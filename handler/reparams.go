package handler

import (
	"slices"

	"github.com/gopyro/pyro"
	"github.com/gopyro/pyro/constraint"
	"github.com/gopyro/pyro/dist"
	"github.com/gopyro/pyro/tensor"
	"github.com/gopyro/pyro/transform"
)

// PartlyCentered returns m with the named sites, of location-scale families,
// drawn through the site name_decentered, which has location c·loc and scale
// scaleᶜ: at c = 1 the site as it is, at c = 0 NonCentered (Gorinova, Moore,
// Hoffman 2020, equation 4). The centredness c is in [0, 1]. A name that the run
// does not reach is an error.
func PartlyCentered(m pyro.Model, c float64, names ...string) pyro.Model {
	if !(c >= 0 && c <= 1) {
		panic(&tensor.Error{Op: "PartlyCentered", Reason: "the centredness must be in [0, 1]"})
	}
	at := tensor.Of(c)
	return reparamed(m, "PartlyCentered", names, func(outer *pyro.P, s *pyro.Site) *tensor.Tensor {
		return decentre(outer, s, "PartlyCentered", func() *tensor.Tensor { return at })
	})
}

// LearnedCentered is PartlyCentered with the centredness of each site learnt: the
// parameter name_centered, which starts at ½. It is for variational inference;
// samplers do not move parameters.
func LearnedCentered(m pyro.Model, names ...string) pyro.Model {
	return reparamed(m, "LearnedCentered", names, func(outer *pyro.P, s *pyro.Site) *tensor.Tensor {
		return decentre(outer, s, "LearnedCentered", func() *tensor.Tensor {
			return outer.Param(s.Name+"_centered", tensor.Of(0.5), constraint.UnitInterval)
		})
	})
}

func decentre(outer *pyro.P, s *pyro.Site, verb string, centredness func() *tensor.Tensor) *tensor.Tensor {
	loc, scale, standard, ok := dist.LocScale(s.Dist)
	if !ok {
		panic(s.Errorf("%s: %v is not a location-scale distribution", verb, s.Dist))
	}
	c := centredness()
	shift := loc.Mul(c)
	z := *s
	z.Name += "_decentered"
	z.Dist = affine(standard, shift, scale.Pow(c))
	return outer.Apply(&z).Sub(shift).Mul(scale.Pow(c.RSubScalar(1))).Add(loc)
}

// Untransformed returns m with the named sites, whose distributions are images
// f(x) of draws x of a simpler one (see dist.Untransform: dist.Transformed,
// dist.LogNormal, normal vectors of dist.ProjectedNormal, the Gumbel noise of
// relaxed categories, …), drawn as just that: x is the site name_base, and the
// site itself is deterministic. It helps where the base is better behaved, and
// lets guides and other reparameterisers see it. A name that the run does not reach is an error.
func Untransformed(m pyro.Model, names ...string) pyro.Model {
	return reparamed(m, "Untransformed", names, func(outer *pyro.P, s *pyro.Site) *tensor.Tensor {
		base, f, ok := dist.Untransform(s.Dist)
		if !ok {
			panic(s.Errorf("Untransformed: %v is no image of another distribution", s.Dist))
		}
		x := *s
		x.Name += "_base"
		x.Dist = base
		return f.Forward(outer.Apply(&x))
	})
}

// NormalMixture returns m with the named sites, latent or observed, of Student's,
// Cauchy's or Laplace's distribution, drawn in two steps: the site name_mixing
// has the precision or variance, given which the site itself is normal (see
// dist.NormalMixture). It takes away the heavy tails from the likelihood of what
// remains. A name that the run does not reach is an error.
func NormalMixture(m pyro.Model, names ...string) pyro.Model {
	return pyro.With(m, func() pyro.Handler {
		return &mixture{reparam{verb: "NormalMixture", names: names}}
	})
}

// reparamed is m with the named latent sites made deterministic by change, which
// returns their values.
func reparamed(m pyro.Model, verb string, names []string, change func(outer *pyro.P, s *pyro.Site) *tensor.Tensor) pyro.Model {
	return pyro.With(m, func() pyro.Handler { return &reparam{verb: verb, names: names, change: change} })
}

type reparam struct {
	pyro.NopHandler
	verb   string
	names  []string
	met    []string
	change func(outer *pyro.P, s *pyro.Site) *tensor.Tensor
}

// meets notes a site that is meant.
func (h *reparam) meets(s *pyro.Site) bool {
	if s.Kind != pyro.SampleSite || !slices.Contains(h.names, s.Name) {
		return false
	}
	h.met = append(h.met, s.Name)
	return true
}

func (h *reparam) Process(outer *pyro.P, s *pyro.Site) {
	if !h.meets(s) {
		return
	}
	if s.Observed || s.Value != nil {
		panic(s.Errorf("%s: the site has a value already, given further in", h.verb))
	}
	v := h.change(outer, s)
	s.Kind, s.Dist, s.Value, s.Scale, s.Mask = pyro.DeterministicSite, nil, v, nil, nil
}

// Finish reports a name that no site had.
func (h *reparam) Finish(outer *pyro.P) {
	unmet(outer.Reached(), h.verb, "sample site", h.names, h.met)
}

type mixture struct{ reparam }

func (h *mixture) Process(outer *pyro.P, s *pyro.Site) {
	if !h.meets(s) {
		return
	}
	mixing, given, ok := dist.NormalMixture(s.Dist)
	if !ok {
		panic(s.Errorf("NormalMixture: %v is not a mixture of normal distributions that is known", s.Dist))
	}
	y := *s
	y.Name += "_mixing"
	y.Dist, y.Value, y.Observed = mixing, nil, false
	s.Dist = given(outer.Apply(&y)).Expand(s.Dist.BatchShape()...)
}

// affine is the distribution of loc + scale·z for draws z of d.
func affine(d dist.Distribution, loc, scale *tensor.Tensor) dist.Distribution {
	return dist.Transformed(d, transform.Affine(loc, scale))
}
