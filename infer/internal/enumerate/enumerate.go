// Package enumerate runs a model with its discrete latent sites of finite
// support holding all their values at once, and sums them out of the log joint
// probability. Losses and samplers share it.
//
//	tr, err := enumerate.Run(tape, key, model, 2)
//	logp, err := enumerate.LogJoint(tr)
package enumerate

import (
	"errors"

	"github.com/gopyro/pyro"
	"github.com/gopyro/pyro/handler"
	"github.com/gopyro/pyro/infer/internal/contract"
	"github.com/gopyro/pyro/rng"
	"github.com/gopyro/pyro/tensor"
)

// Depth is the number of dims that the plates of a trace take, at least 2: more
// than most models need, so that they run once.
func Depth(tr *pyro.Trace) int {
	d := 2
	for s := range tr.Sites() {
		for _, pl := range s.Plates {
			if !pl.Sequential {
				d = max(d, -pl.Dim)
			}
		}
	}
	return d
}

// Run runs m with its discrete sites enumerated to the left of its
// plates. If these nest deeper than room dims, it runs again with more.
func Run(tape *tensor.Tape, key rng.Key, m pyro.Model, room int) (*pyro.Trace, error) {
	return RunUnder(tape, key, m, room, func() pyro.Handler { return pyro.NopHandler{} })
}

// RunUnder is Run with one more handler around, made anew for each run, which
// sees the dims of enumeration.
func RunUnder(tape *tensor.Tape, key rng.Key, m pyro.Model, room int, h func() pyro.Handler) (*pyro.Trace, error) {
	for {
		tr, err := pyro.RunOn(tape, pyro.With(handler.Enum(m, -1-room), h), key)
		var deep *handler.DepthError
		if !errors.As(err, &deep) {
			return tr, err
		}
		room = -deep.Dim + 1
	}
}

// LogJoint is the log joint probability of a trace with its enumerated sites
// summed out.
func LogJoint(tr *pyro.Trace) (*tensor.Tensor, error) {
	total := tensor.Of(0.0)
	c := New(tr)
	for s := range tr.Sites() {
		if s.Kind == pyro.SampleSite && !c.takes(s) {
			total = total.Add(sum(s.LogProb()))
		}
	}
	if len(c.sites) == 0 {
		return total, nil
	}
	if err := c.commonScale(); err != nil {
		return nil, err
	}
	logZ, err := c.Problem().LogSum()
	if err != nil {
		return nil, err
	}
	if scale := c.sites[0].Scale; scale != nil {
		logZ = logZ.Mul(scale)
	}
	return total.Add(logZ), nil
}

// Contraction is the part of a trace that depends on enumerated sites.
type Contraction struct {
	vars  []contract.Var
	sites []*pyro.Site
	first int // the rightmost dim of enumeration
}

// New finds the enumerated sites of a trace and what depends on them.
func New(tr *pyro.Trace) *Contraction {
	c := &Contraction{}
	for s := range tr.Sites() {
		if s.EnumDim != 0 && s.Kind == pyro.SampleSite {
			c.vars = append(c.vars, contract.Var{Name: s.Name, Dim: s.EnumDim, Plates: plateDims(s)})
			c.first = s.EnumFrom
		}
	}
	if len(c.vars) == 0 {
		return c
	}
	for s := range tr.Sites() {
		if s.Kind == pyro.SampleSite && c.takes(s) {
			c.sites = append(c.sites, s)
		}
	}
	return c
}

// takes reports whether the log probability of s varies with an enumerated site.
func (c *Contraction) takes(s *pyro.Site) bool {
	if len(c.vars) == 0 {
		return false
	}
	shape := s.Unscaled().Shape()
	for i := range len(shape) + c.first + 1 {
		if shape[i] > 1 {
			return true
		}
	}
	return s.EnumDim != 0
}

func plateDims(s *pyro.Site) (dims []int) {
	for _, pl := range s.Plates {
		if !pl.Sequential {
			dims = append(dims, pl.Dim)
		}
	}
	return dims
}

// Empty reports whether no site is enumerated.
func (c *Contraction) Empty() bool { return len(c.vars) == 0 }

// Problem is the sum-product problem of the sites.
func (c *Contraction) Problem() *contract.Problem {
	p := &contract.Problem{Vars: c.vars, Plates: map[int]int{}}
	for _, s := range c.sites {
		p.Factors = append(p.Factors, contract.Factor{Log: s.Unscaled(), Plates: plateDims(s)})
		for _, pl := range s.Plates {
			if !pl.Sequential {
				p.Plates[pl.Dim] = pl.Len()
			}
		}
	}
	return p
}

// commonScale checks that the sites have one scale, which then stands before
// the logarithm of the sum.
func (c *Contraction) commonScale() error {
	a := c.sites[0]
	for _, b := range c.sites[1:] {
		if a.Scale == b.Scale {
			continue
		}
		if a.Scale != nil && b.Scale != nil && a.Scale.Size() == 1 && b.Scale.Size() == 1 && a.Scale.Item() == b.Scale.Item() {
			continue
		}
		return b.Errorf("sites that share enumerated variables must have one scale, but that of this site differs from %q's\n"+
			"\tto repair it: put both under the same subsampled plate or Scale", a.Name)
	}
	if a.Scale != nil && a.Scale.Size() != 1 {
		return a.Errorf("the scale of a site with enumerated variables must be a single number, not of shape %v", a.Scale.Shape())
	}
	return nil
}

func sum(t *tensor.Tensor) *tensor.Tensor {
	if t.Rank() == 0 {
		return t
	}
	return t.Sum()
}
