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

// TraceEnumELBO is TraceELBO with discrete sites of finite support summed out
// exactly, in any nesting of plates, by tensor variable elimination (Obermeyer et
// al. 2019): those of the model that the guide does not draw, but for those
// marked pyro.NoEnum; and those of the guide that are marked pyro.Enumerate, over
// which the loss is an expectation. Sites that depend on a few others each, as in
// chains and trees, take time that is linear in their number.
type TraceEnumELBO struct {
	Particles int // runs to average; default 1
	// Sequential gives the marked sites of the guide that are in no vectorised
	// plate their values one after the other, in runs of their own, in place of
	// all at once: model and guide may then branch on them. The number of runs is
	// that of the joint values.
	Sequential bool
}

// Loss is the mean over the particles.
func (l TraceEnumELBO) Loss(tape *tensor.Tape, key rng.Key, model, guide pyro.Model) (*tensor.Tensor, error) {
	return particles(l.Particles, key, func(key rng.Key) (*tensor.Tensor, error) {
		if !l.Sequential {
			return enumerated(tape, key, model, guide, nil)
		}
		var total *tensor.Tensor
		for path := new(enumerate.Path); path.Next(); {
			loss, err := enumerated(tape, key, model, path.Guide(guide), path)
			if err != nil {
				return nil, err
			}
			if total == nil {
				total = loss
			} else {
				total = total.Add(loss)
			}
		}
		return total, nil
	})
}

// enumerated is the loss of one run, or the share of one path in it.
func enumerated(tape *tensor.Tape, key rng.Key, model, guide pyro.Model, path *enumerate.Path) (*tensor.Tensor, error) {
	traces, err := enumerate.RunAll(tape, 2, func(e *enumerate.Enum) ([]*pyro.Trace, error) {
		path.Start()
		q, err := pyro.RunOn(tape, e.Guide(guide), key.Fold(0))
		if err != nil {
			return nil, inGuide(err)
		}
		p, err := pyro.RunOn(tape, e.Model(handler.Replay(model, q)), key.Fold(1))
		if err != nil {
			return nil, inModel(err)
		}
		return []*pyro.Trace{p, q}, nil
	})
	if err != nil {
		return nil, err
	}
	p, q := traces[0], traces[1]
	if err := match(p, q, func(s *pyro.Site) bool { return s.EnumDim != 0 }); err != nil {
		return nil, notSummed(err, p)
	}
	var loss *tensor.Tensor
	if e := pyro.Guard(func() { loss, err = enumLoss(p, q, path) }); e != nil {
		return nil, e
	}
	return loss, err
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
func enumLoss(p, q *pyro.Trace, path *enumerate.Path) (*tensor.Tensor, error) {
	if path != nil || enumerates(q) {
		elbo, err := enumerate.ELBO(p, q, func(s *pyro.Site) bool { return s.EnumDim == 0 && !path.Has(s) && scores(s) })
		if err != nil {
			return nil, err
		}
		return path.Weigh(elbo).Neg(), nil
	}
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

// enumerates reports whether a site of the guide lists its values.
func enumerates(q *pyro.Trace) bool {
	for s := range q.Latents() {
		if s.EnumDim != 0 {
			return true
		}
	}
	return false
}
