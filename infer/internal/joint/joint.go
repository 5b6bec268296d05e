// Package joint lays the latent sites of a model out on one vector of real
// numbers, each through the bijection from ℝⁿ onto its support.
//
//	l, err := joint.New(sites)
//	values := l.Values(u) // by site, at the vector u
package joint

import (
	"slices"

	"github.com/gopyro/pyro"
	"github.com/gopyro/pyro/dist"
	"github.com/gopyro/pyro/tensor"
	"github.com/gopyro/pyro/transform"
)

// Site is a latent site and its part of the vector.
type Site struct {
	*pyro.Site        // of one run of the model
	Start, Stop int   // part of the vector
	Free        []int // shape of the unconstrained value, for the full plates
	Rank        int   // of the dims of Free, those that belong to one event
	Batch       []int // sizes of the full plates
}

// Layout is where each site is.
type Layout struct {
	Sites []Site
	Dim   int
}

// New lays out sites in their order. A discrete one is a *pyro.SiteError.
func New(sites []*pyro.Site) (*Layout, error) {
	l := &Layout{}
	for _, s := range sites {
		if s.Support().Discrete() {
			return nil, s.Errorf("the site is discrete; it has no unconstrained scale")
		}
		t := s.Support().Bijection()
		event := s.Dist.EventShape()
		full := fullShape(s)
		free := t.InverseShape(full)
		n := 1
		for _, d := range free {
			n *= d
		}
		l.Sites = append(l.Sites, Site{
			Site: s, Start: l.Dim, Stop: l.Dim + n, Free: slices.Clone(free),
			Rank: len(free) - (len(full) - len(event)), Batch: slices.Clone(full[:len(full)-len(event)]),
		})
		l.Dim += n
	}
	return l, nil
}

// fullShape is the shape of a site's value for all elements of its plates.
func fullShape(s *pyro.Site) []int {
	shape := slices.Clone(s.Value.Shape())
	event := len(s.Dist.EventShape())
	for _, pl := range s.Plates {
		if !pl.Sequential {
			shape[len(shape)-event+pl.Dim] = pl.Size
		}
	}
	return shape
}

// Part returns the unconstrained value of site i at u, of shape […, Dim]: […] and
// its free shape.
func (l *Layout) Part(u *tensor.Tensor, i int) *tensor.Tensor {
	s := &l.Sites[i]
	lead := u.Shape()[:u.Rank()-1]
	return u.Slice(-1, s.Start, s.Stop).Reshape(slices.Concat(lead, s.Free)...)
}

// Transform is the bijection onto the support of a site.
func (s *Site) Transform() transform.Transform { return s.Support().Bijection() }

// Forward returns the value of a site at its unconstrained value x, and the log
// determinant of the map, one for each element of the batch.
func (s *Site) Forward(x *tensor.Tensor) (v, logDet *tensor.Tensor) {
	t := s.Transform()
	v = t.Forward(x)
	logDet = t.LogAbsDet(x, v)
	in, _ := t.Rank()
	for range s.Rank - in {
		logDet = logDet.Sum(-1)
	}
	return v, logDet
}

// Image is the distribution of the value at x when x has been drawn elsewhere,
// with its density there.
func (s *Site) Image(x *tensor.Tensor) dist.Distribution {
	v, logDet := s.Forward(x)
	return dist.DeltaDensity(v, logDet.Neg(), len(s.Dist.EventShape()))
}

// Values returns the values of all sites at u, of shape […, Dim].
func (l *Layout) Values(u *tensor.Tensor) pyro.Data {
	out := pyro.Data{}
	for i := range l.Sites {
		s := &l.Sites[i]
		out[s.Name] = s.Transform().Forward(l.Part(u, i))
	}
	return out
}

// LogDet is the log determinant of the map onto the values of all sites at u, of
// shape [Dim], a single number.
func (l *Layout) LogDet(u *tensor.Tensor) *tensor.Tensor {
	total := tensor.Of(0.0)
	for i := range l.Sites {
		_, d := l.Sites[i].Forward(l.Part(u, i))
		if d.Rank() > 0 {
			d = d.Sum()
		}
		total = total.Add(d)
	}
	return total
}

// Inverse returns the vector at which the sites have the given values, those of
// the full plates, and the log determinant of the map there. A missing value, or
// one of another shape or off the support, is a *pyro.SiteError.
func (l *Layout) Inverse(values pyro.Data) (u, logDet *tensor.Tensor, err error) {
	parts := make([]*tensor.Tensor, len(l.Sites))
	logDet = tensor.Of(0.0)
	for i := range l.Sites {
		s := &l.Sites[i]
		v := values[s.Name]
		if v == nil {
			return nil, nil, s.Errorf("the values lack this site")
		}
		if want := slices.Concat(s.Batch, s.Dist.EventShape()); !slices.Equal(v.Shape(), want) {
			return nil, nil, s.Errorf("the value has shape %v, but the site %v", v.Shape(), want)
		}
		if at, ok := s.Support().Check(v); !ok {
			return nil, nil, s.Errorf("value %v is not %v (element %d)", v, s.Support(), at)
		}
		x := s.Transform().Inverse(v)
		_, d := s.Forward(x)
		if d.Rank() > 0 {
			d = d.Sum()
		}
		logDet = logDet.Add(d)
		parts[i] = x.Reshape(x.Size())
	}
	if len(parts) == 0 {
		return tensor.Zeros(0), logDet, nil
	}
	return tensor.Cat(0, parts...), logDet, nil
}
