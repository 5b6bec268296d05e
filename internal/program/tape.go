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
	lists  []Ref // operands of nodes that have more than three
	mem    memory
	draws  []draw
	passed Ref   // what GradInto was last called for, plus 1
	mask   state // of what is emitted now: tracked while it carries no gradient

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

// Reset empties the tape.
func (t *Tape) Reset() {
	t.nodes, t.nums, t.attrs, t.draws = t.nodes[:0], t.nums[:0], t.attrs[:0], t.draws[:0]
	t.lists = t.lists[:0]
	t.mem.reset()
	t.mask, t.passed = 0, 0
}

// Len is the number of values on the tape.
func (t *Tape) Len() int { return len(t.nodes) }

// Bytes is the size of the tape's buffers.
func (t *Tape) Bytes() int { return t.mem.bytes() }

// Value returns the value at r, valid until the next operation.
func (t *Tape) Value(r Ref) *Array {
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
	return t.nums[r], t.nodes[r].state.is(scalar)
}

// Varying reports whether r depends on a Var or a Draw, so that it may differ
// when the program runs again.
func (t *Tape) Varying(r Ref) bool { return t.nodes[r].state.is(varying) }

// Tracked reports whether r depends on a Var.
func (t *Tape) Tracked(r Ref) bool { return t.nodes[r].state.is(tracked) }

// Const puts a on the tape as a constant. Its data are not copied.
func (t *Tape) Const(a *Array) Ref { return t.push(node{code: Const, attr: -1}, a) }

// Var puts a on the tape as a variable. Its data are not copied.
func (t *Tape) Var(a *Array) Ref {
	return t.push(node{code: Var, state: tracked | varying, attr: -1}, a)
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
	t.nodes = append(make([]node, 0, size), t.nodes...)
	t.nums = append(make([]float64, 0, size), t.nums...)
}

// fill puts an array of equal numbers shaped and typed like r on the tape.
func (t *Tape) fill(r Ref, v float64) Ref {
	if t.nodes[r].state.is(scalar) {
		return t.pushNumber(node{attr: -1, state: scalar}, v)
	}
	a := t.values[r]
	out := t.mem.array(a.Layout.contiguous(&t.mem), a.DType)
	fill(out.F64, v)
	fill(out.F32, float32(v))
	return t.Const(&out)
}

// Ints returns a copy of dims that lives as long as the values of the tape.
func (t *Tape) Ints(dims []int) []int {
	s := t.mem.intSlice(len(dims))
	copy(s, dims)
	return s
}

// Emit1 is Emit for an operation of one operand, quick for single numbers. k is
// Attr.F.
func (t *Tape) Emit1(code Code, k float64, x Ref) Ref {
	s := t.nodes[x].state
	if !s.is(scalar) || code > Polygamma {
		return t.Emit(code, Attr{F: k}, x)
	}
	r := t.number(number1(code, k, t.nums[x]))
	n := &t.nodes[r]
	n.k, n.code, n.state, n.nin, n.attr = k, code, t.live(s&^boxed), 1, -1
	n.in[0] = x
	return r
}

// Emit2 is Emit for an element-by-element operation of two operands, quick for
// single numbers.
func (t *Tape) Emit2(code Code, x, y Ref) Ref {
	a, b := t.nodes[x].state, t.nodes[y].state
	if !(a & b).is(scalar) {
		return t.Emit(code, noAttr, x, y)
	}
	u, v := t.nums[x], t.nums[y]
	switch code {
	case Add:
		v = u + v
	case Sub:
		v = u - v
	case Mul:
		v = u * v
	case Div:
		v = u / v
	default:
		v = number2(code, u, v)
	}
	r := t.number(v)
	n := &t.nodes[r]
	n.k, n.code, n.state, n.nin, n.attr = 0, code, t.live((a|b)&(tracked|varying)|a&b&weak|scalar), 2, -1
	n.in[0], n.in[1] = x, y
	return r
}

// EmitWhere is Emit of Where, quick for single numbers.
func (t *Tape) EmitWhere(cond, x, y Ref) Ref {
	c, a, b := t.nodes[cond].state, t.nodes[x].state, t.nodes[y].state
	if !(c & a & b).is(scalar) {
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
// must live as long as the tape's values (see Ints).
func (t *Tape) Emit(code Code, attr Attr, in ...Ref) Ref {
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
		t.attrs = append(t.attrs, attr)
	}
	c.run()
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

// FirstNonFinite returns the position and name of the first operation whose
// value holds a NaN, or an infinity, although its operands hold none. Constants
// count only when they hold a NaN: an infinite one is a bound or a mask. The
// operations of a gradient that GradInto computed count as well.
func (t *Tape) FirstNonFinite() (r Ref, op string, ok bool) {
	if y := t.passed - 1; y >= 0 {
		t.passed = 0
		t.Grad(y, nil, false)
	}
	for i := range t.nodes {
		n := &t.nodes[i]
		a := t.Value(Ref(i))
		if finite(a) || n.code == Const && !holdsNaN(a) {
			continue
		}
		clean := true
		for _, in := range operands(n, t.lists) {
			clean = clean && finite(t.Value(in))
		}
		if clean {
			return Ref(i), t.Name(Ref(i)), true
		}
	}
	return none, "", false
}

// Name returns the name of the operation at r.
func (t *Tape) Name(r Ref) string { return t.nodes[r].code.String() }

func (c Code) String() string {
	if int(c) < len(table) && table[c].name != "" {
		return table[c].name
	}
	return fmt.Sprintf("Code(%d)", int(c))
}

func finite(a *Array) bool { return !holds(a, func(v float64) bool { return v-v != 0 }) }

func holdsNaN(a *Array) bool { return holds(a, math.IsNaN) }

func holds(a *Array, bad func(float64) bool) bool {
	found := false
	walk(a.Layout.Dims, a.Layout.Strides, func(o int) { found = found || bad(a.at(o)) })
	return found
}
