package hmc

import "math/rand/v2"

// Metropolis is random-walk Metropolis: it proposes x + N(0, ε² M⁻¹) and accepts
// with probability min(1, π(x')/π(x)) (Metropolis et al. 1953). It is here to
// compare with; ε near 2.4/√D and a target acceptance of 0.234 suit it (Roberts,
// Gelman and Gilks 1997). Info.Leapfrogs counts density evaluations.
type Metropolis struct {
	propose State

	// Of the transition under way.
	r    *rand.Rand
	s    *State
	info Info
}

// NewMetropolis returns a random walk over dim coordinates.
func NewMetropolis(dim int) *Metropolis {
	return &Metropolis{propose: State{X: make([]float64, dim), Grad: make([]float64, dim)}}
}

// Begin implements [Kernel].
func (k *Metropolis) Begin(r *rand.Rand, s *State, t *Tuning) *State {
	k.r, k.s = r, s
	k.info = Info{StepSize: t.StepSize, Energy: -s.LogP}
	to := &k.propose
	t.Metric.displace(r, to.X)
	for i, x := range s.X {
		to.X[i] = x + t.StepSize*to.X[i]
	}
	return to
}

// Next implements [Kernel].
func (k *Metropolis) Next() *State {
	d := k.s.LogP - k.propose.LogP
	k.info.count(d)
	if k.r.Float64() < k.info.Accept {
		*k.s, k.propose = k.propose, *k.s
		k.info.Energy, k.info.EnergyError, k.info.Index = -k.s.LogP, d, 1
	}
	return nil
}

// Info implements [Kernel]; Info.Energy is minus the log density.
func (k *Metropolis) Info() Info { return k.info }
