package handler

import (
	"fmt"

	"github.com/gopyro/pyro"
	"github.com/gopyro/pyro/constraint"
	"github.com/gopyro/pyro/dist"
	"github.com/gopyro/pyro/rng"
	"github.com/gopyro/pyro/tensor"
)

// Change is what a strategy did to a site.
type Change struct {
	Site string
	By   string // the reparameteriser: "NonCentered", "LearnedCentered", "Untransformed" or "Circular"
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
//   - a site of unit vectors is drawn as the direction of normal ones
//     (Untransformed), a site of angles as that of a point in the plane (Circular);
//   - a site whose distribution is the image of another one (Untransformed) is
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
	var images, centred, angles []string
	var before []*pyro.Site
	for s := range tr.Latents() {
		d, name := s.Dist, s.Name
		if isCircle(s.Support()) {
			angles = append(angles, s.Name)
			report = append(report, Change{s.Name, "Circular", "it is an angle"})
		}
		if base, why, ok := untransform(tape, s, before); ok {
			images = append(images, s.Name)
			report = append(report, Change{s.Name, "Untransformed", why})
			d, name = base, s.Name+"_base"
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
	if len(angles) > 0 {
		m = Circular(m, angles...)
	}
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

// untransform returns what a site is an image of, if it is to be drawn as that, and
// why.
func untransform(tape *tensor.Tape, s *pyro.Site, before []*pyro.Site) (base dist.Distribution, why string, ok bool) {
	base, _, ok = dist.Untransform(s.Dist)
	if !ok {
		return nil, "", false
	}
	if s.Support().String() == constraint.Sphere.String() {
		return base, "it is a unit vector", true
	}
	if from := source(tape, base, before); from != nil {
		return base, fmt.Sprintf("it is an image of what depends on %q", from.Name), true
	}
	return nil, "", false
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
