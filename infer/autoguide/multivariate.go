package autoguide

import (
	"math"

	"github.com/gopyro/pyro"
	"github.com/gopyro/pyro/constraint"
	"github.com/gopyro/pyro/dist"
	"github.com/gopyro/pyro/tensor"
)

// MultivariateNormal guides by one normal distribution of all latent sites on
// their unconstrained scale, with a full covariance (Kucukelbir et al. 2017,
// section 2.4). Of D unconstrained numbers it has D(D+3)/2 parameters:
// NAME.loc, and NAME.factor, the Cholesky factor of the covariance.
type MultivariateNormal struct {
	Model pyro.Model
	Init  Init    // of the centre; default Median(15)
	Scale float64 // start of all standard deviations; default 0.1
	Name  string  // scope of the guide's own statements; default "auto"

	normalVector
}

// Guide draws the sites jointly.
func (g *MultivariateNormal) Guide(p *pyro.P) {
	q := g.begin(p, "autoguide.MultivariateNormal", g.Name, g.Model, g.Init, func(params *pyro.Params) dist.Distribution {
		return dist.MultivariateNormalCholesky(g.get(params, "loc"), g.get(params, "factor"))
	})
	loc := g.loc(q)
	factor := q.ParamFunc("factor", func() *tensor.Tensor {
		return tensor.Eye(g.layout.Dim).MulScalar(orDefault(g.Scale))
	}, constraint.LowerCholesky)
	sized(g.name+".factor", factor, g.layout.Dim, g.layout.Dim)
	g.draw(p, q.Sample("joint", dist.MultivariateNormalCholesky(loc, factor), pyro.Aux))
}

// DiagonalNormal guides by one normal distribution of all latent sites on their
// unconstrained scale, with independent numbers: NAME.loc and NAME.scale. It is
// Normal with the parameters of all sites in one.
type DiagonalNormal struct {
	Model pyro.Model
	Init  Init    // of the centre; default Median(15)
	Scale float64 // start of all standard deviations; default 0.1
	Name  string  // scope of the guide's own statements; default "auto"

	normalVector
}

// Guide draws the sites jointly.
func (g *DiagonalNormal) Guide(p *pyro.P) {
	q := g.begin(p, "autoguide.DiagonalNormal", g.Name, g.Model, g.Init, func(params *pyro.Params) dist.Distribution {
		return dist.Independent(dist.Normal(g.get(params, "loc"), g.get(params, "scale")), 1)
	})
	d := dist.Independent(dist.Normal(g.loc(q), g.scale(q, g.Scale)), 1)
	g.draw(p, q.Sample("joint", d, pyro.Aux))
}

// LowRankNormal guides by one normal distribution of all latent sites on their
// unconstrained scale, with covariance S(1 + W·Wᵀ)S for a diagonal S > 0 and W
// of Rank columns (Ong, Nott, Smith 2018): NAME.loc, NAME.scale and NAME.factor.
type LowRankNormal struct {
	Model pyro.Model
	Rank  int     // columns of W; default √D, rounded
	Init  Init    // of the centre; default Median(15)
	Scale float64 // start of S; default 0.1
	Name  string  // scope of the guide's own statements; default "auto"

	normalVector
}

// Guide draws the sites jointly. W starts at random, near 0: at 0 its gradient
// is 0.
func (g *LowRankNormal) Guide(p *pyro.P) {
	q := g.begin(p, "autoguide.LowRankNormal", g.Name, g.Model, g.Init, func(params *pyro.Params) dist.Distribution {
		return lowRank(g.get(params, "loc"), g.get(params, "scale"), g.get(params, "factor"))
	})
	loc, scale := g.loc(q), g.scale(q, g.Scale)
	rank := g.Rank
	if rank <= 0 {
		rank = int(math.Round(math.Sqrt(float64(g.layout.Dim))))
	}
	factor := q.ParamFunc("factor", func() *tensor.Tensor {
		return tensor.Normals(g.key.FoldName("factor"), g.layout.Dim, rank).MulScalar(0.1)
	}, constraint.Independent(constraint.Real, 2))
	sized(g.name+".factor", factor, g.layout.Dim, rank)
	g.draw(p, q.Sample("joint", lowRank(loc, scale, factor), pyro.Aux))
}

func lowRank(loc, scale, factor *tensor.Tensor) dist.Distribution {
	return dist.LowRankMultivariateNormal(loc, factor.Mul(scale.Unsqueeze(-1)), scale.Square())
}
