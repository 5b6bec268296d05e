package pyro

import (
	"errors"

	"github.com/gopyro/pyro/rng"
	"github.com/gopyro/pyro/tensor"
)

// run is what all handles of one execution of a model share.
type run struct {
	key    rng.Key
	tape   *tensor.Tape
	trace  Trace
	plates []Plate // opened so far
	root   P
	lines  map[*Site]string // of statements; nil if they are not noted
	sites  []Site           // made at a time; empty before the first statement
	made   int              // of them used, the last by the last statement, or the one that is being made

	done      bool
	rehearsal bool // of another run, whose handlers it uses
	handled   bool // handle is used
	nested    bool // inside is

	// What a small model needs is part of the run.
	first  [3]Site
	order  [5]*Site
	few    [1]Plate
	handle P
	inside entered
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
	r.trace.sites, r.plates = r.order[:0], r.few[:0]
	r.root.run, r.root.nesting = r, &outermost
	m(&r.root)
	return &r.trace, nil
}

// last is the name of the last statement reached.
func (r *run) last() string {
	if !r.begun() {
		return ""
	}
	return r.sites[r.made-1].fullName()
}

// begun reports whether there was a statement.
func (r *run) begun() bool { return r.made > 0 }

// newSite returns a zero Site for a statement; the more sites a run has, the more are made
// at a time.
func (r *run) newSite() *Site {
	if r.made == len(r.sites) {
		if !r.begun() {
			r.sites = r.first[:]
		} else {
			r.sites = make([]Site, min(2+r.trace.Len()/4, 8))
		}
		r.made = 0
	}
	r.made++
	return &r.sites[r.made-1]
}

// newHandle returns a zero P.
func (r *run) newHandle() *P {
	if r.handled {
		return new(P)
	}
	r.handled = true
	return &r.handle
}

// newEntered returns a zero entered.
func (r *run) newEntered() *entered {
	if r.nested {
		return new(entered)
	}
	r.nested = true
	return &r.inside
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

// lift puts the value of s on the run's tape, if there is one.
func (r *run) lift(s *Site) {
	if v := s.Value.On(r.tape); v != s.Value {
		s.Value = v
	}
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
