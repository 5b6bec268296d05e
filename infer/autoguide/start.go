package autoguide

import (
	"slices"

	"github.com/gopyro/pyro"
	"github.com/gopyro/pyro/dist"
	"github.com/gopyro/pyro/rng"
	"github.com/gopyro/pyro/tensor"
)

// Init chooses the start value of a latent site, which has the shape of its
// draws. The key is that of the guide's first run and the site's name.
type Init func(key rng.Key, s *pyro.Site) *tensor.Tensor

// Sample starts at a draw from the prior.
func Sample() Init {
	return func(key rng.Key, s *pyro.Site) *tensor.Tensor { return s.Dist.Sample(key) }
}

// Median starts at the median of n ≥ 1 draws from the prior, element by element
// on the unconstrained scale, so that it is in the support.
func Median(n int) Init {
	return func(key rng.Key, s *pyro.Site) *tensor.Tensor {
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
	}
}

// Mean starts at the prior mean, or where it does not exist or is not inside
// the support at the median of 15 draws.
func Mean() Init {
	median := Median(15)
	return func(key rng.Key, s *pyro.Site) *tensor.Tensor {
		if d, ok := s.Dist.(dist.Moments); ok {
			m := d.Mean()
			if _, inside := s.Support().Check(m); inside {
				return m
			}
		}
		return median(key, s)
	}
}

// Feasible starts at the image of 0 of the unconstrained scale: 0 for reals, 1
// for positive numbers, the middle of intervals and simplices.
func Feasible() Init {
	return func(_ rng.Key, s *pyro.Site) *tensor.Tensor {
		t := s.Support().Transform()
		return t.Forward(tensor.Zeros(t.InverseShape(s.Value.Shape())...))
	}
}

// Uniform starts at the image of a point uniform on (-radius, radius) of the
// unconstrained scale, as Stan does with radius 2.
func Uniform(radius float64) Init {
	return func(key rng.Key, s *pyro.Site) *tensor.Tensor {
		t := s.Support().Transform()
		u := tensor.Uniforms(key, t.InverseShape(s.Value.Shape())...)
		return t.Forward(u.MulScalar(2 * radius).AddScalar(-radius))
	}
}

// Values starts at the given values, and at otherwise for sites without one;
// nil is Median(15). A name that the model lacks is an error.
func Values(values pyro.Data, otherwise Init) Init {
	if otherwise == nil {
		otherwise = Median(15)
	}
	return func(key rng.Key, s *pyro.Site) *tensor.Tensor {
		v := values[s.Name]
		if v == nil {
			return otherwise(key, s)
		}
		if at, ok := s.Support().Check(v); !ok {
			panic(s.Errorf("start value %v is not %v (element %d)", v, s.Support(), at))
		}
		return v
	}
}

// start returns the start value of a site for its full plates, checked.
func (t *prototype) start(init Init, s *pyro.Site) *tensor.Tensor {
	if init == nil {
		init = Median(15)
	}
	v := init(t.key.FoldName(s.Name), s)
	if !slices.Equal(v.Shape(), s.Value.Shape()) {
		panic(s.Errorf("start value has shape %v, but the site %v", v.Shape(), s.Value.Shape()))
	}
	return full(s, v)
}
