package program

import (
	"bytes"
	"slices"

	"github.com/gopyro/pyro/internal/kernel"
)

// kept is a copy of what a value that cannot vary held, for a tape whose runs are alike:
// mostly it holds the same again, and what followed from it still does. However many ask,
// it is compared once a run.
type kept struct {
	array Array  // the copy; it lies as the value does
	run   uint64 // Tape.run in which it was compared
	epoch uint32 // Tape.epoch, in which the value stays in its place

	inside, whole bool    // its elements are from lo to hi; are integers
	lo, hi        float64 // for which inside was found
}

// keep returns the copy that equals the value at r, which is computed: that of the run
// before, or a new one. Where two are the same, so were the values.
func (t *Tape) keep(r Ref) *kept {
	if int(r) >= len(t.kept) {
		t.kept = append(t.kept, make([]*kept, cap(t.nodes)-len(t.kept))...)
	}
	a, k := t.array(r), t.kept[r]
	if k == nil || k.epoch != t.epoch || k.run != t.run && !k.equals(a) {
		k = &kept{array: *a, epoch: t.epoch}
		n1, n2 := extent(a)
		k.array.F64, k.array.F32 = slices.Clone(a.F64[:n1:n1]), slices.Clone(a.F32[:n2:n2])
		t.kept[r] = k
	}
	k.run = t.run
	return k
}

// equals reports whether a, which lies as the copy does, holds what it does, in the gaps as
// well.
func (k *kept) equals(a *Array) bool {
	b := &k.array
	return kernel.Same(a.F64[:len(b.F64)], b.F64) && bytes.Equal(bytesOf(a.F32[:len(b.F32)]), bytesOf(b.F32))
}

// Within reports that all elements of the value at r are in [lo, hi], as NaN is not. It is
// false of arrays that are not float64 in a row, whatever is in them.
func (t *Tape) Within(r Ref, lo, hi float64) bool {
	run := t.Value(r).run()
	if run == nil {
		return false
	}
	if !t.keeps(r, len(run)) {
		return Within(run, lo, hi)
	}
	k := t.keep(r)
	if !k.inside || k.lo != lo || k.hi != hi {
		k.inside, k.lo, k.hi = Within(run, lo, hi), lo, hi
	}
	return k.inside
}

// Integers is Within for integers; it may be false where some are of magnitude 2⁵¹ or more.
func (t *Tape) Integers(r Ref) bool {
	run := t.Value(r).run()
	if run == nil {
		return false
	}
	if !t.keeps(r, len(run)) {
		return Integers(run)
	}
	k := t.keep(r)
	if !k.whole {
		k.whole = Integers(run)
	}
	return k.whole
}

// keeps reports whether it is worth comparing the n elements at r, rather than looking at
// each.
func (t *Tape) keeps(r Ref, n int) bool {
	return t.waits && int(r) < t.known && t.nodes[r].code == Const && n >= arithRun && n <= mostHeld
}
