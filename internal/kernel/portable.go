package kernel

import "math"

// The plain Go twins: what the assembly is compared with, and what other machines run.

type float interface{ float32 | float64 }

// unary is small enough to be inlined, whereupon f is called directly.
func unary[T float](dst, x []T, f func(float64) float64) {
	for i, v := range x {
		dst[i] = T(f(float64(v)))
	}
}

func goExp[T float](dst, x []T)     { unary(dst, x, math.Exp) }
func goExpm1[T float](dst, x []T)   { unary(dst, x, math.Expm1) }
func goLog[T float](dst, x []T)     { unary(dst, x, logOf) }
func goLog1p[T float](dst, x []T)   { unary(dst, x, math.Log1p) }
func goTanh[T float](dst, x []T)    { unary(dst, x, math.Tanh) }
func goErf[T float](dst, x []T)     { unary(dst, x, math.Erf) }
func goErfc[T float](dst, x []T)    { unary(dst, x, math.Erfc) }
func goSin[T float](dst, x []T)     { unary(dst, x, sin) }
func goCos[T float](dst, x []T)     { unary(dst, x, cos) }
func goLgamma[T float](dst, x []T)  { unary(dst, x, lgamma) }
func goDigamma[T float](dst, x []T) { unary(dst, x, digamma) }

func goSigmoid[T float](dst, x []T) {
	for i, v := range x {
		_, s := softplusSigmoid(float64(v))
		dst[i] = T(s)
	}
}

func goSoftplus[T float](dst, x []T) {
	for i, v := range x {
		p, _ := softplusSigmoid(float64(v))
		dst[i] = T(p)
	}
}

func goSoftplusSigmoid[T float](dst, dsig, x []T) {
	for i, v := range x {
		p, s := softplusSigmoid(float64(v))
		dst[i], dsig[i] = T(p), T(s)
	}
}

// softplusSigmoid takes e^-|x|, which cannot overflow.
func softplusSigmoid(x float64) (softplus, sigmoid float64) {
	e := math.Exp(-math.Abs(x))
	softplus = max(x, 0) + math.Log1p(e)
	if x < 0 {
		return softplus, e / (1 + e)
	}
	return softplus, 1 / (1 + e)
}

func goPow[T float](dst, x, y []T) {
	for i, v := range x {
		dst[i] = T(powSlow(float64(v), float64(y[i])))
	}
}

// logOf is math.Log, which on some machines takes a subnormal number for a normal one.
func logOf(x float64) float64 {
	if x > 0 && x < 0x1p-1022 {
		return math.Log(x*0x1p54) - 54*math.Ln2
	}
	return math.Log(x)
}
