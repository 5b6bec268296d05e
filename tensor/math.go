package tensor

import (
	"math"

	"github.com/gopyro/pyro/internal/program"
)

// Functions of each element. They return a tensor of the same shape.

// Neg returns -x.
func (x *Tensor) Neg() *Tensor { return elementwise(program.Neg, 0, x) }

// Abs returns |x|. Its gradient at 0 is 0.
func (x *Tensor) Abs() *Tensor { return elementwise(program.Abs, 0, x) }

// Sign returns -1, 0 or 1. Its gradient is 0.
func (x *Tensor) Sign() *Tensor { return elementwise(program.Sign, 0, x) }

// Square returns x².
func (x *Tensor) Square() *Tensor { return elementwise(program.Square, 0, x) }

// Sqrt returns √x, NaN for x < 0.
func (x *Tensor) Sqrt() *Tensor { return elementwise(program.Sqrt, 0, x) }

// Recip returns 1/x.
func (x *Tensor) Recip() *Tensor { return elementwise(program.Recip, 0, x) }

// Exp returns eˣ.
func (x *Tensor) Exp() *Tensor { return elementwise(program.Exp, 0, x) }

// Expm1 returns eˣ - 1, accurate near 0.
func (x *Tensor) Expm1() *Tensor { return elementwise(program.Expm1, 0, x) }

// Log returns the natural logarithm, NaN for x < 0.
func (x *Tensor) Log() *Tensor { return elementwise(program.Log, 0, x) }

// Log1p returns log(1 + x), accurate near 0.
func (x *Tensor) Log1p() *Tensor { return elementwise(program.Log1p, 0, x) }

// Sin returns the sine of x in radians.
func (x *Tensor) Sin() *Tensor { return elementwise(program.Sin, 0, x) }

// Cos returns the cosine of x in radians.
func (x *Tensor) Cos() *Tensor { return elementwise(program.Cos, 0, x) }

// Atan returns the arctangent in radians.
func (x *Tensor) Atan() *Tensor { return elementwise(program.Atan, 0, x) }

// Tanh returns the hyperbolic tangent.
func (x *Tensor) Tanh() *Tensor { return elementwise(program.Tanh, 0, x) }

// Sigmoid returns 1/(1 + e⁻ˣ).
func (x *Tensor) Sigmoid() *Tensor { return elementwise(program.Sigmoid, 0, x) }

// Softplus returns log(1 + eˣ) without overflow.
func (x *Tensor) Softplus() *Tensor { return elementwise(program.Softplus, 0, x) }

// Erf returns the error function.
func (x *Tensor) Erf() *Tensor { return elementwise(program.Erf, 0, x) }

// Erfc returns 1 - Erf(x) without cancellation.
func (x *Tensor) Erfc() *Tensor { return elementwise(program.Erfc, 0, x) }

// Erfinv returns the inverse error function on [-1, 1].
func (x *Tensor) Erfinv() *Tensor { return elementwise(program.Erfinv, 0, x) }

// Lgamma returns log |Γ(x)|.
func (x *Tensor) Lgamma() *Tensor { return elementwise(program.Lgamma, 0, x) }

// Digamma returns the derivative of Lgamma.
func (x *Tensor) Digamma() *Tensor { return elementwise(program.Digamma, 0, x) }

// NormCDF returns the standard normal distribution function.
func (x *Tensor) NormCDF() *Tensor { return elementwise(program.NormCDF, 0, x) }

// LogNormCDF returns its logarithm, accurate far in the lower tail.
func (x *Tensor) LogNormCDF() *Tensor { return elementwise(program.LogNormCDF, 0, x) }

// NormQuantile returns the inverse of NormCDF on [0, 1].
func (x *Tensor) NormQuantile() *Tensor { return elementwise(program.NormQuantile, 0, x) }

// Log1pSquare returns log(1 + x²) without overflow.
func (x *Tensor) Log1pSquare() *Tensor { return elementwise(program.Log1pSquare, 0, x) }

// LogBesselI0e returns log(e⁻|x| I₀(x)), of the modified Bessel function of
// order 0. Its gradient at 0 is 0.
func (x *Tensor) LogBesselI0e() *Tensor { return elementwise(program.LogBesselI0e, 0, x) }

// BesselRatio returns I₁(x)/I₀(x), for modified Bessel functions.
func (x *Tensor) BesselRatio() *Tensor { return elementwise(program.BesselRatio, 0, x) }

// Floor returns the largest integer ≤ x. Its gradient is 0.
func (x *Tensor) Floor() *Tensor { return elementwise(program.Floor, 0, x) }

// Not returns 1 where x is 0, else 0. Its gradient is 0.
func (x *Tensor) Not() *Tensor { return elementwise(program.Not, 0, x) }

// Polygamma returns the n-th derivative of Digamma, n ≥ 1; n = 0 is Digamma.
func (x *Tensor) Polygamma(n int) *Tensor {
	if n < 0 {
		x.fail("Polygamma", "order %d is negative", n)
	}
	if n == 0 {
		return x.Digamma()
	}
	return elementwise(program.Polygamma, float64(n), x)
}

// LogSigmoid returns log(1/(1 + e⁻ˣ)) without overflow.
func (x *Tensor) LogSigmoid() *Tensor { return x.Neg().Softplus().Neg() }

// Log1mExp returns log(1 - eˣ) for x < 0, accurate near 0 and far from it
// (Mächler 2012, "Accurately computing log(1 - exp(-|a|))").
func (x *Tensor) Log1mExp() *Tensor {
	near := x.GreaterScalar(-math.Ln2)
	safe := x.number(-1)
	a := near.Where(x, safe).Expm1().Neg().Log()
	b := near.Where(safe, x).Exp().Neg().Log1p()
	return near.Where(a, b)
}

// Detach returns x without its history: no gradient passes through it.
func (x *Tensor) Detach() *Tensor {
	if !x.Tracked() {
		return x
	}
	return elementwise(program.Detach, 0, x)
}

// To converts to a number type.
func (x *Tensor) To(d DType) *Tensor {
	if own, plain := x.typed(); own == d && !plain {
		return x
	}
	return elementwise(program.Cast, float64(d), x)
}
