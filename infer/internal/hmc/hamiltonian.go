package hmc

import (
	"errors"
	"math"
	"math/rand/v2"
)

// point is a place in phase space. Velocity v = M⁻¹p is carried along with the
// momentum: both are linear in the gradients met, so one product with the metric
// a leapfrog step (a = M⁻¹g) serves half steps, kinetic energy and U-turn test.
type point struct {
	x, g, a, p, v []float64
	logp          float64
}

func newPoint(dim int) point {
	all := make([]float64, 5*dim)
	cut := func(i int) []float64 { return all[i*dim : (i+1)*dim : (i+1)*dim] }
	return point{x: cut(0), g: cut(1), a: cut(2), p: cut(3), v: cut(4)}
}

// set makes z the same place as o.
func (z *point) set(o *point) {
	copy(z.x, o.x)
	copy(z.g, o.g)
	copy(z.a, o.a)
	copy(z.p, o.p)
	copy(z.v, o.v)
	z.logp = o.logp
}

// place puts z at s with a fresh momentum and returns the energy.
func (z *point) place(r *rand.Rand, s *State, m *Metric) float64 {
	copy(z.x, s.X)
	copy(z.g, s.Grad)
	z.logp = s.LogP
	m.apply(z.a, z.g)
	m.momentum(r, z.p)
	m.apply(z.v, z.p)
	return dot(z.p, z.v)/2 - z.logp
}

// leapfrog moves z by one step of size eps (negative: back in time) of the
// Störmer–Verlet scheme and returns the energy H = -log density + pᵀM⁻¹p/2;
// +Inf where it is not a number.
func (z *point) leapfrog(f LogDensity, m *Metric, eps float64) (float64, error) {
	half := eps / 2
	x, g, a, p, v := z.x, z.g, z.a, z.p, z.v
	g, a, p, v = g[:len(x)], a[:len(x)], p[:len(x)], v[:len(x)]
	for i := range x {
		p[i] += half * g[i]
		v[i] += half * a[i]
		x[i] += eps * v[i]
	}
	var err error
	if z.logp, err = f.eval(x, g); err != nil {
		return 0, err
	}
	m.apply(a, g)
	kinetic := 0.0
	for i := range x {
		p[i] += half * g[i]
		v[i] += half * a[i]
		kinetic += p[i] * v[i]
	}
	h := kinetic/2 - z.logp
	if math.IsNaN(h) {
		h = math.Inf(1)
	}
	return h, nil
}

// StepSizeError is returned when no step size suits the density at a point.
type StepSizeError struct {
	StepSize float64 // where the search gave up
}

func (e *StepSizeError) Error() string {
	if e.StepSize > 1 {
		return "hmc: the energy does not change however long the step: the density is improper"
	}
	return "hmc: the energy changes however short the step: the density or its gradient is discontinuous or wrong"
}

// Bounds of the search for a first step size; Stan stops above 1e7 and at zero.
const (
	maxStepSize = 1e7
	minStepSize = 1e-300
)

// findStepSize doubles or halves eps until the acceptance probability of one
// leapfrog step from s crosses 0.8, each time with a fresh momentum. This is the
// heuristic of Hoffman and Gelman (2014, algorithm 4) with Stan's limit in place
// of 1/2. z is working space; the number of gradients is returned too.
func findStepSize(f LogDensity, r *rand.Rand, s *State, t *Tuning, eps float64, z *point) (float64, int, error) {
	logLimit := math.Log(0.8)
	grow := false
	for n := 0; ; n++ {
		h0 := z.place(r, s, &t.Metric)
		h, err := z.leapfrog(f, &t.Metric, eps)
		var inf *DensityError
		if errors.As(err, &inf) && inf.Err == errInfinite {
			h, err = math.Inf(1), nil // an absurd step may reach one
		}
		if err != nil {
			return 0, n, err
		}
		good := h0-h > logLimit
		if n == 0 {
			grow = good
		} else if good != grow {
			return eps, n + 1, nil
		}
		if grow {
			eps *= 2
		} else {
			eps /= 2
		}
		if eps > maxStepSize || eps < minStepSize {
			return 0, n + 1, &StepSizeError{StepSize: eps}
		}
	}
}
