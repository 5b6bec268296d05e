package program

import (
	bytes "encoding/binary"
	"math"
	"slices"
)

// Steps and kernels take operands of as many elements as their result, or single
// numbers, and pick by positions that are known. Operations on short arrays that take
// something else are rewritten, before instructions are made of them, as operations
// that do not: what they broadcast becomes picks of each element, picks and views of
// picks become one, and Outside two comparisons. The bits stay.

// mostPositions is the size of the arrays whose elements picks are followed back to.
const mostPositions = 1 << 16

// mostPicks is how many elements a program picks for this. Picks are written out, and
// more of them would leave the cache of instructions: the rest goes through the table.
const mostPicks = 1 << 12

// lower rewrites the operations that are needed, and sets the order of what is then
// to be computed. New ones stand at the end of the nodes.
func (c *compiler) lower() {
	p := c.p
	recorded := c.order
	c.order, c.taken = nil, map[string]Ref{}
	for _, r := range recorded {
		if n := &p.nodes[r]; c.need[r] && n.state.is(varying) && n.nin > 0 && n.code != Draw && p.values[r].DType == Float64 {
			c.lowerNode(r)
		}
		c.order = append(c.order, r)
	}
}

func (c *compiler) lowerNode(r Ref) {
	p := c.p
	size := p.values[r].Layout.Size
	short := 0 < size && size < blockRun
	switch code := p.nodes[r].code; {
	case code == Outside && short:
		c.lowerOutside(r)
	case code >= Neg && code <= Where && code != Cast && code != Detach && size > 0, code > Where && code <= BetaSampleDb && short:
		c.lowerOperands(r, short)
	case (code == Sum || code == SumTo) && short:
		c.lowerSum(r)
	case (code == Index || code == Gather) && short:
		c.lowerPicks(r)
	case (code == IndexAdd || code == ScatterAdd) && short:
		c.lowerAdds(r)
	}
}

// lowerOperands gives an operation element by element operands with all elements, but
// for the single numbers that arithmetic takes as they are. Of long ones these are
// constants alone.
func (c *compiler) lowerOperands(r Ref, short bool) {
	p := c.p
	n, out := p.nodes[r], p.values[r].Layout
	number := -1 // the operand that stays one
	for j, x := range n.in[:n.nin] {
		x = c.canon[x]
		if p.values[x].DType != Float64 {
			return
		}
		if n.code >= Add && n.code <= Div && out.Size > 1 && (uniform(p.values[x].Layout) || number < 0 && c.alike(x)) {
			number = j
		}
	}
	for j, x := range n.in[:n.nin] {
		x = c.canon[x]
		a := &p.values[x]
		constant := !p.nodes[x].state.is(varying)
		switch {
		case j == number || a.Layout.Contig && a.Layout.Size == out.Size:
		case constant && (short || a.Layout.Size == 1 || !a.Layout.Contig):
			p.nodes[r].in[j] = c.wholeConstant(x, out.Dims)
		case short && !constant:
			if base, at, ok := c.source(x); ok && c.spend(out.Size) {
				p.nodes[r].in[j] = c.pick(base, broadened(nil, at, out.Dims))
			}
		}
	}
}

// lowerOutside makes x < lo or x > hi of comparisons.
func (c *compiler) lowerOutside(r Ref) {
	p := c.p
	n := p.nodes[r]
	x, lo, hi := n.in[0], n.in[1], n.in[2]
	for _, a := range []Ref{x, lo, hi} {
		if p.values[c.canon[a]].DType != Float64 {
			return
		}
	}
	less := func(x, y Ref) node {
		return node{code: Less, attr: -1, nin: 2, in: [3]Ref{x, y}, state: varying | boxed}
	}
	switch {
	case c.constant(lo, math.Inf(-1)):
		p.nodes[r] = less(hi, x)
	case c.constant(hi, math.Inf(1)):
		p.nodes[r] = less(x, lo)
	default:
		below, above := c.append(less(x, lo)), c.append(less(hi, x))
		one := c.add(node{code: Const, attr: -1, state: boxed}, Array{Layout: scalarLayout, F64: []float64{1}})
		p.nodes[r] = node{code: Where, attr: -1, nin: 3, in: [3]Ref{below, one, above}, state: varying | boxed}
		c.lowerOperands(below, true)
		c.lowerOperands(above, true)
		c.order = append(c.order, below, above)
	}
	c.lowerOperands(r, true)
}

// lowerSum makes sums of rows of negatives the negatives of sums, which others may need as
// well. Rounding is symmetric, and a sum is never -0.
func (c *compiler) lowerSum(r Ref) {
	p := c.p
	n, out := p.nodes[r], &p.values[r]
	x, minus := c.negated(n.in[0])
	if !minus {
		x = c.canon[n.in[0]]
	}
	if shape, ok := c.block(&n, out, &p.values[x]); !ok || shape[2] != 1 || p.values[x].DType != Float64 || out.Layout.Size == 1 {
		return
	}
	key := appendDims(bytes.AppendVarint([]byte("sum"), int64(x)), out.Layout.Dims)
	key = appendDims(append(key, byte(n.code)), attrOf(&n, p.attrs).Dims)
	s, ok := c.taken[string(key)]
	if !ok {
		if s = r; minus {
			n.in[0] = x
			s = c.append(n)
			c.order = append(c.order, s)
		}
		c.taken[string(key)] = s
	}
	switch {
	case minus:
		zero := c.add(node{code: Const, attr: -1, state: boxed}, Array{Layout: scalarLayout, F64: make([]float64, 1)})
		p.nodes[r] = node{code: Sub, attr: -1, nin: 2, in: [3]Ref{zero, s}, state: varying | boxed}
	case s != r:
		p.nodes[r] = node{code: Reshape, attr: c.attr(out.Layout.Dims), nin: 1, in: [3]Ref{s}, state: varying | boxed}
	}
}

// spend reports whether there is room for n more picks.
func (c *compiler) spend(n int) bool {
	if c.spent+n > mostPicks {
		return false
	}
	c.spent += n
	return true
}

// lowerPicks makes Index and Gather by constants, and what those they pick from pick,
// one Index of the elements of a vector, or no operation where these are all in order.
func (c *compiler) lowerPicks(r Ref) {
	if base, at, ok := c.source(r); ok && base != r && c.spend(at.Layout.Size) {
		p := c.p
		p.nodes[r] = c.picks(base, at)
	}
}

// lowerAdds makes IndexAdd and ScatterAdd by constants IndexAdd to a vector.
func (c *compiler) lowerAdds(r Ref) {
	p := c.p
	n := &p.nodes[r]
	in := operands(n, p.lists)
	values, out := c.canon[in[0]], &p.values[r]
	v := call{code: Index, in: []*Array{positions(out.Layout.Dims)}, attr: &Attr{}}
	dims := p.values[values].Layout.Dims
	if n.code == ScatterAdd {
		attr := attrOf(n, p.attrs)
		v.code, v.attr = Gather, &Attr{Dims: attr.Dims[:1]}
		dims, _ = broadcast(nil, dims, p.values[c.canon[in[1]]].Layout.Dims)
	}
	for _, x := range in[1:] {
		if x = c.canon[x]; p.nodes[x].state.is(varying) {
			return
		}
		v.in = append(v.in, &p.values[x])
	}
	v.run()
	if full, ok := broadcast(nil, v.out.Layout.Dims, dims); !ok || rowSize(full) != rowSize(dims) || rowSize(dims) >= blockRun || !c.spend(rowSize(dims)) {
		return
	}
	base, at, ok := c.source(values)
	if !ok {
		return
	}
	rows, from := broadened(nil, &v.out, dims), broadened(nil, at, dims)
	rows.Layout = p.mem.layout([]int{rows.Layout.Size})
	from.Layout = rows.Layout
	sums := node{code: IndexAdd, attr: c.attr([]int{out.Layout.Size}), nin: 2, state: varying | boxed}
	sums.in = [3]Ref{c.pick(base, from), c.add(node{code: Const, attr: -1, state: boxed}, *rows)}
	if len(out.Layout.Dims) == 1 {
		p.nodes[r] = sums
		return
	}
	s := c.append(sums)
	c.order = append(c.order, s)
	p.nodes[r] = node{code: Reshape, attr: c.attr(out.Layout.Dims), nin: 1, in: [3]Ref{s}, state: varying | boxed}
}

// source follows views, and picks by constants, back to a value in row-major order. at has
// the shape of r and the position there of each element.
func (c *compiler) source(r Ref) (base Ref, at *Array, ok bool) {
	p := c.p
	r = c.canon[r]
	n := &p.nodes[r]
	if in := operands(n, p.lists); n.state.is(varying) && c.moves(n) {
		if base, at, ok = c.source(in[0]); ok {
			attr := attrOf(n, p.attrs)
			v := call{code: n.code, attr: &attr, in: []*Array{at}}
			for _, x := range in[1:] {
				v.in = append(v.in, &p.values[c.canon[x]])
			}
			v.run()
			return base, &v.out, true
		}
	}
	l := p.values[r].Layout
	if p.values[r].DType != Float64 || !l.Contig || l.Size == 0 || l.Size > mostPositions || c.moves(n) && table[n.code].view != nil {
		return r, nil, false
	}
	return r, positions(l.Dims), true
}

// moves reports whether an operation does nothing but place elements of its first
// operand, the same every time.
func (c *compiler) moves(n *node) bool {
	switch n.code {
	case Index, Gather:
		for _, x := range operands(n, c.p.lists)[1:] {
			if c.p.nodes[c.canon[x]].state.is(varying) {
				return false
			}
		}
		return true
	case Cast, Detach:
		return false
	}
	return n.code == Flip || table[n.code].view != nil
}

// pick returns the value whose elements are those of base at the given positions.
func (c *compiler) pick(base Ref, at *Array) Ref {
	key := bytes.AppendVarint([]byte("pick"), int64(base))
	key = appendDims(key, at.Layout.Dims)
	for _, v := range at.F64[:at.Layout.Size] {
		key = bytes.AppendVarint(key, int64(v))
	}
	r, ok := c.taken[string(key)]
	if !ok {
		n := c.picks(base, at)
		r = c.append(n)
		c.order = append(c.order, r)
		c.taken[string(key)] = r
	}
	return r
}

// picks is the operation that takes elements of base.
func (c *compiler) picks(base Ref, at *Array) node {
	p := c.p
	reshape := func(dims []int) node {
		return node{code: Reshape, attr: c.attr(dims), nin: 1, in: [3]Ref{base}, state: varying | boxed}
	}
	l := p.values[base].Layout
	if l.Size == at.Layout.Size && repeats(at, l.Size) {
		return reshape(at.Layout.Dims)
	}
	flat := base
	if len(l.Dims) != 1 {
		flat = c.append(reshape([]int{l.Size}))
		c.order = append(c.order, flat)
	}
	if m := at.Layout.Size / l.Size; l.Size >= arithRun && repeats(at, l.Size) && m > 1 {
		cat := node{code: Cat, attr: c.attr([]int{0}), nin: uint16(m), in: [3]Ref{flat, flat, flat}, state: varying | boxed}
		if m > len(cat.in) {
			cat.in[0] = Ref(len(p.lists))
			p.lists = append(p.lists, slices.Repeat([]Ref{flat}, m)...)
		}
		base = c.append(cat)
		c.order = append(c.order, base)
		return reshape(at.Layout.Dims)
	}
	index := c.add(node{code: Const, attr: -1, state: boxed}, *at)
	return node{code: Index, attr: -1, nin: 2, in: [3]Ref{flat, index}, state: varying | boxed}
}

// repeats reports whether positions are those of n elements again and again.
func repeats(at *Array, n int) bool {
	for i, v := range at.F64[:at.Layout.Size] {
		if v != float64(i%n) {
			return false
		}
	}
	return at.Layout.Size%n == 0
}

// wholeConstant is a constant broadcast to dims, in row-major order.
func (c *compiler) wholeConstant(x Ref, dims []int) Ref {
	key := string(appendDims(bytes.AppendVarint([]byte("constant"), int64(x)), dims))
	r, ok := c.taken[key]
	if !ok {
		r = c.add(node{code: Const, attr: -1, state: boxed}, *broadened(&c.p.mem, &c.p.values[x], dims))
		c.taken[key] = r
	}
	return r
}

func appendDims(key []byte, dims []int) []byte {
	key = bytes.AppendVarint(key, int64(len(dims)))
	for _, d := range dims {
		key = bytes.AppendVarint(key, int64(d))
	}
	return key
}

// broadened is a broadcast to dims, in row-major order.
func broadened(m *memory, a *Array, dims []int) *Array {
	out := m.array(m.layout(dims), Float64)
	materialise(&out, a, out.Layout)
	return &out
}

// positions has the position of each element of an array of the given dims.
func positions(dims []int) *Array {
	a := NewArray(make([]float64, rowSize(dims)), dims...)
	for i := range a.F64 {
		a.F64[i] = float64(i)
	}
	return a
}

// attr keeps dims for a node.
func (c *compiler) attr(dims []int) int32 {
	c.p.attrs = append(c.p.attrs, Attr{Dims: dims})
	return int32(len(c.p.attrs) - 1)
}

// append appends an operation to the nodes, with its value.
func (c *compiler) append(n node) Ref {
	attr := attrOf(&n, c.p.attrs)
	v := call{code: n.code, attr: &attr, m: &c.p.mem}
	for _, x := range operands(&n, c.p.lists) {
		v.in = append(v.in, &c.p.values[c.canon[x]])
	}
	v.run()
	return c.add(n, v.out)
}

// add appends a node with its value.
func (c *compiler) add(n node, a Array) Ref {
	r := Ref(len(c.p.nodes))
	c.p.nodes, c.p.values = append(c.p.nodes, n), append(c.p.values, a)
	c.canon, c.minus = append(c.canon, r), append(c.minus, false)
	return r
}
