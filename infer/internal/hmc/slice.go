package hmc

import "math/rand/v2"

// Slice updates the coordinates in turn by univariate slice sampling with
// stepping out and shrinkage (Neal 2003, figures 3 and 5). The first interval of
// coordinate i is the step size times the square root of entry (i, i) of M⁻¹ wide.
// It is here to compare with. Info.Leapfrogs counts density evaluations.
type Slice struct {
	maxSteps int
	at       State // point asked for

	// Of the transition under way.
	r       *rand.Rand
	s       *State
	t       *Tuning
	evals   int
	shrinks int
	logp    float64 // where the sweep is

	// Of the coordinate under way.
	i     int
	x     float64 // where it was
	level float64
	width float64
	ends  [2]float64 // of the interval
	left  [2]int     // steps that each may still go out
	stage stage
}

// stage is what becomes of a point that a slice sampler asks for.
type stage int

const (
	steppingLeft stage = iota
	steppingRight
	shrinking
)

// NewSlice returns a slice sampler over dim coordinates; an interval steps
// out at most maxSteps widths in all.
func NewSlice(dim, maxSteps int) *Slice {
	return &Slice{maxSteps: maxSteps, at: State{X: make([]float64, dim), Grad: make([]float64, dim)}}
}

// Begin implements [Kernel].
func (k *Slice) Begin(r *rand.Rand, s *State, t *Tuning) *State {
	k.r, k.s, k.t = r, s, t
	k.at.set(s)
	k.evals, k.shrinks, k.logp = 0, 0, s.LogP
	return k.coordinate(0)
}

// coordinate draws the slice and the first interval of coordinate i.
func (k *Slice) coordinate(i int) *State {
	k.i, k.x = i, k.at.X[i]
	k.level = k.logp - k.r.ExpFloat64()
	k.width = k.t.StepSize * k.t.Metric.sd(i)
	lo := k.x - k.width*k.r.Float64()
	k.ends = [2]float64{lo, lo + k.width}
	n := k.r.IntN(k.maxSteps)
	k.left = [2]int{n, k.maxSteps - 1 - n}
	k.stage = steppingLeft
	return k.ask()
}

// ask sets the coordinate to where the density is needed next.
func (k *Slice) ask() *State {
	for k.stage < shrinking && k.left[k.stage] == 0 {
		k.stage++
	}
	if k.stage == shrinking {
		k.at.X[k.i] = k.ends[0] + k.r.Float64()*(k.ends[1]-k.ends[0])
	} else {
		k.at.X[k.i] = k.ends[k.stage]
	}
	k.evals++
	return &k.at
}

// Next implements [Kernel].
func (k *Slice) Next() *State {
	x, inside := k.at.X[k.i], k.at.LogP > k.level
	switch {
	case k.stage < shrinking && !inside: // this end is outside
		k.stage++
		return k.ask()
	case k.stage < shrinking:
		k.left[k.stage]--
		k.ends[k.stage] += k.width * float64(2*k.stage-1)
		return k.ask()
	}
	k.shrinks++
	switch {
	case inside || x == k.x: // the interval shrank to nothing
		k.logp = k.at.LogP
		if k.i+1 < len(k.at.X) {
			return k.coordinate(k.i + 1)
		}
		k.at, *k.s = *k.s, k.at
		return nil
	case x < k.x:
		k.ends[0] = x
	default:
		k.ends[1] = x
	}
	return k.ask()
}

// Info implements [Kernel]: of one sweep; Info.Accept is the share of evaluations
// that fell inside the slice while shrinking, Info.Energy minus the log density.
func (k *Slice) Info() Info {
	// The state before the sweep has changed places with the point asked for.
	info := Info{StepSize: k.t.StepSize, Energy: -k.s.LogP, EnergyError: k.at.LogP - k.s.LogP, Leapfrogs: k.evals, Index: 1}
	info.Accept = float64(len(k.at.X)) / float64(max(1, k.shrinks))
	return info
}
