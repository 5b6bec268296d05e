package autoguide

import (
	"slices"
	"sync"

	"github.com/gopyro/pyro"
	"github.com/gopyro/pyro/constraint"
	"github.com/gopyro/pyro/dist"
	"github.com/gopyro/pyro/rng"
	"github.com/gopyro/pyro/tensor"
)

// Discrete guides each discrete latent site by the probabilities of its values,
// free for each element of its plates and independent of all else. The sites
// must have finite support, of integers 0, 1, …, or of one-hot vectors; show it
// those alone, with handler.Expose or handler.Block.
//
// Draws of such sites carry no gradient: losses use the score function, of which
// infer.TraceGraphELBO has the least noise, or sum over their values.
type Discrete struct {
	Model pyro.Model

	once  sync.Once
	err   error
	sites []choice
}

// choice is a discrete site with its number of values.
type choice struct {
	*pyro.Site
	n      int
	oneHot bool
	batch  []int  // of the full plates
	probs  string // name of the parameter, made once
}

// Guide draws each site from auto.SITE.probs, which start equal.
func (g *Discrete) Guide(p *pyro.P) {
	g.once.Do(func() { g.err = pyro.Guard(func() { g.learn(p) }) })
	if g.err != nil {
		panic(g.err)
	}
	for i := range g.sites {
		s := &g.sites[i]
		q := inPlates(p, s.Site)
		probs := q.ParamFunc(s.probs, func() *tensor.Tensor {
			return tensor.Full(1/float64(s.n), append(slices.Clone(s.batch), s.n)...)
		}, constraint.Simplex)
		drawn := s.Value.Shape()[:len(s.batch)] // the plates' present elements
		sized(s.probs, probs, append(slices.Clone(drawn), s.n)...)
		q.Sample(s.Name, s.given(probs))
	}
}

func (s *choice) given(probs *tensor.Tensor) dist.Distribution {
	if s.oneHot {
		return dist.OneHotCategorical(probs)
	}
	return dist.Categorical(probs)
}

func (g *Discrete) learn(p *pyro.P) {
	if g.Model == nil {
		panic(&pyro.SiteError{Reason: "autoguide.Discrete.Model is nil"})
	}
	tr, err := pyro.Run(g.Model, p.Key().FoldName("autoguide").Trace(nil))
	if err != nil {
		panic(err)
	}
	for s := range tr.Latents() {
		g.sites = append(g.sites, chosen(s))
	}
	if len(g.sites) == 0 {
		panic(&pyro.SiteError{Reason: "autoguide.Discrete: the model has no latent site to guide"})
	}
}

// chosen takes the measure of a site.
func chosen(s *pyro.Site) choice {
	if !s.Support().Discrete() {
		panic(s.Errorf("autoguide.Discrete cannot guide a continuous site\n" +
			"\tto repair it: hide it from the guide with handler.Expose or handler.Block, and guide it by another part of an autoguide.List"))
	}
	d, ok := dist.As[dist.Enumerable](s.Dist)
	if !ok {
		panic(s.Errorf("autoguide.Discrete: %v has no finite support to list\n"+
			"\tto repair it: bound it, as dist.Categorical over the values that matter, or guide it by a function", s.Dist))
	}
	values, event := d.EnumerateSupport(), s.Dist.EventShape()
	n := values.Len()
	c := choice{Site: s, n: n, oneHot: len(event) == 1, probs: named(s.Name) + ".probs"}
	want := tensor.Arange(n).Float64s()
	if c.oneHot {
		want = tensor.Eye(n).Float64s()
	}
	if got := values.Float64s(); len(event) > 1 || !slices.Equal(got, want) {
		panic(s.Errorf("autoguide.Discrete guides sites whose values are 0, 1, … or one-hot vectors, which those of %v are not", s.Dist))
	}
	shape := full(s, s.Value).Shape()
	c.batch = slices.Clone(shape[:len(shape)-len(event)])
	return c
}

// Probs returns the probabilities of the values of each site, of shape
// [plates…, values].
func (g *Discrete) Probs(params *pyro.Params) pyro.Data {
	if len(g.sites) == 0 {
		panic(&pyro.SiteError{Reason: "autoguide: the guide has not run yet, so that it knows nothing of its model"})
	}
	out := pyro.Data{}
	for _, s := range g.sites {
		out[s.Name] = params.Get(s.probs)
	}
	return out
}

// Mode returns the most probable value of each element, the first of equals.
func (g *Discrete) Mode(params *pyro.Params) pyro.Data {
	return g.each(params, func(probs *tensor.Tensor) *tensor.Tensor { return probs.ArgMax(-1) })
}

// Median returns the medians of the sites: Quantile at ½.
func (g *Discrete) Median(params *pyro.Params) pyro.Data { return g.Quantile(params, 0.5) }

// Quantile returns the least value of each element whose cumulative probability
// reaches q; of one-hot vectors, as their position goes. It panics with a
// *pyro.SiteError unless 0 < q < 1.
func (g *Discrete) Quantile(params *pyro.Params, q float64) pyro.Data {
	checkQuantile(q)
	return g.each(params, func(probs *tensor.Tensor) *tensor.Tensor {
		n := probs.Dim(-1)
		return probs.CumSum(-1).Slice(-1, 0, n-1).LessScalar(q).Sum(-1)
	})
}

// each applies f, which returns positions, to the probabilities of each site.
func (g *Discrete) each(params *pyro.Params, f func(probs *tensor.Tensor) *tensor.Tensor) pyro.Data {
	probs, out := g.Probs(params), pyro.Data{}
	for _, s := range g.sites {
		v := f(probs[s.Name])
		if s.oneHot {
			v = tensor.Eye(s.n).Index(v)
		}
		out[s.Name] = v
	}
	return out
}

// Sample returns n draws of the sites, of shape [n] + the site's.
func (g *Discrete) Sample(params *pyro.Params, key rng.Key, n int) pyro.Data {
	probs, out := g.Probs(params), pyro.Data{}
	for _, s := range g.sites {
		out[s.Name] = s.given(probs[s.Name]).Sample(key.FoldName(s.Name), n)
	}
	return out
}

// LogDensity returns the log probability of the guide at values of all its
// sites, for their full plates. A value that is missing, has another shape or is
// off the support is a *pyro.SiteError.
func (g *Discrete) LogDensity(params *pyro.Params, values pyro.Data) (float64, error) {
	probs, total := g.Probs(params), 0.0
	for _, s := range g.sites {
		v := values[s.Name]
		if v == nil {
			return 0, s.Errorf("the values lack this site")
		}
		d := s.given(probs[s.Name])
		if want := slices.Concat(s.batch, s.Dist.EventShape()); !slices.Equal(v.Shape(), want) {
			return 0, s.Errorf("the value has shape %v, but the site %v", v.Shape(), want)
		}
		if at, ok := d.Support().Check(v); !ok {
			return 0, s.Errorf("value %v is not %v (element %d)", v, d.Support(), at)
		}
		total += d.LogProb(v).Sum().Item()
	}
	return total, nil
}
