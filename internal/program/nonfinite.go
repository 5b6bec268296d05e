package program

import "math"

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

func finite(a *Array) bool { return !holds(a, func(v float64) bool { return v-v != 0 }) }

func holdsNaN(a *Array) bool { return holds(a, math.IsNaN) }

func holds(a *Array, bad func(float64) bool) bool {
	found := false
	walk(a.Layout.Dims, a.Layout.Strides, func(o int) { found = found || bad(a.at(o)) })
	return found
}
