package pyro

import (
	"strings"

	"github.com/gopyro/pyro/tensor"
)

// Model is a probabilistic program: a function that makes named random choices
// through p. Arguments and results pass through closures:
//
//	model := func(p *pyro.P) { coin(p, data) }
//
// Inference may run a model many times and from several goroutines at once, so
// a model must not write variables that it captures; Deterministic gets values
// out.
type Model func(p *P)

// Handler changes or watches the sites of a model. Handlers nest: each sees the
// sites of the model it is applied to, unless one further in stopped them.
type Handler interface {
	// Process sees s before it has a value, innermost handler first. It may
	// give it one, change it, or set s.Stop. The name of s lacks the scopes
	// that the handler itself is in. Sites made through outer (with Apply or a
	// statement) are seen only by the handlers further out.
	Process(outer *P, s *Site)
	// PostProcess sees s with its value and its full name, outermost handler
	// first.
	PostProcess(s *Site)
}

// NopHandler does nothing. Embed it in a handler that needs one method only.
type NopHandler struct{}

func (NopHandler) Process(*P, *Site) {}
func (NopHandler) PostProcess(*Site) {}

// Finisher is a Handler that is told when the model it is applied to returns
// normally. It may panic with a *SiteError about what it did not see.
type Finisher interface{ Finish(outer *P) }

// With returns m under a handler made anew by h for each run, so that a handler
// may count what it sees. The last applied is the outermost.
func With(m Model, h func() Handler) Model {
	return func(p *P) {
		if m == nil {
			panic(p.errorf("the model under a handler is nil"))
		}
		handler := h()
		m(p.under(handler))
		if f, ok := handler.(Finisher); ok {
			f.Finish(p)
		}
	}
}

// Apply passes a site through the handlers of p, gives it a value if none of
// them did, and returns that value. Statements call it; handlers call it on
// their outer handle to make further sites. The plates, scale and mask of s are
// used as they are.
func (p *P) Apply(s *Site) *tensor.Tensor {
	p.alive()
	if s.at != p {
		s.at = p
	}
	p.walk(s)
	return s.Value
}

func (p *P) walk(s *Site) {
	if p.outer == nil {
		p.run.complete(s)
		p.run.record(s)
		return
	}
	p.handler.Process(p.outer, s)
	if s.Stop {
		p.run.complete(s)
	} else {
		p.outer.walk(s)
	}
	if !p.run.rehearsal {
		p.handler.PostProcess(s)
	}
}

// Scope returns a handle that puts name and a dot before the names of its
// sites, so that a model can be part of another one several times. Handlers
// applied inside the scope see the names without it.
func (p *P) Scope(name string) *P {
	q := p.enter()
	if name == "" {
		panic(p.errorf("Scope: the name is empty"))
	}
	q.scope = p.scope + name + "."
	q.handler, q.outer = (*inScope)(q), p
	return q
}

// inScope is the handler of a handle that Scope returned: it puts what was added
// to the scope before names.
type inScope P

func (h *inScope) Process(outer *P, s *Site) {
	s.Name, s.at = h.scope[len(h.outer.scope):]+s.Name, outer
}

func (*inScope) PostProcess(*Site) {}

// fullName is the name of s with the scopes that it has not passed yet.
func (s *Site) fullName() string {
	if s.at == nil || s.at.scope == "" {
		return s.Name
	}
	return s.at.scope + s.Name
}

// Reached returns the names of the statements that were made so far in the
// scope of p, without it, and that no handler hid.
func (p *P) Reached() []string {
	names := p.run.trace.Names()
	if p.scope == "" {
		return names
	}
	var inside []string
	for _, n := range names {
		if local, ok := strings.CutPrefix(n, p.scope); ok {
			inside = append(inside, local)
		}
	}
	return inside
}
