package pyro

import (
	"errors"

	"github.com/gopyro/pyro/rng"
	"github.com/gopyro/pyro/tensor"
)

// run is what all handles of one execution of a model share.
type run struct {
	key     rng.Key
	tape    *tensor.Tape
	trace   Trace
	plates  []Plate // opened so far
	current *Site   // the statement being made, or the last one
	done    bool
	root    P
	lines   map[*Site]string // of statements; nil if they are not noted

	rehearsal bool // of another run, whose handlers it uses

	// What a small model needs is part of the run.
	first   [3]Site
	order   [5]*Site
	derived P
	entered entered
	few     [1]Plate
	handles bool   // derived is used
	enters  bool   // entered is
	slab    []Site // first, or a later one, as far as it is not used
}

// Run runs m once with the draws of key and returns its trace. A *SiteError
// tells which statement went wrong; panics that are not about the modelling
// language pass through.
func Run(m Model, key rng.Key) (*Trace, error) { return RunOn(nil, m, key) }

// RunOn is Run with all values on a tape, so that gradients can be taken and
// memory used again. The trace lives until the tape's Reset.
func RunOn(tape *tensor.Tape, m Model, key rng.Key) (*Trace, error) {
	tr, err := execute(tape, m, key, false)
	if err == nil {
		return tr, nil
	}
	var twice *SiteError
	if errors.As(err, &twice) && twice.first != nil {
		// Once more, now noting the source line of each statement.
		if _, again := execute(tape, m, key, true); again != nil {
			return nil, again
		}
	}
	return nil, err
}

func execute(tape *tensor.Tape, m Model, key rng.Key, noting bool) (tr *Trace, err error) {
	if m == nil {
		return nil, &SiteError{Reason: "Run: the model is nil"}
	}
	r := &run{key: key, tape: tape}
	if noting {
		r.lines = map[*Site]string{}
	}
	defer func() {
		r.done = true
		v := recover()
		if v == nil {
			return
		}
		e := r.caught(v)
		if e == nil {
			panic(v)
		}
		tr, err = nil, e
	}()
	r.slab = r.first[:]
	r.trace.sites, r.plates = r.order[:0], r.few[:0]
	r.root.run, r.root.nesting = r, &outermost
	m(&r.root)
	return &r.trace, nil
}

// last is the name of the last statement reached.
func (r *run) last() string {
	if r.current == nil {
		return ""
	}
	return r.current.fullName()
}

// newSite returns a zero Site; the more sites a run has, the more are made at a time.
func (r *run) newSite() *Site {
	if len(r.slab) == 0 {
		r.slab = make([]Site, min(2+r.trace.Len()/4, 8))
	}
	s := &r.slab[0]
	r.slab = r.slab[1:]
	return s
}

// newHandle returns a zero P.
func (r *run) newHandle() *P {
	if r.handles {
		return new(P)
	}
	r.handles = true
	return &r.derived
}

// newEntered returns a zero entered.
func (r *run) newEntered() *entered {
	if r.enters {
		return new(entered)
	}
	r.enters = true
	return &r.entered
}

// quiet and loud bracket checks, which read values but do not steer the run.
func (r *run) quiet() {
	if r.tape != nil {
		r.tape.Quiet()
	}
}

func (r *run) loud() {
	if r.tape != nil {
		r.tape.Loud()
	}
}

// lift puts a value on the run's tape, if there is one.
func (r *run) lift(v *tensor.Tensor) *tensor.Tensor {
	if r.tape == nil {
		return v
	}
	return r.tape.Lift(v)
}

// opened returns the plate opened under a name, or nil.
func (r *run) opened(name string) *Plate {
	for i := range r.plates {
		if r.plates[i].Name == name {
			return &r.plates[i]
		}
	}
	return nil
}

// record appends a site that no handler stopped to the trace.
func (r *run) record(s *Site) {
	old := r.trace.Add(s)
	if old == nil || s.Kind == ParamSite && old.Kind == ParamSite {
		return // one parameter may be read many times
	}
	e := s.errorf("the name is taken by the %v statement before it; names in a run must differ", old.Kind)
	if line := r.lines[old]; line != "" {
		e.Reason = sprintf("the name is taken by the %v statement at %s; names in a run must differ", old.Kind, line)
	}
	e.first = old
	panic(e)
}
