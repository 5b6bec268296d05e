package program

import (
	"fmt"
	"math"
)

// Ref is the position of a value on its tape.
type Ref int32

const none Ref = -1

// A Tape evaluates operations as they are emitted and remembers them. It is
// used from one goroutine at a time. Reset makes its memory available again;
// after some resets a program of fixed shape allocates nothing.
//
// Single numbers, of which small models have most, are kept in an array of
// their own: an operation on them writes a node and a number, neither of which
// holds a pointer.
type Tape struct {
	nodes  []node
	nums   []float64 // of single numbers
	values []Array   // of others; of single numbers once they are boxed
	attrs  []Attr
	lists  []Ref  // operands of nodes that have more than three
	mem    memory // of layouts and results
	draws  []draw
	drawn  int   // draws of this run
	passed Ref   // what GradInto was last called for, plus 1
	mask   state // of what is emitted now: tracked while it carries no gradient

	known    int // nodes that stand ready from the last run
	quick    int // the same while what is emitted carries a gradient and nothing waits, else 0
	queue    int // the same while it does and something waits, else 0
	departed bool
	tail     tail
	waits    bool    // operations on arrays that stand ready wait for their values to be asked for
	due      Ref     // the first that waits, plus 1; 0 if none does
	closed   Ref     // what waits but has its number, plus 1
	parts    []Part  // of runs that wait
	part     int     // the next one
	kept     []*kept // what values that cannot vary hold, of some
	run      uint64  // counts runs
	ready    []ready // of nodes that stand ready
	epoch    uint32  // counts how often what stood ready was given up
	scratch  memory  // of what is computed on the way

	call   call // and what follows are used again by each operation or gradient
	attr   Attr
	in     []*Array
	refs   []Ref
	params [][]float64
	adj    []Ref
	slope  []float64
	out    []Ref
	grad   gradient
}

// node is one operation: its code and the positions of its operands.
type node struct {
	k     float64 // Attr.F
	attr  int32   // index of its Attr if it has Dims or Flag, of its draw, or -1
	in    [3]Ref  // operands; of more than three, where they start in Tape.lists
	code  Code
	state state
	nin   uint16
	quick Code // code of an operation on single numbers, if it carries what gradient there is
	late  Code // code of an operation without Attr but for F that can wait, likewise
}

// state is what is known of a value.
type state uint8

const (
	tracked state = 1 << iota // depends on a Var, with a gradient
	varying                   // depends on a Var or a Draw
	scalar                    // a float64 without dims, in Tape.nums
	weak                      // a plain number, as Array.Weak
	boxed                     // has an Array too
)

func (s state) is(bits state) bool { return s&bits != 0 }

// operands are the positions of what a node takes.
func operands(n *node, lists []Ref) []Ref {
	if n.nin > 3 {
		return lists[n.in[0]:][:n.nin]
	}
	return n.in[:n.nin]
}

// Reset empties the tape. What it held stands ready to be computed again, if
// all of it was laid out in one run.
func (t *Tape) Reset() {
	t.known = max(t.known, len(t.nodes))
	t.due, t.closed, t.part = 0, 0, 0
	t.run++
	if t.departed {
		clear(t.parts)
		clear(t.kept)
		t.parts = t.parts[:0]
		t.known, t.departed = 0, false
		t.tail.forget()
		t.waits = false
		t.epoch++
		t.attrs, t.lists, t.draws = t.attrs[:0], t.lists[:0], t.draws[:0]
		t.mem.reset()
	}
	t.nodes, t.nums = t.nodes[:0], t.nums[:0]
	t.scratch.reset()
	t.passed, t.drawn = 0, 0
	t.masked(0)
}

// Len is the number of values on the tape.
func (t *Tape) Len() int { return len(t.nodes) }

// Bytes is the size of the tape's buffers.
func (t *Tape) Bytes() int { return t.mem.bytes() + t.scratch.bytes() }

// Value returns the value at r, valid until the next operation.
func (t *Tape) Value(r Ref) *Array {
	if t.due != 0 && t.late(r) {
		t.catchUp()
	}
	return t.array(r)
}

// array is Value of what does not wait.
func (t *Tape) array(r Ref) *Array {
	if n := &t.nodes[r]; !n.state.is(boxed) {
		n.state |= boxed
		t.store(r, Array{Layout: scalarLayout, F64: t.nums[r : r+1 : r+1], Weak: n.state.is(weak)})
	}
	return &t.values[r]
}

// store sets the Array of r. What lies between is of single numbers.
func (t *Tape) store(r Ref, a Array) {
	if int(r) >= len(t.values) {
		if int(r) >= cap(t.values) {
			grown := make([]Array, r+1, 2*(r+1)+64)
			copy(grown, t.values)
			t.values = grown
		}
		t.values = t.values[:cap(t.values)]
	}
	t.values[r] = a
}

// Number returns the value at r if it is a single float64.
func (t *Tape) Number(r Ref) (v float64, ok bool) {
	if t.due != 0 && r+1 != t.closed && t.late(r) {
		t.catchUp()
	}
	return t.nums[r], t.nodes[r].state.is(scalar)
}

// Varying reports whether r depends on a Var or a Draw, so that it may differ
// when the program runs again.
func (t *Tape) Varying(r Ref) bool { return t.nodes[r].state.is(varying) }

// Tracked reports whether r depends on a Var.
func (t *Tape) Tracked(r Ref) bool { return t.nodes[r].state.is(tracked) }

// Const puts a on the tape as a constant. Its data are not copied.
func (t *Tape) Const(a *Array) Ref { return t.source(node{code: Const, attr: -1}, a) }

// Var puts a on the tape as a variable, which is no plain number. Its data are not copied.
func (t *Tape) Var(a *Array) Ref {
	return t.source(node{code: Var, state: tracked | varying, attr: -1}, a)
}

// source puts a on the tape with a layout of its own: that of a may not live as
// long as the node stands ready.
func (t *Tape) source(n node, a *Array) Ref {
	plain := a.Weak && n.code == Const
	if old := t.stands(); old != nil {
		if old.code == n.code && old.attr == n.attr && t.constAgain(old, a, plain) {
			t.touch(len(t.nodes))
			return t.accept()
		}
		t.depart()
	}
	if isNumber(a) && n.code == Const {
		n.state |= scalar
		if plain {
			n.state |= weak
		}
		return t.pushNumber(n, a.F64[0])
	}
	b := *a
	b.Weak = plain
	if l := a.Layout; len(l.Dims) > 0 {
		b.Layout = t.mem.view(l.Dims, l.Strides)
	}
	n1, n2 := extent(a)
	b.F64, b.F32 = a.F64[:n1:n1], a.F32[:n2:n2]
	return t.push(n, &b)
}

// Scalar puts a plain number on the tape.
func (t *Tape) Scalar(v float64) Ref { return t.scalar(v) }

func (t *Tape) scalar(v float64) Ref { return t.pushNumber(node{attr: -1, state: scalar | weak}, v) }

// push appends a value with its Array.
func (t *Tape) push(n node, a *Array) Ref {
	n.state |= boxed
	v, b := 0.0, *a
	if len(a.Layout.Dims) == 0 && a.DType == Float64 {
		b.Layout = scalarLayout // a view has one of its own
		n.state |= scalar
		v = a.F64[0]
		if a.Weak {
			n.state |= weak
		}
	}
	r := t.pushNumber(n, v)
	t.store(r, b)
	return r
}

func (t *Tape) pushNumber(n node, v float64) Ref {
	if old := t.stands(); old != nil {
		if old.code == n.code && old.attr == n.attr && old.in == n.in && math.Float64bits(old.k) == math.Float64bits(n.k) && old.state&^boxed == n.state&^boxed {
			t.touch(len(t.nodes))
			r := t.accept()
			t.nums[r] = v
			return r
		}
		t.depart()
	}
	r := t.number(v)
	t.nodes[r] = n
	return r
}

// number appends a number and room for its node, which may hold an old one.
// Fields are then set one by one: a node made elsewhere and copied would wait
// for the processor to put its parts together.
func (t *Tape) number(v float64) Ref {
	r := len(t.nodes)
	if r >= cap(t.nodes) || r >= cap(t.nums) {
		t.grow()
	}
	t.nodes, t.nums = t.nodes[:r+1], t.nums[:r+1]
	t.nums[r] = v
	return Ref(r)
}

//go:noinline
func (t *Tape) grow() {
	n := len(t.nodes)
	size := 2*n + 64
	nums := append(make([]float64, 0, size), t.nums...)
	t.nodes = append(make([]node, 0, size), t.nodes...)
	for i := range t.nodes {
		if s := t.nodes[i].state; s.is(scalar) && s.is(boxed) && &t.values[i].F64[0] == &t.nums[i] {
			t.values[i].F64 = nums[i : i+1 : i+1]
		}
	}
	t.nums = nums
}

// fill puts an array of equal numbers shaped and typed like r on the tape.
func (t *Tape) fill(r Ref, v float64) Ref {
	if t.nodes[r].state.is(scalar) {
		return t.pushNumber(node{attr: -1, state: scalar}, v)
	}
	a := t.values[r]
	if old := t.stands(); old != nil {
		if b := &t.values[len(t.nodes)]; old.code == Const && old.attr == filled && math.Float64bits(old.k) == math.Float64bits(v) &&
			b.DType == a.DType && sameDims(b.Layout, a.Layout) {
			return t.accept()
		}
		t.depart()
	}
	out := t.mem.array(a.Layout.contiguous(&t.mem), a.DType)
	fill(out.F64, v)
	fill(out.F32, float32(v))
	return t.push(node{code: Const, attr: filled, k: v}, &out)
}

// Ints returns a copy of dims that lives until the next Reset.
func (t *Tape) Ints(dims []int) []int {
	s := t.scratch.intSlice(len(dims))
	copy(s, dims)
	return s
}

// Emit1 is Emit for an operation of one operand, quick for single numbers. k is
// Attr.F.
func (t *Tape) Emit1(code Code, k float64, x Ref) Ref {
	if r := len(t.nodes); r < t.quick {
		if old := t.node(r); old.quick == code && old.in[0] == x && math.Float64bits(old.k) == math.Float64bits(k) {
			*t.num(r) = number1(code, k, *t.num(int(x)))
			return t.accept()
		}
	} else if r < t.queue {
		if old := t.node(r); old.late == code && old.in[0] == x && math.Float64bits(old.k) == math.Float64bits(k) {
			return t.accept()
		}
	}
	return t.emit1(code, k, x)
}

func (t *Tape) emit1(code Code, k float64, x Ref) Ref {
	s := t.nodes[x].state
	if !s.is(scalar) || code > Polygamma || t.due != 0 {
		if n := t.waiting(code, 1, s); n != nil && n.in[0] == x && n.attr < 0 && math.Float64bits(n.k) == math.Float64bits(k) {
			return t.wait()
		}
		return t.Emit(code, Attr{F: k}, x)
	}
	v := number1(code, k, t.nums[x])
	s = t.live(s &^ boxed)
	if old := t.stands(); old != nil {
		if old.code == code && old.in[0] == x && math.Float64bits(old.k) == math.Float64bits(k) && old.state&^boxed == s {
			r := t.accept()
			t.nums[r] = v
			return r
		}
		t.depart()
	}
	r := t.number(v)
	n := &t.nodes[r]
	q := t.quickly(code)
	n.k, n.code, n.state, n.nin, n.attr, n.quick, n.late = k, code, s, 1, -1, q, q
	n.in[0] = x
	return r
}

// Emit2 is Emit for an element-by-element operation of two operands, quick for
// arithmetic on single numbers.
func (t *Tape) Emit2(code Code, x, y Ref) Ref {
	if r := len(t.nodes); r < t.quick {
		if old := t.node(r); old.quick == code && old.in[0] == x && old.in[1] == y {
			u, v := *t.num(int(x)), *t.num(int(y))
			switch code {
			case Add:
				v = u + v
			case Sub:
				v = u - v
			case Mul:
				v = u * v
			case Div:
				v = u / v
			}
			*t.num(r) = v
			return t.accept()
		}
	} else if r < t.queue {
		if old := t.node(r); old.late == code && old.in[0] == x && old.in[1] == y {
			return t.accept()
		}
	}
	return t.emit2(code, x, y)
}

func (t *Tape) emit2(code Code, x, y Ref) Ref {
	a, b := t.nodes[x].state, t.nodes[y].state
	if !(a & b).is(scalar) || t.due != 0 {
		if n := t.waiting(code, 2, a|b); n != nil && n.in[0] == x && n.in[1] == y && n.attr < 0 && n.k == 0 {
			return t.wait()
		}
		return t.Emit(code, noAttr, x, y)
	}
	v := number2(code, t.nums[x], t.nums[y])
	s := t.live((a|b)&(tracked|varying) | a&b&weak | scalar)
	if old := t.stands(); old != nil {
		if old.code == code && old.in[0] == x && old.in[1] == y && old.state&^boxed == s {
			r := t.accept()
			t.nums[r] = v
			return r
		}
		t.depart()
	}
	r := t.number(v)
	n := &t.nodes[r]
	n.k, n.code, n.state, n.nin, n.attr, n.quick, n.late = 0, code, s, 2, -1, Const, t.quickly(code)
	if code <= Div {
		n.quick = n.late
	}
	n.in[0], n.in[1] = x, y
	return r
}

// EmitWhere is Emit of Where, quick for single numbers.
func (t *Tape) EmitWhere(cond, x, y Ref) Ref {
	c, a, b := t.nodes[cond].state, t.nodes[x].state, t.nodes[y].state
	if !(c & a & b).is(scalar) || t.due != 0 {
		return t.Emit(Where, noAttr, cond, x, y)
	}
	s := (a|b|c)&(tracked|varying) | a&b&c&weak | scalar
	v := t.nums[y]
	if t.nums[cond] != 0 {
		v = t.nums[x]
	}
	return t.pushNumber(node{code: Where, attr: -1, nin: 3, in: [3]Ref{cond, x, y}, state: t.live(s)}, v)
}

// live is s without what gradients of first order do not need.
func (t *Tape) live(s state) state { return s &^ t.mask }

// Emit evaluates an operation and returns the position of its value. attr.Dims
// must live until it returns (see Ints).
func (t *Tape) Emit(code Code, attr Attr, in ...Ref) Ref {
	if old := t.stands(); old != nil {
		if t.repeats(old, code, &attr, in) {
			if t.waits && code.canWait() {
				return t.wait()
			}
			t.catchUp()
			t.again(old, len(t.nodes))
			return t.accept()
		}
		t.depart()
	}
	n := node{code: code, attr: -1, nin: uint16(len(in)), k: attr.F}
	c := &t.call
	t.attr = attr
	c.code, c.attr, c.in, c.m = code, &t.attr, t.in[:0], &t.mem
	for i, r := range in {
		if i < len(n.in) {
			n.in[i] = r
		}
		c.in = append(c.in, t.Value(r))
		n.state |= t.nodes[r].state & (tracked | varying)
	}
	t.in = c.in
	if len(in) > len(n.in) {
		n.in = [3]Ref{Ref(len(t.lists))}
		t.lists = append(t.lists, in...)
	}
	if attr.Dims != nil || attr.Flag {
		n.attr = int32(len(t.attrs))
		attr.Dims = append(t.mem.intSlice(len(attr.Dims))[:0], attr.Dims...)
		t.attrs = append(t.attrs, attr)
	}
	c.run()
	if n.attr < 0 && (n.nin == 1 || n.nin == 2 && math.Float64bits(n.k) == 0) && code.canWait() {
		n.late = t.quickly(code)
	}
	n.state = t.live(n.state)
	if code == Detach {
		n.state &^= tracked
	}
	return t.push(n, &c.out)
}

var noAttr Attr

// attrOf returns the Attr of a node.
func attrOf(n *node, attrs []Attr) Attr {
	if n.attr < 0 || n.code == Draw {
		return Attr{F: n.k}
	}
	return attrs[n.attr]
}

// Name returns the name of the operation at r.
func (t *Tape) Name(r Ref) string { return t.nodes[r].code.String() }

func (c Code) String() string {
	if int(c) < len(table) && table[c].name != "" {
		return table[c].name
	}
	return fmt.Sprintf("Code(%d)", int(c))
}
