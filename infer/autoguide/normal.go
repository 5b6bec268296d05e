package autoguide

import (
	"fmt"

	"github.com/gopyro/pyro"
	"github.com/gopyro/pyro/constraint"
	"github.com/gopyro/pyro/dist"
	"github.com/gopyro/pyro/tensor"
)

// Normal guides by independent normal distributions on the unconstrained scale
// of each latent site (mean field; Kucukelbir et al. 2017).
type Normal struct {
	Model pyro.Model
	Init  Init    // of the locations; default Median(15)
	Scale float64 // start of all standard deviations; default 0.1

	prototype
}

// Guide draws each latent site from auto.SITE.loc and auto.SITE.scale.
func (g *Normal) Guide(p *pyro.P) {
	for _, s := range g.learn(p, "autoguide.Normal", g.Model) {
		q := inPlates(p, s)
		event := len(s.Dist.EventShape())
		t := s.Support().Bijection()
		in, out := t.Rank()
		rank := event - out + in // event dims of the unconstrained value
		set := constraint.Independent(constraint.Positive, rank)
		real := constraint.Independent(constraint.Real, rank)
		scope := q.Scope(prefix).Scope(s.Name)
		loc := scope.ParamFunc("loc", func() *tensor.Tensor { return t.Inverse(g.start(g.Init, s)) }, real)
		scale := scope.ParamFunc("scale", func() *tensor.Tensor { return g.startScale(s) }, set)
		g.draw(q, s, rank, loc, scale)
	}
}

// draw makes the site. On the reals it is normal itself; elsewhere it is the
// image of an auxiliary normal site.
func (g *Normal) draw(q *pyro.P, s *pyro.Site, rank int, loc, scale *tensor.Tensor) {
	base := dist.Independent(dist.Normal(loc, scale), rank)
	t := s.Support().Bijection()
	event := len(s.Dist.EventShape())
	if isReal(s.Support()) {
		q.Sample(s.Name, base)
		return
	}
	u := q.Scope(prefix).Scope(s.Name).Sample("unconstrained", base, pyro.Aux)
	v := t.Forward(u)
	ladj := t.LogAbsDet(u, v) // over the event dims of t
	in, _ := t.Rank()
	for range rank - in {
		ladj = ladj.Sum(-1)
	}
	q.Sample(s.Name, dist.DeltaDensity(v, ladj.Neg(), event))
}

func isReal(c constraint.Constraint) bool {
	return c.String() == constraint.Real.String() ||
		c.String() == constraint.Independent(constraint.Real, c.EventRank()).String()
}

func (g *Normal) startScale(s *pyro.Site) *tensor.Tensor {
	shape := s.Support().Bijection().InverseShape(full(s, s.Value).Shape())
	return tensor.Full(orDefault(g.Scale), shape...)
}

// Median returns the medians of the sites. They are those of the guide's
// distribution where the map from the unconstrained scale is monotone.
func (g *Normal) Median(params *pyro.Params) pyro.Data { return g.Quantile(params, 0.5) }

// Quantile returns the q-quantiles, element by element on the unconstrained
// scale, of the sites. It panics with a *pyro.SiteError unless 0 < q < 1.
func (g *Normal) Quantile(params *pyro.Params, q float64) pyro.Data {
	z := normalQuantile(q)
	out := pyro.Data{}
	for _, s := range g.sites {
		name := prefix + "." + s.Name
		u := params.Get(name + ".loc").Add(params.Get(name + ".scale").Mul(z))
		out[s.Name] = s.Support().Bijection().Forward(u)
	}
	return out
}

// normalQuantile is the q-quantile of the standard normal distribution.
func normalQuantile(q float64) *tensor.Tensor {
	if !(q > 0 && q < 1) {
		panic(&pyro.SiteError{Reason: fmt.Sprintf("Quantile: %v is not between 0 and 1", q)})
	}
	return tensor.Of(q).NormQuantile()
}
