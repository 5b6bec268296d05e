package hmc

import "math/rand/v2"

// Slice updates the coordinates in turn by univariate slice sampling with
// stepping out and shrinkage (Neal 2003, figures 3 and 5). The first interval of
// coordinate i is the step size times the square root of entry (i, i) of M⁻¹ wide.
// It is here to compare with. Info.Leapfrogs counts density evaluations.
type Slice struct {
	f        LogDensity
	maxSteps int
	x, grad  []float64
	evals    int
}

// NewSlice returns a slice sampler of f over dim coordinates; an interval steps
// out at most maxSteps widths in all.
func NewSlice(f LogDensity, dim, maxSteps int) *Slice {
	return &Slice{f: f, maxSteps: maxSteps, x: make([]float64, dim), grad: make([]float64, dim)}
}

// Step implements [Kernel]: one sweep; Info.Accept is the share of evaluations
// that fell inside the slice while shrinking, Info.Energy minus the log density.
func (k *Slice) Step(r *rand.Rand, s *State, t *Tuning) (Info, error) {
	copy(k.x, s.X)
	k.evals = 0
	logp, shrinks := s.LogP, 0
	for i := range k.x {
		at := k.x[i]
		level := logp - r.ExpFloat64()
		lo, hi, err := k.stepOut(r, i, t.StepSize*t.Metric.sd(i), level)
		if err != nil {
			return Info{}, err
		}
		for inside := false; !inside; shrinks++ {
			k.x[i] = lo + r.Float64()*(hi-lo)
			if logp, err = k.eval(); err != nil {
				return Info{}, err
			}
			switch x := k.x[i]; {
			case logp > level || x == at: // at: the interval shrank to nothing
				inside = true
			case x < at:
				lo = x
			default:
				hi = x
			}
		}
	}
	info := Info{StepSize: t.StepSize, Energy: -logp, EnergyError: s.LogP - logp, Leapfrogs: k.evals, Index: 1}
	copy(s.X, k.x)
	copy(s.Grad, k.grad)
	s.LogP = logp
	info.Accept = float64(len(k.x)) / float64(max(1, shrinks))
	info.AcceptSym = info.Accept
	return info, nil
}

// stepOut returns an interval around the slice in coordinate i.
func (k *Slice) stepOut(r *rand.Rand, i int, width, level float64) (lo, hi float64, err error) {
	x := k.x[i]
	lo = x - width*r.Float64()
	hi = lo + width
	left := r.IntN(k.maxSteps)
	right := k.maxSteps - 1 - left
	if lo, err = k.outside(i, lo, -width, left, level); err != nil {
		return 0, 0, err
	}
	hi, err = k.outside(i, hi, width, right, level)
	k.x[i] = x
	return lo, hi, err
}

// outside moves at by step until the density falls below the level, at most n times.
func (k *Slice) outside(i int, at, step float64, n int, level float64) (float64, error) {
	for ; n > 0; n-- {
		k.x[i] = at
		logp, err := k.eval()
		if err != nil {
			return 0, err
		}
		if logp <= level {
			break
		}
		at += step
	}
	return at, nil
}

func (k *Slice) eval() (float64, error) {
	k.evals++
	return k.f.eval(k.x, k.grad)
}
