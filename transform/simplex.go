package transform

import (
	"math"
	"slices"

	"github.com/gopyro/pyro/tensor"
)

// Transforms onto the simplex.
var (
	// StickBreaking maps ℝⁿ one-to-one onto the simplex of n+1 numbers:
	// yᵢ = zᵢ·(1-z₁)·…·(1-zᵢ₋₁) for zᵢ = 1/(1 + exp(-xᵢ + log(n+1-i))), the last
	// y being what is left (Stan Reference Manual, "Unit simplex"). x = 0 is the
	// centre.
	StickBreaking Transform = stickBreaking{}
	// Softmax maps ℝⁿ onto the simplex of n ≥ 1 numbers: yᵢ = exp xᵢ / Σ exp xⱼ.
	// It is not one-to-one; its Inverse is x = log y, and LogAbsDet panics.
	Softmax Transform = softmax{}
)

type stickBreaking struct{}

// Forward works with logarithms, of which sums replace the products:
// log zᵢ = -softplus(-tᵢ), log(1-zᵢ) = -softplus(tᵢ).
func (s stickBreaking) Forward(x *tensor.Tensor) *tensor.Tensor {
	n := vector(s, "Forward", x.Shape(), 0)
	t := x.Sub(s.parts(x, n, math.Log))
	none := zeros(x, slices.Concat(x.Shape()[:x.Rank()-1], []int{1}))
	taken := tensor.Cat(-1, t.Neg().Softplus(), none)
	left := tensor.Cat(-1, none, t.Softplus().CumSum(-1))
	return taken.Add(left).Neg().Exp()
}

// Inverse is xᵢ = log(yᵢ / Σⱼ yⱼ) + log(n+1-i), j > i; the sums, from the end,
// do not cancel.
func (s stickBreaking) Inverse(y *tensor.Tensor) *tensor.Tensor {
	n := vector(s, "Inverse", y.Shape(), 1) - 1
	rest := y.Flip(-1).CumSum(-1).Flip(-1).Slice(-1, 1, n+1)
	return y.Slice(-1, 0, n).Log().Sub(rest.Log()).Add(s.parts(y, n, math.Log))
}

// LogAbsDet is Σ log zᵢ + log(1-zᵢ) + Σⱼ log(1-zⱼ), j < i: log(1-zᵢ) counts once
// for itself and once for each part after it.
func (s stickBreaking) LogAbsDet(x, _ *tensor.Tensor) *tensor.Tensor {
	n := vector(s, "LogAbsDet", x.Shape(), 0)
	t := x.Sub(s.parts(x, n, math.Log))
	count := s.parts(x, n, func(k float64) float64 { return k })
	return t.Neg().Softplus().Add(t.Softplus().Mul(count)).Sum(-1).Neg()
}

// parts returns f(n), …, f(1), of the number type of x: n+1-i is the number of
// parts that follow the i-th.
func (stickBreaking) parts(x *tensor.Tensor, n int, f func(float64) float64) *tensor.Tensor {
	v := make([]float64, n)
	for i := range v {
		v[i] = f(float64(n - i))
	}
	return tensor.New(v, n).To(x.DType())
}

func (stickBreaking) Rank() (in, out int) { return 1, 1 }

func (s stickBreaking) ForwardShape(shape []int) []int {
	n := vector(s, "ForwardShape", shape, 0)
	return slices.Concat(shape[:len(shape)-1], []int{n + 1})
}

func (s stickBreaking) InverseShape(shape []int) []int {
	n := vector(s, "InverseShape", shape, 1)
	return slices.Concat(shape[:len(shape)-1], []int{n - 1})
}

func (stickBreaking) String() string { return "StickBreaking" }

type softmax struct{}

func (s softmax) Forward(x *tensor.Tensor) *tensor.Tensor {
	vector(s, "Forward", x.Shape(), 1)
	return x.Softmax(-1)
}

func (s softmax) Inverse(y *tensor.Tensor) *tensor.Tensor {
	vector(s, "Inverse", y.Shape(), 1)
	return y.Log()
}

func (s softmax) LogAbsDet(x, _ *tensor.Tensor) *tensor.Tensor {
	fail(s, "LogAbsDet", x.Shape(), "maps n dimensions to n-1; use StickBreaking")
	return nil
}

func (softmax) Rank() (in, out int) { return 1, 1 }

func (s softmax) ForwardShape(shape []int) []int {
	vector(s, "ForwardShape", shape, 1)
	return shape
}

func (s softmax) InverseShape(shape []int) []int {
	vector(s, "InverseShape", shape, 1)
	return shape
}

func (softmax) String() string { return "Softmax" }
