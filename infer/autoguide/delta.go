package autoguide

import (
	"fmt"
	"math"

	"github.com/gopyro/pyro"
	"github.com/gopyro/pyro/constraint"
	"github.com/gopyro/pyro/dist"
	"github.com/gopyro/pyro/rng"
	"github.com/gopyro/pyro/tensor"
)

// Delta guides by a single value for each latent site: fitted with an ELBO, it
// is the maximum a posteriori estimate of the constrained values.
type Delta struct {
	Model pyro.Model
	Init  Init // default Median(15)

	prototype
	values []string // names of the parameters, made once
}

// Guide draws each latent site of the model at its parameter auto.SITE.
func (g *Delta) Guide(p *pyro.P) {
	g.learn(p, "autoguide.Delta", g.Model, g.Init, func() {
		for _, s := range g.layout.Sites {
			g.values = append(g.values, named(s.Name))
		}
	})
	for i := range g.layout.Sites {
		s := g.layout.Sites[i].Site
		q := inPlates(p, s)
		event := s.Support().EventRank()
		set := constraint.Independent(s.Support(), max(0, len(s.Dist.EventShape())-event))
		v := q.ParamFunc(g.values[i], func() *tensor.Tensor { return g.starts[s.Name] }, set)
		sized(g.values[i], v, s.Value.Shape()...)
		q.Sample(s.Name, dist.DeltaDensity(v, zero, len(s.Dist.EventShape())))
	}
}

// zero is shared by all guides; tensors do not change.
var zero = tensor.Of(0.0)

// Values returns the estimates by site.
func (g *Delta) Values(params *pyro.Params) pyro.Data {
	g.ready()
	out := pyro.Data{}
	for _, s := range g.layout.Sites {
		out[s.Name] = params.Get(named(s.Name))
	}
	return out
}

// Median returns the estimates.
func (g *Delta) Median(params *pyro.Params) pyro.Data { return g.Values(params) }

// Quantile returns the estimates. It panics with a *pyro.SiteError unless
// 0 < q < 1.
func (g *Delta) Quantile(params *pyro.Params, q float64) pyro.Data {
	checkQuantile(q)
	return g.Values(params)
}

// Sample returns the estimates n times, of shape [n] + the site's.
func (g *Delta) Sample(params *pyro.Params, _ rng.Key, n int) pyro.Data {
	return repeat(g.Values(params), n)
}

// LogDensity is 0 at the estimates and -Inf elsewhere.
func (g *Delta) LogDensity(params *pyro.Params, values pyro.Data) (float64, error) {
	g.ready()
	return atPoint(&g.prototype, g.Values(params), values)
}

// repeat is n times the same values.
func repeat(values pyro.Data, n int) pyro.Data {
	out := pyro.Data{}
	for name, v := range values {
		out[name] = v.Expand(append([]int{n}, v.Shape()...)...).Clone()
	}
	return out
}

// atPoint is the log density of a point mass of 1 at a point.
func atPoint(t *prototype, point, values pyro.Data) (float64, error) {
	if _, _, err := t.layout.Inverse(values); err != nil {
		return 0, err
	}
	for name, v := range point {
		if v.NotEqual(values[name]).Any().Item() != 0 {
			return math.Inf(-1), nil
		}
	}
	return 0, nil
}

// checkQuantile panics unless 0 < q < 1.
func checkQuantile(q float64) {
	if !(q > 0 && q < 1) {
		panic(&pyro.SiteError{Reason: fmt.Sprintf("Quantile: %v is not between 0 and 1", q)})
	}
}
