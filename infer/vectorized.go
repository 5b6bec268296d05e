package infer

import (
	"fmt"
	"math"
	"math/bits"
	"slices"

	"github.com/gopyro/pyro"
	"github.com/gopyro/pyro/dist"
	"github.com/gopyro/pyro/handler"
	"github.com/gopyro/pyro/infer/internal/enumerate"
	"github.com/gopyro/pyro/rng"
	"github.com/gopyro/pyro/tensor"
)

// Vectorized averages a loss over particles that run together: model and guide run
// once, inside a plate of that many elements to the left of all others, so that one
// operation serves all particles. They must be written for values with further dims
// to the left: with sums over named dims such as Sum(-1), not over all. Whether they
// are is checked at calls 1, 2, 4, 8, … by running each particle by itself; a site
// that differs is a *pyro.SiteError. All particles share the subsamples of plates.
//
// It keeps count of its calls: give each fit its own.
type Vectorized struct {
	// Of is TraceELBO{}, TraceMeanFieldELBO{}, PathELBO{}, TraceEnumELBO{} or a
	// *TraceGraphELBO, with one particle; default TraceELBO{}.
	Of        Loss
	Particles int // default 10

	calls uint
	room  int // dims that the plates of model and guide take
}

// particlePlate is the name of the plate.
const particlePlate = "_particles"

// Loss is the mean over the particles.
func (l *Vectorized) Loss(tape *tensor.Tape, key rng.Key, model, guide pyro.Model) (*tensor.Tensor, error) {
	n := l.Particles
	if n == 0 {
		n = 10
	}
	of := l.Of
	if of == nil {
		of = TraceELBO{}
	}
	if !additive(of) || n < 1 {
		return nil, fmt.Errorf("infer: Vectorized has %d particles of %T; it takes one or more of an ELBO that adds up over plates, which has one itself", n, of)
	}
	model, guide, err := l.side(n, key, model, guide)
	if err != nil {
		return nil, err
	}
	loss, err := of.Loss(tape, key, model, guide)
	if err != nil {
		return nil, err
	}
	return loss.DivScalar(float64(n)), nil
}

// additive reports whether a loss of n particles in a plate is n times their mean.
func additive(l Loss) bool {
	switch l := l.(type) {
	case TraceELBO:
		return l.Particles <= 1
	case TraceMeanFieldELBO:
		return l.Particles <= 1
	case PathELBO:
		return l.Particles <= 1
	case TraceEnumELBO:
		return l.Particles <= 1 && !l.Sequential
	case *TraceGraphELBO:
		return l.Particles <= 1
	}
	return false
}

// side returns model and guide inside the plate, checked from time to time.
func (l *Vectorized) side(n int, key rng.Key, model, guide pyro.Model) (m, g pyro.Model, err error) {
	key = key.Trace(nil) // of runs that are looked at here, and not recorded
	if l.calls++; bits.OnesCount(l.calls) > 1 {
		return sideBySide(model, n, l.room), sideBySide(guide, n, l.room), nil
	}
	q, err := pyro.Run(guide, key.Fold(0))
	if err != nil {
		return nil, nil, inGuide(err)
	}
	p, err := pyro.Run(handler.Replay(model, q), key.Fold(1))
	if err != nil {
		return nil, nil, inModel(err)
	}
	l.room = enumerate.Depth(p, q)
	m, g = sideBySide(model, n, l.room), sideBySide(guide, n, l.room)
	if q, err = pyro.Run(g, key.Fold(0)); err != nil {
		return nil, nil, inGuide(err)
	}
	if p, err = pyro.Run(handler.Replay(m, q), key.Fold(1)); err != nil {
		return nil, nil, inModel(err)
	}
	if err := apartFrom(q, n, l.room, func(one oneParticle) (*pyro.Trace, error) { return pyro.Run(one.of(guide), key.Fold(0)) }); err != nil {
		return nil, nil, inGuide(err)
	}
	err = apartFrom(p, n, l.room, func(one oneParticle) (*pyro.Trace, error) { return pyro.Run(one.of(model), key.Fold(1)) })
	if err != nil {
		return nil, nil, inModel(err)
	}
	return m, g, nil
}

// sideBySide is m inside the plate, with its data for all particles.
func sideBySide(m pyro.Model, n, room int) pyro.Model {
	same := pyro.With(m, func() pyro.Handler { return sameData{} })
	return func(p *pyro.P) { same(p.Plate(particlePlate, n, pyro.Dim(-1-room))) }
}

// sameData gives observed values the dims of the plate.
type sameData struct{ pyro.NopHandler }

func (sameData) Process(_ *pyro.P, s *pyro.Site) {
	if s.Kind == pyro.SampleSite && s.Observed && s.Value != nil && !s.IsFactor() {
		want := slices.Concat(s.Dist.BatchShape(), s.Dist.EventShape())
		if shape, ok := tensor.Broadcast(want, s.Value.Shape()); ok && slices.Equal(shape, want) {
			s.Value = s.Value.Expand(want...)
		}
	}
}

// apartFrom compares the log probabilities of a run of all particles with those
// that each has by itself.
func apartFrom(all *pyro.Trace, n, room int, run func(oneParticle) (*pyro.Trace, error)) error {
	for k := range n {
		tr, err := run(oneParticle{all: all, k: k, room: room})
		if err != nil {
			return err
		}
		err = pyro.Guard(func() {
			for s := range tr.Sites() {
				if s.Kind == pyro.SampleSite {
					compareParticle(all.Site(s.Name), s, k, room)
				}
			}
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// compareParticle panics if particle k of a site is not what it is by itself.
func compareParticle(all, alone *pyro.Site, k, room int) {
	if all == nil {
		panic(alone.Errorf("Vectorized: the site is in the run of particle %d alone, but not in that of all", k))
	}
	together, by := sum(ofParticle(all.LogProb(), k, -1-room)).Item(), sum(alone.LogProb()).Item()
	if !(math.Abs(together-by) <= 1e-8*(1+math.Abs(by))) && together != by {
		panic(alone.Errorf("Vectorized: the log probability of particle %d is %v, but %v in a run by itself\n"+
			"\tto repair it: let the model work on values with further dims to the left, with sums over named dims such as Sum(-1);\n"+
			"\tor average by the Particles of the loss", k, together, by))
	}
}

// ofParticle takes particle k out of x at a negative dim, which it may lack.
func ofParticle(x *tensor.Tensor, k, dim int) *tensor.Tensor {
	if -dim > x.Rank() {
		return x
	}
	if x.Dim(dim) == 1 {
		k = 0
	}
	return x.Select(dim, k)
}

// oneParticle puts a run to the values of particle k of another one.
type oneParticle struct {
	pyro.NopHandler
	all     *pyro.Trace
	k, room int
}

func (h oneParticle) of(m pyro.Model) pyro.Model {
	return pyro.With(m, func() pyro.Handler { return h })
}

func (h oneParticle) Process(_ *pyro.P, s *pyro.Site) {
	from := h.all.Site(s.Name)
	if from == nil || s.Value != nil || from.Kind != s.Kind || from.Value == nil {
		return
	}
	switch s.Kind {
	case pyro.PlateSite:
		s.Value = from.Value
	case pyro.SampleSite:
		if dist.IsPoint(s.Dist) {
			return // it is computed anew, to the last place but one
		}
		event := s.Dist.EventShape()
		v := ofParticle(from.Value, h.k, -1-h.room-len(event))
		s.Value = v.Reshape(slices.Concat(s.Dist.BatchShape(), event)...)
	}
}
