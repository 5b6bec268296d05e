package handler

import (
	"math"

	"github.com/gopyro/pyro"
	"github.com/gopyro/pyro/constraint"
	"github.com/gopyro/pyro/dist"
	"github.com/gopyro/pyro/tensor"
)

// Circular returns m with the named latent sites, whose draws are angles in
// [-π, π], drawn as the angle of a point in the plane: the site name_plane, two
// standard normal numbers for each angle. The site itself becomes deterministic,
// and its log density the factor name_density. Samplers and guides then see no
// wall between -π and π. A name that the run does not reach is an error.
func Circular(m pyro.Model, names ...string) pyro.Model {
	return reparamed(m, "Circular", names, func(outer *pyro.P, s *pyro.Site) *tensor.Tensor {
		if !isCircle(s.Support()) {
			panic(s.Errorf("Circular: draws of %v are no angles in [-π, π]", s.Dist))
		}
		event := s.Dist.EventShape()
		shape := append(append(append([]int{}, s.Dist.BatchShape()...), event...), 2)
		plane := *s
		plane.Name += "_plane"
		plane.Dist = dist.Independent(dist.Normal(0, 1).Expand(shape...), len(event)+1)
		at := outer.Apply(&plane)
		v := angle(at.Select(-1, 0), at.Select(-1, 1))
		n := 1.0
		for _, d := range event {
			n *= float64(d)
		}
		// The angle of the point is uniform, of density 1/(2π).
		factor(outer, s, s.Dist.LogProb(v).AddScalar(n*math.Log(2*math.Pi)))
		return v
	})
}

func isCircle(c constraint.Constraint) bool {
	return c.String() == constraint.Circle.String() || c.String() == constraint.Independent(constraint.Circle, c.EventRank()).String()
}

// angle is that of the point (x, y), in [-π, π]: twice that of (x + r, y) where
// x ≥ 0, and by reflection where x is negative.
func angle(x, y *tensor.Tensor) *tensor.Tensor {
	left := x.LessScalar(0)
	r := x.Square().Add(y.Square()).Sqrt()
	a := y.Div(left.Where(x.Neg(), x).Add(r)).Atan().MulScalar(2)
	half := y.LessScalar(0).Where(tensor.Of(-math.Pi), tensor.Of(math.Pi))
	return left.Where(half.Sub(a), a)
}

// factor adds logp, of the shape of the site's log probability, as name_density.
func factor(outer *pyro.P, s *pyro.Site, logp *tensor.Tensor) {
	f := *s
	f.Name += "_density"
	f.Dist, f.Observed = dist.Unit(logp), true
	f.Value = tensor.Zeros(append(append([]int{}, logp.Shape()...), 0)...)
	outer.Apply(&f)
}
