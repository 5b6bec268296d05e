package tensor

import (
	"slices"

	"github.com/gopyro/pyro/internal/program"
)

// Grad returns the gradient of y, a single number, in each of xs, with their
// shapes; 0 where y does not depend on x. The xs and y must be on one tape.
// The gradients are on it as well and can be differentiated again.
func Grad(y *Tensor, xs ...*Tensor) []*Tensor {
	t := y.on()
	if t == nil {
		y.fail("Grad", "the value depends on no variable; make variables with Tape.Var")
	}
	from := t.at(y)
	refs := make([]program.Ref, len(xs))
	for i, x := range xs {
		if x.on() != t {
			x.fail("Grad", "the variable is not on the tape of the value")
		}
		refs[i] = t.at(x)
	}
	out := make([]*Tensor, len(xs))
	for i, r := range t.program.Grad(from, refs, true) {
		out[i] = t.handle(r)
	}
	return out
}

// GradInto writes the gradient of y, a single number on the tape, in each of xs
// to dst, which must have their sizes. The gradients cannot be differentiated
// again; once the tape has seen a run of this shape, nothing is allocated.
func (t *Tape) GradInto(dst [][]float64, y *Tensor, xs []*Tensor) {
	t.program.GradInto(dst, t.ref(y), t.positions("GradInto", dst, y, xs))
}

// positions are those of xs, for whose gradients dst must have room.
func (t *Tape) positions(op string, dst [][]float64, y *Tensor, xs []*Tensor) []program.Ref {
	if len(dst) != len(xs) {
		y.fail(op, "%d variables, but room for the gradients of %d", len(xs), len(dst))
	}
	refs := t.list[:0]
	for i, x := range xs {
		if x.on() != t {
			x.fail(op, "the variable is not on the tape")
		}
		r := t.at(x)
		if n := t.program.Layout(r).Size; len(dst[i]) != n {
			x.fail(op, "%d elements do not fit a slice of %d", n, len(dst[i]))
		}
		refs = append(refs, r)
	}
	t.list = refs
	return refs
}

// ValueAndGrad returns f(x) and its gradient. f must return a single number.
func ValueAndGrad(f func(x *Tensor) *Tensor, x *Tensor) (value float64, grad *Tensor) {
	t := NewTape()
	v := t.Var(x.Clone())
	y := f(v)
	if y.on() != t {
		return y.Item(), Zeros(x.Shape()...)
	}
	return y.Item(), Grad(y, v)[0].Clone()
}

// Hessian returns the second derivatives of f at x, of shape [n, n] for n = the
// size of x.
func Hessian(f func(x *Tensor) *Tensor, x *Tensor) *Tensor {
	n := x.Size()
	out := make([]float64, n*n)
	t := NewTape()
	v := t.Var(x.Clone())
	y := f(v)
	if y.on() != t {
		return wrap(out, n, n)
	}
	g := Grad(y, v)[0].Reshape(n)
	for i := range n {
		if gi := g.Select(0, i); gi.Tracked() {
			Grad(gi, v)[0].CopyTo(out[i*n : (i+1)*n])
		}
	}
	return wrap(out, n, n)
}

// HVP returns the product of the Hessian of f at x with d, which has the shape
// of x, without forming the Hessian.
func HVP(f func(x *Tensor) *Tensor, x, d *Tensor) *Tensor {
	t := NewTape()
	v := t.Var(x.Clone())
	y := f(v)
	if y.on() != t {
		return Zeros(x.Shape()...)
	}
	if !slices.Equal(d.Shape(), v.Shape()) {
		d.fail("HVP", "the direction does not have the shape %v of the point", append([]int{}, v.Shape()...))
	}
	s := Grad(y, v)[0].Mul(d.Clone()).Sum()
	return Grad(s, v)[0].Clone()
}
