package program

import (
	"fmt"
	"math"
	"slices"
)

// Ref is the position of a value on its tape.
type Ref int32

const none Ref = -1

// A Tape evaluates operations as they are emitted and remembers them. It is
// used from one goroutine at a time. Reset makes its memory available again;
// after some resets a program of fixed shape allocates nothing.
type Tape struct {
	nodes  []node
	values []Array
	attrs  []Attr
	mem    memory
	call   call
	in     []*Array
	refs   []Ref
	lists  []Ref // operands of nodes that have more than three
	adj    []Ref
	out    []Ref
	grad   gradient
	draws  []draw
	frozen bool // what is emitted now carries no gradient
	vars   int
}

// node is one operation: its code and the positions of its operands.
type node struct {
	code    Code
	tracked bool // depends on a Var, with a gradient
	varying bool // depends on a Var or a Draw
	nin     int16
	attr    int32 // index of its Attr, or -1
	in      [3]Ref
	more    []Ref // all operands, where there are more than three
}

func (n *node) operands() []Ref {
	if n.more != nil {
		return n.more
	}
	return n.in[:n.nin]
}

// Reset empties the tape.
func (t *Tape) Reset() {
	t.nodes, t.values, t.attrs, t.draws = t.nodes[:0], t.values[:0], t.attrs[:0], t.draws[:0]
	t.lists = t.lists[:0]
	t.mem.reset()
	t.frozen = false
	t.vars = 0
}

// Len is the number of values on the tape.
func (t *Tape) Len() int { return len(t.nodes) }

// Bytes is the size of the tape's buffers.
func (t *Tape) Bytes() int { return t.mem.bytes() }

// Value returns the value at r, valid until the next operation.
func (t *Tape) Value(r Ref) *Array { return &t.values[r] }

// Varying reports whether r depends on a Var or a Draw, so that it may differ
// when the program runs again.
func (t *Tape) Varying(r Ref) bool { return t.nodes[r].varying }

// Tracked reports whether r depends on a Var.
func (t *Tape) Tracked(r Ref) bool { return t.nodes[r].tracked }

// Const puts a on the tape as a constant. Its data are not copied.
func (t *Tape) Const(a *Array) Ref { return t.leaf(Const, a) }

// Var puts a on the tape as a variable. Its data are not copied.
func (t *Tape) Var(a *Array) Ref {
	t.vars++
	return t.leaf(Var, a)
}

func (t *Tape) leaf(code Code, a *Array) Ref {
	return t.push(node{code: code, tracked: code == Var, varying: code == Var, attr: -1}, *a)
}

// Scalar puts a plain number on the tape.
func (t *Tape) Scalar(v float64) Ref { return t.scalar(v) }

func (t *Tape) scalar(v float64) Ref {
	b := t.mem.float64s(1)
	b[0] = v
	return t.Const(&Array{Layout: scalarLayout, F64: b, Weak: true})
}

// fill puts an array of equal numbers shaped and typed like r on the tape.
func (t *Tape) fill(r Ref, v float64) Ref {
	a := t.values[r]
	out := t.mem.array(a.Layout.contiguous(&t.mem), a.DType)
	for i := range out.F64 {
		out.F64[i] = v
	}
	for i := range out.F32 {
		out.F32[i] = float32(v)
	}
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
	a := &t.values[x]
	if a.Layout != scalarLayout || a.DType != Float64 || code > Polygamma {
		return t.Emit(code, Attr{F: k}, x)
	}
	buf := t.mem.f64.take(1)
	unaryLoop(code, k, buf, a.F64[:1])
	r, n := t.pushNumber(buf, a.Weak)
	n.code, n.nin, n.in, n.attr = code, 1, [3]Ref{x}, -1
	if k != 0 {
		n.attr = int32(len(t.attrs))
		t.attrs = append(t.attrs, Attr{F: k})
	}
	n.tracked, n.varying = t.nodes[x].tracked && !t.frozen, t.nodes[x].varying
	return r
}

// Emit2 is Emit for an element-by-element operation of two operands, quick for
// single numbers.
func (t *Tape) Emit2(code Code, x, y Ref) Ref {
	a, b := &t.values[x], &t.values[y]
	if a.Layout != scalarLayout || b.Layout != scalarLayout || a.DType|b.DType != Float64 {
		return t.Emit(code, noAttr, x, y)
	}
	buf := t.mem.f64.take(1)
	u, v := a.F64[0], b.F64[0]
	switch code {
	case Add:
		buf[0] = u + v
	case Sub:
		buf[0] = u - v
	case Mul:
		buf[0] = u * v
	case Div:
		buf[0] = u / v
	default:
		binaryLoop(code, buf, a.F64[:1], b.F64[:1])
	}
	r, n := t.pushNumber(buf, a.Weak && b.Weak)
	n.code, n.nin, n.in, n.attr = code, 2, [3]Ref{x, y}, -1
	n.tracked = (t.nodes[x].tracked || t.nodes[y].tracked) && !t.frozen
	n.varying = t.nodes[x].varying || t.nodes[y].varying
	return r
}

// pushNumber is push for a single number; the caller fills in the node. A run
// like the last one finds its own pointers in place and leaves them there:
// storing a pointer is slow while the garbage collector marks.
func (t *Tape) pushNumber(buf []float64, weak bool) (Ref, *node) {
	i := len(t.nodes)
	if i == cap(t.nodes) || i == cap(t.values) {
		t.nodes, t.values = slices.Grow(t.nodes, 1), slices.Grow(t.values, 1)
	}
	t.nodes, t.values = t.nodes[:i+1], t.values[:i+1]
	n, a := &t.nodes[i], &t.values[i]
	if n.more != nil {
		n.more = nil
	}
	if a.Layout != scalarLayout {
		a.Layout = scalarLayout
	}
	if len(a.F64) != 1 || &a.F64[0] != &buf[0] {
		a.F64 = buf
	}
	if a.F32 != nil {
		a.F32 = nil
	}
	a.DType, a.Weak = Float64, weak
	return Ref(i), n
}

func (t *Tape) push(n node, a Array) Ref {
	t.nodes = append(t.nodes, n)
	t.values = append(t.values, a)
	return Ref(len(t.nodes) - 1)
}

// Emit evaluates an operation and returns the position of its value. attr.Dims
// must live as long as the tape's values (see Ints).
func (t *Tape) Emit(code Code, attr Attr, in ...Ref) Ref {
	at := int32(-1)
	if attr.Dims != nil || attr.F != 0 || attr.Flag {
		at = int32(len(t.attrs))
		t.attrs = append(t.attrs, attr)
	}
	n := node{code: code, attr: at, nin: int16(len(in))}
	c := &t.call
	*c = call{code: code, attr: &noAttr, in: t.in[:0], m: &t.mem}
	if at >= 0 {
		c.attr = &t.attrs[at]
	}
	for i, r := range in {
		if i < len(n.in) {
			n.in[i] = r
		}
		c.in = append(c.in, &t.values[r])
		n.tracked = n.tracked || t.nodes[r].tracked
		n.varying = n.varying || t.nodes[r].varying
	}
	t.in = c.in
	if len(in) > len(n.in) {
		at := len(t.lists)
		t.lists = append(t.lists, in...)
		n.more = t.lists[at:len(t.lists):len(t.lists)]
	}
	c.run()
	n.tracked = n.tracked && !t.frozen && code != Detach
	return t.push(n, c.out)
}

var noAttr Attr

func (t *Tape) attr(n *node) *Attr {
	if n.attr < 0 {
		return &noAttr
	}
	return &t.attrs[n.attr]
}

// Grad returns the gradients of the single number y in each of xs, in a slice
// that the next call uses again. With differentiable set, they can be
// differentiated again.
func (t *Tape) Grad(y Ref, xs []Ref, differentiable bool) []Ref {
	if t.values[y].Layout.Size != 1 {
		panic(&Error{Op: "Grad", Shapes: [][]int{append([]int{}, t.values[y].Layout.Dims...)},
			Reason: "only a single number has a gradient; reduce it with Sum"})
	}
	defer func(f bool) { t.frozen = f }(t.frozen)
	t.frozen = t.frozen || !differentiable
	t.backward(y)
	if cap(t.out) < len(xs) {
		t.out = make([]Ref, len(xs))
	}
	out := t.out[:len(xs)]
	for i, x := range xs {
		out[i] = none
		if x <= y {
			out[i] = t.adj[x]
		}
		if out[i] == none {
			out[i] = t.fill(x, 0)
		}
	}
	return out
}

// backward fills t.adj with the adjoints of all tracked values up to y.
func (t *Tape) backward(y Ref) {
	n := int(y) + 1
	if cap(t.adj) < n {
		t.adj = make([]Ref, n+n/2)
	}
	// A rule that differentiates again would reuse adj; rules only emit.
	t.adj = t.adj[:n]
	for i := range t.adj {
		t.adj[i] = none
	}
	if !t.nodes[y].tracked {
		return
	}
	t.adj[y] = t.fill(y, 1)
	g := &t.grad
	g.t = t
	for i := y; i >= 0; i-- {
		if t.adj[i] == none || !t.nodes[i].tracked || t.nodes[i].code == Var {
			continue
		}
		g.at, g.node, g.out = i, t.nodes[i], t.adj[i]
		rule := table[g.node.code].grad
		if rule == nil {
			continue // flat
		}
		rule(g)
	}
}

// FirstNonFinite returns the position and name of the first operation whose
// value holds a NaN, or an infinity, although its operands hold none. Constants
// count only when they hold a NaN: an infinite one is a bound or a mask.
func (t *Tape) FirstNonFinite() (r Ref, op string, ok bool) {
	for i := range t.nodes {
		a := &t.values[i]
		if finite(a) || t.nodes[i].code == Const && !holdsNaN(a) {
			continue
		}
		clean := true
		for _, in := range t.nodes[i].operands() {
			clean = clean && finite(&t.values[in])
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
