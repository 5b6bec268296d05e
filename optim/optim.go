// Package optim has first-order optimisers. They change vectors in place by
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
// of their own (PerParam); a Schedule varies the learning rate.
package optim

import "fmt"

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

// slots holds k vectors of state for each parameter.
type slots struct {
	step    int
	vectors map[string][][]float64
}

// of returns the k state vectors of p, zero at first.
func (s *slots) of(p *Param, k int) [][]float64 {
	v := s.vectors[p.Name]
	if v == nil {
		if s.vectors == nil {
			s.vectors = map[string][][]float64{}
		}
		v = make([][]float64, k)
		for i := range v {
			v[i] = make([]float64, len(p.Value))
		}
		s.vectors[p.Name] = v
	}
	if len(v[0]) != len(p.Value) || len(p.Grad) != len(p.Value) {
		panic(fmt.Sprintf("optim: parameter %q has %d elements and %d gradients, but %d before",
			p.Name, len(p.Value), len(p.Grad), len(v[0])))
	}
	return v
}

// State is the memory of an optimiser, to be saved and restored.
type State struct {
	Step    int
	Vectors map[string][][]float64
}

// State returns a copy of the optimiser's memory.
func (s *slots) State() State {
	c := State{Step: s.step, Vectors: map[string][][]float64{}}
	for name, v := range s.vectors {
		for _, x := range v {
			c.Vectors[name] = append(c.Vectors[name], append([]float64(nil), x...))
		}
	}
	return c
}

// SetState replaces the optimiser's memory by a copy of what State returned.
func (s *slots) SetState(c State) {
	from := slots{step: c.Step, vectors: c.Vectors}
	c = from.State()
	s.step, s.vectors = c.Step, c.Vectors
}
