// Package optim has first-order optimisers, which change vectors in place by
// their gradients and keep what state they need by name.
//
//	opt := &optim.Adam{LR: 0.01}
//	x, g := []float64{1}, make([]float64, 1)
//	for range 1000 {
//		g[0] = 2 * x[0]
//		opt.Update([]optim.Param{{Name: "x", Value: x, Grad: g}})
//	}
//
// Optimisers are structs whose zero fields mean the documented defaults.
// Wrappers limit gradients (ClipNorm, ClipValue) and give parameters settings
// of their own (PerParam); a Schedule varies the learning rate. LBFGS and Newton
// are for functions without noise: they find a minimum in one call.
package optim

import (
	"fmt"
	"slices"
)

// Param is a vector to optimise. Its length must not change between updates.
type Param struct {
	Name        string
	Value, Grad []float64
}

// Optimizer makes one step down the gradients. It is not for concurrent use.
type Optimizer interface {
	Update(ps []Param)
}

// Schedule returns the factor of the learning rate at step 0, 1, ….
type Schedule func(step int) float64

// rate is the learning rate of a step: lr, or def if it is 0, times the schedule.
func rate(lr, def float64, s Schedule, step int) float64 {
	if lr == 0 {
		lr = def
	}
	if s != nil {
		lr *= s(step)
	}
	return lr
}

// Owned is an Optimizer whose memory belongs to one fit. All optimisers of this
// package are.
type Owned interface {
	Optimizer
	// Claim makes owner, which must be comparable, the owner of the memory. It
	// returns false, and changes nothing, if another one is. SetState, which
	// replaces the memory, frees it.
	Claim(owner any) bool
}

type owned struct{ by any }

// Claim makes owner the owner of the memory; false if there is another one.
func (o *owned) Claim(owner any) bool {
	if o.by == nil {
		o.by = owner
	}
	return o.by == owner
}

// Claim is opt.Claim, and true for an optimiser that is no Owned.
func Claim(opt Optimizer, owner any) bool {
	o, ok := opt.(Owned)
	return !ok || o.Claim(owner)
}

// slots holds vectors of state for each parameter.
type slots struct {
	owned
	step int // updates made
	by   map[string]*slot
}

// slot is the state of one parameter.
type slot struct {
	step    int // updates made since the parameter appeared
	vectors [][]float64
}

// of counts an update of p and returns its state of k vectors, zero at first.
func (s *slots) of(p *Param, k int) *slot {
	v := s.by[p.Name]
	if v == nil {
		if s.by == nil {
			s.by = map[string]*slot{}
		}
		v = &slot{vectors: make([][]float64, k)}
		for i := range v.vectors {
			v.vectors[i] = make([]float64, len(p.Value))
		}
		s.by[p.Name] = v
	}
	if len(v.vectors[0]) != len(p.Value) || len(p.Grad) != len(p.Value) {
		panic(fmt.Sprintf("optim: parameter %q has %d elements and %d gradients, but %d before",
			p.Name, len(p.Value), len(p.Grad), len(v.vectors[0])))
	}
	v.step++
	return v
}

// Stateful is an Optimizer whose memory can be saved, so that training goes on
// later as if it had not stopped. All optimisers of this package are.
type Stateful interface {
	Optimizer
	// State returns a copy of the memory.
	State() State
	// SetState replaces the memory.
	SetState(State)
}

// State is the memory of an optimiser, to be saved and restored.
type State struct {
	Step   int // updates made
	Params map[string]ParamState
	Parts  []State // of the optimisers that PerParam chose
}

// ParamState is what is remembered of one parameter.
type ParamState struct {
	Step    int         // updates made since the parameter appeared
	Vectors [][]float64 // such as running moments
}

// State returns a copy of the optimiser's memory.
func (s *slots) State() State {
	c := State{Step: s.step, Params: map[string]ParamState{}}
	for name, v := range s.by {
		c.Params[name] = ParamState{Step: v.step, Vectors: clone(v.vectors)}
	}
	return c
}

// SetState replaces the optimiser's memory by a copy of what State returned.
func (s *slots) SetState(c State) {
	s.owned, s.step, s.by = owned{}, c.Step, map[string]*slot{}
	for name, v := range c.Params {
		s.by[name] = &slot{step: v.Step, vectors: clone(v.Vectors)}
	}
}

func clone(vectors [][]float64) [][]float64 {
	out := make([][]float64, len(vectors))
	for i, v := range vectors {
		out[i] = slices.Clone(v)
	}
	return out
}
