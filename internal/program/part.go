package program

import (
	"math"
	"slices"
)

// Part is a part of a run whose operations follow from its name, dims and inputs. A
// run that comes to it again takes it whole, without emitting one operation after
// the other; its values wait.
type Part struct {
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

// NextPart returns the part of the last run that starts here and has this name, these dims
// and so many inputs; nil if there is none. It is what this run does if all inputs hold
// what they did, which is for the caller to ask, before any operation: see GivenAt,
// [Part.Given] and TakePart.
func (t *Tape) NextPart(name string, dims []int, inputs int) *Part {
	if !t.waits {
		return nil
	}
	r := len(t.nodes)
	for t.part < len(t.parts) && t.parts[t.part].from < r {
		t.part++
	}
	if t.part == len(t.parts) {
		return nil
	}
	p := &t.parts[t.part]
	if p.from != r || p.to > t.known || p.name != name || len(p.in) != inputs || !slices.Equal(p.dims, dims) {
		return nil
	}
	return p
}

// TakePart takes p whole, the operations of which follow from inputs as they were, and
// returns its result.
func (t *Tape) TakePart(p *Part) Ref {
	t.delay(Ref(p.from))
	t.nodes, t.nums = t.nodes[:p.to], t.nums[:p.to]
	t.part++
	return p.out
}

// GivenAt reports whether input i of p is the value at r, which holds what it held or may
// vary, so that nothing depends on what it holds.
func (t *Tape) GivenAt(p *Part, i int, r Ref) bool {
	h := &p.in[i]
	if h.ref != r || h.kept == nil {
		return h.ref == r
	}
	t.Value(r) // computes it, should it wait
	return t.keep(r) == h.kept
}

// Given reports whether input i of p is an array that is not on the tape, equal to a.
func (p *Part) Given(i int, a *Array) bool {
	h := &p.in[i]
	return h.array != nil && sameBits(a, h.array)
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
// in, and has the result out, so that it can be taken whole. It does so only for
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
	p := Part{name: name, dims: slices.Clone(dims), from: from, to: to, out: out}
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
	i, _ := slices.BinarySearchFunc(t.parts, from, func(p Part, at int) int { return p.from - at })
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
