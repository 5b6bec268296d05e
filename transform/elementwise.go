package transform

import (
	"math"

	"github.com/gopyro/pyro/tensor"
)

// Transforms of numbers.
var (
	// Identity is y = x.
	Identity Transform = identity{}
	// Exp is y = eˣ, from ℝ onto the positive numbers.
	Exp Transform = exp{}
	// Softplus is y = log(1 + eˣ), from ℝ onto the positive numbers. For large x
	// it is x.
	Softplus Transform = softplus{}
	// Sigmoid is y = 1/(1 + e⁻ˣ), from ℝ onto (0, 1).
	Sigmoid Transform = sigmoid{}
	// Tanh is y = tanh x, from ℝ onto (-1, 1).
	Tanh Transform = tanh{}
)

// elementwise is what transforms of numbers without parameters share.
type elementwise struct{}

func (elementwise) Rank() (in, out int)            { return 0, 0 }
func (elementwise) ForwardShape(shape []int) []int { return shape }
func (elementwise) InverseShape(shape []int) []int { return shape }

type identity struct{ elementwise }

func (identity) Forward(x *tensor.Tensor) *tensor.Tensor { return x }
func (identity) Inverse(y *tensor.Tensor) *tensor.Tensor { return y }
func (identity) String() string                          { return "Identity" }

func (identity) LogAbsDet(x, _ *tensor.Tensor) *tensor.Tensor { return zeros(x, x.Shape()) }

type exp struct{ elementwise }

func (exp) Forward(x *tensor.Tensor) *tensor.Tensor      { return x.Exp() }
func (exp) Inverse(y *tensor.Tensor) *tensor.Tensor      { return y.Log() }
func (exp) LogAbsDet(x, _ *tensor.Tensor) *tensor.Tensor { return x }
func (exp) String() string                               { return "Exp" }

type softplus struct{ elementwise }

func (softplus) Forward(x *tensor.Tensor) *tensor.Tensor { return x.Softplus() }

// Inverse is log(eʸ - 1) = y + log(1 - e⁻ʸ), which neither overflows nor cancels.
func (softplus) Inverse(y *tensor.Tensor) *tensor.Tensor      { return y.Add(y.Neg().Log1mExp()) }
func (softplus) LogAbsDet(x, _ *tensor.Tensor) *tensor.Tensor { return x.LogSigmoid() }
func (softplus) String() string                               { return "Softplus" }

type sigmoid struct{ elementwise }

func (sigmoid) Forward(x *tensor.Tensor) *tensor.Tensor      { return x.Sigmoid() }
func (sigmoid) Inverse(y *tensor.Tensor) *tensor.Tensor      { return y.Log().Sub(y.Neg().Log1p()) }
func (sigmoid) LogAbsDet(x, _ *tensor.Tensor) *tensor.Tensor { return logSigmoidSlope(x) }
func (sigmoid) String() string                               { return "Sigmoid" }

// logSigmoidSlope is log σ'(x) = log σ(x) + log σ(-x).
func logSigmoidSlope(x *tensor.Tensor) *tensor.Tensor {
	return x.Neg().Softplus().MulScalar(2).Add(x).Neg()
}

type tanh struct{ elementwise }

func (tanh) Forward(x *tensor.Tensor) *tensor.Tensor { return x.Tanh() }

// Inverse is artanh y = (log(1+y) - log(1-y))/2.
func (tanh) Inverse(y *tensor.Tensor) *tensor.Tensor {
	return y.Log1p().Sub(y.Neg().Log1p()).MulScalar(0.5)
}

func (tanh) LogAbsDet(x, _ *tensor.Tensor) *tensor.Tensor { return logSech(x).MulScalar(2) }
func (tanh) String() string                               { return "Tanh" }

// logSech is -log cosh x = log 2 - x - log(1 + e⁻²ˣ), within 1 ulp of
// max(1, |x|) and 0 at 0. tanh' is its exponential squared.
func logSech(x *tensor.Tensor) *tensor.Tensor {
	return x.MulScalar(-2).Softplus().Add(x).RSubScalar(math.Ln2)
}

// zeros returns zeros of the number type of x.
func zeros(x *tensor.Tensor, shape []int) *tensor.Tensor {
	z := zero.On(x.Tape())
	if x.DType() != tensor.Float64 {
		z = z.To(x.DType())
	}
	return z.Expand(shape...)
}

var zero = tensor.Of(0.0)
