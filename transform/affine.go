package transform

import (
	"slices"

	"github.com/gopyro/pyro/tensor"
)

// Affine is y = loc + scale·x for scale ≠ 0, from ℝ onto ℝ. The parameters
// broadcast with x. With scale 0 the log determinant is -Inf.
func Affine[L, S tensor.Operand](loc L, scale S) Transform {
	return affine{tensor.Of(loc), tensor.Of(scale)}
}

type affine struct{ loc, scale *tensor.Tensor }

func (t affine) Forward(x *tensor.Tensor) *tensor.Tensor { return x.Mul(t.scale).Add(t.loc) }
func (t affine) Inverse(y *tensor.Tensor) *tensor.Tensor { return y.Sub(t.loc).Div(t.scale) }
func (affine) Rank() (in, out int)                       { return 0, 0 }

func (t affine) LogAbsDet(_, y *tensor.Tensor) *tensor.Tensor {
	return spread(t.scale.Abs().Log(), y)
}

func (t affine) ForwardShape(shape []int) []int {
	return broadcast("Affine", shape, t.loc, t.scale)
}

func (t affine) InverseShape(shape []int) []int { return t.ForwardShape(shape) }

func (t affine) String() string {
	return "Affine(loc: " + t.loc.String() + ", scale: " + t.scale.String() + ")"
}

// Power is y = x^exponent for exponent ≠ 0, from the positive numbers onto
// themselves. The exponent broadcasts with x.
func Power[E tensor.Operand](exponent E) Transform { return power{tensor.Of(exponent)} }

type power struct{ exponent *tensor.Tensor }

func (t power) Forward(x *tensor.Tensor) *tensor.Tensor { return x.Pow(t.exponent) }
func (t power) Inverse(y *tensor.Tensor) *tensor.Tensor { return y.Pow(t.exponent.Recip()) }
func (power) Rank() (in, out int)                       { return 0, 0 }

func (t power) LogAbsDet(x, _ *tensor.Tensor) *tensor.Tensor {
	return x.Log().Mul(t.exponent.SubScalar(1)).Add(t.exponent.Abs().Log())
}

func (t power) ForwardShape(shape []int) []int { return broadcast("Power", shape, t.exponent) }
func (t power) InverseShape(shape []int) []int { return t.ForwardShape(shape) }
func (t power) String() string                 { return "Power(" + t.exponent.String() + ")" }

// Interval is y = lo + (hi-lo)/(1 + e⁻ˣ), from ℝ onto (lo, hi). The bounds
// broadcast with x. Rounding takes y onto a bound, never past it; close to
// either bound y keeps its full precision.
func Interval[L, H tensor.Operand](lo L, hi H) Transform {
	return interval{tensor.Of(lo), tensor.Of(hi)}
}

type interval struct{ lo, hi *tensor.Tensor }

// Forward measures from the nearer bound: hi - (hi-lo)·σ(-x) for x > 0.
func (t interval) Forward(x *tensor.Tensor) *tensor.Tensor {
	w := t.hi.Sub(t.lo)
	up := x.Neg().Sigmoid().Mul(w)
	down := x.Sigmoid().Mul(w)
	return x.GreaterScalar(0).Where(t.hi.Sub(up), down.Add(t.lo))
}

func (t interval) Inverse(y *tensor.Tensor) *tensor.Tensor {
	return y.Sub(t.lo).Log().Sub(t.hi.Sub(y).Log())
}

func (t interval) LogAbsDet(x, _ *tensor.Tensor) *tensor.Tensor {
	return logSigmoidSlope(x).Add(t.hi.Sub(t.lo).Log())
}

func (interval) Rank() (in, out int)              { return 0, 0 }
func (t interval) ForwardShape(shape []int) []int { return broadcast("Interval", shape, t.lo, t.hi) }
func (t interval) InverseShape(shape []int) []int { return t.ForwardShape(shape) }
func (t interval) String() string                 { return "Interval(" + t.lo.String() + ", " + t.hi.String() + ")" }

// broadcast returns the shape that a shape and those of parameters broadcast to.
func broadcast(op string, shape []int, params ...*tensor.Tensor) []int {
	shapes := [][]int{shape}
	for _, p := range params {
		shapes = append(shapes, p.Shape())
	}
	s, ok := tensor.Broadcast(shapes...)
	if !ok {
		e := &tensor.Error{Op: op, Reason: "the parameters do not broadcast with the value"}
		for _, s := range shapes {
			e.Shapes = append(e.Shapes, slices.Clone(s))
		}
		panic(e)
	}
	return s
}

// spread broadcasts l, made of parameters only, to the shape and number type of y.
func spread(l, y *tensor.Tensor) *tensor.Tensor {
	if s := y.Shape(); !slices.Equal(l.Shape(), s) {
		l = l.To(y.DType()).Expand(s...)
	}
	return l
}
