package infer_test

import (
	"math"
	"testing"

	"github.com/gopyro/pyro"
	"github.com/gopyro/pyro/constraint"
	"github.com/gopyro/pyro/dist"
	"github.com/gopyro/pyro/infer"
	"github.com/gopyro/pyro/rng"
	"github.com/gopyro/pyro/tensor"
)

// Priors that cannot be drawn from are no hindrance, with a start or without.
func TestMAPStartsWithoutDraws(t *testing.T) {
	data := tensor.Of([]float64{1, 2, 6})
	m := infer.MAP{Model: func(p *pyro.P) {
		loc := p.Sample("loc", dist.ImproperUniform(constraint.Real))
		scale := p.Sample("scale", dist.ImproperUniform(constraint.Positive))
		p.Plate("data", 3).Observe("x", dist.Normal(loc, scale), data)
	}}
	for _, start := range []pyro.Data{nil, {"scale": tensor.Of(2.0)}, {"loc": tensor.Of(0.5), "scale": tensor.Of(1.0)}} {
		m.Start = start
		o, err := m.Run(t.Context(), rng.New(0))
		if err != nil {
			t.Fatal(err)
		}
		// Maximum likelihood: mean 3 and variance 14/3.
		if loc, scale := o.Values["loc"].Item(), o.Values["scale"].Item(); math.Abs(loc-3) > 1e-6 || math.Abs(scale-math.Sqrt(14.0/3)) > 1e-6 {
			t.Errorf("loc %v and scale %v, want 3 and %v", loc, scale, math.Sqrt(14.0/3))
		}
	}
}
