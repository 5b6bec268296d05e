package infer

import (
	"fmt"

	"github.com/gopyro/pyro"
	"github.com/gopyro/pyro/handler"
	"github.com/gopyro/pyro/rng"
	"github.com/gopyro/pyro/tensor"
)

// MMD is the loss of information maximising autoencoders (Zhao, Song, Ermon
// 2019): -E log p(x | z) plus, for each latent site, the squared maximum mean
// discrepancy of the guide's draws from the prior's (Gretton, Borgwardt, Rasch,
// Schölkopf, Smola 2012, equation 3), with the kernel exp(-|z - z'|²/(2·h²)).
// Draws of all particles and plates count as draws of one distribution, so that
// it is the guide as a whole, not datum by datum, that is held near the prior. Of
// one posterior it is no approximation in general.
//
// The guide's draws must carry gradients.
type MMD struct {
	Particles int     // runs, default 2
	Weight    float64 // of the discrepancies; default 1
	Bandwidth float64 // h; default 1
}

// Loss is one unbiased estimate.
func (l MMD) Loss(tape *tensor.Tape, key rng.Key, model, guide pyro.Model) (*tensor.Tensor, error) {
	n := l.Particles
	if n == 0 {
		n = 2
	}
	if l.Weight == 0 {
		l.Weight = 1
	}
	if l.Bandwidth == 0 {
		l.Bandwidth = 1
	}
	if n < 1 || !(l.Weight > 0) || !(l.Bandwidth > 0) {
		return nil, fmt.Errorf("infer: MMD has %d particles, weight %v and bandwidth %v, which must be positive", n, l.Weight, l.Bandwidth)
	}
	list, err := pairs("MMD", n, tape, key.Fold(0), model, guide)
	if err != nil {
		return nil, err
	}
	priors := make([]*pyro.Trace, n)
	for k := range priors {
		if err := pathwise("MMD", list[k].q); err != nil {
			return nil, err
		}
		m := handler.Replay(model, plates(list[k].q))
		if priors[k], err = pyro.RunOn(tape, m, key.Fold(1).Fold(k)); err != nil {
			return nil, inModel(err)
		}
	}
	var loss *tensor.Tensor
	e := pyro.Guard(func() { loss, err = l.total(list, priors) })
	if e != nil {
		return nil, e
	}
	return loss, err
}

// plates is a run without its draws.
func plates(tr *pyro.Trace) *pyro.Trace {
	out := &pyro.Trace{}
	for s := range tr.Sites() {
		if s.Kind == pyro.PlateSite {
			out.Add(s)
		}
	}
	return out
}

func (l MMD) total(list []runs, priors []*pyro.Trace) (*tensor.Tensor, error) {
	loss := tensor.Of(0.0)
	for _, r := range list {
		for s := range r.p.Observed() {
			loss = loss.Sub(sum(s.LogProb()))
		}
	}
	loss = loss.DivScalar(float64(len(list)))
	for s := range list[0].p.Latents() {
		var q, p []*tensor.Tensor
		for k, r := range list {
			a, b := r.p.Site(s.Name), priors[k].Site(s.Name)
			if a == nil || b == nil {
				return nil, s.Errorf("MMD needs a model with the same sites in every run")
			}
			q, p = append(q, rowsOf(a)), append(p, rowsOf(b))
		}
		x, y := tensor.Cat(0, q...), tensor.Cat(0, p...)
		if x.Len() < 2 {
			return nil, s.Errorf("MMD needs two draws of a site to compare; set Particles to 2 or more")
		}
		loss = loss.Add(l.discrepancy(x, y).MulScalar(l.Weight))
	}
	return loss, nil
}

// rowsOf returns the draws of a site as rows of one matrix.
func rowsOf(s *pyro.Site) *tensor.Tensor {
	event := 1
	for _, n := range s.Dist.EventShape() {
		event *= n
	}
	return s.Value.Reshape(s.Value.Size()/max(event, 1), event)
}

// discrepancy is E k(x, x') + E k(y, y') - 2·E k(x, y), unbiased.
func (l MMD) discrepancy(x, y *tensor.Tensor) *tensor.Tensor {
	k := func(a, b *tensor.Tensor) *tensor.Tensor {
		d := a.Unsqueeze(1).Sub(b.Unsqueeze(0)).Square().Sum(-1)
		return d.MulScalar(-0.5 / (l.Bandwidth * l.Bandwidth)).Exp()
	}
	n := float64(x.Len())
	among := func(a *tensor.Tensor) *tensor.Tensor { // the diagonal, of ones, is left out
		return k(a, a).Sum().AddScalar(-n).DivScalar(n * (n - 1))
	}
	return among(x).Add(among(y)).Sub(k(x, y).Mean().MulScalar(2))
}
