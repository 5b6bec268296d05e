package infer

import (
	"github.com/gopyro/pyro"
	"github.com/gopyro/pyro/dist"
	"github.com/gopyro/pyro/rng"
	"github.com/gopyro/pyro/tensor"
)

// TraceMeanFieldELBO is the negative evidence lower bound,
// Σ KL(q(zᵢ | …) ‖ p(zᵢ | …)) - E_q[log p(x | z)], with the divergence of each
// site in closed form where dist.KL knows it, and estimated from the draw
// elsewhere. It has less variance than TraceELBO.
//
// The closed form takes the expectation over zᵢ with all else fixed. It is right
// if what the site's prior in the model is made of does not itself depend on zᵢ
// in the guide; where it does, the loss is an error that names the site. Draws
// of the guide must carry gradients.
type TraceMeanFieldELBO struct {
	Particles int // runs to average; default 1
}

// Loss is the mean over the particles.
func (l TraceMeanFieldELBO) Loss(tape *tensor.Tape, key rng.Key, model, guide pyro.Model) (*tensor.Tensor, error) {
	key = watched(tape, key)
	return particles(l.Particles, key, func(key rng.Key) (*tensor.Tensor, error) {
		p, q, err := runPair(tape, key, model, guide, never)
		if err != nil {
			return nil, err
		}
		if err := noEnum("TraceMeanFieldELBO", p, q); err != nil {
			return nil, err
		}
		var loss *tensor.Tensor
		e := pyro.Guard(func() {
			if err = pathwise("TraceMeanFieldELBO", q); err == nil {
				loss, err = meanField(tape, p, q)
			}
		})
		if e != nil {
			return nil, e
		}
		return loss, err
	})
}

// meanField is Σ KL - Σ log p(x | z), site by site.
func meanField(tape *tensor.Tape, p, q *pyro.Trace) (*tensor.Tensor, error) {
	loss := tensor.Of(0.0)
	for s := range p.Observed() {
		loss = loss.Sub(sum(s.LogProb()))
	}
	for s := range q.Sites() {
		if s.Kind != pyro.SampleSite {
			continue
		}
		m := p.Site(s.Name)
		if m == nil { // an auxiliary site or a factor
			loss = loss.Add(sum(s.LogProb()))
			continue
		}
		kl, ok := siteKL(m, s)
		if !ok {
			loss = loss.Add(sum(s.LogProb())).Sub(sum(m.LogProb()))
			continue
		}
		if err := fixedAround(tape, kl, s, p, q); err != nil {
			return nil, err
		}
		loss = loss.Add(sum(kl))
	}
	return loss, nil
}

// siteKL is the divergence of a site of the guide from that of the model, masked
// and scaled as both are; ok is false where it has to be estimated.
func siteKL(m, s *pyro.Site) (kl *tensor.Tensor, ok bool) {
	if m.Mask != s.Mask || !sameFactor(m.Scale, s.Scale) {
		return nil, false
	}
	if kl, ok = dist.KL(s.Dist, m.Dist); !ok {
		return nil, false
	}
	if m.Mask != nil {
		kl = m.Mask.Where(kl, tensor.Of(0.0))
	}
	if m.Scale != nil {
		kl = kl.Mul(m.Scale)
	}
	return kl, true
}

// sameFactor reports whether two scales are one, or the same plain number.
func sameFactor(a, b *tensor.Tensor) bool {
	if a == b || a == nil || b == nil {
		return a == b
	}
	return a.Tape() == nil && b.Tape() == nil && a.Size() == 1 && b.Size() == 1 && a.Item() == b.Item()
}

// fixedAround checks that the divergence of site s, which has an expectation
// over its value inside, is not a function of that value as well.
func fixedAround(tape *tensor.Tape, kl *tensor.Tensor, s *pyro.Site, p, q *pyro.Trace) error {
	if dist.IsPoint(s.Dist) {
		return nil // the expectation is the value there
	}
	if s.Value.Tape() == tape && tape.Dependents(s.Value)(kl) {
		return s.Errorf("its divergence cannot be taken in closed form: the site's prior in the model is made of values\n" +
			"\tthat the guide makes of the site itself\n" +
			"\tto repair it: draw the sites in the guide in the order of the model, or use TraceELBO")
	}
	if _, _, dynamic := tape.Dynamic(); dynamic && !sameOrder(p, q) {
		return s.Errorf("model and guide look at values and draw their sites in different orders, so that it cannot be told\n" +
			"\twhether the site's divergence can be taken in closed form\n" +
			"\tto repair it: draw the sites in the guide in the order of the model, or use TraceELBO")
	}
	return nil
}

// sameOrder reports whether the sites that both runs have come in one order.
func sameOrder(p, q *pyro.Trace) bool {
	var names []string
	for s := range q.Latents() {
		if p.Site(s.Name) != nil {
			names = append(names, s.Name)
		}
	}
	for s := range p.Latents() {
		if len(names) > 0 && s.Name == names[0] {
			names = names[1:]
		}
	}
	return len(names) == 0
}

// watched returns the key with which a tape notes the reading of values.
func watched(tape *tensor.Tape, key rng.Key) rng.Key {
	if key.Owner() != nil {
		return key
	}
	return tape.Watch(key)
}
