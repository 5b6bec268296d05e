package transform

import (
	"strconv"
	"strings"

	"github.com/gopyro/pyro/tensor"
)

// Compose applies ts from first to last. Its event has as many dims as fit them
// all. Without transforms it is Identity.
func Compose(ts ...Transform) Transform {
	var parts []Transform
	for _, t := range ts {
		switch t := t.(type) {
		case identity:
		case compose:
			parts = append(parts, t.parts...)
		default:
			parts = append(parts, t)
		}
	}
	switch len(parts) {
	case 0:
		return Identity
	case 1:
		return parts[0]
	}
	c := compose{parts: parts}
	for _, t := range parts {
		in, out := t.Rank()
		if in > c.out { // an event so far is only part of one of t's
			c.in += in - c.out
			c.out = in
		}
		c.out += out - in
	}
	return c
}

type compose struct {
	parts   []Transform
	in, out int
}

func (t compose) Rank() (in, out int) { return t.in, t.out }

func (t compose) Forward(x *tensor.Tensor) *tensor.Tensor {
	for _, p := range t.parts {
		x = p.Forward(x)
	}
	return x
}

func (t compose) Inverse(y *tensor.Tensor) *tensor.Tensor {
	for i := len(t.parts) - 1; i >= 0; i-- {
		y = t.parts[i].Inverse(y)
	}
	return y
}

// LogAbsDet sums those of the parts, each over the dims that are a batch to the
// part but not to the whole.
func (t compose) LogAbsDet(x, y *tensor.Tensor) *tensor.Tensor {
	var sum *tensor.Tensor
	rank := t.in
	for i, p := range t.parts {
		z := y
		if i < len(t.parts)-1 {
			z = p.Forward(x)
		}
		in, out := p.Rank()
		l := sumLast(p.LogAbsDet(x, z), rank-in)
		if sum == nil {
			sum = l
		} else {
			sum = sum.Add(l)
		}
		x, rank = z, rank-in+out
	}
	return sum
}

func (t compose) ForwardShape(shape []int) []int {
	for _, p := range t.parts {
		shape = p.ForwardShape(shape)
	}
	return shape
}

func (t compose) InverseShape(shape []int) []int {
	for i := len(t.parts) - 1; i >= 0; i-- {
		shape = t.parts[i].InverseShape(shape)
	}
	return shape
}

func (t compose) String() string {
	names := make([]string, len(t.parts))
	for i, p := range t.parts {
		names[i] = p.String()
	}
	return "Compose(" + strings.Join(names, ", ") + ")"
}

// Independent is t with n ≥ 0 dims of its batch as event dims: its log
// determinant is summed over them. It panics where n is negative.
func Independent(t Transform, n int) Transform {
	if n < 0 {
		panic(&tensor.Error{Op: "transform.Independent", Reason: strconv.Itoa(n) + " dims"})
	}
	switch {
	case n == 0:
		return t
	case n == 1 && t == Identity:
		return identityVector
	}
	return independent{t, n}
}

// identityVector is made once, as so many sites have it.
var identityVector Transform = independent{Identity, 1}

type independent struct {
	Transform
	n int
}

// KeepsVolume reports whether t is known to have the log determinant 0 everywhere:
// Identity, and Independent of it.
func KeepsVolume(t Transform) bool {
	i, ok := t.(independent)
	return t == Identity || ok && KeepsVolume(i.Transform)
}

func (t independent) Rank() (in, out int) {
	in, out = t.Transform.Rank()
	return in + t.n, out + t.n
}

func (t independent) LogAbsDet(x, y *tensor.Tensor) *tensor.Tensor {
	if s := x.Shape(); t.Transform == Identity && len(s) >= t.n {
		return zeros(x, s[:len(s)-t.n])
	}
	return sumLast(t.Transform.LogAbsDet(x, y), t.n)
}

func (t independent) String() string {
	return "Independent(" + t.Transform.String() + ", " + strconv.Itoa(t.n) + ")"
}

// Inverse is t from right to left: its Forward is t's Inverse.
func Inverse(t Transform) Transform {
	if i, ok := t.(inverse); ok {
		return i.t
	}
	return inverse{t}
}

type inverse struct{ t Transform }

func (t inverse) Forward(x *tensor.Tensor) *tensor.Tensor { return t.t.Inverse(x) }
func (t inverse) Inverse(y *tensor.Tensor) *tensor.Tensor { return t.t.Forward(y) }
func (t inverse) ForwardShape(shape []int) []int          { return t.t.InverseShape(shape) }
func (t inverse) InverseShape(shape []int) []int          { return t.t.ForwardShape(shape) }
func (t inverse) String() string                          { return "Inverse(" + t.t.String() + ")" }

func (t inverse) LogAbsDet(x, y *tensor.Tensor) *tensor.Tensor { return t.t.LogAbsDet(y, x).Neg() }

func (t inverse) Rank() (in, out int) {
	in, out = t.t.Rank()
	return out, in
}

// sumLast sums over the last n dims, of which there may be none.
func sumLast(x *tensor.Tensor, n int) *tensor.Tensor {
	if n == 0 {
		return x
	}
	dims := make([]int, n)
	for i := range dims {
		dims[i] = i - n
	}
	return x.Sum(dims...)
}
