package autoguide

import (
	"maps"
	"sync"

	"github.com/gopyro/pyro"
	"github.com/gopyro/pyro/rng"
)

// List guides blocks of sites by different guides, independently of each other.
//
//	guide := &autoguide.List{Model: model, Parts: []autoguide.Part{
//		&autoguide.MultivariateNormal{Model: handler.Expose(model, "slope", "level")},
//		autoguide.Func(func(p *pyro.P) { p.Sample("noise", dist.Gamma(3, 2)) }),
//	}}
//
// Together the parts must draw each latent site of the model once; discrete
// sites may be left out, for the loss to sum them out. Parts that name their
// parameters alike are refused: give them a Name. A later part sees nothing of
// an earlier one but what the user's own functions share.
type List struct {
	Model pyro.Model
	Parts []Part

	once sync.Once
	err  *pyro.SiteError
}

// Part is a guide of some of the sites.
type Part interface{ Guide(p *pyro.P) }

// Guide runs the parts in order.
func (g *List) Guide(p *pyro.P) {
	owner := map[string]int{}
	for k, part := range g.Parts {
		run := pyro.With(part.Guide, func() pyro.Handler { return &claims{list: g, part: k, owner: owner} })
		run(p)
	}
	g.once.Do(func() { g.err = g.covers(p, owner) })
	if g.err != nil {
		panic(g.err)
	}
}

// claims notes which part makes a site or parameter.
type claims struct {
	pyro.NopHandler
	list  *List
	part  int
	owner map[string]int // the part of each name
}

func (h *claims) Process(_ *pyro.P, s *pyro.Site) {
	if s.Kind != pyro.SampleSite && s.Kind != pyro.ParamSite {
		return
	}
	k, taken := h.owner[s.Name]
	h.owner[s.Name] = h.part
	switch {
	case !taken || k == h.part:
	case s.Kind == pyro.SampleSite && !s.Aux:
		panic(s.Errorf("autoguide.List: parts %d and %d both draw this site\n\tto repair it: draw each site in one part", k, h.part))
	case s.Kind == pyro.SampleSite || !h.list.users(k) || !h.list.users(h.part):
		panic(s.Errorf("autoguide.List: parts %d and %d both have a %v statement of this name\n"+
			"\tto repair it: give one of them another Name", k, h.part, s.Kind))
	}
}

// users reports whether a part is a function of the user's, which may share
// parameters with others.
func (g *List) users(part int) bool {
	_, ok := g.Parts[part].(Func)
	return ok
}

// covers checks that the parts draw all that the model needs.
func (g *List) covers(p *pyro.P, owner map[string]int) *pyro.SiteError {
	if g.Model == nil {
		return &pyro.SiteError{Reason: "autoguide.List.Model is nil"}
	}
	tr, err := pyro.Run(g.Model, p.Key().Trace(nil).FoldName("autoguide"))
	if err != nil {
		return err.(*pyro.SiteError)
	}
	for s := range tr.Latents() {
		if _, ok := owner[s.Name]; !ok && !s.Support().Discrete() {
			return s.Errorf("autoguide.List: no part draws this site\n\tto repair it: add a part for handler.Expose(model, %q)", s.Name)
		}
	}
	return nil
}

// Median returns the medians of the sites: Quantile at ½.
func (g *List) Median(params *pyro.Params) pyro.Data { return g.Quantile(params, 0.5) }

// Quantile returns the q-quantiles of the sites, as the parts do. It panics with
// a *pyro.SiteError unless 0 < q < 1.
func (g *List) Quantile(params *pyro.Params, q float64) pyro.Data {
	return g.merge(func(part Posterior) pyro.Data { return part.Quantile(params, q) })
}

// Sample returns n draws of the sites, of shape [n] + the site's.
func (g *List) Sample(params *pyro.Params, key rng.Key, n int) pyro.Data {
	k := 0
	return g.merge(func(part Posterior) pyro.Data {
		k++
		return part.Sample(params, key.Fold(k), n)
	})
}

// LogDensity returns the log density of the guide at values of all sites of the
// parts, for their full plates. A value that is missing, has another shape or is
// off the support is a *pyro.SiteError.
func (g *List) LogDensity(params *pyro.Params, values pyro.Data) (float64, error) {
	total := 0.0
	for _, part := range g.Parts {
		lp, err := posteriorOf(part).LogDensity(params, values)
		if err != nil {
			return 0, err
		}
		total += lp
	}
	return total, nil
}

func (g *List) merge(of func(Posterior) pyro.Data) pyro.Data {
	out := pyro.Data{}
	for _, part := range g.Parts {
		maps.Copy(out, of(posteriorOf(part)))
	}
	return out
}

// posteriorOf is what a part tells of its sites; one that tells nothing is drawn
// from.
func posteriorOf(part Part) Posterior {
	if p, ok := part.(Posterior); ok {
		return p
	}
	return Func(part.Guide)
}
