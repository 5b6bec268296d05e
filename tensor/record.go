package tensor

import (
	"reflect"
	"slices"

	"github.com/gopyro/pyro/internal/program"
	"github.com/gopyro/pyro/rng"
)

// Program is a recorded computation: it can be run again with other values of
// its variables and other random numbers, without the code that made it. Give
// each goroutine its own.
type Program struct {
	p        *program.Recorded
	vars     []program.Ref // of which it computes gradients
	required []condition
}

// requirement is a condition on values of a recording.
type requirement struct {
	Condition
	xs []*Tensor
}

// Condition is what must hold of some values.
type Condition struct {
	// What tells conditions apart: those of equal What on the same first value are
	// the same, if it is comparable.
	What any
	// Implied is set where a log density that is not finite tells as well: it is
	// then left out by Record.
	Implied bool
	// Bind returns the condition on xs, whose values may be others each time it is
	// called. It must depend on nothing else.
	Bind func(xs []*Tensor) (holds func() bool)
}

// condition is one of a program, with the outputs that it is on.
type condition struct {
	Condition
	xs    []*Tensor // values of the program, or constants
	outs  []int     // the output that each is; -1 for constants
	holds func() bool
}

// guard notes whether a recorded computation looked at a number that may be
// another one next time, and so may take another path.
type guard struct {
	on    bool
	quiet int
	place string // what the computation was doing
	read  string // the first method that read such a number
	where string // the place of that

	required []requirement
}

// Watch starts a recording: from now until Reset the tape notes when a value is
// read, with Item, At, Float64s and the like, that depends on a variable or on
// random numbers, and when the key draws a plain number. It returns the key to draw
// from in place of key, which gives the same numbers.
func (t *Tape) Watch(key rng.Key) rng.Key {
	t.guard = guard{on: true}
	return key.Trace(t)
}

// Watching reports whether a recording has been started.
func (t *Tape) Watching() bool { return t.guard.on }

// Require notes a condition on the values of xs, which code that is not repeated
// has checked, such as that a parameter is positive; Program.Holds checks it
// again. It does nothing outside a recording and where xs are the same every time.
func (t *Tape) Require(c Condition, xs ...*Tensor) {
	if !t.guard.on {
		return
	}
	for _, x := range xs {
		if x.on() == t && x.Varying() {
			t.guard.required = append(t.guard.required, requirement{c, xs})
			return
		}
	}
}

// Aside runs f without noting what it reads and requires: its values do not
// steer the computation.
func (t *Tape) Aside(f func()) {
	on := t.guard.on
	t.guard.on = false
	defer func() { t.guard.on = on }()
	f()
}

// Place tells what the computation is doing, for Dynamic.
func (t *Tape) Place(name string) { t.guard.place = name }

// Quiet and Loud bracket reads that do not steer the computation, such as
// checks that end it.
func (t *Tape) Quiet() { t.guard.quiet++ }

// Loud ends what Quiet began.
func (t *Tape) Loud() { t.guard.quiet-- }

// Dynamic returns the method and place of the first noted read; ok is false if
// there was none, so that the computation is the same every time.
func (t *Tape) Dynamic() (method, place string, ok bool) {
	return t.guard.read, t.guard.where, t.guard.read != ""
}

// Varying reports whether x depends on a variable of its tape or on random
// numbers drawn there, so that it may be another when the computation runs
// again.
func (x *Tensor) Varying() bool {
	t := x.on()
	return t != nil && t.program.Varying(t.at(x))
}

// note is called by methods that read numbers.
func (x *Tensor) note(method string) {
	if t := x.on(); t != nil && t.guard.on && t.program.Varying(t.at(x)) {
		t.guard.note(method)
	}
}

// Drawn is called by methods of the keys that Watch returned, and of keys derived
// from it, that draw plain numbers.
func (t *Tape) Drawn(method string) {
	if t.guard.on {
		t.guard.note("Key." + method)
	}
}

// note keeps the first read.
func (g *guard) note(method string) {
	if g.quiet == 0 && g.read == "" {
		g.read, g.where = method, g.place
	}
}

// Record ends the recording: it returns the program that computes y, a single
// number, and its gradient in each of xs, and resets the tape. Output 0 is y,
// output i+1 the gradient in xs[i]. Variables keep the storage they were made
// from, so that a change there is seen by the next Run.
func (t *Tape) Record(y *Tensor, xs []*Tensor) *Program {
	refs := t.list[:0]
	for _, x := range xs {
		refs = append(refs, t.ref(x))
	}
	t.list = refs
	outs := append([]program.Ref{t.ref(y)}, t.program.Grad(t.ref(y), refs, false)...)
	return t.record(outs, slices.Clone(refs), func(r *requirement) bool { return !r.Implied })
}

// record makes the program with the given outputs and those that the requirements
// of which keep holds are on.
func (t *Tape) record(outs, vars []program.Ref, keep func(r *requirement) bool) *Program {
	var required []condition
	for i := range t.guard.required {
		r := &t.guard.required[i]
		if !keep(r) {
			continue
		}
		c := condition{Condition: r.Condition}
		for _, x := range r.xs {
			c.xs, c.outs = append(c.xs, x), append(c.outs, -1)
			if x.on() == t {
				c.outs[len(c.outs)-1] = len(outs)
				outs = append(outs, t.ref(x))
			}
		}
		required = append(required, c)
	}
	p := &Program{p: t.program.Record(outs), vars: vars}
	type same struct {
		first *program.Array
		what  any
	}
	seen := map[same]bool{}
	for _, c := range required {
		for i, out := range c.outs {
			if out >= 0 {
				c.xs[i] = off(p.p.Output(out))
			}
		}
		if c.What != nil && reflect.ValueOf(c.What).Comparable() {
			k := same{c.xs[0].own(), c.What}
			if seen[k] {
				continue
			}
			seen[k] = true
		}
		c.holds = c.Bind(c.xs)
		p.required = append(p.required, c)
	}
	t.Reset()
	return p
}

// Run computes the outputs anew, with random numbers of key.
func (p *Program) Run(key rng.Key) { p.p.Run(key) }

// Holds reports whether the values of the last Run satisfy what was required of
// them.
func (p *Program) Holds() bool {
	for i := range p.required {
		if !p.required[i].holds() {
			return false
		}
	}
	return true
}

// CopyOutput writes the i-th output to dst, which must have its size.
func (p *Program) CopyOutput(i int, dst []float64) { p.p.CopyOutput(i, dst) }

// CopyGradients writes the gradient in each variable to dst.
func (p *Program) CopyGradients(dst [][]float64) { p.p.CopyOutputs(1, dst) }

// Value returns output 0.
func (p *Program) Value() float64 { return p.p.Number(0) }

// Compare writes the gradients of y, as GradInto does, and describes where the
// recording that the tape of y holds differs from p, other than in the values
// of variables and random numbers; "" if it does not.
func (p *Program) Compare(dst [][]float64, y *Tensor, xs []*Tensor) string {
	t := y.on()
	for i, r := range t.program.Grad(t.ref(y), t.positions("Compare", dst, y, xs), false) {
		t.program.Value(r).CopyTo(dst[i])
	}
	return p.p.Difference(&y.on().program)
}

// Len is the number of operations that a run evaluates.
func (p *Program) Len() int { return p.p.Len() }

// Bytes is the size of the program's buffers.
func (p *Program) Bytes() int { return p.p.Bytes() }
