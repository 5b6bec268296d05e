package autoguide

import (
	"slices"

	"github.com/gopyro/pyro"
	"github.com/gopyro/pyro/constraint"
	"github.com/gopyro/pyro/dist"
	"github.com/gopyro/pyro/infer/internal/joint"
	"github.com/gopyro/pyro/rng"
	"github.com/gopyro/pyro/tensor"
)

// links is what guides have in common that draw site by site: on the
// unconstrained scale the elements of a site are independent and normal given
// those of its parents, which come before it,
//
//	u = loc + scale·(ε + Σ over parents t of Wₜ·rₜ),   rₜ = (uₜ - locₜ)/scaleₜ.
//
// The rₜ have mean 0, so that loc is the mean, and the median, of u.
type links struct {
	prototype
	list  []link
	scale float64 // start of all scales
}

type link struct {
	*joint.Site
	parents []parent
	leads   bool // it is a parent

	names struct{ loc, scale, unconstrained string } // of parameters and a site, made once
}

type parent struct {
	*link
	own    []int  // dims of its plates that the site is not in, from the right, ascending
	matrix string // name of its parameter
}

// reader returns a parameter: by the statement of a run, or from a store.
type reader func(name string, start func() *tensor.Tensor, set constraint.Constraint) *tensor.Tensor

// stored reads parameters from a store.
func stored(params *pyro.Params) reader {
	return func(name string, _ func() *tensor.Tensor, _ constraint.Constraint) *tensor.Tensor {
		return params.Get(name)
	}
}

// lay makes a link of each site, without parents.
func (g *links) lay(scale float64) {
	g.scale = orDefault(scale)
	g.list = make([]link, len(g.layout.Sites))
	for i := range g.list {
		s := &g.list[i]
		s.Site = &g.layout.Sites[i]
		name := named(s.Name)
		s.names.loc, s.names.scale, s.names.unconstrained = name+".loc", name+".scale", name+".unconstrained"
	}
}

// draw draws the sites in order, in a run of the guide.
func (g *links) draw(p *pyro.P) {
	var r map[*link]*tensor.Tensor
	for i := range g.list {
		s := &g.list[i]
		q := inPlates(p, s.Site.Site)
		read := reader(func(name string, start func() *tensor.Tensor, set constraint.Constraint) *tensor.Tensor {
			return q.ParamFunc(name, start, set)
		})
		loc, scale := g.marginal(s, read)
		drawn := slices.Concat(s.Value.Shape()[:len(s.Batch)], s.Free[len(s.Batch):]) // of the plates' present elements
		sized(s.names.loc, loc, drawn...)
		sized(s.names.scale, scale, drawn...)
		mean := loc
		if len(s.parents) > 0 {
			mean = loc.Add(scale.Mul(g.shift(s, read, r, 0)))
		}
		u := s.draw(q, mean, scale)
		if s.leads {
			if r == nil {
				r = map[*link]*tensor.Tensor{}
			}
			r[s] = u.Sub(loc).Div(scale)
		}
	}
}

// draw makes the site and returns its unconstrained value. On the reals it is
// normal itself; elsewhere it is the image of an auxiliary normal site.
func (s *link) draw(q *pyro.P, mean, scale *tensor.Tensor) *tensor.Tensor {
	base := dist.Independent(dist.Normal(mean, scale), s.Rank)
	if isReal(s.Support()) {
		return q.Sample(s.Name, base)
	}
	u := q.Sample(s.names.unconstrained, base, pyro.Aux)
	q.Sample(s.Name, s.Image(u))
	return u
}

func isReal(c constraint.Constraint) bool {
	return c == constraint.Independent(constraint.Real, c.EventRank())
}

// marginal reads loc and scale.
func (g *links) marginal(s *link, read reader) (loc, scale *tensor.Tensor) {
	loc = read(s.names.loc, func() *tensor.Tensor {
		return g.origin.Slice(0, s.Start, s.Stop).Reshape(s.Free...)
	}, constraint.Independent(constraint.Real, s.Rank))
	scale = read(s.names.scale, func() *tensor.Tensor {
		return tensor.Full(g.scale, s.Free...)
	}, constraint.Independent(constraint.Positive, s.Rank))
	return loc, scale
}

// shift is Σ Wₜ·rₜ, where the values have some dims of samples before those of
// the plates.
func (g *links) shift(s *link, read reader, r map[*link]*tensor.Tensor, samples int) *tensor.Tensor {
	batch := s.Free[:len(s.Free)-s.Rank]
	event := s.Free[len(batch):]
	var sum *tensor.Tensor
	for _, t := range s.parents {
		seen := t.seen(r[t.link], len(batch), samples)
		w := read(t.matrix, func() *tensor.Tensor {
			return tensor.Zeros(append(slices.Clone(batch), product(event), t.width())...)
		}, constraint.Independent(constraint.Real, 2))
		y := w.Mul(seen.Unsqueeze(-2)).Sum(-1) // samples + batch + [elements of the event]
		if sum == nil {
			sum = y
		} else {
			sum = sum.Add(y)
		}
	}
	lead := sum.Shape()[:sum.Rank()-1]
	return sum.Reshape(slices.Concat(lead, event)...)
}

// width is how many elements of the parent an element of the site sees.
func (t *parent) width() int {
	batch := len(t.Free) - t.Rank
	n := product(t.Free[batch:])
	for _, d := range t.own {
		n *= t.Free[batch+d]
	}
	return n
}

// seen brings a value x of the parent to the dims of a site with a batch of the
// given rank, or more dims that both are in: samples + batch + [width].
func (t *parent) seen(x *tensor.Tensor, rank, samples int) *tensor.Tensor {
	shape := x.Shape()
	batch := len(shape) - t.Rank - samples
	lead, event := shape[:samples], product(shape[samples+batch:])
	x = x.Reshape(append(slices.Clone(shape[:samples+batch]), event)...)
	var order, behind []int
	kept, width := slices.Clone(shape[samples:samples+batch]), event
	for i := range samples + batch {
		if slices.Contains(t.own, i-samples-batch) {
			behind = append(behind, i)
			width *= shape[i]
			kept[i-samples] = 1
		} else {
			order = append(order, i)
		}
	}
	if len(behind) > 0 {
		x = x.Permute(slices.Concat(order, behind, []int{samples + batch})...)
	}
	for len(kept) > rank && kept[0] == 1 { // a dim of the parent's own
		kept = kept[1:]
	}
	ones := slices.Repeat([]int{1}, max(0, rank-len(kept)))
	return x.Reshape(slices.Concat(lead, ones, kept, []int{width})...)
}

func product(shape []int) int {
	n := 1
	for _, d := range shape {
		n *= d
	}
	return n
}

// scatter returns the vectors of unconstrained numbers, of shape [n, D], that
// the guide makes of noise ε of that shape.
func (g *links) scatter(params *pyro.Params, noise *tensor.Tensor) *tensor.Tensor {
	g.ready()
	n := noise.Dim(0)
	r := map[*link]*tensor.Tensor{}
	parts := make([]*tensor.Tensor, len(g.list))
	for i := range g.list {
		s := &g.list[i]
		read := stored(params)
		loc, scale := g.marginal(s, read)
		z := g.layout.Part(noise, i)
		if len(s.parents) > 0 {
			z = z.Add(g.shift(s, read, r, 1))
		}
		r[s] = z
		parts[i] = z.Mul(scale).Add(loc).Reshape(n, s.Stop-s.Start)
	}
	return tensor.Cat(-1, parts...)
}

// moments are the means of all unconstrained numbers, and their standard
// deviations: the map from noise is linear, so that its columns have them.
func (g *links) moments(params *pyro.Params) (mean, sd *tensor.Tensor) {
	g.ready()
	mean = g.scatter(params, tensor.Zeros(1, g.layout.Dim)).Select(0, 0)
	const block = 256
	variance := tensor.Zeros(g.layout.Dim)
	for at := 0; at < g.layout.Dim; at += block {
		stop := min(at+block, g.layout.Dim)
		columns := g.scatter(params, tensor.Eye(g.layout.Dim).Slice(0, at, stop)).Sub(mean)
		variance = variance.Add(columns.Square().Sum(0))
	}
	return mean, variance.Sqrt()
}

// Median returns the medians of the sites. They are those of the guide's
// distribution where the map from the unconstrained scale is monotone.
func (g *links) Median(params *pyro.Params) pyro.Data {
	g.ready()
	return g.layout.Values(g.scatter(params, tensor.Zeros(1, g.layout.Dim)).Select(0, 0))
}

// Sample returns n joint draws of the sites, of shape [n] + the site's.
func (g *links) Sample(params *pyro.Params, key rng.Key, n int) pyro.Data {
	g.ready()
	return g.layout.Values(g.scatter(params, tensor.Normals(key, n, g.layout.Dim)))
}

// LogDensity returns the log density of the guide at values of all latent sites,
// for their full plates. A value that is missing, has another shape or is off
// the support is a *pyro.SiteError.
func (g *links) LogDensity(params *pyro.Params, values pyro.Data) (float64, error) {
	g.ready()
	u, logDet, err := g.layout.Inverse(values)
	if err != nil {
		return 0, err
	}
	total := logDet.Neg().Item()
	r := map[*link]*tensor.Tensor{}
	for i := range g.list {
		s := &g.list[i]
		read := stored(params)
		loc, scale := g.marginal(s, read)
		mean := loc
		if len(s.parents) > 0 {
			mean = loc.Add(scale.Mul(g.shift(s, read, r, 0)))
		}
		x := g.layout.Part(u, i)
		r[s] = x.Sub(loc).Div(scale)
		total += dist.Normal(mean, scale).LogProb(x).Sum().Item()
	}
	return total, nil
}
