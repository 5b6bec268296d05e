package program

import (
	"math"

	"github.com/gopyro/pyro/internal/special"
)

func evalUnary(c *call) {
	if c.out.DType == Float32 {
		unary(c.code, c.attr.F, c.out.F32, read[float32](c.m, c.in[0], c.out.Layout))
		return
	}
	unary(c.code, c.attr.F, c.out.F64, read[float64](c.m, c.in[0], c.out.Layout))
}

// mapTo applies f to each element. Functions of package math work in float64
// for both number types.
func mapTo[T float](dst, x []T, f func(float64) float64) {
	for i, v := range x {
		dst[i] = T(f(float64(v)))
	}
}

// unary computes dst = f(x) for a function of the table.
func unary[T float](code Code, k float64, dst, x []T) {
	dst = dst[:len(x)]
	if len(x) >= longRun && shared(stretch[T]{kind: each, code: code, k: k, dst: dst, x: x}) {
		return
	}
	if len(x) < mathRun || !vectorUnary(code, k, dst, x) {
		unaryLoop(code, k, dst, x)
	}
}

func unaryLoop[T float](code Code, k float64, dst, x []T) {
	dst = dst[:len(x)]
	switch code {
	case Neg:
		for i, v := range x {
			dst[i] = -v
		}
	case Abs:
		mapTo(dst, x, math.Abs)
	case Sign:
		mapTo(dst, x, sign)
	case Square:
		for i, v := range x {
			dst[i] = v * v
		}
	case Sqrt:
		mapTo(dst, x, math.Sqrt)
	case Recip:
		for i, v := range x {
			dst[i] = 1 / v
		}
	case Exp:
		mapTo(dst, x, math.Exp)
	case Expm1:
		mapTo(dst, x, math.Expm1)
	case Log:
		mapTo(dst, x, log)
	case Log1p:
		mapTo(dst, x, math.Log1p)
	case Sin:
		mapTo(dst, x, math.Sin)
	case Cos:
		mapTo(dst, x, math.Cos)
	case Atan:
		mapTo(dst, x, math.Atan)
	case Tanh:
		mapTo(dst, x, math.Tanh)
	case Sigmoid:
		mapTo(dst, x, special.Sigmoid)
	case Softplus:
		mapTo(dst, x, special.Log1pExp)
	case Erf:
		mapTo(dst, x, math.Erf)
	case Erfc:
		mapTo(dst, x, math.Erfc)
	case Erfinv:
		mapTo(dst, x, special.Erfinv)
	case Lgamma:
		mapTo(dst, x, special.Lgamma)
	case Digamma:
		mapTo(dst, x, special.Digamma)
	case NormCDF:
		mapTo(dst, x, special.NormCDF)
	case LogNormCDF:
		mapTo(dst, x, special.LogNormCDF)
	case NormRatio:
		mapTo(dst, x, normRatio)
	case NormQuantile:
		mapTo(dst, x, special.NormQuantile)
	case Log1pSquare:
		mapTo(dst, x, special.Log1pSquare)
	case Log1pSquareD:
		mapTo(dst, x, special.Log1pSquareD)
	case LogBesselI0e:
		mapTo(dst, x, special.LogBesselI0e)
	case BesselRatio:
		mapTo(dst, x, special.BesselI1I0)
	case Floor:
		for i, v := range x {
			dst[i] = T(math.Floor(float64(v))) // one instruction, if called by name
		}
	case Not:
		for i, v := range x {
			dst[i] = truth[T](v == 0)
		}
	case AddScalar:
		s := T(k)
		for i, v := range x {
			dst[i] = v + s
		}
	case MulScalar:
		s := T(k)
		for i, v := range x {
			dst[i] = v * s
		}
	case PowScalar:
		powScalar(dst, x, k)
	case Polygamma:
		n := int(k)
		for i, v := range x {
			dst[i] = T(special.Polygamma(n, float64(v)))
		}
	}
}

func powScalar[T float](dst, x []T, k float64) {
	switch k {
	case 2:
		unaryLoop(Square, 0, dst, x)
	case 1:
		copy(dst, x)
	case 0.5:
		// math.Pow and Sqrt differ at -0 and -Inf, where Pow is the definition.
		for i, v := range x {
			dst[i] = T(math.Pow(float64(v), 0.5))
		}
	default:
		for i, v := range x {
			dst[i] = T(math.Pow(float64(v), k))
		}
	}
}

// log is math.Log, which on amd64 takes all subnormals for about 2⁻¹⁰²³.
func log(x float64) float64 {
	if 0 < x && x < 0x1p-1022 {
		return math.Log(x*0x1p54) - 54*math.Ln2
	}
	return math.Log(x)
}

// normRatio is φ(x)/Φ(x), without the cancellation of log φ - log Φ far out.
func normRatio(x float64) float64 {
	return math.Sqrt(2/math.Pi) / special.Erfcx(-x/math.Sqrt2)
}

func sign(x float64) float64 {
	switch {
	case x > 0:
		return 1
	case x < 0:
		return -1
	}
	return x // ±0 and NaN
}
