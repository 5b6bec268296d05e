package tensor

import "github.com/gopyro/pyro/internal/program"

// RecordValues ends a recording: it returns the program that computes ys, of any
// shapes, as its outputs, without gradients, and resets the tape.
func (t *Tape) RecordValues(ys []*Tensor) *Program {
	outs := make([]program.Ref, len(ys))
	for i, y := range ys {
		outs[i] = t.ref(y)
	}
	p := &Program{p: t.program.Record(outs)}
	t.Reset()
	return p
}

// RecordSample is RecordValues with the conditions of [Tape.Require], implied ones
// too, which [Program.Holds] checks. Inputs are variables that differ from lane to
// lane of [Program.Lanes].
func (t *Tape) RecordSample(ys, inputs []*Tensor) *Program {
	outs, vars := make([]program.Ref, len(ys)), make([]program.Ref, len(inputs))
	for i, y := range ys {
		outs[i] = t.ref(y)
	}
	for i, x := range inputs {
		vars[i] = t.ref(x)
	}
	return t.record(outs, vars, func(*requirement) bool { return true })
}

// Difference describes where the recording that t holds differs from p, other
// than in the values of variables and random numbers; "" if it does not.
func (p *Program) Difference(t *Tape) string { return p.p.Difference(&t.program) }

// Random reports whether x was computed from random numbers drawn on its tape. It
// knows of operations only: where a number was read out of a tensor it looks for
// any draw (see [Tape.Dynamic]).
func (x *Tensor) Random() bool {
	t := x.on()
	if t == nil {
		return false
	}
	r := t.at(x)
	if _, _, ok := t.Dynamic(); ok {
		return t.program.Draws() > 0
	}
	return t.program.Drawn(r)
}
