package program

import "slices"

// Operations whose dims follow from those of their operand. Where one waits, they need
// not be made to be compared.

// follows returns the dims of the node that waits to be computed from x by code without a
// flag, or ok false if there is none.
func (t *Tape) follows(code Code, x Ref) (dims []int, ok bool) {
	n := t.waiting(code, 1, t.nodes[x].state)
	if n == nil || n.in[0] != x || n.attr < 0 || n.k != 0 || t.attrs[n.attr].Flag {
		return nil, false
	}
	return t.attrs[n.attr].Dims, true
}

// MatMul is Emit of MatMul, where a vector stands for a row on the left and for a column
// on the right, and the result loses that dim.
func (t *Tape) MatMul(x, y Ref) Ref {
	a, b := len(t.Layout(x).Dims), len(t.Layout(y).Dims)
	if a == 0 || b == 0 {
		return t.Emit(MatMul, noAttr, x, y)
	}
	if a == 1 {
		x = t.Unsqueeze(x, 0)
	}
	if b == 1 {
		y = t.Unsqueeze(y, 1)
	}
	z := t.Emit2(MatMul, x, y)
	if a == 1 {
		z = t.Squeeze(z, len(t.Layout(z).Dims)-2)
	}
	if b == 1 {
		z = t.Squeeze(z, len(t.Layout(z).Dims)-1)
	}
	return z
}

// EmitAll is Emit for a reduction along all dims, which it drops.
func (t *Tape) EmitAll(code Code, x Ref) Ref {
	rank := len(t.Layout(x).Dims)
	if dims, ok := t.follows(code, x); ok && len(dims) == rank {
		return t.wait()
	}
	dims := t.scratch.intSlice(rank)
	for i := range dims {
		dims[i] = i
	}
	return t.Emit(code, Attr{Dims: dims}, x)
}

// Unsqueeze is Emit of Reshape with a dim of size 1 inserted at position at.
func (t *Tape) Unsqueeze(x Ref, at int) Ref {
	from := t.Layout(x).Dims
	if dims, ok := t.follows(Reshape, x); ok && len(dims) == len(from)+1 && dims[at] == 1 &&
		slices.Equal(dims[:at], from[:at]) && slices.Equal(dims[at+1:], from[at:]) {
		return t.wait()
	}
	dims := append(t.scratch.intSlice(len(from) + 1)[:0], from[:at]...)
	return t.Emit(Reshape, Attr{Dims: append(append(dims, 1), from[at:]...)}, x)
}

// Squeeze is Emit of Reshape without the dim at position at.
func (t *Tape) Squeeze(x Ref, at int) Ref {
	from := t.Layout(x).Dims
	if dims, ok := t.follows(Reshape, x); ok && len(dims)+1 == len(from) &&
		slices.Equal(dims[:at], from[:at]) && slices.Equal(dims[at:], from[at+1:]) {
		return t.wait()
	}
	dims := append(t.scratch.intSlice(len(from))[:0], from[:at]...)
	return t.Emit(Reshape, Attr{Dims: append(dims, from[at+1:]...)}, x)
}
