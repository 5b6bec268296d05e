package program

import (
	bytes "encoding/binary"
	"math"
)

// alike finds values that are computed in the same way from the same values, of
// which constants are the same where their elements are.
type alike struct {
	seen    map[operation]Ref
	content map[uint64]Ref
	buf     []byte
}

// operation is all that a value depends on, but long lists of operands.
type operation struct {
	code Code
	flag bool
	f    uint64
	in   [3]Ref
	dims string
}

func newAlike() *alike {
	return &alike{seen: map[operation]Ref{}, content: map[uint64]Ref{}}
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

// operation returns the first value of an operation, given its operands' own
// first values, and ok if there is one before r.
func (e *alike) operation(r Ref, n *node, attr Attr, in []Ref) (Ref, bool) {
	if n.code <= Draw || len(in) > 3 {
		return r, false
	}
	k := operation{code: n.code, flag: attr.Flag, f: math.Float64bits(attr.F)}
	copy(k.in[:], in)
	e.buf = e.buf[:0]
	for _, d := range attr.Dims {
		e.buf = bytes.AppendVarint(e.buf, int64(d))
	}
	k.dims = string(e.buf)
	if old, ok := e.seen[k]; ok {
		return old, true
	}
	e.seen[k] = r
	return r, false
}

// Firsts returns, for each value, the first one on the tape that is computed in
// the same way from the same variables, draws and constants: it has the same
// elements, and what is derived from the two has as well.
func (t *Tape) Firsts() []Ref {
	e := newAlike()
	firsts := make([]Ref, len(t.nodes))
	var in []Ref
	for i := range t.nodes {
		r, n := Ref(i), &t.nodes[i]
		firsts[i] = r
		if n.code == Const {
			if n.nin == 0 && !n.state.is(varying) {
				firsts[i], _ = e.constant(r, t.Value(r), t.Value)
			}
			continue
		}
		in = in[:0]
		for _, x := range operands(n, t.lists) {
			in = append(in, firsts[x]+1)
		}
		firsts[i], _ = e.operation(r, n, attrOf(n, t.attrs), in)
	}
	return firsts
}
