package pyro

import (
	"fmt"
	"math"
	"slices"

	"github.com/gopyro/pyro/constraint"
	"github.com/gopyro/pyro/dist"
	"github.com/gopyro/pyro/rng"
	"github.com/gopyro/pyro/tensor"
)

// P is the handle of one run of a model: its methods are the statements of the
// modelling language. A P does not change; Plate, Scale, Mask and Scope return
// a new one. It serves one goroutine, and must not be used after its run.
type P struct {
	run     *run
	handler Handler // nil at the root
	outer   *P      // that handler's; nil at the root
	*nesting
}

// nesting is what a handle is in. Those under further handlers share it.
type nesting struct {
	plates []Plate
	step   *Step
	scale  *tensor.Tensor
	mask   *tensor.Tensor
	scope  string // put before names on the way to the root
}

// outermost is the nesting of roots. It does not change, as none does once it is used.
var outermost nesting

// entered is a handle with a nesting of its own.
type entered struct {
	p       P
	nesting nesting
}

// under returns a handle the sites of which h sees before p does.
func (p *P) under(h Handler) *P {
	p.alive()
	q := p.run.newHandle()
	q.run, q.handler, q.outer, q.nesting = p.run, h, p, p.nesting
	return q
}

// enter returns a copy of p, the nesting of which is for the caller to change.
func (p *P) enter() *P {
	p.alive()
	e := p.run.newEntered()
	e.p.run, e.p.handler, e.p.outer, e.p.nesting = p.run, p.handler, p.outer, &e.nesting
	if p.nesting != &outermost { // which is zero, as e is
		e.nesting = *p.nesting
	}
	return &e.p
}

// alive panics where p is used after its run.
func (p *P) alive() {
	if p.run.done {
		panic(p.errorf("a handle is used after its run ended; a model must not keep p"))
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
// model. NaN panics with a *SiteError.
func (p *P) Factor(name string, logw *tensor.Tensor) {
	s := p.site(SampleSite, name)
	if logw == nil {
		panic(s.errorf("the log factor is nil"))
	}
	s.Observed = true
	s.weigh(p)
	s.Dist = dist.Unit(logw)
	s.fitPlates()
	s.Value = tensor.Zeros(append(slices.Clone(s.Dist.BatchShape()), 0)...)
	p.Apply(s)
}

func (p *P) sample(name string, d dist.Distribution, v *tensor.Tensor, opts []SiteOption) *tensor.Tensor {
	s := p.site(SampleSite, name)
	if d == nil {
		panic(s.errorf("the distribution is nil"))
	}
	if v != nil {
		s.Value, s.Observed = v, true
	}
	s.weigh(p)
	for _, o := range opts {
		o(s)
	}
	s.Dist = d
	s.fitPlates()
	return p.Apply(s)
}

// site returns a new site of this run inside the plates of p.
func (p *P) site(kind Kind, name string) *Site {
	p.alive()
	r := p.run
	s := r.newSite()
	s.Kind, s.Name, s.at = kind, name, p
	// Nil is not stored where it is anyway, here and below: while the collector marks, a store
	// of a pointer takes a hundred instructions.
	if p.plates != nil {
		s.Plates = p.plates
	}
	if p.step != nil {
		s.Step = p.step
	}
	if r.tape != nil && r.tape.Watching() {
		r.tape.Place(s.fullName())
	}
	if r.lines != nil {
		r.lines[s] = modelLine()
	}
	if name == "" {
		panic(s.errorf("a %v statement without a name", kind))
	}
	return s
}

// weigh gives s the scale and the mask of p.
func (s *Site) weigh(p *P) {
	if p.scale != nil {
		s.Scale = p.scale
	}
	if p.mask != nil {
		s.Mask = p.mask
	}
}

// Param returns the value of a trainable parameter. A model that runs without
// Params uses init; with Params, the first run stores it, and what is stored is
// returned from then on, whatever init is. The constraint is [constraint.Real]
// unless one is given; its event dims are those of one parameter, and a dim to
// the left of them that belongs to a subsampled plate holds one parameter for
// each element of the full plate. A start value outside the constraint panics
// with a *SiteError.
func (p *P) Param(name string, init *tensor.Tensor, c ...constraint.Constraint) *tensor.Tensor {
	s := p.site(ParamSite, name)
	s.Init = func() *tensor.Tensor { return init }
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
	switch {
	case len(c) > 1:
		panic(s.errorf("a parameter has one constraint, not %d; make one of them", len(c)))
	case len(c) == 1 && c[0] == nil:
		panic(s.errorf("the constraint is nil"))
	case len(c) == 1 && c[0].Discrete():
		panic(s.errorf("a parameter cannot be trained on %v, which is discrete", c[0]))
	case len(c) == 1:
		s.Constraint = c[0]
	}
	return p.subsample(p.Apply(s), s.Constraint.EventRank())
}

// Deterministic names a value that follows from others, so that traces and
// results contain it. It returns v.
func (p *P) Deterministic(name string, v *tensor.Tensor) *tensor.Tensor {
	s := p.site(DeterministicSite, name)
	if v == nil {
		panic(s.errorf("the value is nil"))
	}
	s.Value = v
	return p.Apply(s)
}

// Scale returns a handle whose sites count s times: their log probabilities are
// multiplied by s ≥ 0, which broadcasts to the plates. Scales multiply along
// nesting.
func (p *P) Scale(s *tensor.Tensor) *P {
	q := p.enter()
	p.checkFactors("Scale", s, "finite and ≥ 0", func(v float64) bool { return !(v >= 0 && v <= math.MaxFloat64) })
	if q.scale != nil {
		s = q.scale.Mul(s)
	}
	q.scale = s
	return q
}

// Mask returns a handle whose sites count only where m, which broadcasts to the
// plates, is not 0. Masks combine along nesting.
func (p *P) Mask(m *tensor.Tensor) *P {
	q := p.enter()
	p.checkFactors("Mask", m, "a number", func(v float64) bool { return v != v })
	if q.mask != nil {
		m = q.mask.And(m)
	}
	q.mask = m
	return q
}

// checkFactors refuses a scale or mask with a bad element.
func (p *P) checkFactors(verb string, f *tensor.Tensor, want string, bad func(float64) bool) {
	if f == nil {
		panic(p.errorf("%s: the tensor is nil", verb))
	}
	p.run.quiet()
	at := f.Find(bad)
	p.run.loud()
	if p.run.tape != nil {
		p.run.tape.Require(tensor.Condition{Implied: true, Bind: func(xs []*tensor.Tensor) func() bool {
			return func() bool { return xs[0].Find(bad) < 0 }
		}}, f)
	}
	if at >= 0 {
		panic(p.errorf("%s: %v%s; it must be %s", verb, f.Clone().Reshape(-1).At(at), place(f, at), want))
	}
}

// place tells where element at of x is, if x has several.
func place(x *tensor.Tensor, at int) string {
	if x.Rank() == 0 {
		return ""
	}
	return sprintf(" at index %v", x.Position(at))
}

// Module is a function with parameters of its own, such as a neural network. It
// makes them with Param on the handle it is given.
type Module interface {
	Forward(p *P, x *tensor.Tensor) *tensor.Tensor
}

// Module returns the function that m computes, with its parameters in the scope
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

func sprintf(format string, args ...any) string { return fmt.Sprintf(format, args...) }
