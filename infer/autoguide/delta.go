package autoguide

import (
	"github.com/gopyro/pyro"
	"github.com/gopyro/pyro/constraint"
	"github.com/gopyro/pyro/dist"
	"github.com/gopyro/pyro/tensor"
)

// Delta guides by a single value for each latent site: fitted with an ELBO, it
// is the maximum a posteriori estimate of the constrained values.
type Delta struct {
	Model pyro.Model
	Init  Init // default Median(15)

	prototype
}

// Guide draws each latent site of the model at its parameter auto.SITE.
func (g *Delta) Guide(p *pyro.P) {
	for _, s := range g.learn(p, "autoguide.Delta", g.Model) {
		q := inPlates(p, s)
		event := s.Support().EventRank()
		set := constraint.Independent(s.Support(), max(0, len(s.Dist.EventShape())-event))
		v := q.Scope(prefix).ParamFunc(s.Name, func() *tensor.Tensor { return g.start(g.Init, s) }, set)
		q.Sample(s.Name, dist.DeltaDensity(v, zero, len(s.Dist.EventShape())))
	}
}

// zero is shared by all guides; tensors do not change.
var zero = tensor.Of(0.0)

// Values returns the estimates by site.
func (g *Delta) Values(params *pyro.Params) pyro.Data {
	out := pyro.Data{}
	for _, s := range g.sites {
		out[s.Name] = params.Get(prefix + "." + s.Name)
	}
	return out
}
