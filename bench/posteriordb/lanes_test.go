package posteriordb

import (
	"math"
	"testing"

	"github.com/gopyro/pyro"
	"github.com/gopyro/pyro/handler"
	"github.com/gopyro/pyro/infer"
	"github.com/gopyro/pyro/rng"
	"github.com/gopyro/pyro/tensor"
)

// started gives sites from whose prior nothing can be drawn a value in the first
// run.
func started(p *Posterior, m pyro.Model) pyro.Model {
	start := map[string]pyro.Data{
		"kidiq-kidscore_interaction":          {"beta": tensor.Zeros(4)},
		"low_dim_gauss_mix-low_dim_gauss_mix": {"mu": tensor.Of([]float64{-1, 1})},
	}[p.Name]
	if start == nil {
		return m
	}
	first := handler.Substitute(m, start)
	return func(p *pyro.P) {
		run := m
		if first != nil {
			run, first = first, nil
		}
		run(p)
	}
}

// TestLanes: the densities of the posteriors at eight points at once have the
// bits of single evaluations.
func TestLanes(t *testing.T) {
	const k = 8
	for _, p := range append(All, Centered...) {
		data, _ := setUp(t, &p)
		var alone, d *infer.Density
		for _, at := range []**infer.Density{&alone, &d} {
			var err error
			if *at, err = infer.NewDensity(started(&p, p.Model(data)), rng.New(1)); err != nil {
				t.Fatalf("%s: %v", p.Name, err)
			}
		}
		n, lanes := d.Dim(), d.Lanes(k)
		x, values, grad, want := make([]float64, k*n), make([]float64, k), make([]float64, k*n), make([]float64, n)
		for round := range 17 { // beyond a comparison with the model, which allocates
			for i := range x {
				x[i] = 0.4 * math.Sin(float64(i*i+round))
			}
			if errs := lanes.ValueAndGrad(x, values, grad); errs != nil {
				t.Fatalf("%s: %v", p.Name, errs)
			}
			for j := range k {
				v, err := alone.ValueAndGrad(x[j*n:(j+1)*n], want)
				if err != nil || math.Float64bits(v) != math.Float64bits(values[j]) {
					t.Fatalf("%s: lane %d: %v, alone %v, %v", p.Name, j, values[j], v, err)
				}
				for i, g := range want {
					if math.Float64bits(g) != math.Float64bits(grad[j*n+i]) {
						t.Fatalf("%s: lane %d: gradient %d is %v, alone %v", p.Name, j, i, grad[j*n+i], g)
					}
				}
			}
		}
		if n := testing.AllocsPerRun(5, func() { lanes.ValueAndGrad(x, values, grad) }); n != 0 {
			t.Errorf("%s: lanes allocate %v times", p.Name, n)
		}
		t.Logf("%s: %+v", p.Name, lanes.Stats())
	}
}
