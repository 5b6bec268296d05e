package program

import "math"

// Minibatches are picked from data that do not change. What holds of all data, such
// as that they are integers from 0 to 1, holds of each minibatch, and need not be
// computed again.

// origin returns the constant from which the elements of r are picked, if they are.
func (p *Recorded) origin(r Ref, canon []Ref) (Ref, bool) {
	for {
		n := &p.nodes[r]
		if !n.state.is(varying) {
			return r, true
		}
		switch n.code {
		case Index, Gather, Reshape, Expand, Permute, Slice, Flip, Detach:
			r = canon[n.in[0]]
		default:
			return none, false
		}
	}
}

// never reports whether n, a condition, holds for no element, whatever varies.
func (p *Recorded) never(n *node, canon []Ref) bool {
	switch x := canon[n.in[0]]; n.code {
	case Less:
		return x == canon[n.in[1]]
	case Outside:
		from, ok := p.origin(x, canon)
		lo, hi := canon[n.in[1]], canon[n.in[2]]
		if !ok || p.values[lo].Layout.Size != 1 || p.values[hi].Layout.Size != 1 || (p.nodes[lo].state | p.nodes[hi].state).is(varying) {
			return false
		}
		a, b := p.values[lo].at(0), p.values[hi].at(0)
		if h := p.naturalsOf(from); h != nil && a <= 0 && h.most <= b {
			return true
		}
		if x := p.values[from].run(); len(x) > 0 && Within(x, a, b) {
			return true
		}
		return p.all(from, func(v float64) bool { return !(v < a || v > b) }) // a NaN is not outside
	}
	return false
}

// whole reports whether the elements of r are picked from integers.
func (p *Recorded) whole(r Ref, canon []Ref) bool {
	from, ok := p.origin(r, canon)
	if !ok {
		return false
	}
	if p.naturalsOf(from) != nil {
		return true
	}
	if x := p.values[from].run(); len(x) > 0 && Integers(x) {
		return true
	}
	return p.all(from, func(v float64) bool { return v == math.Floor(v) }) // as an infinite number is
}

// settles reports whether the value of n, which varied by its operands, is the same
// every time: it is then what it was when it was recorded.
func (p *Recorded) settles(n *node, canon []Ref) bool {
	if !n.state.is(varying) || n.code <= Draw {
		return false
	}
	for _, r := range operands(n, p.lists) {
		if p.nodes[canon[r]].state.is(varying) {
			return p.never(n, canon)
		}
	}
	return true
}
