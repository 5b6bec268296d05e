package infer

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/gopyro/pyro"
	"github.com/gopyro/pyro/dist"
	"github.com/gopyro/pyro/handler"
	"github.com/gopyro/pyro/infer/internal/enumerate"
	"github.com/gopyro/pyro/rng"
	"github.com/gopyro/pyro/tensor"
)

// TensorMonteCarlo is the negative importance weighted bound over all joint values
// of several draws of each latent site (Aitchison 2019): with K draws of n sites it
// averages Kⁿ weights, at the cost of an exact sum over variables of K values each.
// Sites in plates have K draws for each element. Discrete sites of finite support
// that the guide lacks are summed out exactly, other sites that it lacks are drawn
// from the model.
//
// A site of the guide that is made of others has its k-th draw from their k-th
// draws; the density of the K draws is then the mixture of the K distributions.
// Sites in a subsampled plate must not hang together with sites outside of it.
// Draws that carry no gradient use the score function, without a baseline.
type TensorMonteCarlo struct {
	Draws int // of each site; default 5
}

// Loss is one estimate of the bound.
func (l TensorMonteCarlo) Loss(tape *tensor.Tape, key rng.Key, model, guide pyro.Model) (*tensor.Tensor, error) {
	n := l.Draws
	if n == 0 {
		n = 5
	}
	if n < 0 {
		return nil, fmt.Errorf("infer: TensorMonteCarlo has %d draws of each site; the number must be positive", n)
	}
	for room := 2; ; {
		t := &tmc{n: n, first: -1 - room, drawn: map[string]bool{}}
		t.next = t.first
		p, err := t.run(tape, key, model, guide)
		var deep *handler.DepthError
		if errors.As(err, &deep) {
			room = -deep.Dim + 1
			continue
		}
		if err != nil {
			return nil, err
		}
		var loss *tensor.Tensor
		if e := pyro.Guard(func() { loss, err = t.loss(p) }); e != nil {
			return nil, e
		}
		return loss, err
	}
}

// tmc is a run of guide and model with several draws of each site.
type tmc struct {
	n         int
	first     int // dim of draws
	next      int // that the next site gets
	drawn     map[string]bool
	proposals []*pyro.Site   // factors 1/(n·q) of what was drawn, and 1/q of the guide's other sites
	score     *tensor.Tensor // log density of the draws without gradients; nil for none
}

// run returns the trace of the model, with a factor for each site that was drawn.
func (t *tmc) run(tape *tensor.Tape, key rng.Key, model, guide pyro.Model) (*pyro.Trace, error) {
	draws := pyro.With(guide, func() pyro.Handler { return &proposals{tmc: t} })
	q, err := pyro.RunOn(tape, handler.EnumBy(draws, t.first, func(*pyro.Site, *tensor.Tensor) {}), key.Fold(0))
	if err != nil {
		return nil, inGuide(err)
	}
	err = pyro.Guard(func() {
		for s := range q.Sites() {
			if s.Kind == pyro.SampleSite && !t.drawn[s.Name] {
				t.proposals = append(t.proposals, factor(s, s.Unscaled().Neg(), 0))
			}
		}
	})
	if err != nil {
		return nil, inGuide(err)
	}
	given := t.proposals
	rest := pyro.With(handler.Replay(model, q), func() pyro.Handler { return &proposals{tmc: t, model: true} })
	p, err := pyro.RunOn(tape, handler.EnumBy(func(p *pyro.P) {
		for _, f := range given {
			p.Apply(f)
		}
		rest(p)
	}, t.first, func(s *pyro.Site, support *tensor.Tensor) { handler.Along(s, support, t.dim()) }), key.Fold(1))
	if err != nil {
		return nil, inModel(err)
	}
	return p, match(p, q, anything)
}

// dim returns a dim that no site has yet.
func (t *tmc) dim() int {
	t.next--
	return t.next + 1
}

// loss is minus the logarithm of the sum over all joint values.
func (t *tmc) loss(p *pyro.Trace) (*tensor.Tensor, error) {
	bound, err := enumerate.LogJoint(p, enumerate.Parts(p))
	if err != nil {
		return nil, err
	}
	if t.score != nil && t.score.Tracked() {
		bound = bound.Add(gradientOnly(t.score).Mul(bound.Detach()))
	}
	return bound.Neg(), nil
}

// proposals draws the sites of a guide, or those of a model that have no value and
// cannot be summed out.
type proposals struct {
	pyro.NopHandler
	*tmc
	model bool
}

func (h *proposals) Process(outer *pyro.P, s *pyro.Site) {
	switch {
	case s.Kind != pyro.SampleSite || s.Observed || s.Value != nil || dist.IsPoint(s.Dist):
	case h.model && s.Enumerate != pyro.EnumNever && dist.CanEnumerate(s.Dist):
	default:
		f := h.propose(outer, s)
		h.drawn[s.Name] = true
		if h.model {
			outer.Apply(f)
		} else {
			h.proposals = append(h.proposals, f)
		}
	}
}

// factor is a factor beside a site, with a variable along a dim; 0 is none.
func factor(s *pyro.Site, logw *tensor.Tensor, dim int) *pyro.Site {
	return &pyro.Site{
		Kind: pyro.SampleSite, Name: s.Name + " proposal", Observed: true, EnumDim: dim,
		Dist: dist.Unit(logw), Value: tensor.Zeros(append(slices.Clone(logw.Shape()), 0)...),
		Plates: s.Plates, Scale: s.Scale, Step: s.Step,
	}
}

// propose draws the values of a site along a dim of their own, and returns the
// factor of their density.
func (t *tmc) propose(outer *pyro.P, s *pyro.Site) *pyro.Site {
	dim := t.dim()
	made := t.dims(s.Dist.BatchShape())
	s.Value = t.draw(s, made, outer.Key().FoldName(s.Name), dim)
	logq := s.Dist.LogProb(s.Value)
	if s.Mask != nil {
		logq = s.Mask.Where(logq, tensor.Of(0.0))
	}
	if !s.Value.Tracked() {
		own := sum(t.diagonal(logq, append(slices.Clone(made), dim)))
		if t.score == nil {
			t.score = own
		} else {
			t.score = t.score.Add(own)
		}
	}
	if len(made) > 0 { // a mixture over the draws that it is made of
		mixed := t.diagonal(logq, made).LogSumExp(0).AddScalar(-math.Log(float64(t.n)))
		logq = mixed.Reshape(without(logq.Shape(), made)...)
	}
	return factor(s, logq.Neg().AddScalar(-math.Log(float64(t.n))), dim)
}

// dims are those of draws along which a shape varies.
func (t *tmc) dims(shape []int) (dims []int) {
	for i, n := range shape {
		if d := i - len(shape); d <= t.first && n > 1 {
			dims = append(dims, d)
		}
	}
	return dims
}

// draw draws n values along a dim, the k-th from the k-th along the dims of what
// the distribution is made of.
func (t *tmc) draw(s *pyro.Site, made []int, key rng.Key, dim int) *tensor.Tensor {
	d, event := s.Dist, len(s.Dist.EventShape())
	var sample []int
	if len(made) == 0 {
		sample = []int{t.n}
	}
	var x *tensor.Tensor
	if r, ok := dist.As[dist.Reparam](d); ok && !s.NoReparam {
		x = r.RSample(key, sample...)
	} else {
		x = d.Sample(key, sample...)
	}
	batch := d.BatchShape()
	if len(made) > 0 {
		inEvent := make([]int, len(made))
		for i, m := range made {
			inEvent[i] = m - event
		}
		x = t.diagonal(x, inEvent)
		batch = without(batch, made)
	}
	shape := append([]int{t.n}, slices.Repeat([]int{1}, -dim-1-len(batch))...)
	return x.Reshape(slices.Concat(shape, batch, d.EventShape())...)
}

// diagonal returns the elements of x whose positions along the dims are equal,
// along the first dim, with the other dims of x behind it.
func (t *tmc) diagonal(x *tensor.Tensor, dims []int) *tensor.Tensor {
	var front, rest []int
	for i := range x.Rank() {
		if slices.Contains(dims, i-x.Rank()) {
			front = append(front, i)
		} else {
			rest = append(rest, i)
		}
	}
	at := slices.Repeat([]*tensor.Tensor{tensor.Arange(t.n)}, len(front))
	return x.Permute(append(front, rest...)...).Index(at...)
}

// without is a shape with 1 in the place of some dims.
func without(shape, dims []int) []int {
	out := slices.Clone(shape)
	for _, d := range dims {
		if -d <= len(out) {
			out[len(out)+d] = 1
		}
	}
	return out
}
