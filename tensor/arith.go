package tensor

import "github.com/gopyro/pyro/internal/program"

// Functions of two tensors that broadcast. Comparisons have no gradient.

// Add returns x + y.
func (x *Tensor) Add(y *Tensor) *Tensor { return elementwise2(program.Add, x, y) }

// Sub returns x - y.
func (x *Tensor) Sub(y *Tensor) *Tensor { return elementwise2(program.Sub, x, y) }

// Mul returns x · y, element by element.
func (x *Tensor) Mul(y *Tensor) *Tensor { return elementwise2(program.Mul, x, y) }

// Div returns x / y.
func (x *Tensor) Div(y *Tensor) *Tensor { return elementwise2(program.Div, x, y) }

// Pow returns x ^ y.
func (x *Tensor) Pow(y *Tensor) *Tensor { return elementwise2(program.Pow, x, y) }

// Maximum returns the larger of x and y. Ties share the gradient.
func (x *Tensor) Maximum(y *Tensor) *Tensor { return elementwise2(program.Max, x, y) }

// Minimum returns the smaller of x and y. Ties share the gradient.
func (x *Tensor) Minimum(y *Tensor) *Tensor { return elementwise2(program.Min, x, y) }

// Equal returns 1 where x = y, else 0.
func (x *Tensor) Equal(y *Tensor) *Tensor { return elementwise2(program.Equal, x, y) }

// Less returns 1 where x < y, else 0.
func (x *Tensor) Less(y *Tensor) *Tensor { return elementwise2(program.Less, x, y) }

// LessEqual returns 1 where x ≤ y, else 0.
func (x *Tensor) LessEqual(y *Tensor) *Tensor { return elementwise2(program.LessEqual, x, y) }

// LogAddExp returns log(eˣ + eʸ) without overflow.
func (x *Tensor) LogAddExp(y *Tensor) *Tensor { return elementwise2(program.LogAddExp, x, y) }

// XLogY returns x·log y, and 0 where x = 0.
func (x *Tensor) XLogY(y *Tensor) *Tensor { return elementwise2(program.XLogY, x, y) }

// XLog1pY returns x·log(1 + y), and 0 where x = 0.
func (x *Tensor) XLog1pY(y *Tensor) *Tensor { return elementwise2(program.XLog1pY, x, y) }

// Lbeta returns log B(x, y), the logarithm of the beta function.
func (x *Tensor) Lbeta(y *Tensor) *Tensor { return elementwise2(program.Lbeta, x, y) }

// NotEqual returns 1 where x ≠ y, else 0.
func (x *Tensor) NotEqual(y *Tensor) *Tensor { return x.Equal(y).Not() }

// Greater returns 1 where x > y, else 0.
func (x *Tensor) Greater(y *Tensor) *Tensor { return y.Less(x) }

// GreaterEqual returns 1 where x ≥ y, else 0.
func (x *Tensor) GreaterEqual(y *Tensor) *Tensor { return y.LessEqual(x) }

// LessScalar returns 1 where x < v, else 0.
func (x *Tensor) LessScalar(v float64) *Tensor { return x.Less(x.number(v)) }

// GreaterScalar returns 1 where x > v, else 0.
func (x *Tensor) GreaterScalar(v float64) *Tensor { return x.number(v).Less(x) }

// EqualScalar returns 1 where x = v, else 0.
func (x *Tensor) EqualScalar(v float64) *Tensor { return x.Equal(x.number(v)) }

// And returns 1 where neither x nor y is 0, else 0.
func (x *Tensor) And(y *Tensor) *Tensor { return x.Not().Add(y.Not()).Not() }

// Or returns 1 where x or y is not 0, else 0.
func (x *Tensor) Or(y *Tensor) *Tensor { return x.Not().Mul(y.Not()).Not() }

// AddScalar returns x + v.
func (x *Tensor) AddScalar(v float64) *Tensor {
	return elementwise(program.AddScalar, v, x)
}

// SubScalar returns x - v.
func (x *Tensor) SubScalar(v float64) *Tensor { return x.AddScalar(-v) }

// MulScalar returns x · v.
func (x *Tensor) MulScalar(v float64) *Tensor {
	return elementwise(program.MulScalar, v, x)
}

// DivScalar returns x / v.
func (x *Tensor) DivScalar(v float64) *Tensor { return x.Div(x.number(v)) }

// PowScalar returns x ^ v.
func (x *Tensor) PowScalar(v float64) *Tensor {
	return elementwise(program.PowScalar, v, x)
}

// RSubScalar returns v - x.
func (x *Tensor) RSubScalar(v float64) *Tensor { return x.number(v).Sub(x) }

// number returns a plain number on the tape of x, where it costs no garbage.
func (x *Tensor) number(v float64) *Tensor {
	if x.on() == nil {
		return scalar(v)
	}
	return x.on().handle(x.on().program.Scalar(v))
}

// Where returns a where the condition c is not 0, and b where it is. The
// gradient reaches only what was chosen; but where the derivative of what led
// to the other is infinite, 0·∞ makes it NaN there, so choose safe operands
// before such a function as well, as Log1mExp does.
func (c *Tensor) Where(a, b *Tensor) *Tensor {
	if c.on() == nil {
		if v, ok := c.own().Number(); ok {
			if x, ok := chosen(v != 0, a, b); ok {
				return x
			}
		}
	}
	for _, x := range [...]*Tensor{c, a, b} {
		if t := x.on(); t != nil {
			return t.handle(t.program.EmitWhere(t.ref(c), t.ref(a), t.ref(b)))
		}
	}
	return applyN(program.Where, program.Attr{}, c, a, b)
}

// chosen is the result of Where for a condition that is a single constant, if
// no other operand adds to its shape or type.
func chosen(first bool, a, b *Tensor) (*Tensor, bool) {
	if !first {
		a, b = b, a
	}
	x, xPlain := a.typed()
	y, yPlain := b.typed()
	return a, b.Size() == 1 && b.Rank() <= a.Rank() && (x == y && !xPlain || yPlain)
}

// Clamp returns x limited to [lo, hi].
func (x *Tensor) Clamp(lo, hi float64) *Tensor {
	return x.Maximum(x.number(lo)).Minimum(x.number(hi))
}

// GammaP returns the regularised lower incomplete gamma function P(a, x): the
// distribution function at x of a gamma distribution of concentration a, rate 1.
func (x *Tensor) GammaP(a *Tensor) *Tensor { return elementwise2(program.GammaP, a, x) }

// BetaInc returns the regularised incomplete beta function I_x(a, b): the
// distribution function at x of a beta distribution.
func (x *Tensor) BetaInc(a, b *Tensor) *Tensor {
	return applyN(program.BetaInc, program.Attr{}, a, b, x)
}

// BetaIncC returns 1 - I_x(a, b) without cancellation.
func (x *Tensor) BetaIncC(a, b *Tensor) *Tensor {
	return applyN(program.BetaIncC, program.Attr{}, a, b, x)
}

// GammaQ returns 1 - P(a, x) without cancellation.
func (x *Tensor) GammaQ(a *Tensor) *Tensor { return elementwise2(program.GammaQ, a, x) }

// GammaPInv returns the y ≥ 0 with P(a, y) = x, for x in [0, 1]: the quantile
// function of a gamma distribution of concentration a, rate 1.
func (x *Tensor) GammaPInv(a *Tensor) *Tensor { return elementwise2(program.GammaPInv, a, x) }

// GammaQInv returns the y ≥ 0 with 1 - P(a, y) = x, for x in [0, 1].
func (x *Tensor) GammaQInv(a *Tensor) *Tensor { return elementwise2(program.GammaQInv, a, x) }

// BetaIncInv returns the y in [0, 1] with I_y(a, b) = x, for x in [0, 1]: the
// quantile function of a beta distribution.
func (x *Tensor) BetaIncInv(a, b *Tensor) *Tensor {
	return applyN(program.BetaIncInv, program.Attr{}, a, b, x)
}

// StudentCDF returns the distribution function at x of Student's distribution
// with nu > 0 degrees of freedom. It has no second derivative in nu.
func (x *Tensor) StudentCDF(nu *Tensor) *Tensor { return elementwise2(program.StudentCDF, nu, x) }

// StudentQuantile returns the y with StudentCDF(y) = x, for x in [0, 1]. It has
// no second derivative in nu.
func (x *Tensor) StudentQuantile(nu *Tensor) *Tensor {
	return elementwise2(program.StudentQuantile, nu, x)
}

// Outside returns 1 where x < lo or x > hi, else 0, so 0 where x is NaN. It has
// no gradient.
func (x *Tensor) Outside(lo, hi *Tensor) *Tensor {
	return applyN(program.Outside, program.Attr{}, x, lo, hi)
}

// AsGammaSample returns x, draws of gamma distributions of concentration a and
// rate 1, as a differentiable function of a: dx/da by implicit
// reparameterisation (Figurnov, Mohamed, Mnih 2018, equation 5). No gradient
// passes to x, and none of second order to a.
func (x *Tensor) AsGammaSample(a *Tensor) *Tensor {
	return elementwise2(program.GammaSample, a, x)
}

// AsLogGammaSample returns x, the logarithms of such draws, as a differentiable
// function of a. It holds where the draws underflow.
func (x *Tensor) AsLogGammaSample(a *Tensor) *Tensor {
	return elementwise2(program.LogGammaSample, a, x)
}

// AsBetaSample returns x, draws of beta distributions with parameters a and b,
// as a differentiable function of both, as AsGammaSample does.
func (x *Tensor) AsBetaSample(a, b *Tensor) *Tensor {
	return applyN(program.BetaSample, program.Attr{}, a, b, x)
}
