package hmc

import (
	"math"
	"math/rand/v2"
	"testing"
)

// at returns f at s, and writes the gradient there.
func at(t *testing.T, f LogDensity, s *State) float64 {
	t.Helper()
	logp, err := f(s.X, s.Grad)
	if logp, err = settle(s.X, logp, err); err != nil {
		t.Fatal(err)
	}
	return logp
}

// leapfrog moves z by a step and returns the energy.
func leapfrog(t *testing.T, f LogDensity, z *point, m *Metric, eps float64) float64 {
	t.Helper()
	z.drift(eps)
	z.LogP = at(t, f, &z.State)
	return z.kick(m, eps)
}

// findStepSize searches from eps, under the unit metric.
func findStepSize(t *testing.T, f LogDensity, r *rand.Rand, s *State, eps float64) (float64, error) {
	t.Helper()
	var search search
	m := Identity(len(s.X))
	for q := search.begin(r, s, &m, eps); q != nil; {
		q.LogP = at(t, f, q)
		var err error
		if q, err = search.next(); err != nil {
			return 0, err
		}
	}
	return search.eps, nil
}

// follow runs n leapfrog steps of f from (x, p) under the unit metric and returns
// the greatest energy error and the end point.
func follow(t *testing.T, f LogDensity, x, p []float64, eps float64, n int) (float64, *point) {
	t.Helper()
	m := Identity(len(x))
	z := newPoint(len(x))
	copy(z.X, x)
	copy(z.p, p)
	copy(z.v, p)
	z.LogP = at(t, f, &z.State)
	m.apply(z.a, z.Grad)
	h0, worst := dot(p, p)/2-z.LogP, 0.0
	for range n {
		h := leapfrog(t, f, &z, &m, eps)
		worst = max(worst, math.Abs(h-h0))
	}
	return worst, &z
}

func quartic(x, g []float64) (float64, error) {
	g[0] = -x[0] * x[0] * x[0]
	return -x[0] * x[0] * x[0] * x[0] / 4, nil
}

// kepler is a planet at x around a sun of mass 1 at the origin.
func kepler(x, g []float64) (float64, error) {
	r := math.Hypot(x[0], x[1])
	g[0], g[1] = -x[0]/(r*r*r), -x[1]/(r*r*r)
	return 1 / r, nil
}

// For the oscillator the scheme conserves p²/2 + (1 - ε²/4)x²/2, so the energy
// changes by at most (ε²/8)x², with x² ≤ 2H/(1 - ε²/4).
func TestLeapfrogOscillator(t *testing.T) {
	const eps = 0.1
	worst, z := follow(t, normal(1), []float64{1}, []float64{0}, eps, 10000)
	if bound := eps * eps / 8 / (1 - eps*eps/4); worst > bound*(1+1e-9) {
		t.Errorf("energy error %g, bound %g", worst, bound)
	}
	// The scheme turns by the angle θ a step, cos θ = 1 - ε²/2.
	want := math.Cos(10000 * math.Acos(1-eps*eps/2))
	if math.Abs(z.X[0]-want) > 1e-10 {
		t.Errorf("x = %g, want %g", z.X[0], want)
	}
}

// The error is of second order, does not drift, and the way back leads home.
func TestLeapfrogOrderAndReversal(t *testing.T) {
	for name, c := range map[string]struct {
		f    LogDensity
		x, p []float64
	}{
		"oscillator": {normal(1), []float64{1}, []float64{0.3}},
		"quartic":    {quartic, []float64{0.02}, []float64{1}},
		"planet":     {kepler, []float64{1, 0}, []float64{0, 1.1}},
		"correlated": {normal(1, 3, 0.5), []float64{1, -2, 0.3}, []float64{0.2, 0.5, -1}},
	} {
		const eps, n = 0.01, 4000
		coarse, _ := follow(t, c.f, c.x, c.p, eps, n)
		fine, z := follow(t, c.f, c.x, c.p, eps/2, 2*n)
		if ratio := coarse / fine; ratio < 3.9 || ratio > 4.1 {
			t.Errorf("%s: energy errors %g and %g at half the step: ratio %g, want 4", name, coarse, fine, ratio)
		}
		long, _ := follow(t, c.f, c.x, c.p, eps, 20*n)
		if long > 1.1*coarse {
			t.Errorf("%s: energy drifts: %g, after twenty times as long %g", name, coarse, long)
		}
		m := Identity(len(c.x))
		for range 2 * n {
			leapfrog(t, c.f, z, &m, -eps/2)
		}
		for i := range c.x {
			// 4n steps, each rounding a few numbers of size about 3.
			if math.Abs(z.X[i]-c.x[i]) > 1e-9 || math.Abs(z.p[i]-c.p[i]) > 1e-9 {
				t.Errorf("%s: back at %g %g, started at %g %g", name, z.X[i], z.p[i], c.x[i], c.p[i])
			}
		}
	}
}

// The velocity that is carried along must stay M⁻¹p under every metric.
func TestLeapfrogCarriesVelocity(t *testing.T) {
	r := rand.New(rand.NewPCG(4, 5))
	for _, m := range someMetrics(t, r, 6) {
		f := normal(1, 2, 3, 0.5, 1, 1)
		s, err := Init(f, []float64{1, 1, -1, 0.2, 0, 2})
		if err != nil {
			t.Fatal(err)
		}
		z := newPoint(6)
		h0 := z.place(r, s, &m)
		v := make([]float64, 6)
		for range 1000 {
			h := leapfrog(t, f, &z, &m, 0.02)
			if m.apply(v, z.p); math.Abs(h-(dot(z.p, v)/2-z.LogP)) > 1e-11*math.Abs(h0) {
				t.Fatalf("%v: energy %g, recomputed %g", m.Kind(), h, dot(z.p, v)/2-z.LogP)
			}
		}
		for i := range v {
			if math.Abs(v[i]-z.v[i]) > 1e-11*(1+math.Abs(v[i])) {
				t.Errorf("%v: velocity %g carried, %g computed", m.Kind(), z.v[i], v[i])
			}
		}
	}
}

func TestFindStepSize(t *testing.T) {
	r := rand.New(rand.NewPCG(6, 7))
	for _, sd := range []float64{1e-4, 1, 1e4} {
		f := normal(sd)
		s, err := Init(f, []float64{sd})
		if err != nil {
			t.Fatal(err)
		}
		for _, first := range []float64{1e-3, 1, 100} {
			eps, err := findStepSize(t, f, r, s, first)
			if err != nil {
				t.Fatal(err)
			}
			// With x0 = sd and ε = k sd the energy changes by k²/8 (x1² - 1), for
			// x1 = 1 + kp - k²/2: no |p| < 5 makes that log 1.25 at k = 0.2, and one
			// in a thousand keeps it below at k = 8.
			if eps < 0.1*sd || eps > 16*sd {
				t.Errorf("sd %g from %g: step %g", sd, first, eps)
			}
		}
	}
	flat := func(x, g []float64) (float64, error) { g[0] = 0; return 0, nil }
	calls := 0.0
	noisy := func(x, g []float64) (float64, error) { g[0] = 0; calls++; return -1000 * calls, nil }
	for want, f := range map[string]LogDensity{
		"hmc: the energy does not change however long the step: the density is improper":                        flat,
		"hmc: the energy changes however short the step: the density or its gradient is discontinuous or wrong": noisy,
	} {
		s, err := Init(f, []float64{0.5})
		if err != nil {
			t.Fatal(err)
		}
		_, err = findStepSize(t, f, r, s, 1)
		if err == nil || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}
