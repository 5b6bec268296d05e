package program

import (
	"math"

	"github.com/gopyro/pyro/internal/special"
)

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

// truth is 1 for true and 0 for false.
func truth[T float](b bool) T {
	if b {
		return 1
	}
	return 0
}
