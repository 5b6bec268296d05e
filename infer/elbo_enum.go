package infer

import (
	"errors"

	"github.com/gopyro/pyro"
	"github.com/gopyro/pyro/dist"
	"github.com/gopyro/pyro/handler"
	"github.com/gopyro/pyro/infer/internal/contract"
	"github.com/gopyro/pyro/rng"
	"github.com/gopyro/pyro/tensor"
)

// TraceEnumELBO is TraceELBO with the discrete latent sites of the model that
// the guide does not draw summed out exactly: all those of finite support that
// are not marked pyro.NoEnum, in any nesting of plates, by tensor variable
// elimination (Obermeyer et al. 2019).
type TraceEnumELBO struct {
	Particles int // runs to average; default 1
}

// Loss is the mean over the particles.
func (l TraceEnumELBO) Loss(tape *tensor.Tape, key rng.Key, model, guide pyro.Model) (*tensor.Tensor, error) {
	return particles(l.Particles, key, func(key rng.Key) (*tensor.Tensor, error) {
		q, err := pyro.RunOn(tape, guide, key.Fold(0))
		if err != nil {
			return nil, inGuide(err)
		}
		for s := range q.Latents() {
			if s.Enumerate == pyro.EnumAlways {
				return nil, s.Errorf("the site of the guide is marked for enumeration; leave it out of the guide, and it is summed out in the model")
			}
		}
		p, err := enumerated(tape, key.Fold(1), handler.Replay(model, q), depth(q))
		if err != nil {
			return nil, inModel(err)
		}
		if err := match(p, q, func(s *pyro.Site) bool { return s.EnumDim != 0 }); err != nil {
			return nil, notSummed(err, p)
		}
		var loss *tensor.Tensor
		if e := guard(func() { loss, err = enumLoss(p, q) }); e != nil {
			return nil, e
		}
		return loss, err
	})
}

// notSummed improves on the message for a site that enumeration left alone.
func notSummed(err error, p *pyro.Trace) error {
	var e *pyro.SiteError
	if !errors.As(err, &e) {
		return err
	}
	s := p.Site(e.Site)
	if s == nil || s.Observed || !s.Support().Discrete() {
		return err
	}
	if s.Enumerate == pyro.EnumNever {
		return s.Errorf("the discrete site is marked pyro.NoEnum and is not in the guide\n\tto repair it: drop the mark, or draw it in the guide")
	}
	if !dist.CanEnumerate(s.Dist) {
		return s.Errorf("%v has no finite support to sum over, and the site is not in the guide\n"+
			"\tto repair it: bound it, as dist.Categorical over the values that matter, or draw it in the guide", s.Dist)
	}
	return err
}

// depth is the number of dims that the plates of a trace take, at least 2: more
// than most models need, so that they run once.
func depth(tr *pyro.Trace) int {
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

// enumerated runs m with its discrete sites enumerated to the left of its
// plates. If these nest deeper than room dims, it runs again with more.
func enumerated(tape *tensor.Tape, key rng.Key, m pyro.Model, room int) (*pyro.Trace, error) {
	for {
		tr, err := pyro.RunOn(tape, handler.Enum(m, -1-room), key)
		var deep *handler.DepthError
		if !errors.As(err, &deep) {
			return tr, err
		}
		room = -deep.Dim + 1
	}
}

// enumLoss is Σ log q - log Σ_z p with its surrogate gradient.
func enumLoss(p, q *pyro.Trace) (*tensor.Tensor, error) {
	elbo, err := logJoint(p)
	if err != nil {
		return nil, err
	}
	scored := false
	for s := range q.Sites() {
		if s.Kind == pyro.SampleSite {
			elbo = elbo.Sub(sum(s.LogProb()))
			scored = scored || scores(s)
		}
	}
	if scored {
		reward := elbo.Detach()
		for s := range q.Latents() {
			if scores(s) {
				zero := sum(s.LogProb())
				zero = zero.Sub(zero.Detach())
				elbo = elbo.Add(zero.Mul(reward)).Add(zero)
			}
		}
	}
	return elbo.Neg(), nil
}

// logJoint is the log joint probability of a trace with its enumerated sites
// summed out.
func logJoint(tr *pyro.Trace) (*tensor.Tensor, error) {
	total := tensor.Of(0.0)
	c := newContraction(tr)
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
	logZ, err := c.problem().LogSum()
	if err != nil {
		return nil, err
	}
	if scale := c.sites[0].Scale; scale != nil {
		logZ = logZ.Mul(scale)
	}
	return total.Add(logZ), nil
}

// contraction is the part of a trace that depends on enumerated sites.
type contraction struct {
	vars  []contract.Var
	sites []*pyro.Site
	first int // the rightmost dim of enumeration
}

func newContraction(tr *pyro.Trace) *contraction {
	c := &contraction{}
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
func (c *contraction) takes(s *pyro.Site) bool {
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

func (c *contraction) problem() *contract.Problem {
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
func (c *contraction) commonScale() error {
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
