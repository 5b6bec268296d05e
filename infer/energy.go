package infer

import (
	"fmt"
	"slices"

	"github.com/gopyro/pyro"
	"github.com/gopyro/pyro/dist"
	"github.com/gopyro/pyro/handler"
	"github.com/gopyro/pyro/rng"
	"github.com/gopyro/pyro/tensor"
)

// EnergyDistance fits without likelihoods: it compares the data y with data x
// that the model draws at values of the guide, by the energy score (Gneiting and
// Raftery 2007, equation 22)
//
//	E|x - y|ᵝ - ½·E|x - x'|ᵝ - Prior·E log p(z),
//
// where |·| is the Euclidean norm over all the data of a run, masked and scaled.
// Guide and observed sites must have draws that carry gradients; densities of
// observed sites are not used.
type EnergyDistance struct {
	Particles int     // runs to compare, at least 2; default 2
	Beta      float64 // the power, in (0, 2); default 1
	Prior     float64 // weight of the prior, ≥ 0; default 0
}

// Loss is one unbiased estimate of the score.
func (l EnergyDistance) Loss(tape *tensor.Tape, key rng.Key, model, guide pyro.Model) (*tensor.Tensor, error) {
	n, beta := l.Particles, l.Beta
	if n == 0 {
		n = 2
	}
	if beta == 0 {
		beta = 1
	}
	if n < 2 || !(beta > 0 && beta < 2) || !(l.Prior >= 0) {
		return nil, fmt.Errorf("infer: EnergyDistance has %d particles, of which it needs 2, power %v, which must be in (0, 2), and weight of the prior %v, which must be ≥ 0",
			n, beta, l.Prior)
	}
	list := make([]*simulation, n)
	for k := range list {
		var err error
		if list[k], err = simulate(tape, key.Fold(k), model, guide); err != nil {
			return nil, err
		}
	}
	var loss *tensor.Tensor
	err := pyro.Guard(func() {
		near, apart, prior := tensor.Of(0.0), tensor.Of(0.0), tensor.Of(0.0)
		for k, a := range list {
			near = near.Add(a.distance(a.data).PowScalar(beta / 2))
			for _, b := range list[:k] {
				apart = apart.Add(a.distance(b.drawn).PowScalar(beta / 2))
			}
			if l.Prior > 0 {
				prior = prior.Add(a.prior())
			}
		}
		m := float64(n)
		loss = near.DivScalar(m).Sub(apart.DivScalar(m * (m - 1))).Sub(prior.MulScalar(l.Prior / m))
	})
	return loss, err
}

// simulation is a run of the model that drew its data at values of the guide.
type simulation struct {
	pyro.NopHandler
	p     *pyro.Trace
	sites []*pyro.Site // the observed ones
	data  []*tensor.Tensor
	drawn []*tensor.Tensor
}

func simulate(tape *tensor.Tape, key rng.Key, model, guide pyro.Model) (*simulation, error) {
	q, err := pyro.RunOn(tape, guide, key.Fold(0))
	if err != nil {
		return nil, inGuide(err)
	}
	if err := pathwise("EnergyDistance", q); err != nil {
		return nil, err
	}
	r := &simulation{}
	m := pyro.With(handler.Replay(model, q), func() pyro.Handler { return r })
	if r.p, err = pyro.RunOn(tape, m, key.Fold(1)); err != nil {
		return nil, inModel(err)
	}
	for _, s := range r.sites {
		r.drawn = append(r.drawn, s.Value)
	}
	return r, match(r.p, q, r.draws)
}

// draws reports whether a site is data that the run drew.
func (r *simulation) draws(s *pyro.Site) bool { return slices.Contains(r.sites, s) }

// prior is the log density of the latent sites.
func (r *simulation) prior() *tensor.Tensor {
	total := tensor.Of(0.0)
	for s := range r.p.Latents() {
		if !r.draws(s) {
			total = total.Add(sum(s.LogProb()))
		}
	}
	return total
}

func (r *simulation) Process(_ *pyro.P, s *pyro.Site) {
	if s.Kind != pyro.SampleSite || !s.Observed || s.IsFactor() {
		return
	}
	if !dist.HasRSample(s.Dist) || s.NoReparam {
		panic(s.Errorf("EnergyDistance needs data whose draws carry gradients, but those of %v do not", s.Dist))
	}
	r.sites, r.data = append(r.sites, s), append(r.data, s.Value)
	s.Value, s.Observed = nil, false
}

// tiny keeps the gradient of the root of a squared distance of 0 at 0.
const tiny = 1e-300

// distance is the squared distance of the drawn data from others.
func (r *simulation) distance(from []*tensor.Tensor) *tensor.Tensor {
	total := tensor.Of(tiny)
	for i, s := range r.sites {
		d := r.drawn[i].Sub(from[i]).Square()
		for range s.Dist.EventShape() {
			d = d.Sum(-1)
		}
		if s.Mask != nil {
			d = s.Mask.Where(d, tensor.Of(0.0))
		}
		if s.Scale != nil {
			d = d.Mul(s.Scale)
		}
		total = total.Add(sum(d))
	}
	return total
}
