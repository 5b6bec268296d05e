package hmc

import (
	"math"
	"math/rand/v2"
	"testing"
)

// drawn fills a window with n rows that draw makes.
func drawn(r *rand.Rand, n, dim int, draw func(x []float64)) *Window {
	w := newWindow(dim, true)
	x, g := make([]float64, dim), make([]float64, dim)
	for range n {
		for i := range x {
			x[i] = r.NormFloat64()
		}
		draw(x)
		w.Add(x, g)
	}
	return &w
}

// One of six directions is three times as wide as the metric says: trajectories are to
// take half its period, to the error of a mean absolute deviation, 4.5·0.76/√n = 5 %.
// Nothing changes where coordinates and metric are transformed together.
func TestMinTime(t *testing.T) {
	const n, dim = 4000, 6
	cov := rotated(rand.New(rand.NewPCG(3, 4)), []float64{0.01, 1, 2, 30, 5, 0.3})
	dense, ok := DenseMetric(dim, cov.data)
	if !ok {
		t.Fatal("metric refused")
	}
	scaled := Diagonal([]float64{0.01, 1, 2, 30, 5, 0.3})
	identity := Identity(dim)
	for name, m := range map[string]*Metric{"dense": &dense, "diagonal": &scaled, "identity": &identity} {
		for wide, want := range map[float64]float64{3: 3 * halves * math.Pi, 1: 0, 1.2: 0} {
			w := drawn(rand.New(rand.NewPCG(1, 2)), n, dim, func(x []float64) {
				x[2] *= wide
				unwhiten(m, x)
			})
			if got := w.minTime(m); math.Abs(got-want) > 0.05*want {
				t.Errorf("%s metric, width %g: least time %g, want %g", name, wide, got, want)
			}
		}
	}
}

// unwhiten replaces x by Fx.
func unwhiten(m *Metric, x []float64) {
	for i := len(x) - 1; i >= 0; i-- {
		if m.Cov == nil {
			x[i] *= m.Scale[i]
			continue
		}
		x[i] = dot(m.Chol[i*len(x):i*len(x)+i+1], x[:i+1])
	}
}

// The variance of a heavy tail is that of a few draws: it asks for no longer trajectories.
func TestMinTimeOfHeavyTail(t *testing.T) {
	const n, dim = 1000, 6
	w := newWindow(dim, true)
	r := rand.New(rand.NewPCG(5, 6))
	x, g := make([]float64, dim), make([]float64, dim)
	for range n {
		for i := range x {
			x[i] = r.NormFloat64()
			g[i] = -x[i]
		}
		x[0] /= r.NormFloat64() // Cauchy
		g[0] = -2 * x[0] / (1 + x[0]*x[0])
		w.Add(x, g)
	}
	m, ok := w.fisherDense(w.fisherScale(make([]float64, dim)), false)
	if !ok {
		t.Fatal("no metric")
	}
	if got := w.minTime(&m); got != 0 {
		t.Errorf("least time %g for a Cauchy coordinate", got)
	}
}
