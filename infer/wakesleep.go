package infer

import (
	"fmt"
	"math"
	"slices"

	"github.com/gopyro/pyro"
	"github.com/gopyro/pyro/dist"
	"github.com/gopyro/pyro/rng"
	"github.com/gopyro/pyro/tensor"
)

// ReweightedWakeSleep fits the model by the importance weighted bound, and the
// guide by maximising its density at draws from the posterior, without any
// gradient through draws (Bornschein and Bengio 2015; Le, Kosiorek, Siddharth,
// Teh, Wood 2019). The draws are the guide's own, weighted by p/q (wake), or
// the model's, with data that it dreams (sleep), or a mixture of both objectives.
// The value is the negative importance weighted bound, plus that of the sleep
// phase times its share.
//
// In the sleep phase the guide must see the dreamed data: it names the data it
// looks at with Deterministic, by the name of the model's observed site.
//
//	guide := func(p *pyro.P) {
//		x := p.Deterministic("x", data)
//		p.Sample("z", encoder(p, x))
//	}
type ReweightedWakeSleep struct {
	Particles int     // of the wake phase; default 2
	Sleep     float64 // share of the sleep objective in the guide's, 0…1; default 0
	Dreams    int     // of the sleep phase; default Particles
}

// Loss is one estimate of all that is asked for.
func (l ReweightedWakeSleep) Loss(tape *tensor.Tape, key rng.Key, model, guide pyro.Model) (*tensor.Tensor, error) {
	if !(l.Sleep >= 0 && l.Sleep <= 1) {
		return nil, fmt.Errorf("infer: ReweightedWakeSleep.Sleep is %v; it must be in [0, 1]", l.Sleep)
	}
	n := orTwo(l.Particles)
	list, err := pairs("ReweightedWakeSleep", n, tape, key.Fold(0), model, still(guide))
	if err != nil {
		return nil, err
	}
	var loss *tensor.Tensor
	if err := pyro.Guard(func() { loss = l.wake(list) }); err != nil || l.Sleep == 0 {
		return loss, err
	}
	if l.Dreams > 0 {
		n = l.Dreams
	}
	dream, err := particles(n, key.Fold(1), func(key rng.Key) (*tensor.Tensor, error) {
		return sleep(tape, key, model, guide)
	})
	if err != nil {
		return nil, err
	}
	return loss.Add(dream.MulScalar(l.Sleep)), nil
}

// still returns a guide whose draws carry no gradients.
func still(guide pyro.Model) pyro.Model {
	return pyro.With(guide, func() pyro.Handler { return noReparam{} })
}

type noReparam struct{ pyro.NopHandler }

func (noReparam) Process(_ *pyro.P, s *pyro.Site) {
	if s.Kind == pyro.SampleSite && !dist.IsPoint(s.Dist) {
		s.NoReparam = true
	}
}

// wake has the bound's gradient in the model's parameters, and that of
// -Σ w·log q, with normalised weights w, in the guide's.
func (l ReweightedWakeSleep) wake(list []runs) *tensor.Tensor {
	logp, logq := make([]*tensor.Tensor, len(list)), make([]*tensor.Tensor, len(list))
	for k, r := range list {
		logp[k], logq[k] = r.p.LogProb(), r.q.LogProb()
	}
	p, q := tensor.Stack(0, logp...), tensor.Stack(0, logq...)
	w := p.Sub(q.Detach())
	bound := w.LogSumExp().AddScalar(-math.Log(float64(len(list))))
	if l.Sleep == 1 {
		return bound.Neg()
	}
	fit := w.Detach().Softmax(0).Mul(q).Sum().MulScalar(1 - l.Sleep)
	return bound.Neg().Sub(gradientOnly(fit))
}

// sleep is -log q at values that the model draws, with the data that it draws.
func sleep(tape *tensor.Tape, key rng.Key, model, guide pyro.Model) (*tensor.Tensor, error) {
	h := &dream{}
	tr, err := pyro.RunOn(tape, pyro.With(model, func() pyro.Handler { return &imagine{dream: h} }), key.Fold(0))
	if err != nil {
		return nil, inModel(err)
	}
	h.values = tr
	q, err := pyro.RunOn(tape, pyro.With(guide, func() pyro.Handler { return h }), key.Fold(1))
	if err != nil {
		return nil, inGuide(err)
	}
	for _, name := range h.data {
		if !slices.Contains(h.seen, name) {
			return nil, tr.Site(name).Errorf("the guide does not say that it looks at this data, so that it cannot learn from dreams\n" +
				"\tto repair it: read it in the guide with p.Deterministic, under the name of the site, or fit in the wake phase only")
		}
	}
	var loss *tensor.Tensor
	err = pyro.Guard(func() { loss = q.LogProb().Neg() })
	return loss, err
}

// imagine lets a model draw its data, and notes which sites they are.
type imagine struct {
	pyro.NopHandler
	dream *dream
}

func (h *imagine) Process(_ *pyro.P, s *pyro.Site) {
	if s.Kind == pyro.SampleSite && s.Observed && !s.IsFactor() {
		h.dream.data = append(h.dream.data, s.Name)
		s.Value, s.Observed = nil, false
	}
}

// dream puts a guide to the values that a model drew, and shows it the data that
// the model drew.
type dream struct {
	pyro.NopHandler
	values     *pyro.Trace
	data, seen []string // names of sites of data, and those that the guide looked at
}

func (h *dream) Process(_ *pyro.P, s *pyro.Site) {
	from := h.values.Site(s.Name)
	if from == nil || from.Value == nil {
		return
	}
	data := slices.Contains(h.data, s.Name)
	switch {
	case s.Kind == pyro.DeterministicSite && data:
		h.seen = append(h.seen, s.Name)
		s.Value = from.Value.Detach()
	case s.Kind == pyro.SampleSite && !s.Observed && !data, s.Kind == pyro.PlateSite && from.Kind == pyro.PlateSite:
		s.Value = from.Value.Detach()
	}
}
