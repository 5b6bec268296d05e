package mcmc

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/gopyro/pyro"
	"github.com/gopyro/pyro/dist"
	"github.com/gopyro/pyro/infer/autoguide"
	"github.com/gopyro/pyro/infer/internal/hmc"
	"github.com/gopyro/pyro/infer/internal/replay"
	"github.com/gopyro/pyro/rng"
	"github.com/gopyro/pyro/tensor"
	"github.com/gopyro/pyro/transform"
)

// Init tells where chains start. The zero value is Uniform(2).
type Init struct {
	radius float64        // of Uniform, if choose is nil
	choose autoguide.Init // constrained value of a site
	values pyro.Data      // given values, checked by name
	next   *Init          // for sites without one; with move, where to move from
	move   Move
}

// from is the strategy that chooses first points.
func (init *Init) from() *Init {
	for init.move != nil {
		init = init.next
	}
	return init
}

// maxTries is how many points a chain tries, as Stan does.
const maxTries = 100

// Uniform starts at points uniform in (-radius, radius) of the unconstrained
// scale, as Stan does with radius 2.
func Uniform(radius float64) Init { return Init{radius: radius} }

// Prior starts at draws from the prior.
func Prior() Init { return Init{choose: autoguide.Sample()} }

// Median starts at the medians of n ≥ 1 draws from the prior.
func Median(n int) Init { return Init{choose: autoguide.Median(n)} }

// Values starts at the given values of sites, with the shapes of their draws,
// and as otherwise says at the sites that have none. All chains start there. A
// name that is no continuous latent site of the model is an error.
func Values(values pyro.Data, otherwise Init) Init {
	return Init{values: values, next: &otherwise}
}

// start returns the state at which a chain starts: the first of at most 100
// points where density and gradient are finite.
func (p *potential) start(ctx context.Context, init *Init, key rng.Key, chain int) (*hmc.State, error) {
	if err := p.checkInit(init); err != nil {
		return nil, err
	}
	failed := &StartError{Chain: chain}
	var flat *GradientError
	tries := maxTries
	from := init.from()
	if len(from.values) == len(p.sites) {
		tries = 1
	}
	for try := range tries {
		x, err := p.point(from, key.Fold(try))
		if err != nil {
			if !replay.Refuses(err) {
				return nil, err
			}
			failed.add(nil, err)
			continue
		}
		if x, err = p.moved(ctx, init, key.Fold(try).FoldName("move"), x); err != nil {
			return nil, chainError(err, chain)
		}
		s, err := hmc.Init(p.density, x)
		if err == nil {
			return s, nil
		}
		var bad *hmc.StartError
		if !errors.As(err, &bad) {
			return nil, chainError(err, chain)
		}
		t := p.examine(x)
		failed.Tried = append(failed.Tried, t)
		if lp := bad.Tried[0].LogP; flat == nil && !math.IsInf(lp, -1) {
			flat = p.blame(x, chain)
		}
	}
	if flat != nil {
		return nil, flat
	}
	return nil, failed
}

// checkInit refuses names that are not latent sites.
func (l *layout) checkInit(init *Init) error {
	for i := init; i != nil; i = i.next {
		var known []string
		for _, s := range l.sites {
			known = append(known, s.name)
		}
		for _, name := range slices.Sorted(maps.Keys(i.values)) {
			if _, ok := l.index[name]; ok {
				continue
			}
			if slices.Contains(l.summed, name) {
				return &pyro.SiteError{Site: name, Reason: "a start value is given, but the discrete site is summed out; leave it out"}
			}
			return &pyro.SiteError{Site: name, Reason: "a start value is given, but the model has no such latent site" + pyro.Near(name, known)}
		}
	}
	return nil
}

// point returns an unconstrained point.
func (p *potential) point(init *Init, key rng.Key) ([]float64, error) {
	x := make([]float64, p.dim)
	if init.choose == nil && init.values == nil {
		uniform(key.Rand(), x, cmp.Or(init.radius, 2))
		return x, nil
	}
	h := &unconstrain{layout: p.layout, tape: p.Tape}
	h.choose = func(s *pyro.Site, t transform.Transform, shape, free []int) *tensor.Tensor {
		return init.value(key, s, t, shape, free)
	}
	defer p.Tape.Reset()
	if _, err := h.alone(); err != nil {
		return nil, err
	}
	for i, s := range h.found {
		at, ok := p.index[s.name]
		if !ok {
			return nil, &pyro.SiteError{Site: s.name, Reason: "the latent site was not in the first run of the model\n" + fixedSites}
		}
		h.points[i].CopyTo(x[p.sites[at].at : p.sites[at].at+p.sites[at].n])
	}
	return x, nil
}

// value is the unconstrained start value of a site.
func (init *Init) value(key rng.Key, s *pyro.Site, t transform.Transform, shape, free []int) *tensor.Tensor {
	if v, ok := init.values[s.Name]; ok {
		if !slices.Equal(v.Shape(), shape) {
			panic(s.Errorf("start value has shape %v, but the site %v", v.Shape(), shape))
		}
		if at, ok := s.Support().Check(v); !ok {
			panic(s.Errorf("start value %v is not %v (element %d)", v, s.Support(), at))
		}
		return t.Inverse(v.Detach())
	}
	switch {
	case init.next != nil:
		return init.next.value(key, s, t, shape, free)
	case init.choose == nil:
		return uniformAt(key, cmp.Or(init.radius, 2))(s, t, shape, free)
	}
	v := init.drawn(key.FoldName(s.Name), s).Detach()
	for v.Rank() > len(shape) { // dims of enumeration: any of the values
		v = v.Select(0, 0)
	}
	return t.Inverse(v.Expand(shape...)).Clone()
}

// drawn is a start value that comes from the prior, which may have no draws.
func (init *Init) drawn(key rng.Key, s *pyro.Site) *tensor.Tensor {
	defer func() {
		switch v := recover().(type) {
		case nil:
		case *dist.MethodError:
			panic(s.Errorf("no start value can be drawn from the prior %v: %s\n"+
				"\tto repair it: start with mcmc.Uniform, or give a value with mcmc.Values", s.Dist, v.Reason))
		default:
			panic(v)
		}
	}()
	return init.choose.Start(key, s)
}

func uniform(r *rand.Rand, x []float64, radius float64) {
	for i := range x {
		x[i] = radius * (2*r.Float64() - 1)
	}
}

// examine returns the log density of each site at x.
func (p *potential) examine(x []float64) Try {
	copy(p.x, x)
	defer p.Tape.Reset()
	tr, err := p.handler.alone()
	if err != nil {
		return Try{Err: err, LogProb: math.NaN()}
	}
	t := Try{LogProb: math.NaN()}
	t.Err = pyro.Guard(func() {
		for s := range tr.Sites() {
			if s.Kind == pyro.SampleSite && s.LogProb().Rank() <= p.room {
				t.Sites = append(t.Sites, SiteLogProb{Site: s.Name, Observed: s.Observed, LogProb: item(p.Tape, sum(s.LogProb()))})
			}
		}
	})
	if lp, err := logJoint(tr, p.handler.jacobian); err == nil {
		t.LogProb = item(p.Tape, lp)
	}
	return t
}

// blame finds the site and the operation that make the gradient at x not finite.
func (p *potential) blame(x []float64, chain int) *GradientError {
	copy(p.x, x)
	e := &GradientError{Chain: chain}
	defer p.Tape.Reset()
	grad := make([]float64, p.dim)
	lp, wrt, err := p.evaluate(p.Tape, p.Tape.Watch(p.key))
	if err != nil {
		return nil
	}
	e.LogProb = item(p.Tape, lp)
	// Gradients that could be differentiated again leave all their operations on
	// the tape.
	err = pyro.Guard(func() {
		views := p.views(grad)
		for i, g := range tensor.Grad(lp, wrt...) {
			g.CopyTo(views[i])
		}
	})
	if err != nil {
		return nil
	}
	for i, g := range grad {
		if !finite(g) {
			e.Site, e.Value = p.siteAt(i), g
			break
		}
	}
	e.Op, _ = p.Tape.FirstNonFinite()
	return e
}
