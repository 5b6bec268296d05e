package program

import (
	"math"
	"slices"
	"unsafe"
)

// A tape that is reset keeps its nodes, their layouts and their buffers. While
// the next run emits the same operations on the same operands, what Emit has to
// do is to compute: shapes need no rules, results no room. The first operation
// that differs ends this, and the rest of the run is laid out anew.

// filled stands in node.attr for a constant that the tape filled itself with
// the number node.k.
const filled int32 = -2

// stands returns the node that stands ready for the next operation, or nil.
func (t *Tape) stands() *node {
	if r := len(t.nodes); r < t.known {
		return &t.nodes[:r+1][r]
	}
	return nil
}

// node is that at r, for which there is room. Neither it nor num checks r: they
// are what an operation on single numbers spends its time on, and positions that
// a tape gave are on it.
func (t *Tape) node(r int) *node {
	return (*node)(unsafe.Add(unsafe.Pointer(unsafe.SliceData(t.nodes)), uintptr(r)*unsafe.Sizeof(node{})))
}

// num is the single number at r.
func (t *Tape) num(r int) *float64 {
	return (*float64)(unsafe.Add(unsafe.Pointer(unsafe.SliceData(t.nums)), uintptr(r)*8))
}

// quickly is node.quick and node.late of an operation that is made now. One that stands
// ready with the same operands is the same in all else: what is known of it follows from
// them.
func (t *Tape) quickly(code Code) Code {
	if t.mask != 0 {
		return Const
	}
	return code
}

// masked sets what is left out of the state of what is emitted.
func (t *Tape) masked(mask state) {
	t.mask, t.quick, t.queue = mask, 0, 0
	switch {
	case mask != 0:
	case t.due == 0:
		t.quick = t.known
	case t.waits:
		t.queue = t.known
	}
}

// accept takes the node that stands ready as the next one.
func (t *Tape) accept() Ref {
	r := len(t.nodes)
	t.nodes, t.nums = t.nodes[:r+1], t.nums[:r+1]
	return Ref(r)
}

// depart gives up what stands ready; Reset then lays all out anew.
func (t *Tape) depart() {
	if t.known > 0 {
		t.catchUp()
		t.known, t.quick, t.queue, t.departed = 0, 0, 0, true
	}
}

// standing reports whether all of this run stood ready.
func (t *Tape) standing() bool { return t.known > 0 && len(t.nodes) <= t.known }

// numberAgain evaluates a function of single numbers at r; false leaves it to
// again.
func (t *Tape) numberAgain(n *node, r int) bool {
	if n.code == Const {
		return true
	}
	if !n.state.is(scalar) || n.code < Neg || n.code > Where {
		return false
	}
	nums := t.nums[:r+1]
	if n.state.is(boxed) && &t.values[r].F64[0] != &nums[r] { // its Array is read from elsewhere
		return false
	}
	x, y := n.in[0], n.in[1]
	if !t.nodes[x].state.is(scalar) {
		return false
	}
	if n.nin == 1 {
		if n.code > Polygamma {
			return false
		}
		nums[r] = number1(n.code, n.k, nums[x])
		return true
	}
	if !t.nodes[y].state.is(scalar) {
		return false
	}
	switch n.code {
	case Add:
		nums[r] = nums[x] + nums[y]
	case Sub:
		nums[r] = nums[x] - nums[y]
	case Mul:
		nums[r] = nums[x] * nums[y]
	case Div:
		nums[r] = nums[x] / nums[y]
	case Where:
		z := n.in[2]
		if !t.nodes[z].state.is(scalar) {
			return false
		}
		if nums[r] = nums[z]; nums[x] != 0 {
			nums[r] = nums[y]
		}
	default:
		nums[r] = number2(n.code, nums[x], nums[y])
	}
	return true
}

// repeats reports whether n is the given operation.
func (t *Tape) repeats(n *node, code Code, attr *Attr, in []Ref) bool {
	if n.code != code || int(n.nin) != len(in) || math.Float64bits(n.k) != math.Float64bits(attr.F) || (n.attr >= 0) != (attr.Dims != nil || attr.Flag) {
		return false
	}
	var s state
	for i, r := range operands(n, t.lists) {
		if r != in[i] {
			return false
		}
		s |= t.nodes[r].state & (tracked | varying)
	}
	if s = t.live(s); code == Detach {
		s &^= tracked
	}
	if n.state&(tracked|varying) != s {
		return false
	}
	if n.attr < 0 {
		return true
	}
	a := &t.attrs[n.attr]
	return a.Flag == attr.Flag && slices.Equal(a.Dims, attr.Dims)
}

// again evaluates the operation n, which stands ready at r.
func (t *Tape) again(n *node, r int) {
	switch s := t.readied(n, r); s.kind {
	case throughTable:
		t.general(n, &t.values[r])
	case window:
		if at := t.place(n.in[0]); at != s.in[0] {
			t.general(n, &t.values[r])
			s.in[0] = at
		}
	default:
		for i := range n.nin {
			if at := t.place(n.in[i]); at != s.in[i] {
				s.in[i] = at
			}
		}
		s.run()
	}
	if n.state.is(scalar) {
		t.nums[:r+1][r] = t.values[r].F64[0]
	}
}

// general evaluates a node through the table into out.
func (t *Tape) general(n *node, out *Array) {
	in := operands(n, t.lists)
	if table[n.code].view != nil {
		t.viewAgain(n, out, t.Value(in[0]))
		return
	}
	c := t.prepare(n, in)
	c.unify()
	c.out = *out
	table[n.code].eval(c)
}

// prepare sets up the call of a node.
func (t *Tape) prepare(n *node, in []Ref) *call {
	c := &t.call
	t.attr = attrOf(n, t.attrs)
	c.code, c.attr, c.in, c.m = n.code, &t.attr, t.in[:0], &t.scratch
	for _, r := range in {
		c.in = append(c.in, t.Value(r))
	}
	t.in = c.in
	return c
}

// viewAgain makes the window out on x anew where x lies elsewhere now, and
// copies where it holds a copy.
func (t *Tape) viewAgain(n *node, out, x *Array) {
	if aliases(out, x) {
		return
	}
	v := table[n.code].view(t.prepare(n, n.in[:1]))
	if aliases(&v, x) {
		out.F64, out.F32 = v.F64, v.F32
		return
	}
	materialise(out, &v, out.Layout)
}

// constAgain gives the constant or variable n the data of a, which must have
// the shape and type that it had, and be plain if it was.
func (t *Tape) constAgain(n *node, a *Array, plain bool) bool {
	r := len(t.nodes)
	if n.state.is(scalar) {
		if !isNumber(a) || n.state.is(weak) != plain {
			return false
		}
		t.nums[:r+1][r] = a.F64[0]
		if n.code == Var && &t.values[r].F64[0] != &a.F64[0] {
			t.values[r].F64 = a.F64[:1:1]
		}
		return true
	}
	v := &t.values[r]
	if v.DType != a.DType || v.Weak != plain || !slices.Equal(v.Layout.Dims, a.Layout.Dims) ||
		!slices.Equal(v.Layout.Strides, a.Layout.Strides) {
		return false
	}
	n1, n2 := extent(a)
	if n1 > 0 && &v.F64[0] != &a.F64[0] {
		v.F64 = a.F64[:n1:n1]
	}
	if n2 > 0 && &v.F32[0] != &a.F32[0] {
		v.F32 = a.F32[:n2:n2]
	}
	return true
}

// isNumber reports whether a is one float64 without dims.
func isNumber(a *Array) bool { return len(a.Layout.Dims) == 0 && a.DType == Float64 }

// Number returns the value of a if it is one float64 without dims.
func (a *Array) Number() (v float64, ok bool) {
	if !isNumber(a) {
		return 0, false
	}
	return a.F64[0], true
}

// extent is how far the elements of a reach in F64 and F32.
func extent(a *Array) (n1, n2 int) {
	n := 0
	if l := a.Layout; l.Contig {
		n = l.Size
	} else if l.Size > 0 {
		n = 1
		for i, d := range l.Dims {
			n += (d - 1) * l.Strides[i]
		}
	}
	if a.DType == Float32 {
		return 0, n
	}
	return n, 0
}
