package program

import (
	"math"
	"math/bits"
	"slices"
)

// alike finds values that are computed in the same way from the same values, of
// which constants are the same where their elements are.
type alike struct {
	nodes   []node
	attrs   []Attr
	lists   []Ref
	first   []Ref          // of each value so far, the first that equals it
	slots   []Ref          // operations, plus 1, where their hashes lead to; 0 is free, as half of them are
	content map[uint64]Ref // constants
}

func newAlike(nodes []node, attrs []Attr, lists []Ref) *alike {
	return &alike{
		nodes: nodes, attrs: attrs, lists: lists, first: make([]Ref, len(nodes)),
		slots: make([]Ref, 2<<bits.Len(uint(len(nodes)))), content: map[uint64]Ref{},
	}
}

// constant returns the first value with the elements of a, which is at r, and
// ok if there is one before r.
func (e *alike) constant(r Ref, a *Array, at func(Ref) *Array) (Ref, bool) {
	const long = 1 << 12 // elements, from which on to compare does not pay
	if a.Layout.Size > long || a.DType != Float64 {
		return r, false
	}
	sum := hash(a)
	old, ok := e.content[sum]
	if !ok {
		e.content[sum] = r
		return r, false
	}
	b := at(old)
	if b.Weak == a.Weak && b.DType == a.DType && sameDims(a.Layout, b.Layout) && sameContent(a, b) {
		return old, true
	}
	return r, false
}

// hash mixes the dims and the bits of the elements of a float64 array.
func hash(a *Array) uint64 {
	h := uint64(0)
	for _, d := range a.Layout.Dims {
		h = mix(h, uint64(d))
	}
	if !a.Layout.Contig {
		return hashWalk(h, a)
	}
	for _, v := range a.F64[:a.Layout.Size] {
		h = mix(h, math.Float64bits(v))
	}
	return h
}

// hashWalk is hash for elements with gaps; apart, since its closure allocates.
func hashWalk(h uint64, a *Array) uint64 {
	walk(a.Layout.Dims, a.Layout.Strides, func(o int) { h = mix(h, math.Float64bits(a.F64[o])) })
	return h
}

func mix(h, v uint64) uint64 {
	h = (h ^ v) * 0x9E3779B97F4A7C15 // 2⁶⁴ by the golden ratio
	return h ^ h>>32
}

// operation returns the slot of what is computed as the value at r is: by the same operation
// of operands that are alike. It has the position of the first such value, plus 1; one with
// 0 is for the caller to fill.
func (e *alike) operation(r Ref) *Ref {
	n := &e.nodes[r]
	a := attrOf(n, e.attrs)
	h := mix(uint64(n.code), math.Float64bits(a.F))
	for _, x := range operands(n, e.lists) {
		h = mix(h, uint64(e.first[x]))
	}
	for _, d := range a.Dims {
		h = mix(h, uint64(d))
	}
	for ; ; h++ {
		if s := &e.slots[h&uint64(len(e.slots)-1)]; *s == 0 || e.same(*s-1, r) {
			return s
		}
	}
}

// same reports whether the values at q and r are the same operation of operands that are
// alike.
func (e *alike) same(q, r Ref) bool {
	m, n := &e.nodes[q], &e.nodes[r]
	if m.code != n.code || m.nin != n.nin {
		return false
	}
	in := operands(n, e.lists)
	for i, x := range operands(m, e.lists) {
		if e.first[x] != e.first[in[i]] {
			return false
		}
	}
	a, b := attrOf(m, e.attrs), attrOf(n, e.attrs)
	return math.Float64bits(a.F) == math.Float64bits(b.F) && a.Flag == b.Flag && slices.Equal(a.Dims, b.Dims)
}

// Firsts returns, for each value, the first one on the tape that is computed in
// the same way from the same variables, draws and constants: it has the same
// elements, and what is derived from the two has as well.
func (t *Tape) Firsts() []Ref {
	e := newAlike(t.nodes, t.attrs, t.lists)
	for i := range t.nodes {
		r, n := Ref(i), &t.nodes[i]
		e.first[i] = r
		switch {
		case n.code == Const:
			if n.nin == 0 && !n.state.is(varying) {
				e.first[i], _ = e.constant(r, t.Value(r), t.Value)
			}
		case n.code > Draw:
			if old := e.operation(r); *old != 0 {
				e.first[i] = *old - 1
			} else {
				*old = r + 1
			}
		}
	}
	return e.first
}
