package handler

import (
	"fmt"

	"github.com/gopyro/pyro"
	"github.com/gopyro/pyro/dist"
	"github.com/gopyro/pyro/rng"
	"github.com/gopyro/pyro/tensor"
)

// Change is what a strategy did to a site.
type Change struct {
	Site string
	By   string // the reparameteriser: "NonCentered", "LearnedCentered" or "Untransformed"
	Why  string
}

func (c Change) String() string { return fmt.Sprintf("%s: %s, since %s", c.Site, c.By, c.Why) }

// Strategy chooses reparameterisations for a model.
type Strategy struct {
	// Learn has the centredness of sites learnt, for variational inference;
	// without it they are drawn in the non-centred form, for samplers.
	Learn bool
}

// Reparam runs m once with the draws of key, looks at each latent site, and
// returns m reparameterised with a report of what was done:
//   - a site whose distribution is the image of another one (Untransform) is
//     drawn as that, if the parameters of that depend on other latent sites;
//   - a site of a location-scale family whose location or scale depends on other
//     latent sites is decentred (PartlyCentered).
//
// Dependence is read off the operations of the run. Other sites are left as they
// are. The model must have the same sites in every run.
func (st Strategy) Reparam(m pyro.Model, key rng.Key) (pyro.Model, []Change, error) {
	tape := tensor.NewTape()
	tr, err := pyro.RunOn(tape, m, key)
	if err != nil {
		return nil, nil, err
	}
	var report []Change
	var images, centred []string
	var before []*pyro.Site
	for s := range tr.Latents() {
		d, name := s.Dist, s.Name
		if base, _, ok := dist.Untransform(d); ok {
			if from := source(tape, base, before); from != nil {
				images = append(images, s.Name)
				report = append(report, Change{s.Name, "Untransformed", fmt.Sprintf("it is an image of what depends on %q", from.Name)})
				d, name = base, s.Name+"_base"
			}
		}
		if from := source(tape, d, before); from != nil {
			if _, _, _, ok := dist.LocScale(d); ok {
				centred = append(centred, name)
				report = append(report, Change{name, st.verb(), fmt.Sprintf("its location or scale depends on %q", from.Name)})
			}
		}
		before = append(before, s)
	}
	tape.Reset()
	if len(images) > 0 {
		m = Untransformed(m, images...)
	}
	switch {
	case len(centred) == 0:
	case st.Learn:
		m = LearnedCentered(m, centred...)
	default:
		m = NonCentered(m, centred...)
	}
	return m, report, nil
}

func (st Strategy) verb() string {
	if st.Learn {
		return "LearnedCentered"
	}
	return "NonCentered"
}

// source returns the first of the sites on which location or scale of d depend,
// or nil; for other families than those of location and scale it is nil.
func source(tape *tensor.Tape, d dist.Distribution, sites []*pyro.Site) *pyro.Site {
	loc, scale, _, ok := dist.LocScale(d)
	if !ok {
		return nil
	}
	for _, s := range sites {
		if on := tape.Dependents(s.Value); on(loc) || on(scale) {
			return s
		}
	}
	return nil
}
