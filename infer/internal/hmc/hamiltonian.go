package hmc

import (
	"math"
	"math/rand/v2"
)

// point is a place in phase space. Velocity v = M⁻¹p is carried along with the
// momentum: both are linear in the gradients met, so one product with the metric
// a leapfrog step (a = M⁻¹g) serves half steps, kinetic energy and U-turn test.
type point struct {
	State
	a, p, v []float64
}

func newPoint(dim int) point {
	all := make([]float64, 5*dim)
	cut := func(i int) []float64 { return all[i*dim : (i+1)*dim : (i+1)*dim] }
	return point{State: State{X: cut(0), Grad: cut(1)}, a: cut(2), p: cut(3), v: cut(4)}
}

// set makes z the same place as o.
func (z *point) set(o *point) {
	z.State.set(&o.State)
	copy(z.a, o.a)
	copy(z.p, o.p)
	copy(z.v, o.v)
}

// place puts z at s with a fresh momentum and returns the energy.
func (z *point) place(r *rand.Rand, s *State, m *Metric) float64 {
	z.State.set(s)
	m.apply(z.a, z.Grad)
	m.momentum(r, z.p)
	m.apply(z.v, z.p)
	return dot(z.p, z.v)/2 - z.LogP
}

// A leapfrog step of size eps (negative: back in time) of the Störmer–Verlet scheme
// is a drift, which ends where the density is needed, and a kick with it.

// drift moves z by half a step in momentum and a whole one in position.
func (z *point) drift(eps float64) {
	half := eps / 2
	x, g, a, p, v := z.X, z.Grad, z.a, z.p, z.v
	g, a, p, v = g[:len(x)], a[:len(x)], p[:len(x)], v[:len(x)]
	for i := range x {
		p[i] += half * g[i]
		v[i] += half * a[i]
		x[i] += eps * v[i]
	}
}

// kick moves z by the other half of the step in momentum and returns the energy
// H = -log density + pᵀM⁻¹p/2; +Inf where it is not a number.
func (z *point) kick(m *Metric, eps float64) float64 {
	half := eps / 2
	g, a, p, v := z.Grad, z.a, z.p, z.v
	m.apply(a, g)
	a, p, v = a[:len(g)], p[:len(g)], v[:len(g)]
	kinetic := 0.0
	for i := range g {
		p[i] += half * g[i]
		v[i] += half * a[i]
		kinetic += p[i] * v[i]
	}
	h := kinetic/2 - z.LogP
	if math.IsNaN(h) {
		h = math.Inf(1)
	}
	return h
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

// search finds a first step size: it doubles or halves the step until the
// acceptance probability of one leapfrog step from a state crosses 0.8, each time
// with a fresh momentum. This is the heuristic of Hoffman and Gelman (2014,
// algorithm 4) with Stan's limit in place of 1/2.
type search struct {
	z         point
	r         *rand.Rand
	from      *State
	metric    *Metric
	eps, h0   float64
	grow      bool
	Leapfrogs int // gradients asked for
}

// begin starts a search at s from the step size eps. It returns where the density is
// asked for.
func (f *search) begin(r *rand.Rand, s *State, m *Metric, eps float64) *State {
	if len(f.z.X) != len(s.X) {
		f.z = newPoint(len(s.X))
	}
	f.r, f.from, f.metric, f.eps, f.Leapfrogs = r, s, m, eps, 0
	return f.try()
}

// try takes the first part of a step.
func (f *search) try() *State {
	f.Leapfrogs++
	f.h0 = f.z.place(f.r, f.from, f.metric)
	f.z.drift(f.eps)
	return &f.z.State
}

// next goes on once the density is known; nil: eps is found.
func (f *search) next() (*State, error) {
	if math.IsInf(f.z.LogP, 1) {
		f.z.LogP = math.Inf(-1) // an absurd step may reach one
	}
	good := f.h0-f.z.kick(f.metric, f.eps) > math.Log(0.8)
	if f.Leapfrogs == 1 {
		f.grow = good
	} else if good != f.grow {
		return nil, nil
	}
	if f.grow {
		f.eps *= 2
	} else {
		f.eps /= 2
	}
	if f.eps > maxStepSize || f.eps < minStepSize {
		return nil, &StepSizeError{StepSize: f.eps}
	}
	return f.try(), nil
}
