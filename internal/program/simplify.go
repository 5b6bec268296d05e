package program

import "math"

// simplify returns, for each value, the first one that is always equal to it.
func (p *Recorded) simplify() []Ref {
	type literal struct {
		bits uint64
		weak bool
	}
	numbers := map[literal]Ref{}
	e := newAlike(p.nodes, p.attrs, p.lists)
	canon := e.first
	for i := range p.nodes {
		canon[i] = Ref(i)
		n := &p.nodes[i]
		if p.settles(n, canon) {
			*n = node{code: Const, attr: -1, state: n.state &^ (varying | tracked)}
		}
		if a := &p.values[i]; !n.state.is(varying) && n.state.is(scalar) {
			l := literal{math.Float64bits(a.F64[0]), a.Weak}
			if r, ok := numbers[l]; ok {
				canon[i] = r
			} else {
				numbers[l] = Ref(i)
			}
			continue
		}
		if !n.state.is(varying) {
			canon[i], _ = e.constant(Ref(i), &p.values[i], func(r Ref) *Array { return &p.values[r] })
			continue
		}
		if n.code <= Draw {
			continue
		}
		old := e.operation(Ref(i))
		r, ok := p.passes(n, canon)
		if !ok {
			r, ok = *old-1, *old != 0
		}
		if ok && sameDims(p.values[r].Layout, p.values[i].Layout) && p.values[r].DType == p.values[i].DType {
			canon[i] = r
			p.values[i] = p.values[r]
			continue
		}
		*old = Ref(i) + 1
	}
	return canon
}

// passes returns the operand that n always equals, bit for bit.
func (p *Recorded) passes(n *node, canon []Ref) (Ref, bool) {
	switch n.code {
	case Detach:
		return canon[n.in[0]], true
	case Floor:
		if x := canon[n.in[0]]; p.whole(x, canon) {
			return x, true
		}
	case Neg: // of Neg
		if x := &p.nodes[canon[n.in[0]]]; x.code == Neg {
			return canon[x.in[0]], true
		}
	case Where: // on a condition that does not vary
		cond := canon[n.in[0]]
		if p.nodes[cond].state.is(varying) {
			break
		}
		if p.all(cond, func(v float64) bool { return v != 0 }) {
			return canon[n.in[1]], true
		}
		if p.all(cond, func(v float64) bool { return v == 0 }) {
			return canon[n.in[2]], true
		}
	case Mul, Div: // by a constant one
		if p.isOne(canon[n.in[1]]) {
			return canon[n.in[0]], true
		}
		if n.code == Mul && p.isOne(canon[n.in[0]]) {
			return canon[n.in[1]], true
		}
		for j := range 2 {
			if n.code == Mul && p.isZero(canon[n.in[j]]) && p.isTruth(canon[n.in[1-j]]) {
				return canon[n.in[j]], true
			}
		}
	case Add: // of zero and what is 0 or 1, so never -0
		for j := range 2 {
			if p.isZero(canon[n.in[j]]) && p.isTruth(canon[n.in[1-j]]) {
				return canon[n.in[1-j]], true
			}
		}
	case Sub: // of zero: -0 - 0 is -0
		if p.isZero(canon[n.in[1]]) {
			return canon[n.in[0]], true
		}
	case MulScalar:
		if n.k == 1 {
			return canon[n.in[0]], true
		}
	}
	return none, false
}

func (p *Recorded) isZero(r Ref) bool {
	return !p.nodes[r].state.is(varying) && p.all(r, func(v float64) bool { return v == 0 && !math.Signbit(v) })
}

// isTruth reports whether a value is always 0 or 1.
func (p *Recorded) isTruth(r Ref) bool {
	switch p.nodes[r].code {
	case Not, Equal, Less, LessEqual, Outside:
		return true
	}
	return false
}

func (p *Recorded) isOne(r Ref) bool {
	return !p.nodes[r].state.is(varying) && p.all(r, func(v float64) bool { return v == 1 })
}

// all reports whether f holds for all elements of a value, of which there is one.
func (p *Recorded) all(r Ref, f func(float64) bool) bool {
	a := &p.values[r]
	if a.Layout.Contig || uniform(a.Layout) { // as nearly all constants are
		n := a.Layout.Size
		if n > 0 && uniform(a.Layout) {
			n = 1
		}
		for i := range n {
			if !f(a.at(i)) {
				return false
			}
		}
		return n > 0
	}
	ok := a.Layout.Size > 0
	walk(a.Layout.Dims, a.Layout.Strides, func(o int) { ok = ok && f(a.at(o)) })
	return ok
}

// aliases reports whether the value of a view is in the buffer of its operand,
// so that it needs no work.
func aliases(out, in *Array) bool {
	if out.DType != in.DType {
		return false
	}
	if out.Layout.Size == 0 {
		return true
	}
	if out.DType == Float32 {
		return within(out.F32, in.F32)
	}
	return within(out.F64, in.F64)
}

// within reports whether a is a part of b's array. A part that does not start
// where b does still ends where it does.
func within[T any](a, b []T) bool {
	return &a[:cap(a)][cap(a)-1] == &b[:cap(b)][cap(b)-1]
}
