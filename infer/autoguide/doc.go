// Package autoguide makes guides from models.
//
//	guide := &autoguide.Normal{Model: model}
//	svi := &infer.SVI{Model: model, Guide: guide.Guide, Optim: &optim.Adam{LR: 0.01}}
//	losses, err := svi.Run(ctx, key, 1000)
//	fmt.Println(guide.Median(svi.Params)["mu"])
//
// A guide runs its model once, when it is first used, to learn the latent
// sites, their shapes, supports and plates; the model must have the same ones
// in every run. Discrete sites are refused: hide them with handler.Block or
// handler.Expose and let the loss sum them out. Parameters of a site are named
// auto.SITE, and what the guide adds to that.
package autoguide

import (
	"slices"
	"sync"

	"github.com/gopyro/pyro"
	"github.com/gopyro/pyro/rng"
	"github.com/gopyro/pyro/tensor"
)

// prefix is the scope of parameters.
const prefix = "auto"

// prototype is what a guide knows of its model.
type prototype struct {
	once  sync.Once
	sites []*pyro.Site
	key   rng.Key
	err   *pyro.SiteError
}

// learn runs the model once and returns its latent sites.
func (t *prototype) learn(p *pyro.P, guide string, m pyro.Model) []*pyro.Site {
	t.once.Do(func() { t.run(p, guide, m) })
	if t.err != nil {
		panic(t.err)
	}
	return t.sites
}

func (t *prototype) run(p *pyro.P, guide string, m pyro.Model) {
	if m == nil {
		t.err = &pyro.SiteError{Reason: guide + ".Model is nil"}
		return
	}
	t.key = p.Key().FoldName("autoguide").Trace(nil) // not part of what p records
	tr, err := pyro.Run(m, t.key)
	if err != nil {
		t.err = err.(*pyro.SiteError)
		return
	}
	for s := range tr.Latents() {
		if s.Support().Discrete() {
			t.err = s.Errorf("%s cannot guide a discrete site\n"+
				"\tto repair it: hide it from the guide with handler.Block or handler.Expose, and sum it out with infer.TraceEnumELBO", guide)
			return
		}
		t.sites = append(t.sites, s)
	}
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

// full broadcasts a start value for the site's subsample to the full plates.
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
