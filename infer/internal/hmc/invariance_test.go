package hmc

import (
	"math"
	"math/rand/v2"
	"testing"
)

// banana is x0 ~ N(0, 1), x1 | x0 ~ N(x0²/2, 1): small, bent and asymmetric.
func banana(x, g []float64) (float64, error) {
	e := x[1] - x[0]*x[0]/2
	g[0], g[1] = -x[0]+e*x[0], -e
	return -x[0]*x[0]/2 - e*e/2, nil
}

// A kernel started at exact draws of its target must leave means as they are and,
// where it is reversible, give (x, x') and (x', x) one distribution. Both are
// z-tests over independent one-step replicates with steps so long that energy
// errors, rejections, U-turns and divergences of every kind occur.
func TestInvariance(t *testing.T) {
	const replicates = 40000
	tests := []func(x []float64) float64{
		func(x []float64) float64 { return x[0] },
		func(x []float64) float64 { return x[1] },
		func(x []float64) float64 { return x[0] * x[0] },
		func(x []float64) float64 { return x[1] * x[1] },
		func(x []float64) float64 { return math.Cos(3 * x[1]) },
		func(x []float64) float64 { return math.Max(x[1]-2, 0) },
	}
	dense, ok := DenseMetric(2, []float64{1, 0.4, 0.4, 2})
	if !ok {
		t.Fatal("metric refused")
	}
	for name, c := range map[string]struct {
		k          Kernel
		reversible bool
		eps        float64
		minTime    float64
	}{
		"NUTS":              {NewNUTS(2, 10), true, 0.9, 0},
		"NUTS, long steps":  {NewNUTS(2, 10), true, 1.3, 0},
		"NUTS, short steps": {NewNUTS(2, 10), true, 0.15, 0},
		"NUTS, shallow":     {NewNUTS(2, 2), true, 0.4, 0},
		"NUTS, long":        {NewNUTS(2, 10), true, 0.6, 5},
		"static":            {NewStatic(2, 2, 0), true, 0.9, 0},
		"static, jittered":  {NewStatic(2, 2, 1), true, 0.7, 0},
		"Metropolis":        {NewMetropolis(2), true, 1, 0},
		"slice":             {NewSlice(2, 4), false, 1, 0},
	} {
		t.Run(name, func(t *testing.T) {
			r := rand.New(rand.NewPCG(20, 24))
			n := len(tests)
			drift, skew := make([]moments, n), make([]moments, n)
			from, to := make([]float64, n), make([]float64, n)
			moved := 0
			for range replicates {
				x := []float64{r.NormFloat64(), r.NormFloat64()}
				x[1] += x[0] * x[0] / 2
				s, err := Init(banana, x)
				if err != nil {
					t.Fatal(err)
				}
				if _, err := step(banana, c.k, r, s, &Tuning{StepSize: c.eps, Metric: dense, MinTime: c.minTime}); err != nil {
					t.Fatal(err)
				}
				if s.X[0] != x[0] {
					moved++
				}
				for i, f := range tests {
					from[i], to[i] = f(x), f(s.X)
				}
				for i := range tests {
					j := (i + 1) % n
					drift[i].add(to[i] - from[i])
					skew[i].add(from[i]*to[j] - from[j]*to[i])
				}
			}
			if moved < replicates/4 {
				t.Errorf("moved only %d times", moved)
			}
			// Twelve tests a kernel, nine kernels: |z| > 5 has probability 6e-5 in all.
			for i := range tests {
				if z := drift[i].z(); math.Abs(z) > 5 {
					t.Errorf("mean of function %d drifts: z = %.1f", i, z)
				}
				if z := skew[i].z(); c.reversible && math.Abs(z) > 5 {
					t.Errorf("functions %d and %d break detailed balance: z = %.1f", i, (i+1)%n, z)
				}
			}
		})
	}
}

// moments runs a z-test of a mean being zero.
type moments struct{ n, mean, square float64 }

func (m *moments) add(x float64) {
	m.n++
	d := x - m.mean
	m.mean += d / m.n
	m.square += d * (x - m.mean)
}

func (m *moments) z() float64 { return m.mean / math.Sqrt(m.square/(m.n-1)/m.n) }

// The test must be able to fail: a step that accepts what it should not.
func TestInvarianceHasPower(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	var drift moments
	m := Identity(2)
	for range 40000 {
		x := []float64{r.NormFloat64(), r.NormFloat64()}
		x[1] += x[0] * x[0] / 2
		s, err := Init(banana, x)
		if err != nil {
			t.Fatal(err)
		}
		z := newPoint(2)
		z.place(r, s, &m)
		for range 2 { // a trajectory without Metropolis test
			leapfrog(t, banana, &z, &m, 0.7)
		}
		drift.add(z.X[1]*z.X[1] - x[1]*x[1])
	}
	if math.Abs(drift.z()) < 5 {
		t.Errorf("an uncorrected integrator passes: z = %.1f", drift.z())
	}
}
