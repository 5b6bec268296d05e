package hmc

import (
	"math"
	"math/rand/v2"
)

// Static is Hamiltonian Monte Carlo with a trajectory of given length and a
// Metropolis test at its end (Neal 2011, section 5.3.2).
type Static struct {
	time float64
	jit  float64

	z       point
	from    []float64
	diverge Divergence

	// Of the transition under way.
	r     *rand.Rand
	s     *State
	t     *Tuning
	steps int // of the trajectory
	h0    float64
	info  Info
}

// NewStatic returns a sampler over dim coordinates whose trajectories last
// time > 0, that is round(time/step size) leapfrog steps, at least one. With
// jitter > 0, at most 1, the time is uniform in time·(1 ± jitter): a fixed length
// may return to where it began, for ever.
func NewStatic(dim int, time, jitter float64) *Static {
	return &Static{time: time, jit: jitter, z: newPoint(dim), from: make([]float64, dim)}
}

// Begin implements [Kernel].
func (k *Static) Begin(r *rand.Rand, s *State, t *Tuning) *State {
	k.r, k.s, k.t = r, s, t
	time := k.time
	if k.jit > 0 {
		time *= 1 + k.jit*(2*r.Float64()-1)
	}
	k.steps = max(1, int(math.Round(time/t.StepSize)))
	k.h0 = k.z.place(r, s, &t.Metric)
	k.info = Info{StepSize: t.StepSize, Energy: k.h0}
	return k.drift()
}

// drift begins a leapfrog step.
func (k *Static) drift() *State {
	copy(k.from, k.z.X)
	k.z.drift(k.t.StepSize)
	return &k.z.State
}

// Next implements [Kernel].
func (k *Static) Next() *State {
	d := k.z.kick(&k.t.Metric, k.t.StepSize) - k.h0
	k.info.count(d)
	switch {
	case d > maxEnergyError:
		k.diverge = Divergence{From: k.from, To: k.z.X, Error: d}
		k.info.Divergence = &k.diverge
	case k.info.Leapfrogs < k.steps:
		return k.drift()
	}
	k.end(d)
	return nil
}

// end is the Metropolis test of a trajectory with energy error d.
func (k *Static) end(d float64) {
	k.info.Accept = min(1, math.Exp(-d))
	if k.info.Divergence == nil && k.r.Float64() < k.info.Accept {
		k.s.set(&k.z.State)
		k.info.Energy, k.info.EnergyError, k.info.Index = k.h0+d, d, k.info.Leapfrogs
	}
}

// Info implements [Kernel]. Info.Accept is that of the end point.
func (k *Static) Info() Info { return k.info }
