package autoguide

import (
	"slices"

	"github.com/gopyro/pyro"
	"github.com/gopyro/pyro/dist"
	"github.com/gopyro/pyro/infer/internal/joint"
	"github.com/gopyro/pyro/tensor"
)

// Warp is a guide that is a one-to-one map of standard normal numbers onto the
// unconstrained scale of all latent sites: Normal, Structured, DiagonalNormal,
// MultivariateNormal, LowRankNormal and Flow are.
type Warp interface {
	// warp returns the map for one vector, with its log determinant, and where the
	// sites are in its image.
	warp(params *pyro.Params) (f func(z *tensor.Tensor) (u, logDet *tensor.Tensor), l *joint.Layout)
}

// NeuTra returns m in the coordinates of a fitted guide of it (Hoffman, Sountsov,
// Dillon, Langmore, Tran, Vasudevan 2019): the site neutra of standard normal
// numbers takes the place of the latent sites, which become deterministic, each
// with a factor name_density. The nearer the guide is to the posterior, the nearer
// that of the site is to the standard normal distribution, which samplers like
// best. The guide must have run; m must have no subsampled plates.
//
//	fast := autoguide.NeuTra(model, guide, svi.Params)
//	result, err := mcmc.NUTS{}.Run(ctx, key, fast)
func NeuTra(m pyro.Model, guide Warp, params *pyro.Params) pyro.Model {
	f, l := guide.warp(params)
	for _, s := range l.Sites {
		whole(s.Site)
	}
	return pyro.With(m, func() pyro.Handler { return &neutra{warp: f, layout: l} })
}

type neutra struct {
	pyro.NopHandler
	warp   func(z *tensor.Tensor) (u, logDet *tensor.Tensor)
	layout *joint.Layout
	u      *tensor.Tensor // once it is drawn
}

func (h *neutra) Process(outer *pyro.P, s *pyro.Site) {
	if s.Kind != pyro.SampleSite || s.Observed || s.Value != nil || s.Support().Discrete() {
		return
	}
	i := slices.IndexFunc(h.layout.Sites, func(t joint.Site) bool { return t.Name == s.Name })
	if i < 0 {
		panic(s.Errorf("NeuTra: the guide lacks this latent site"))
	}
	if h.u == nil {
		h.draw(outer)
	}
	v, _ := h.layout.Sites[i].Forward(h.layout.Part(h.u, i))
	logp := s.Dist.LogProb(v)
	f := *s
	f.Name += "_density"
	f.Dist, f.Observed = dist.Unit(logp), true
	f.Value = tensor.Zeros(append(slices.Clone(logp.Shape()), 0)...)
	outer.Apply(&f)
	s.Kind, s.Dist, s.Value, s.Scale, s.Mask = pyro.DeterministicSite, nil, v, nil, nil
}

// draw makes the vector of all sites. The density of the normal numbers is taken
// away again, and that of the maps added.
func (h *neutra) draw(outer *pyro.P) {
	d := dist.Independent(dist.Normal(tensor.Zeros(h.layout.Dim), 1), 1)
	z := outer.Sample("neutra", d)
	var logDet *tensor.Tensor
	h.u, logDet = h.warp(z)
	outer.Factor("neutra_density", logDet.Add(h.layout.LogDet(h.u)).Sub(d.LogProb(z)))
}

// Finish reports a site that the model did not reach.
func (h *neutra) Finish(outer *pyro.P) {
	reached := outer.Reached()
	for _, s := range h.layout.Sites {
		if !slices.Contains(reached, s.Name) {
			panic(&pyro.SiteError{Site: s.Name, Reason: "NeuTra: the model has no such latent site" + pyro.Near(s.Name, reached)})
		}
	}
}

func (g *links) warp(params *pyro.Params) (func(z *tensor.Tensor) (u, logDet *tensor.Tensor), *joint.Layout) {
	g.ready()
	total := 0.0
	for i := range g.list {
		_, scale := g.marginal(&g.list[i], stored(params))
		total += scale.Log().Sum().Item()
	}
	return func(z *tensor.Tensor) (u, logDet *tensor.Tensor) {
		return g.scatter(params, z.Unsqueeze(0)).Select(0, 0), tensor.Of(total)
	}, g.layout
}

func (g *normalVector) warp(params *pyro.Params) (func(z *tensor.Tensor) (u, logDet *tensor.Tensor), *joint.Layout) {
	d := g.Posterior(params)
	loc := d.(dist.Moments).Mean()
	factor := covariance(d, g.layout.Dim).Cholesky()
	logDet := factor.Diag().Log().Sum()
	return func(z *tensor.Tensor) (u, _ *tensor.Tensor) {
		return factor.MatMul(z.Unsqueeze(-1)).Squeeze(-1).Add(loc), logDet
	}, g.layout
}

// covariance is that of a normal distribution of vectors: minus the inverse of
// the matrix of second derivatives of its log density.
func covariance(d dist.Distribution, n int) *tensor.Tensor {
	precision := tensor.Hessian(func(x *tensor.Tensor) *tensor.Tensor { return d.LogProb(x).Neg() }, tensor.Zeros(n))
	return precision.Cholesky().CholeskyInverse()
}

func (g *Flow) warp(params *pyro.Params) (func(z *tensor.Tensor) (u, logDet *tensor.Tensor), *joint.Layout) {
	g.ready()
	loc, scale := g.get(params, "loc"), g.get(params, "scale")
	steps := make([]*autoregressive, g.steps())
	for k := range steps {
		steps[k] = g.stored(params, k)
	}
	return func(z *tensor.Tensor) (u, logDet *tensor.Tensor) {
		logDet = scale.Log().Sum()
		for _, s := range steps {
			var d *tensor.Tensor
			z, d = s.forward(z)
			logDet = logDet.Add(d)
		}
		return z.Mul(scale).Add(loc), logDet
	}, g.layout
}
