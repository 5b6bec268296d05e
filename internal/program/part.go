package program

import (
	"math"
	"slices"
)

// part is a part of a run whose operations follow from its name, dims and inputs. A
// run that comes to it again takes it whole, without emitting one operation after
// the other; its values wait.
type part struct {
	name     string
	dims     []int
	in       []held
	from, to int // its operations
	out      Ref // its result
}

// held is an input of a part: a value of the tape, which holds what it held if it cannot
// vary, or an array that is not on the tape.
type held struct {
	ref   Ref // none for an array
	kept  *kept
	array *Array
}

// Input is a value that a part of a run follows from: one of the tape, at Ref, or,
// where Array is not nil, one from outside.
type Input struct {
	Ref   Ref
	Array *Array
}

// mostHeld is the number of elements up to which an input is compared that cannot
// vary.
const mostHeld = 1 << 12

// Repeated takes a part of the last run whole if the same part starts here: one of
// the same name, dims and inputs. out is its result.
func (t *Tape) Repeated(name string, dims []int, in []Input) (out Ref, ok bool) {
	if !t.waits {
		return none, false
	}
	r := len(t.nodes)
	for t.part < len(t.parts) && t.parts[t.part].from < r {
		t.part++
	}
	if t.part == len(t.parts) {
		return none, false
	}
	p := &t.parts[t.part]
	if p.from != r || p.to > t.known || p.name != name || len(p.in) != len(in) || !slices.Equal(p.dims, dims) {
		return none, false
	}
	for i := range in {
		if !t.holds(&p.in[i], &in[i]) {
			return none, false
		}
	}
	t.nodes, t.nums = t.nodes[:p.to], t.nums[:p.to]
	if t.due == 0 {
		t.due, t.quick = Ref(r)+1, 0
	}
	t.part++
	return p.out, true
}

// touch forgets the part that the constant at r is in, which was set by itself and may
// be another one now.
func (t *Tape) touch(r int) {
	for t.part < len(t.parts) && t.parts[t.part].to <= r {
		t.part++
	}
	if t.part < len(t.parts) && t.parts[t.part].from <= r {
		t.parts = slices.Delete(t.parts, t.part, t.part+1)
	}
}

// holds reports whether an input is what it was.
func (t *Tape) holds(h *held, in *Input) bool {
	switch {
	case in.Array != nil:
		return h.array != nil && sameBits(in.Array, h.array)
	case h.ref != in.Ref:
		return false
	case h.kept == nil: // it may vary, which nothing depends on
		return true
	}
	t.Value(in.Ref) // computes it, should it wait
	return t.keep(in.Ref) == h.kept
}

// sameBits reports whether a is the same as b.
func sameBits(a, b *Array) bool {
	if isNumber(a) && isNumber(b) {
		return a.Weak == b.Weak && math.Float64bits(a.F64[0]) == math.Float64bits(b.F64[0])
	}
	if a.DType != b.DType || a.Weak != b.Weak || !sameDims(a.Layout, b.Layout) {
		return false
	}
	return sameContent(a, b)
}

// Part notes that what was emitted from position from on follows from name, dims and
// in, and has the result out, so that Repeated can take it whole. It does so only for
// operations that can wait.
func (t *Tape) Part(name string, dims []int, in []Input, from int, out Ref) {
	to := len(t.nodes)
	if !t.waits || to > t.known || from == to {
		return
	}
	for i := range t.nodes[from:] {
		if c := t.nodes[from+i].code; c != Const && !c.canWait() {
			return
		}
	}
	p := part{name: name, dims: slices.Clone(dims), from: from, to: to, out: out}
	for _, x := range in {
		h := held{ref: none}
		switch {
		case x.Array != nil:
			if x.Array.Layout.Size > mostHeld {
				return
			}
			h.array = x.Array.Clone()
		case t.nodes[x.Ref].state.is(varying):
			h.ref = x.Ref
		default:
			if t.Value(x.Ref).Layout.Size > mostHeld {
				return
			}
			h.ref, h.kept = x.Ref, t.keep(x.Ref)
		}
		p.in = append(p.in, h)
	}
	t.own(from)
	i, _ := slices.BinarySearchFunc(t.parts, from, func(p part, at int) int { return p.from - at })
	j := i
	for j < len(t.parts) && t.parts[j].from < to {
		j++
	}
	t.parts = slices.Replace(t.parts, i, j, p)
	t.part = i + 1
}

// own makes the constants from position from on use copies: where the part is taken whole
// they are not set again, and what they used may by then hold something else.
func (t *Tape) own(from int) {
	for i := range t.nodes[from:] {
		r := Ref(from + i)
		if n := &t.nodes[r]; n.code == Const && !n.state.is(scalar) {
			t.values[r] = t.keep(r).array
		}
	}
}
