package infer

import (
	"errors"

	"github.com/gopyro/pyro"
	"github.com/gopyro/pyro/dist"
	"github.com/gopyro/pyro/handler"
	"github.com/gopyro/pyro/infer/internal/enumerate"
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
		p, err := enumerate.Run(tape, enumerate.Depth(q), func(e *enumerate.Enum) (*pyro.Trace, error) {
			return pyro.RunOn(tape, e.Model(handler.Replay(model, q)), key.Fold(1))
		})
		if err != nil {
			return nil, inModel(err)
		}
		if err := match(p, q, func(s *pyro.Site) bool { return s.EnumDim != 0 }); err != nil {
			return nil, notSummed(err, p)
		}
		var loss *tensor.Tensor
		if e := pyro.Guard(func() { loss, err = enumLoss(p, q) }); e != nil {
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

// enumLoss is Σ log q - log Σ_z p with its surrogate gradient.
func enumLoss(p, q *pyro.Trace) (*tensor.Tensor, error) {
	parts := enumerate.Parts(p)
	if len(parts) == 0 {
		return negativeELBO(p, q), nil
	}
	elbo, err := enumerate.LogJoint(p, parts)
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
				score := gradientOnly(sum(s.Unscaled()))
				elbo = elbo.Add(score.Mul(reward)).Add(gradientOnly(sum(s.LogProb())))
			}
		}
	}
	return elbo.Neg(), nil
}
