package hmc

import (
	"math"
	"math/rand/v2"
)

// Static is Hamiltonian Monte Carlo with a trajectory of given length and a
// Metropolis test at its end (Neal 2011, section 5.3.2).
type Static struct {
	f    LogDensity
	time float64
	jit  float64

	z       point
	from    []float64
	diverge Divergence
}

// NewStatic returns a sampler of f over dim coordinates whose trajectories last
// time > 0, that is round(time/step size) leapfrog steps, at least one. With
// jitter > 0, at most 1, the time is uniform in time·(1 ± jitter): a fixed length
// may return to where it began, for ever.
func NewStatic(f LogDensity, dim int, time, jitter float64) *Static {
	return &Static{f: f, time: time, jit: jitter, z: newPoint(dim), from: make([]float64, dim)}
}

// Step implements [Kernel]. Info.Accept is that of the end point.
func (k *Static) Step(r *rand.Rand, s *State, t *Tuning) (Info, error) {
	time := k.time
	if k.jit > 0 {
		time *= 1 + k.jit*(2*r.Float64()-1)
	}
	steps := max(1, int(math.Round(time/t.StepSize)))
	h0 := k.z.place(r, s, &t.Metric)
	info := Info{StepSize: t.StepSize, Energy: h0}
	var d float64
	for range steps {
		copy(k.from, k.z.x)
		h, err := k.z.leapfrog(k.f, &t.Metric, t.StepSize)
		if err != nil {
			return Info{}, err
		}
		d = h - h0
		info.count(d)
		if d > maxEnergyError {
			k.diverge = Divergence{From: k.from, To: k.z.x, Error: d}
			info.Divergence = &k.diverge
			break
		}
	}
	info.Accept = min(1, math.Exp(-d))
	info.AcceptSym = 2 / (1 + math.Exp(math.Abs(d)))
	if info.Divergence == nil && r.Float64() < info.Accept {
		copy(s.X, k.z.x)
		copy(s.Grad, k.z.g)
		s.LogP = k.z.logp
		info.Energy, info.EnergyError, info.Index = h0+d, d, info.Leapfrogs
	}
	return info, nil
}
