package autoguide

import (
	"github.com/gopyro/pyro"
	"github.com/gopyro/pyro/tensor"
)

// Normal guides by independent normal distributions on the unconstrained scale
// of each latent site (mean field; Kucukelbir et al. 2017).
type Normal struct {
	Model pyro.Model
	Init  Init    // of the locations; default Median(15)
	Scale float64 // start of all standard deviations; default 0.1

	links
}

// Guide draws each latent site from auto.SITE.loc and auto.SITE.scale.
func (g *Normal) Guide(p *pyro.P) {
	g.learn(p, "autoguide.Normal", g.Model, g.Init, func() { g.lay(g.Scale) })
	g.draw(p)
}

// Quantile returns the q-quantiles, element by element on the unconstrained
// scale, of the sites. It panics with a *pyro.SiteError unless 0 < q < 1.
func (g *Normal) Quantile(params *pyro.Params, q float64) pyro.Data {
	z := normalQuantile(q)
	g.ready()
	return g.layout.Values(g.scatter(params, z.Expand(1, g.layout.Dim)).Select(0, 0))
}

// normalQuantile is the q-quantile of the standard normal distribution.
func normalQuantile(q float64) *tensor.Tensor {
	checkQuantile(q)
	return tensor.Of(q).NormQuantile()
}
