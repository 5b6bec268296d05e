package transform

import (
	"slices"

	"github.com/gopyro/pyro/tensor"
)

// Transforms onto the unit vectors of n ≥ 2 numbers.
var (
	// Stereographic maps ℝⁿ one-to-one onto the unit vectors of n+1 numbers but
	// for the pole (0, …, 0, 1): y = (2x, |x|² - 1)/(|x|² + 1). Its determinant is
	// that of the surface: n·log(2/(|x|² + 1)).
	Stereographic Transform = stereographic{}
	// Direction is y = x/|x|, from ℝⁿ without 0. It is not one-to-one; its Inverse
	// is x = y, and LogAbsDet panics.
	Direction Transform = direction{}
)

type stereographic struct{}

func (s stereographic) Forward(x *tensor.Tensor) *tensor.Tensor {
	vector(s, "Forward", x.Shape(), 1)
	r := x.Square().SumKeep(-1)
	return tensor.Cat(-1, x.MulScalar(2), r.SubScalar(1)).Div(r.AddScalar(1))
}

// Inverse is x = y/(1 - yₙ) but for the last element, where 1 - yₙ is
// (y₁² + … + yₙ₋₁²)/(1 + yₙ) near the pole, of which no digits cancel.
func (s stereographic) Inverse(y *tensor.Tensor) *tensor.Tensor {
	n := vector(s, "Inverse", y.Shape(), 2) - 1
	flat, last := y.Slice(-1, 0, n), y.Slice(-1, n, n+1)
	high := last.GreaterScalar(0)
	below := high.Where(zeros(y, last.Shape()), last).RSubScalar(1)
	above := flat.Square().SumKeep(-1).Div(last.AddScalar(1))
	return flat.Div(high.Where(above, below))
}

func (s stereographic) LogAbsDet(x, _ *tensor.Tensor) *tensor.Tensor {
	n := vector(s, "LogAbsDet", x.Shape(), 1)
	return x.Square().Sum(-1).AddScalar(1).MulScalar(0.5).Log().MulScalar(-float64(n))
}

func (stereographic) Rank() (in, out int) { return 1, 1 }

func (s stereographic) ForwardShape(shape []int) []int {
	n := vector(s, "ForwardShape", shape, 1)
	return slices.Concat(shape[:len(shape)-1], []int{n + 1})
}

func (s stereographic) InverseShape(shape []int) []int {
	n := vector(s, "InverseShape", shape, 2)
	return slices.Concat(shape[:len(shape)-1], []int{n - 1})
}

func (stereographic) String() string { return "Stereographic" }

type direction struct{}

// Forward divides by the largest element first, so that squares do not overflow.
func (s direction) Forward(x *tensor.Tensor) *tensor.Tensor {
	vector(s, "Forward", x.Shape(), 2)
	x = x.Div(x.Detach().Abs().MaxKeep(-1))
	return x.Div(x.Square().SumKeep(-1).Sqrt())
}

func (s direction) Inverse(y *tensor.Tensor) *tensor.Tensor {
	vector(s, "Inverse", y.Shape(), 2)
	return y
}

func (s direction) LogAbsDet(x, _ *tensor.Tensor) *tensor.Tensor {
	fail(s, "LogAbsDet", x.Shape(), "maps n dimensions to n-1; use Stereographic")
	return nil
}

func (direction) Rank() (in, out int) { return 1, 1 }

func (s direction) ForwardShape(shape []int) []int {
	vector(s, "ForwardShape", shape, 2)
	return shape
}

func (s direction) InverseShape(shape []int) []int {
	vector(s, "InverseShape", shape, 2)
	return shape
}

func (direction) String() string { return "Direction" }
