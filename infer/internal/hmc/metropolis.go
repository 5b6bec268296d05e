package hmc

import "math/rand/v2"

// Metropolis is random-walk Metropolis: it proposes x + N(0, ε² M⁻¹) and accepts
// with probability min(1, π(x')/π(x)) (Metropolis et al. 1953). It is here to
// compare with; ε near 2.4/√D and a target acceptance of 0.234 suit it (Roberts,
// Gelman and Gilks 1997). Info.Leapfrogs counts density evaluations.
type Metropolis struct {
	f       LogDensity
	propose State
}

// NewMetropolis returns a random walk over f with dim coordinates.
func NewMetropolis(f LogDensity, dim int) *Metropolis {
	return &Metropolis{f: f, propose: State{X: make([]float64, dim), Grad: make([]float64, dim)}}
}

// Step implements [Kernel]; Info.Energy is minus the log density.
func (k *Metropolis) Step(r *rand.Rand, s *State, t *Tuning) (Info, error) {
	to := &k.propose
	t.Metric.displace(r, to.X)
	for i, x := range s.X {
		to.X[i] = x + t.StepSize*to.X[i]
	}
	var err error
	if to.LogP, err = k.f.eval(to.X, to.Grad); err != nil {
		return Info{}, err
	}
	d := s.LogP - to.LogP
	info := Info{StepSize: t.StepSize, Energy: -s.LogP}
	info.count(d)
	if r.Float64() < info.Accept {
		*s, *to = *to, *s
		info.Energy, info.EnergyError, info.Index = -s.LogP, d, 1
	}
	return info, nil
}
