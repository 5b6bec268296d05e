package pyro

import (
	"slices"

	"github.com/gopyro/pyro/constraint"
	"github.com/gopyro/pyro/dist"
	"github.com/gopyro/pyro/rng"
	"github.com/gopyro/pyro/tensor"
)

// P is the handle of one run of a model: its methods are the statements of the
// modelling language. A P does not change; Plate, Scale, Mask and Scope return
// a new one. It must not be used after its run.
type P struct {
	run     *run
	handler Handler // nil at the root
	outer   *P
	plates  []Plate
	scale   *tensor.Tensor
	mask    *tensor.Tensor
	prefix  string
}

// derive returns a copy of p to change.
func (p *P) derive() *P {
	p.alive()
	q := *p
	return &q
}

// alive panics where p is used after its run.
func (p *P) alive() {
	if p.run.done {
		panic(&SiteError{Site: p.run.last(), Reason: "a handle is used after its run ended; a model must not keep p"})
	}
}

// Sample draws a value from d and names it. Inference may give it another value.
// The result has shape batch + event, where the batch shape is that of the
// plates p is in. Wrong parameters of d panic with a *SiteError.
func (p *P) Sample(name string, d dist.Distribution, opts ...SiteOption) *tensor.Tensor {
	return p.sample(name, d, nil, opts)
}

// Observe is Sample with a value that is known: data. It returns v. If v is nil
// the site is latent, as after Sample, so that one model serves for fitting and
// for prediction. A value outside the support of d, or whose shape does not fit
// the plates, panics with a *SiteError.
func (p *P) Observe(name string, d dist.Distribution, v *tensor.Tensor, opts ...SiteOption) *tensor.Tensor {
	return p.sample(name, d, v, opts)
}

// Factor adds logw, with the shape of the plates, to the log probability of the
// model.
func (p *P) Factor(name string, logw *tensor.Tensor) {
	s := p.site(SampleSite, name)
	s.Observed, s.Scale, s.Mask = true, p.scale, p.mask
	s.Dist = s.inPlates(dist.Unit(logw))
	s.Value = tensor.Zeros(append(slices.Clone(s.Dist.BatchShape()), 0)...)
	p.Apply(s)
}

func (p *P) sample(name string, d dist.Distribution, v *tensor.Tensor, opts []SiteOption) *tensor.Tensor {
	s := p.site(SampleSite, name)
	if d == nil {
		panic(s.errorf("the distribution is nil"))
	}
	s.Value, s.Observed = v, v != nil
	s.Scale, s.Mask = p.scale, p.mask
	for _, o := range opts {
		o(s)
	}
	s.Dist = s.inPlates(d)
	return p.Apply(s)
}

// site returns a new site of this run inside the plates of p.
func (p *P) site(kind Kind, name string) *Site {
	p.alive()
	s := p.run.newSite()
	s.Kind, s.Name, s.Plates = kind, name, p.plates
	if p.prefix != "" {
		s.Name = p.prefix + name
	}
	p.run.current = s
	if p.run.tape != nil {
		p.run.tape.Place(s.Name)
	}
	if p.run.lines != nil {
		s.line = callerLine()
	}
	if name == "" {
		panic(s.errorf("a site needs a name"))
	}
	return s
}

// inPlates returns d with the batch shape that the plates ask for.
func (s *Site) inPlates(d dist.Distribution) dist.Distribution {
	if len(s.Plates) == 0 {
		return d
	}
	want, have := plateShape(s.Plates), d.BatchShape()
	for i := range s.Plates {
		pl := &s.Plates[i]
		if pl.Sequential || -pl.Dim > len(have) {
			continue
		}
		if n := have[len(have)+pl.Dim]; n != 1 && n != pl.Len() {
			panic(s.errorf("batch shape %v does not fit\n\tin plate %q: size %d at dim %d", have, pl.Name, pl.Len(), pl.Dim))
		}
	}
	batch, ok := tensor.Broadcast(have, want)
	if !ok || slices.Equal(batch, have) {
		return d
	}
	return d.Expand(batch...)
}

// Param returns the value of a trainable parameter. A model that runs without
// Params uses init; with Params, the first run stores it, and what is stored is
// returned from then on, whatever init is. The constraint is [constraint.Real]
// unless one is given; its event dims are those of one parameter, and a dim to
// the left of them that belongs to a subsampled plate holds one parameter for
// each element of the full plate.
func (p *P) Param(name string, init *tensor.Tensor, c ...constraint.Constraint) *tensor.Tensor {
	s := p.site(ParamSite, name)
	s.init = init
	return p.param(s, c)
}

// ParamFunc is Param with a start value that is made only when it is needed.
func (p *P) ParamFunc(name string, init func() *tensor.Tensor, c ...constraint.Constraint) *tensor.Tensor {
	s := p.site(ParamSite, name)
	s.Init = init
	return p.param(s, c)
}

func (p *P) param(s *Site, c []constraint.Constraint) *tensor.Tensor {
	s.Constraint = constraint.Real
	switch len(c) {
	case 0:
	case 1:
		s.Constraint = c[0]
	default:
		panic(s.errorf("a parameter has one constraint, not %d; make one of them", len(c)))
	}
	return p.subsample(p.Apply(s), s.Constraint.EventRank())
}

// Deterministic names a value that follows from others, so that traces and
// results contain it. It returns v.
func (p *P) Deterministic(name string, v *tensor.Tensor) *tensor.Tensor {
	s := p.site(DeterministicSite, name)
	s.Value = v
	return p.Apply(s)
}

// Scale returns a handle whose sites count s times: their log probabilities are
// multiplied by s ≥ 0. Scales multiply along nesting.
func (p *P) Scale(s *tensor.Tensor) *P {
	q := p.derive()
	if at := s.Find(func(v float64) bool { return !(v >= 0) }); at >= 0 {
		panic(&SiteError{Site: p.run.last(), Reason: "Scale: factor " + s.String() + " is not ≥ 0"})
	}
	if q.scale != nil {
		s = q.scale.Mul(s)
	}
	q.scale = s
	return q
}

// Mask returns a handle whose sites count only where m, which broadcasts to the
// plates, is not 0. Masks combine along nesting.
func (p *P) Mask(m *tensor.Tensor) *P {
	q := p.derive()
	if q.mask != nil {
		m = q.mask.And(m)
	}
	q.mask = m
	return q
}

// Scope returns a handle that puts name and a dot before the names of its
// sites, so that a model can be part of another one several times.
func (p *P) Scope(name string) *P {
	q := p.derive()
	q.prefix += name + "."
	return q
}

// Module is a function with parameters of its own, such as a neural network. It
// makes them with Param on the handle it is given.
type Module interface {
	Forward(p *P, x *tensor.Tensor) *tensor.Tensor
}

// Module returns the function that m computes, with its parameters named under
// name.
func (p *P) Module(name string, m Module) func(x *tensor.Tensor) *tensor.Tensor {
	q := p.Scope(name)
	return func(x *tensor.Tensor) *tensor.Tensor { return m.Forward(q, x) }
}

// Key returns the random key of this run. Statements draw from keys of their
// own; it is for code that draws without a site.
func (p *P) Key() rng.Key { return p.run.key }

// Tape returns the tape that this run is recorded on, or nil.
func (p *P) Tape() *tensor.Tape { return p.run.tape }

// Reached returns the names of the statements made so far that no handler hid.
func (p *P) Reached() []string { return p.run.trace.Names() }

// complete gives s a value if no handler did, and checks it.
func (p *P) complete(s *Site) {
	if s.Kind == ParamSite {
		if s.Value == nil {
			s.Value = p.run.lift(s.start())
		}
		return
	}
	if s.Kind != SampleSite {
		return
	}
	p.run.quiet()
	if err := dist.Validate(s.Dist); err != nil {
		panic(s.wrap(err))
	}
	if s.Value != nil && s.EnumDim == 0 {
		s.checkValue()
	}
	p.run.loud()
	if s.Value == nil {
		s.draw(p.run)
		return
	}
	s.Value = p.run.lift(s.Value)
}

// draw samples the value from the site's key, or from the run's if it has none.
func (s *Site) draw(r *run) {
	defer s.annotate()
	if s.Key == (rng.Key{}) {
		s.Key = r.key.FoldName(s.Name)
	}
	if d, ok := s.Dist.(dist.Reparam); ok && !s.NoReparam && dist.HasRSample(d) {
		s.Value = r.lift(d.RSample(s.Key))
		return
	}
	s.Value = r.lift(s.Dist.Sample(s.Key))
}

// start returns the checked start value of a parameter.
func (s *Site) start() *tensor.Tensor {
	v := s.init
	if s.Init != nil {
		v = s.Init()
	}
	if v == nil {
		panic(s.errorf("the parameter has no value yet and no start value was given"))
	}
	if at, ok := s.Constraint.Check(v); !ok {
		panic(s.errorf("start value %v is not %v (element %d)", v, s.Constraint, at))
	}
	return v
}

// checkValue refuses a value from outside that does not fit the distribution
// or the plates, or is off the support.
func (s *Site) checkValue() {
	shape, event := s.Value.Shape(), s.Dist.EventShape()
	if len(shape) < len(event) || !slices.Equal(shape[len(shape)-len(event):], event) {
		panic(s.errorf("value of shape %v does not end in the event shape %v of %v", shape, event, s.Dist))
	}
	batch := shape[:len(shape)-len(event)]
	for i := range s.Plates {
		pl := &s.Plates[i]
		if pl.Sequential {
			continue
		}
		n := 1
		if -pl.Dim <= len(batch) {
			n = batch[len(batch)+pl.Dim]
		}
		if n != pl.Len() {
			panic(s.errorf("value of shape %v does not fit\n\tin plate %q: size %d at dim %d, where the value has %d",
				shape, pl.Name, pl.Len(), pl.Dim, n))
		}
	}
	if _, ok := tensor.Broadcast(batch, s.Dist.BatchShape()); !ok {
		panic(s.errorf("value of shape %v does not broadcast with batch shape %v", shape, s.Dist.BatchShape()))
	}
	if err := dist.ValidateValue(s.Dist, s.Value); err != nil {
		panic(s.wrap(err))
	}
}
