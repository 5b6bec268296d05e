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
	value    [1]float64
	required []requirement
}

// requirement is a condition on a value.
type requirement struct {
	x     *Tensor
	what  any
	holds func(x *Tensor) bool
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
// random numbers. It returns the key to draw from in place of key, which gives
// the same numbers.
func (t *Tape) Watch(key rng.Key) rng.Key {
	t.guard = guard{on: true}
	return key.Trace(t)
}

// Watching reports whether a recording has been started.
func (t *Tape) Watching() bool { return t.guard.on }

// Require notes a condition on the value of x, which code that is not repeated
// has checked, such as that a parameter is positive; Program.Holds checks it
// again. holds must depend on nothing else; conditions of equal what are the
// same. It does nothing outside a recording and where x is the same every time.
func (t *Tape) Require(x *Tensor, what any, holds func(x *Tensor) bool) {
	if t.guard.on && x.on() == t && x.Varying() {
		t.guard.required = append(t.guard.required, requirement{x, what, holds})
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
	if t == nil {
		return false
	}
	x.check()
	return t.program.Varying(x.ref)
}

// note is called by methods that read numbers.
func (x *Tensor) note(method string) {
	t := x.on()
	if t == nil || !t.guard.on || t.guard.quiet > 0 || t.guard.read != "" || !t.program.Varying(x.ref) {
		return
	}
	t.guard.read, t.guard.where = method, t.guard.place
}

// Record ends the recording: it returns the program that computes y, a single
// number, and its gradient in each of xs, and resets the tape. Output 0 is y,
// output i+1 the gradient in xs[i]. Variables keep the storage they were made
// from, so that a change there is seen by the next Run.
func (t *Tape) Record(y *Tensor, xs []*Tensor) *Program {
	refs := t.refs[:0]
	for _, x := range xs {
		refs = append(refs, t.ref(x))
	}
	t.refs = refs
	outs := append([]program.Ref{t.ref(y)}, t.program.Grad(t.ref(y), refs, false)...)
	first := len(outs)
	required := t.guard.required
	for _, r := range required {
		outs = append(outs, t.ref(r.x))
	}
	vars := slices.Clone(refs)
	p := &Program{p: t.program.Record(outs), vars: vars}
	type condition struct {
		value *program.Array
		what  any
	}
	seen := map[condition]bool{}
	for i, r := range required {
		value := p.p.Output(first + i)
		if r.what != nil && reflect.ValueOf(r.what).Comparable() {
			k := condition{value, r.what}
			if seen[k] {
				continue
			}
			seen[k] = true
		}
		p.required = append(p.required, requirement{off(value), r.what, r.holds})
	}
	t.Reset()
	return p
}

// Run computes the outputs anew, with random numbers of key.
func (p *Program) Run(key rng.Key) { p.p.Run(key) }

// Holds reports whether the values of the last Run satisfy what was required of
// them.
func (p *Program) Holds() bool {
	for _, r := range p.required {
		if !r.holds(r.x) {
			return false
		}
	}
	return true
}

// CopyOutput writes the i-th output to dst, which must have its size.
func (p *Program) CopyOutput(i int, dst []float64) { p.p.CopyOutput(i, dst) }

// Value returns output 0.
func (p *Program) Value() float64 {
	p.p.CopyOutput(0, p.value[:])
	return p.value[0]
}

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
