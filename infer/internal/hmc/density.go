package hmc

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
)

// LogDensity returns the log density at x [D], up to a constant, and writes its
// gradient into grad [D]. It must not change or keep either slice.
//
// An error that wraps [ErrReject] says that the density is zero at x: the point
// is refused, as is one where the density is NaN. Any other error, and a density
// of +Inf (no proper density has one where a sampler could stay), ends the run.
// A chain calls its density from one goroutine.
type LogDensity func(x, grad []float64) (float64, error)

// ErrReject is wrapped by the errors of a [LogDensity] that a sampler survives.
var ErrReject = errors.New("point outside the support")

// DensityError is returned when the log density fails for good.
type DensityError struct {
	X   []float64 // the point, a copy
	Err error
}

func (e *DensityError) Error() string { return fmt.Sprintf("hmc: log density: %v", e.Err) }

// Unwrap returns the error of the log density.
func (e *DensityError) Unwrap() error { return e.Err }

// errInfinite is the cause of a DensityError at a density of +Inf.
var errInfinite = errors.New("the density is +Inf")

// settle takes what a density answers at x; a refused point has log density -Inf.
func settle(x []float64, logp float64, err error) (float64, error) {
	switch {
	case err != nil && errors.Is(err, ErrReject):
		return math.Inf(-1), nil
	case err == nil && math.IsInf(logp, 1):
		err = errInfinite
	case err == nil && math.IsNaN(logp):
		return math.Inf(-1), nil
	}
	if err != nil {
		return logp, &DensityError{X: append([]float64(nil), x...), Err: err}
	}
	return logp, nil
}

// State is a point of a chain: what the next step needs. It holds no pointers
// into a kernel and may be stored and loaded with any encoding.
type State struct {
	X    []float64 // position [D]
	Grad []float64 // gradient of the log density at X [D]
	LogP float64   // log density at X
}

// Init evaluates f at x, which is copied. A point of zero density, or with a
// gradient that is not finite, is refused with a [*StartError].
func Init(f LogDensity, x []float64) (*State, error) {
	s := &State{X: append([]float64(nil), x...), Grad: make([]float64, len(x))}
	logp, err := f(s.X, s.Grad)
	if s.LogP, err = settle(s.X, logp, err); err != nil {
		return nil, err
	}
	if !s.usable() {
		return nil, &StartError{Tried: []State{*s}}
	}
	return s, nil
}

// set makes s the same as o, in its own slices.
func (s *State) set(o *State) {
	copy(s.X, o.X)
	copy(s.Grad, o.Grad)
	s.LogP = o.LogP
}

// usable reports whether a chain can leave s.
func (s *State) usable() bool {
	for _, g := range s.Grad {
		if math.IsNaN(g) || math.IsInf(g, 0) {
			return false
		}
	}
	return !math.IsInf(s.LogP, -1)
}

// Uniform returns a state with coordinates uniform in (-radius, radius), the
// first of at most tries points (Stan: radius 2, tries 100) where the density and
// its gradient are finite. When all fail the error is a [*StartError] with each.
func Uniform(f LogDensity, r *rand.Rand, dim, tries int, radius float64) (*State, error) {
	failed := &StartError{}
	x := make([]float64, dim)
	for range tries {
		for i := range x {
			x[i] = radius * (2*r.Float64() - 1)
		}
		s, err := Init(f, x)
		var bad *StartError
		switch {
		case err == nil:
			return s, nil
		case errors.As(err, &bad):
			failed.Tried = append(failed.Tried, bad.Tried...)
		default:
			return nil, err
		}
	}
	return nil, failed
}

// StartError is returned when no tried point can start a chain.
type StartError struct {
	Tried []State // each with its log density and gradient as found
}

func (e *StartError) Error() string {
	dead := 0
	for _, s := range e.Tried {
		if math.IsInf(s.LogP, -1) {
			dead++
		}
	}
	return fmt.Sprintf("hmc: no start among %d points: density zero or NaN at %d, gradient not finite at %d",
		len(e.Tried), dead, len(e.Tried)-dead)
}

// Kernel is a Markov transition that leaves a log density invariant for any fixed
// tuning. It asks for the density at one point after the other, and whoever drives
// it answers, so that the questions of several chains can be answered together.
//
// The workspace of a kernel serves one chain at a time; nothing in it outlives a
// transition but what [Info] views.
type Kernel interface {
	// Begin starts a transition of s under t, which it moves in place at the end, with
	// the randomness of r. It returns the first point where the density is asked for.
	Begin(r *rand.Rand, s *State, t *Tuning) *State
	// Next goes on once Grad and LogP of that point are those of the density, LogP
	// being less than +Inf. It returns the next point, or nil at the end.
	Next() *State
	// Info tells of the transition that has ended.
	Info() Info
}

// Tuning is what warm-up finds for a kernel.
type Tuning struct {
	StepSize float64
	Metric   Metric
	MinTime  float64 // that a trajectory of NUTS takes at least: no shorter stretch counts as turning
}

// Info is what diagnostics need to know of one step.
type Info struct {
	StepSize       float64     // step size used (after jitter)
	Accept         float64     // mean Metropolis acceptance over the trajectory, in [0, 1]
	Energy         float64     // Hamiltonian of the new state with the momentum it was reached with
	EnergyError    float64     // Energy less that of the start of the trajectory
	MaxEnergyError float64     // energy error of greatest size along the trajectory
	Leapfrogs      int         // gradient evaluations
	Depth          int         // doublings completed (NUTS)
	Index          int         // place of the new state on the trajectory, 0 where it started
	Saturated      bool        // the greatest depth stopped the trajectory (NUTS)
	Divergence     *Divergence // nil, or what went wrong; valid until the next step
}

// count enters a leapfrog step of energy error d and returns e^-|d|; the
// acceptance is a sum until average is called.
func (i *Info) count(d float64) float64 {
	i.Leapfrogs++
	if math.Abs(d) > math.Abs(i.MaxEnergyError) {
		i.MaxEnergyError = d
	}
	w := math.Exp(-math.Abs(d))
	if d < 0 {
		i.Accept++
	} else {
		i.Accept += w
	}
	return w
}

// average turns the sum of count into a mean.
func (i *Info) average() {
	if n := float64(i.Leapfrogs); n > 0 {
		i.Accept /= n
	}
}

// Divergence describes the leapfrog step at which the integrator left the level
// set of the energy. Its slices belong to the kernel.
type Divergence struct {
	From  []float64 // position before the step
	To    []float64 // position after it
	Error float64   // energy error, +Inf where the density is zero or NaN
}

// maxEnergyError marks a divergence: Stan's limit; at e^-1000 a state has no
// weight, and a smaller limit would count slow drifts of long trajectories.
const maxEnergyError = 1000
