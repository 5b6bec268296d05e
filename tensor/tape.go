package tensor

import (
	"unsafe"

	"github.com/gopyro/pyro/internal/program"
)

// Tape records operations, so that gradients can be taken and memory used
// again. Operations on tensors of a tape are recorded on it; operations on
// other tensors are not. A tape serves one goroutine at a time.
type Tape struct {
	program program.Tape
	sheet           // of the values of this run
	full    []sheet // that more values than it has room for were on before
	shared  int     // runs before this one that used the sheet
	most    int     // values of one of them
	vars    map[*program.Array]*variable
	used    int           // of them, in this run
	run     uint64        // counts runs, those before program was recorded too; from 1
	list    []program.Ref // of operands
	guard   guard
	parts   []program.Input // of a part
}

// variable is where an array is on the tape.
type variable struct {
	ref program.Ref
	run uint64 // Tape.run for which that holds
}

// NewTape returns an empty tape.
func NewTape() *Tape {
	return &Tape{vars: make(map[*program.Array]*variable), run: 1}
}

// Reset ends the run: every tensor made on the tape becomes unusable (using one
// panics), and the memory serves the next run.
func (t *Tape) Reset() {
	t.program.Reset()
	if len(t.vars) > 2*t.used { // mostly of earlier runs
		clear(t.vars)
	}
	t.used = 0
	t.run++
	t.endRun()
	if t.guard.quiet = 0; t.guard.on {
		t.guard = guard{}
	}
}

// Len is the number of values recorded since the last Reset.
func (t *Tape) Len() int { return t.program.Len() }

// Var returns x as a variable of the tape: results that depend on it have
// gradients. The same x gives the same variable until Reset. x must not be on
// a tape itself.
func (t *Tape) Var(x *Tensor) *Tensor {
	if x.on() != nil {
		x.fail("Var", "already on a tape")
	}
	a := x.array()
	v := t.vars[a]
	if v == nil {
		v = new(variable)
		t.vars[a] = v
	}
	if v.run != t.run {
		*v = variable{t.program.Var(a), t.run}
		t.used++
	}
	return t.handle(v.ref)
}

// Lift returns x as a constant of the tape, so that operations on it use the
// tape's memory. A tensor of this tape is returned as it is.
func (t *Tape) Lift(x *Tensor) *Tensor {
	if x.on() == t {
		t.at(x)
		return x
	}
	return t.handle(t.ref(x))
}

// On returns x on a tape, as a constant unless it is there already; x itself if
// t is nil.
func (x *Tensor) On(t *Tape) *Tensor {
	if t == nil {
		return x
	}
	return t.Lift(x)
}

// ref returns the position of x on the tape, where constants are put as needed.
func (t *Tape) ref(x *Tensor) program.Ref {
	switch x.on() {
	case t:
		return t.at(x)
	case nil:
		return t.program.Const(x.array())
	}
	x.fail("Tape", "operands belong to different tapes")
	return 0
}

// FirstNonFinite returns the name of the first operation on the tape whose
// result holds a NaN or an infinity although its operands do not, for error
// messages.
func (t *Tape) FirstNonFinite() (op string, ok bool) {
	_, op, ok = t.program.FirstNonFinite()
	return op, ok
}

// elementwise runs a function of each element; k is a number it takes.
func elementwise(code program.Code, k float64, x *Tensor) *Tensor {
	if t := x.on(); t != nil {
		return t.handle(t.program.Emit1(code, k, t.at(x)))
	}
	a := x.array()
	if v, ok := program.Apply1(code, k, a); ok {
		y := scalar(v)
		y.own().Weak = a.Weak
		return y
	}
	return off(program.Apply(code, program.Attr{F: k}, a))
}

// elementwise2 runs a function of the elements of two tensors that broadcast.
func elementwise2(code program.Code, x, y *Tensor) *Tensor {
	if t := x.on(); t != nil {
		n := len(t.refs)
		if i, j := t.index(x), t.index(y); i < uint(n) && j < uint(n) {
			r := t.program.Emit2(code, t.refs[i], t.refs[j])
			if n == cap(t.refs) { // as in handle, which is not inlined
				n = t.moreSlots()
			}
			t.refs = t.refs[:n+1]
			t.refs[n] = r
			return (*Tensor)(unsafe.Add(t.origin, uintptr(n)*slotSize))
		}
	}
	return mixed2(code, x, y)
}

// tapeOf is the tape that one of x and y is on, or nil.
func tapeOf(x, y *Tensor) *Tape {
	if t := x.on(); t != nil {
		return t
	}
	return y.on()
}

// mixed2 is elementwise2 for operands that are not both on one tape.
func mixed2(code program.Code, x, y *Tensor) *Tensor {
	if t := tapeOf(x, y); t != nil {
		return t.handle(t.program.Emit2(code, t.ref(x), t.ref(y)))
	}
	a, b := x.array(), y.array()
	if v, ok := program.Apply2(code, a, b); ok {
		z := scalar(v)
		z.own().Weak = a.Weak && b.Weak
		return z
	}
	return off(program.Apply(code, program.Attr{}, a, b))
}

// apply1 runs an operation of one operand.
func apply1(code program.Code, attr program.Attr, x *Tensor) *Tensor {
	t := x.on()
	if t == nil {
		return off(program.Apply(code, attr, x.array()))
	}
	return t.handle(t.program.Emit(code, attr, t.at(x)))
}

// apply2 runs an operation of two operands.
func apply2(code program.Code, attr program.Attr, x, y *Tensor) *Tensor {
	t := tapeOf(x, y)
	if t == nil {
		return off(program.Apply(code, attr, x.array(), y.array()))
	}
	return t.handle(t.program.Emit(code, attr, t.ref(x), t.ref(y)))
}

// applyN runs an operation of several operands.
func applyN(code program.Code, attr program.Attr, xs ...*Tensor) *Tensor {
	t := commonTape(xs)
	if t == nil {
		in := make([]*program.Array, len(xs))
		for i, x := range xs {
			in[i] = x.array()
		}
		return off(program.Apply(code, attr, in...))
	}
	t.list = t.list[:0]
	for _, x := range xs {
		t.list = append(t.list, t.ref(x))
	}
	return t.handle(t.program.Emit(code, attr, t.list...))
}

func commonTape(xs []*Tensor) *Tape {
	for _, x := range xs {
		if x.on() != nil {
			return x.on()
		}
	}
	return nil
}

// ints copies dims to where they live as long as x.
func (x *Tensor) ints(dims []int) []int {
	if x.on() != nil {
		return x.on().program.Ints(dims)
	}
	return append([]int{}, dims...)
}
