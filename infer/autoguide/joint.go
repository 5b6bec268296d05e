package autoguide

import (
	"slices"
	"sync"

	"github.com/gopyro/pyro"
	"github.com/gopyro/pyro/constraint"
	"github.com/gopyro/pyro/dist"
	"github.com/gopyro/pyro/infer/internal/joint"
	"github.com/gopyro/pyro/rng"
	"github.com/gopyro/pyro/tensor"
)

// vector is what guides have in common that draw all latent sites as one vector
// of unconstrained numbers: the site NAME.joint, of which each site is an image.
// Under subsampled plates the vector holds every element of the full plate.
type vector struct {
	prototype
	name string // scope of the guide's own statements
}

// open learns the model and returns the handle for the guide's own statements.
func (g *vector) open(p *pyro.P, guide, name string, m pyro.Model, init Init) *pyro.P {
	g.learn(p, guide, m, init, func() {
		if g.name = name; name == "" {
			g.name = prefix
		}
		if g.layout.Dim == 0 {
			panic(&pyro.SiteError{Reason: guide + ": the model has no latent site to guide"})
		}
	})
	return p.Scope(g.name)
}

// loc is the parameter NAME.loc, the centre of the vector.
func (g *vector) loc(p *pyro.P) *tensor.Tensor {
	v := p.ParamFunc("loc", func() *tensor.Tensor { return g.origin }, constraint.RealVector)
	return sized(g.name+".loc", v, g.layout.Dim)
}

// scale is the parameter NAME.scale, a standard deviation for each number.
func (g *vector) scale(p *pyro.P, start float64) *tensor.Tensor {
	v := p.ParamFunc("scale", func() *tensor.Tensor { return tensor.Full(orDefault(start), g.layout.Dim) }, positives)
	return sized(g.name+".scale", v, g.layout.Dim)
}

var positives = constraint.Independent(constraint.Positive, 1)

// orDefault is the start of standard deviations.
func orDefault(scale float64) float64 {
	if scale == 0 {
		return 0.1
	}
	return scale
}

// draw makes the sites as images of u.
func (g *vector) draw(p *pyro.P, u *tensor.Tensor) {
	for i := range g.layout.Sites {
		s := &g.layout.Sites[i]
		q := inPlates(p, s.Site)
		x := q.Subsample(within(g.layout.Part(u, i), u.Rank()-1, s), s.Rank)
		q.Sample(s.Name, s.Image(x))
	}
}

// within moves the dims of plates that the whole guide is in, the first of x, to
// the left of the plates of the site, whose dims they leave out.
func within(x *tensor.Tensor, lead int, s *joint.Site) *tensor.Tensor {
	shape := x.Shape()
	if lead == 0 || len(s.Batch) == 0 || len(s.Batch) > lead {
		return x
	}
	return x.Reshape(slices.Concat(shape[:lead-len(s.Batch)], shape[lead:])...)
}

// get returns a parameter of the guide.
func (g *vector) get(params *pyro.Params, name string) *tensor.Tensor {
	return params.Get(g.name + "." + name)
}

// normalVector is what guides have in common whose vector is normal.
type normalVector struct {
	vector
	set       sync.Once
	posterior func(params *pyro.Params) dist.Distribution
}

// begin is open for a guide with the given distribution of the vector.
func (g *normalVector) begin(p *pyro.P, guide, name string, m pyro.Model, init Init, posterior func(*pyro.Params) dist.Distribution) *pyro.P {
	q := g.open(p, guide, name, m, init)
	g.set.Do(func() { g.posterior = posterior })
	return q
}

// Posterior returns the distribution of the vector of unconstrained numbers, of
// all latent sites in the order of the model.
func (g *normalVector) Posterior(params *pyro.Params) dist.Distribution {
	g.ready()
	return g.posterior(params)
}

// Median returns the medians of the sites. They are those of the guide's
// distribution where the map from the unconstrained scale is monotone.
func (g *normalVector) Median(params *pyro.Params) pyro.Data { return g.Quantile(params, 0.5) }

// Quantile returns the q-quantiles, element by element on the unconstrained
// scale, of the sites. It panics with a *pyro.SiteError unless 0 < q < 1.
func (g *normalVector) Quantile(params *pyro.Params, q float64) pyro.Data {
	m := g.Posterior(params).(dist.Moments)
	z := normalQuantile(q)
	return g.layout.Values(m.Mean().Add(m.Variance().Sqrt().Mul(z)))
}

// Sample returns n joint draws of the sites, of shape [n] + the site's.
func (g *normalVector) Sample(params *pyro.Params, key rng.Key, n int) pyro.Data {
	return g.layout.Values(g.Posterior(params).Sample(key, n))
}

// LogDensity returns the log density of the guide at values of all latent sites,
// for their full plates. A value that is missing, has another shape or is off
// the support is a *pyro.SiteError.
func (g *normalVector) LogDensity(params *pyro.Params, values pyro.Data) (float64, error) {
	d := g.Posterior(params)
	u, logDet, err := g.layout.Inverse(values)
	if err != nil {
		return 0, err
	}
	return d.LogProb(u).Sub(logDet).Item(), nil
}
