package program

import (
	"math"

	"github.com/gopyro/pyro/internal/special"
)

// sameLayout is the layout rule of operations of one operand.
func sameLayout(c *call) *Layout { return c.in[0].Layout.contiguous(c.m) }

// broadcastLayout is the layout rule of operations whose operands broadcast.
func broadcastLayout(c *call) *Layout {
	l := c.in[0].Layout
	for _, a := range c.in[1:] {
		switch r := a.Layout; {
		case l == r, r.Size == 1 && len(r.Dims) <= len(l.Dims):
		case l.Size == 1 && len(l.Dims) <= len(r.Dims), sameDims(l, r) && r.Contig:
			l = r
		case sameDims(l, r):
		default:
			dims, ok := broadcast(c.m, l.Dims, r.Dims)
			if !ok {
				c.fail("shapes do not broadcast")
			}
			l = c.m.layout(dims)
		}
	}
	return l.contiguous(c.m)
}

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
		mapTo(dst, x, math.Floor)
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

func truth[T float](b bool) T {
	if b {
		return 1
	}
	return 0
}

func evalBinary(c *call) {
	if c.out.DType == Float32 {
		evalBinaryAs[float32](c)
		return
	}
	evalBinaryAs[float64](c)
}

func evalBinaryAs[T float](c *call) {
	dst := values[T](&c.out)
	if c.out.Layout.Size == 0 {
		return
	}
	a, b := c.in[0], c.in[1]
	// The four operations of arithmetic take what is repeated as it is.
	if c.code <= Div && len(dst) > 1 {
		switch {
		case uniform(b.Layout):
			arithRight(c.code, dst, read[T](c.m, a, c.out.Layout), values[T](b)[0])
			return
		case uniform(a.Layout):
			arithLeft(c.code, dst, values[T](a)[0], read[T](c.m, b, c.out.Layout))
			return
		case a.Layout.Contig && b.Layout.Contig && a.Layout.Size == b.Layout.Size: // as they are
		case runs(c, dst, a, b):
			return
		}
	}
	binary(c.code, dst, read[T](c.m, a, c.out.Layout), read[T](c.m, b, c.out.Layout))
}

// arithRight computes x op s.
func arithRight[T float](code Code, dst, x []T, s T) {
	dst = dst[:len(x)]
	if len(x) >= longRun && shared(stretch[T]{kind: right, code: code, s: s, dst: dst, x: x}) || vectorRight(code, dst, x, s) {
		return
	}
	switch code {
	case Add:
		for i, v := range x {
			dst[i] = v + s
		}
	case Sub:
		for i, v := range x {
			dst[i] = v - s
		}
	case Mul:
		for i, v := range x {
			dst[i] = v * s
		}
	case Div:
		for i, v := range x {
			dst[i] = v / s
		}
	}
}

// arithLeft computes s op x.
func arithLeft[T float](code Code, dst []T, s T, x []T) {
	dst = dst[:len(x)]
	if len(x) >= longRun && shared(stretch[T]{kind: left, code: code, s: s, dst: dst, x: x}) || vectorLeft(code, dst, s, x) {
		return
	}
	switch code {
	case Add:
		for i, v := range x {
			dst[i] = s + v
		}
	case Sub:
		for i, v := range x {
			dst[i] = s - v
		}
	case Mul:
		for i, v := range x {
			dst[i] = s * v
		}
	case Div:
		for i, v := range x {
			dst[i] = s / v
		}
	}
}

func zipTo[T float](dst, x, y []T, f func(a, b float64) float64) {
	for i, v := range x {
		dst[i] = T(f(float64(v), float64(y[i])))
	}
}

// binary computes dst = f(x, y) for a function of the table.
func binary[T float](code Code, dst, x, y []T) {
	dst, y = dst[:len(x)], y[:len(x)]
	if len(x) >= longRun && shared(stretch[T]{kind: pairs, code: code, dst: dst, x: x, y: y}) {
		return
	}
	if len(x) < mathRun || !vectorBinary(code, dst, x, y) {
		binaryLoop(code, dst, x, y)
	}
}

func binaryLoop[T float](code Code, dst, x, y []T) {
	dst, y = dst[:len(x)], y[:len(x)]
	switch code {
	case Add:
		for i, v := range x {
			dst[i] = v + y[i]
		}
	case Sub:
		for i, v := range x {
			dst[i] = v - y[i]
		}
	case Mul:
		for i, v := range x {
			dst[i] = v * y[i]
		}
	case Div:
		for i, v := range x {
			dst[i] = v / y[i]
		}
	case Pow:
		zipTo(dst, x, y, math.Pow)
	case Max:
		for i, v := range x {
			dst[i] = max(v, y[i])
		}
	case Min:
		for i, v := range x {
			dst[i] = min(v, y[i])
		}
	case Equal:
		for i, v := range x {
			dst[i] = truth[T](v == y[i])
		}
	case Less:
		for i, v := range x {
			dst[i] = truth[T](v < y[i])
		}
	case LessEqual:
		for i, v := range x {
			dst[i] = truth[T](v <= y[i])
		}
	case LogAddExp:
		zipTo(dst, x, y, special.LogAddExp)
	case XLogY:
		zipTo(dst, x, y, special.XLogY)
	case XLog1pY:
		zipTo(dst, x, y, special.XLog1pY)
	case Lbeta:
		zipTo(dst, x, y, special.Lbeta)
	case GammaP:
		zipTo(dst, x, y, special.GammaP)
	case GammaPDa:
		zipTo(dst, x, y, special.GammaPGrad)
	case GammaQ:
		zipTo(dst, x, y, special.GammaQ)
	case GammaPInv:
		zipTo(dst, x, y, special.GammaPInv)
	case GammaQInv:
		zipTo(dst, x, y, special.GammaQInv)
	case StudentCDF:
		zipTo(dst, x, y, special.StudentTCDF)
	case StudentCDFDnu:
		zipTo(dst, x, y, special.StudentTCDFGrad)
	case StudentQuantile:
		zipTo(dst, x, y, special.StudentTQuantile)
	case GammaSample, LogGammaSample:
		copy(dst, y)
	case GammaSampleDa:
		zipTo(dst, x, y, special.GammaSampleGrad)
	case LogGammaSampleDa:
		zipTo(dst, x, y, special.LogGammaSampleGrad)
	}
}

func evalTernary(c *call) {
	if c.out.DType == Float32 {
		evalTernaryAs[float32](c)
		return
	}
	evalTernaryAs[float64](c)
}

func evalTernaryAs[T float](c *call) {
	if c.out.Layout.Size == 0 {
		return
	}
	dst := values[T](&c.out)
	x := read[T](c.m, c.in[0], c.out.Layout)
	y := read[T](c.m, c.in[1], c.out.Layout)
	z := read[T](c.m, c.in[2], c.out.Layout)
	if c.code == Where {
		choose(dst, x, y, z)
		return
	}
	ternary(c.code, dst, x, y, z)
}

// ternary computes dst = f(x, y, z) for a function of the table.
func ternary[T float](code Code, dst, x, y, z []T) {
	dst, y, z = dst[:len(x)], y[:len(x)], z[:len(x)]
	if len(x) >= longRun && shared(stretch[T]{kind: general, code: code, dst: dst, x: x, y: y, z: z}) {
		return
	}
	var f func(a, b, x float64) float64
	switch code {
	case Outside:
		for i, v := range x {
			dst[i] = truth[T](v < y[i] || v > z[i])
		}
		return
	case BetaSample:
		copy(dst, z)
		return
	case BetaInc:
		f = special.BetaInc
	case BetaIncC:
		f = special.BetaIncC
	case BetaIncDa:
		f = func(a, b, x float64) float64 { da, _ := special.BetaIncGrad(a, b, x); return da }
	case BetaIncDb:
		f = func(a, b, x float64) float64 { _, db := special.BetaIncGrad(a, b, x); return db }
	case BetaIncInv:
		f = special.BetaIncInv
	case BetaSampleDa:
		f = func(a, b, x float64) float64 { da, _ := special.BetaSampleGrad(x, a, b); return da }
	case BetaSampleDb:
		f = func(a, b, x float64) float64 { _, db := special.BetaSampleGrad(x, a, b); return db }
	}
	for i, v := range x {
		dst[i] = T(f(float64(v), float64(y[i]), float64(z[i])))
	}
}
