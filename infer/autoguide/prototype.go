package autoguide

import (
	"fmt"
	"slices"
	"sync"

	"github.com/gopyro/pyro"
	"github.com/gopyro/pyro/infer/internal/joint"
	"github.com/gopyro/pyro/rng"
	"github.com/gopyro/pyro/tensor"
)

// prefix is the scope of parameters.
const prefix = "auto"

// named is the name of a parameter for a site, or what those of its parameters begin with.
func named(site string) string { return prefix + "." + site }

// prototype is what a guide knows of its model.
type prototype struct {
	once   sync.Once
	err    error
	key    rng.Key
	layout *joint.Layout  // of the latent sites
	starts pyro.Data      // start values of the sites, for their full plates
	origin *tensor.Tensor // the start on the unconstrained scale
}

// learn runs the model when it is first called: for its latent sites, and for the
// log density at the start, which must be finite. What more the guide has to
// find out is done then, too.
func (t *prototype) learn(p *pyro.P, guide string, m pyro.Model, init Init, more ...func()) {
	t.once.Do(func() {
		err := pyro.Guard(func() {
			t.run(p, guide, m, init)
			for _, f := range more {
				f()
			}
		})
		if err != nil {
			t.layout, t.err = nil, err
		}
	})
	if t.err != nil {
		panic(t.err)
	}
}

func (t *prototype) run(p *pyro.P, guide string, m pyro.Model, init Init) {
	if m == nil {
		panic(&pyro.SiteError{Reason: guide + ".Model is nil"})
	}
	t.key = p.Key().FoldName("autoguide").Trace(nil) // not part of what p records
	tr, err := pyro.Run(joint.Drawable(m), t.key)
	if err != nil {
		panic(err)
	}
	var sites []*pyro.Site
	for s := range tr.Latents() {
		if s.Support().Discrete() {
			panic(s.Errorf("%s cannot guide a discrete site\n"+
				"\tto repair it: hide it from the guide with handler.Block or handler.Expose, and sum it out with infer.TraceEnumELBO,\n"+
				"\tor guide it by an autoguide.Discrete", guide))
		}
		sites = append(sites, s)
	}
	t.steady(guide, m, sites)
	if t.layout, err = joint.New(sites); err != nil {
		panic(err)
	}
	t.starts = pyro.Data{}
	init = t.strategy(init)
	for _, s := range sites {
		t.starts[s.Name] = t.start(init, s)
	}
	if t.origin, _, err = t.layout.Inverse(t.starts); err != nil {
		panic(err)
	}
	t.possible(guide, m)
}

// steady checks that a second run of the model, with other draws, has the same
// latent sites with the same shapes and supports, since a guide has what the first
// had.
func (t *prototype) steady(guide string, m pyro.Model, sites []*pyro.Site) {
	tr, err := pyro.Run(joint.Drawable(m), t.key.FoldName("again"))
	if err != nil {
		panic(err)
	}
	found := 0
	for s := range tr.Latents() {
		i := slices.IndexFunc(sites, func(x *pyro.Site) bool { return x.Name == s.Name })
		if i < 0 {
			panic(s.Errorf("%s: the site is not in every run of the model%s", guide, fixedStructure))
		}
		found++
		first := sites[i]
		if !slices.Equal(s.Value.Shape(), first.Value.Shape()) {
			panic(s.Errorf("%s: the site has shape %v in one run of the model and %v in another%s",
				guide, first.Value.Shape(), s.Value.Shape(), fixedStructure))
		}
		if a, b := first.Support().String(), s.Support().String(); a != b {
			panic(s.Errorf("%s: the support of the site is %s in one run of the model and %s in another\n"+
				"\tto repair it: draw it from a fixed support and move it there, such as a fraction of an interval whose bounds are drawn", guide, a, b))
		}
	}
	if found == len(sites) {
		return
	}
	for _, s := range sites {
		if tr.Site(s.Name) == nil {
			panic(s.Errorf("%s: the site is not in every run of the model%s", guide, fixedStructure))
		}
	}
}

// fixedStructure is how to repair a model whose sites change.
const fixedStructure = "\n\tto repair it: give the model the same sites in every run, or guide it by a function of your own"

// rounds is how often a model is run at a start where it seems impossible, in
// case that is by a draw of a hidden site or by a subsample.
const rounds = 10

// possible checks that the log density of the model is finite at the start.
func (t *prototype) possible(guide string, m pyro.Model) {
	var bad *pyro.SiteError
	for i := range rounds {
		tr, err := pyro.Run(t.layout.Place(m, t.origin), t.key.Fold(i))
		if err != nil {
			panic(err)
		}
		if bad = impossible(guide, tr); bad == nil {
			return
		}
	}
	panic(bad)
}

// impossible is about the first site whose log density is not finite, or nil.
func impossible(guide string, tr *pyro.Trace) *pyro.SiteError {
	for s := range tr.Sites() {
		if s.Kind != pyro.SampleSite || s.Value == nil {
			continue
		}
		lp := s.LogProb()
		if i := lp.Find(func(v float64) bool { return v-v != 0 }); i >= 0 {
			return s.Errorf("%s: the log density is %v at the start values of the guide\n"+
				"\tto repair it: start elsewhere with Init, such as autoguide.Values", guide, lp)
		}
	}
	return nil
}

// ready panics where the guide has not run.
func (t *prototype) ready() {
	if t.layout == nil {
		panic(&pyro.SiteError{Reason: "autoguide: the guide has not run yet, so that it knows nothing of its model"})
	}
}

// sized returns the value of a parameter, which must have a shape: another one comes
// from the store of another guide, and might broadcast.
func sized(name string, v *tensor.Tensor, want ...int) *tensor.Tensor {
	if !slices.Equal(v.Shape(), want) {
		panic(&pyro.SiteError{Site: name, Reason: fmt.Sprintf("the parameter has shape %v, but the guide of this model needs %v\n"+
			"\tto repair it: give each guide a pyro.Params of its own, or a Name", v.Shape(), want)})
	}
	return v
}

// inPlates opens the plates of a site of the prototype, with subsamples of the
// same size, and returns the innermost handle.
func inPlates(p *pyro.P, s *pyro.Site) *pyro.P {
	for _, pl := range s.Plates {
		if pl.Sequential {
			continue
		}
		if pl.Len() == pl.Size {
			p = p.Plate(pl.Name, pl.Size, pyro.Dim(pl.Dim))
		} else {
			p = p.Plate(pl.Name, pl.Size, pyro.Dim(pl.Dim), pyro.Subsample(pl.Len()))
		}
	}
	return p
}

// full broadcasts a value for the site's subsample to the full plates.
func full(s *pyro.Site, v *tensor.Tensor) *tensor.Tensor {
	shape := slices.Clone(v.Shape())
	event := len(s.Dist.EventShape())
	for _, pl := range s.Plates {
		if pl.Sequential || pl.Len() == pl.Size {
			continue
		}
		at := len(shape) - event + pl.Dim
		v = v.Slice(at, 0, 1)
		shape[at] = pl.Size
		v = v.Expand(shape...)
	}
	return v
}
