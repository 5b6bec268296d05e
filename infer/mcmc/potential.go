package mcmc

import (
	"errors"
	"fmt"

	"github.com/gopyro/pyro/infer/internal/hmc"
	"github.com/gopyro/pyro/infer/internal/replay"
	"github.com/gopyro/pyro/rng"
	"github.com/gopyro/pyro/tensor"
)

// potential is the log density of a model on the unconstrained scale and its
// gradient, for the chains of a group.
type potential struct {
	*layout
	*replay.Function
	x       []float64        // the point
	leaves  []*tensor.Tensor // variables that use x, by site
	handler *unconstrain
	grads   [][]float64 // gradients by site, views of the caller's
	wrt     []*tensor.Tensor
	count   *Stats // of the chain whose gradients it computes
}

// Stats tells how the gradients of a run were computed.
type Stats struct {
	Replayed     int    // by the recorded computation
	Eager        int    // by running the model
	Refused      int    // points taken for ones of density zero: it is 0 or NaN, a parameter or value is off its support, or a matrix not positive definite
	Refusal      string // what the first of them was
	Why          string // why the computation is not repeated; "" if it is
	Instructions int    // operations in the recorded computation
	Bytes        int    // size of its buffers
	Lanes        int    // most chains, with this one, whose gradients were computed at once
	Apart        string // why that is one; "" if it is not, or there was one chain for each worker
}

// refuse counts a point that is taken for one of density zero.
func (s *Stats) refuse(logp float64, err error) {
	why := replay.Refusal(logp, err)
	if why == "" {
		return
	}
	if s.Refused == 0 {
		s.Refusal = why
	}
	s.Refused++
}

func newPotential(l *layout) *potential {
	p := &potential{layout: l, x: make([]float64, l.dim), count: &Stats{}}
	for _, s := range l.sites {
		p.leaves = append(p.leaves, tensor.Using(p.x[s.at:s.at+s.n:s.at+s.n], s.free...))
	}
	p.grads = make([][]float64, len(l.sites))
	p.Function = replay.New(p.evaluate)
	p.Label = func(i, _ int) string { return fmt.Sprintf("site %q", l.sites[i].name) }
	p.handler = &unconstrain{layout: l, tape: p.Tape, leaves: p.leaves}
	return p
}

// density implements hmc.LogDensity.
func (p *potential) density(x, grad []float64) (float64, error) {
	copy(p.x, x)
	replayed, eager := p.Stats.Replayed, p.Stats.Eager
	lp, err := p.Eval(p.key, p.views(grad))
	p.count.Replayed += p.Stats.Replayed - replayed
	p.count.Eager += p.Stats.Eager - eager
	p.count.refuse(lp, err)
	if err != nil {
		return 0, told(err)
	}
	return lp, nil
}

// told is what an evaluation's error says to a sampler.
func told(err error) error {
	var changed *replay.Changed
	switch {
	case errors.As(err, &changed):
		return &ChangedError{Evaluation: changed.Evaluation, What: changed.What}
	case replay.Refuses(err):
		return hmc.ErrReject
	}
	return err
}

// views cuts a gradient up by site.
func (p *potential) views(grad []float64) [][]float64 {
	for i := range p.sites {
		s := &p.sites[i]
		p.grads[i] = grad[s.at : s.at+s.n]
	}
	return p.grads
}

// evaluate runs the model at x.
func (p *potential) evaluate(tape *tensor.Tape, key rng.Key) (*tensor.Tensor, []*tensor.Tensor, error) {
	tr, err := p.handler.run(key)
	if err != nil {
		return nil, nil, err
	}
	lp, err := logJoint(tr, p.handler.jacobian)
	if err != nil {
		return nil, nil, err
	}
	if err := p.random(lp); err != nil {
		return nil, nil, err
	}
	p.wrt = p.wrt[:0]
	for i := range p.sites {
		p.wrt = append(p.wrt, tape.Var(p.leaves[i]))
	}
	return lp, p.wrt, nil
}

// siteAt names the site of an unconstrained coordinate.
func (l *layout) siteAt(i int) string {
	for _, s := range l.sites {
		if i < s.at+s.n {
			return s.name
		}
	}
	return ""
}

// item reads a number without that being noted.
func item(t *tensor.Tape, x *tensor.Tensor) float64 {
	t.Quiet()
	defer t.Loud()
	return x.Item()
}
