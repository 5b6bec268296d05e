package autoguide

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"

	"github.com/gopyro/pyro"
	"github.com/gopyro/pyro/dist"
	"github.com/gopyro/pyro/rng"
	"github.com/gopyro/pyro/tensor"
)

// Init chooses the start values of latent sites. Those whose priors have no draws
// start as Feasible does, where draws are asked for.
type Init interface {
	// Start returns the start value of a site, which has the shape of its draws
	// and is in the support. The key is that of the guide's first run and the
	// site's name.
	Start(key rng.Key, s *pyro.Site) *tensor.Tensor
}

// InitFunc makes a function an Init.
type InitFunc func(key rng.Key, s *pyro.Site) *tensor.Tensor

// Start calls f.
func (f InitFunc) Start(key rng.Key, s *pyro.Site) *tensor.Tensor { return f(key, s) }

// Sample starts at a draw from the prior.
func Sample() Init {
	return InitFunc(func(key rng.Key, s *pyro.Site) *tensor.Tensor { return s.Dist.Sample(key) })
}

// Median starts at the median of n draws from the prior, element by element on
// the unconstrained scale, so that it is in the support. It panics unless n ≥ 1.
func Median(n int) Init {
	if n < 1 {
		panic(&pyro.SiteError{Reason: fmt.Sprintf("autoguide.Median: %d draws; it takes at least one", n)})
	}
	return InitFunc(func(key rng.Key, s *pyro.Site) *tensor.Tensor {
		t := s.Support().Transform()
		u := t.Inverse(s.Dist.Sample(key, n))
		m := u.Size() / n
		data := u.Float64s()
		column, out := make([]float64, n), make([]float64, m)
		for j := range out {
			for i := range column {
				column[i] = data[i*m+j]
			}
			slices.Sort(column)
			out[j] = (column[(n-1)/2] + column[n/2]) / 2
		}
		return t.Forward(tensor.New(out, u.Shape()[1:]...))
	})
}

// Mean starts at the prior mean, or where it does not exist or is not inside
// the support at the median of 15 draws.
func Mean() Init {
	return InitFunc(func(key rng.Key, s *pyro.Site) *tensor.Tensor {
		if d, ok := dist.As[dist.Moments](s.Dist); ok {
			m := d.Mean()
			if _, inside := s.Support().Check(m); inside && m.Find(math.IsNaN) < 0 {
				return m.Expand(s.Value.Shape()...)
			}
		}
		return Median(15).Start(key, s)
	})
}

// Feasible starts at the image of 0 of the unconstrained scale: 0 for reals, 1
// for positive numbers, the middle of intervals and simplices.
func Feasible() Init {
	return InitFunc(func(_ rng.Key, s *pyro.Site) *tensor.Tensor {
		t := s.Support().Transform()
		return t.Forward(tensor.Zeros(t.InverseShape(s.Value.Shape())...))
	})
}

// Uniform starts at the image of a point uniform on (-radius, radius) of the
// unconstrained scale, as Stan does with radius 2.
func Uniform(radius float64) Init {
	return InitFunc(func(key rng.Key, s *pyro.Site) *tensor.Tensor {
		t := s.Support().Transform()
		u := tensor.Uniforms(key, t.InverseShape(s.Value.Shape())...)
		return t.Forward(u.MulScalar(2 * radius).AddScalar(-radius))
	})
}

// Values starts at the given values, and at otherwise for sites without one;
// nil is Median(15). A name that the guide's model lacks, and a value that is off
// the support, are errors.
func Values(values pyro.Data, otherwise Init) Init {
	if otherwise == nil {
		otherwise = Median(15)
	}
	return &given{values, otherwise}
}

// Generated starts as the strategy does that generate returns, which is called once
// for each guide, with a key of the guide's first run: values of several sites can
// so be chosen together, at random.
//
//	autoguide.Generated(func(key rng.Key) autoguide.Init {
//		centre := tensor.Normals(key, 2)
//		return autoguide.Values(pyro.Data{"mu": centre, "z": near(centre)}, nil)
//	})
func Generated(generate func(key rng.Key) Init) Init { return generated(generate) }

type generated func(key rng.Key) Init

// Start calls generate for this site alone.
func (g generated) Start(key rng.Key, s *pyro.Site) *tensor.Tensor { return g(key).Start(key, s) }

type given struct {
	values    pyro.Data
	otherwise Init
}

func (g *given) Start(key rng.Key, s *pyro.Site) *tensor.Tensor {
	v := g.values[s.Name]
	if v == nil {
		return g.otherwise.Start(key, s)
	}
	return v
}

// names are checked against the sites of the model.
func (g *given) names() []string { return slices.Sorted(maps.Keys(g.values)) }

// strategy returns the strategy of a guide, with the names in it checked.
func (t *prototype) strategy(init Init) Init {
	for {
		g, ok := init.(generated)
		if !ok {
			break
		}
		init = g(t.key.FoldName("generate"))
	}
	if init == nil {
		init = Median(15)
	}
	if g, ok := init.(*given); ok {
		t.checkNames(g.names())
	}
	return init
}

// start returns the start value of a site for its full plates, checked.
func (t *prototype) start(init Init, s *pyro.Site) *tensor.Tensor {
	v := s.Value // where the prior has no draws to start from
	var none *dist.MethodError
	if err := pyro.Guard(func() { v = init.Start(t.key.FoldName(s.Name), s) }); err != nil && !errors.As(err, &none) {
		panic(err)
	}
	if !slices.Equal(v.Shape(), s.Value.Shape()) {
		panic(s.Errorf("start value has shape %v, but the site %v", v.Shape(), s.Value.Shape()))
	}
	if at, ok := s.Support().Check(v); !ok {
		panic(s.Errorf("start value %v is not in %v (element %d)", v, s.Support(), at))
	}
	return full(s, v)
}

// checkNames refuses start values for sites that the model lacks.
func (t *prototype) checkNames(names []string) {
	var have []string
	for _, s := range t.layout.Sites {
		have = append(have, s.Name)
	}
	for _, name := range names {
		if !slices.Contains(have, name) {
			panic(&pyro.SiteError{Site: name, Reason: "autoguide.Values: the model has no such latent site" + pyro.Near(name, have)})
		}
	}
}
