package kernel

import "math"

func goSqrt[T float](dst, x []T) { unary(dst, x, math.Sqrt) }
func goAbs[T float](dst, x []T)  { unary(dst, x, math.Abs) }

func goRecip[T float](dst, x []T) {
	for i, v := range x {
		dst[i] = 1 / v
	}
}

func goNeg[T float](dst, x []T) {
	for i, v := range x {
		dst[i] = -v
	}
}

func goSquare[T float](dst, x []T) {
	for i, v := range x {
		dst[i] = v * v
	}
}

func goAdd[T float](dst, a, b []T) {
	for i, v := range a {
		dst[i] = v + b[i]
	}
}

func goSub[T float](dst, a, b []T) {
	for i, v := range a {
		dst[i] = v - b[i]
	}
}

func goMul[T float](dst, a, b []T) {
	for i, v := range a {
		dst[i] = v * b[i]
	}
}

func goDiv[T float](dst, a, b []T) {
	for i, v := range a {
		dst[i] = v / b[i]
	}
}

func goMax[T float](dst, a, b []T) {
	for i, v := range a {
		dst[i] = max(v, b[i])
	}
}

func goMin[T float](dst, a, b []T) {
	for i, v := range a {
		dst[i] = min(v, b[i])
	}
}

func goAddScalar[T float](dst, x []T, s T) {
	for i, v := range x {
		dst[i] = v + s
	}
}

func goMulScalar[T float](dst, x []T, s T) {
	for i, v := range x {
		dst[i] = v * s
	}
}

func goSubScalarFrom[T float](dst, x []T, s T) {
	for i, v := range x {
		dst[i] = s - v
	}
}

func goDivScalar[T float](dst, x []T, s T) {
	for i, v := range x {
		dst[i] = v / s
	}
}

func goDivScalarBy[T float](dst, x []T, s T) {
	for i, v := range x {
		dst[i] = s / v
	}
}

func goFMA[T float](dst, a, b, c []T) {
	for i, v := range a {
		dst[i] = fma(v, b[i], c[i])
	}
}

func goAxpy[T float](y []T, a T, x []T) {
	for i, v := range x {
		y[i] = fma(a, v, y[i])
	}
}

func goMulAdd[T float](y, a, b []T) {
	for i, v := range a {
		y[i] = fma(v, b[i], y[i])
	}
}

func goAdam(x, m, v, g []float64, b1, c1, b2, c2, rate, eps, keep float64) {
	m, v, g = m[:len(x)], v[:len(x)], g[:len(x)]
	for i, d := range g { // each product rounded: the processor must not fuse it with the sum
		m[i] = float64(b1*m[i]) + float64(c1*d)
		v[i] = float64(b2*v[i]) + float64(c2*d*d)
		x[i] = float64(keep*x[i]) - rate*m[i]/(math.Sqrt(v[i])+eps)
	}
}

// fma returns a*b + c rounded once.
func fma[T float](a, b, c T) T {
	var t T
	if _, ok := any(t).(float64); ok {
		return T(math.FMA(float64(a), float64(b), float64(c)))
	}
	return T(fma32(float64(a), float64(b), float64(c)))
}

// fma32 returns, for float32 values, a*b + c rounded to odd: rounding that to float32 is as good as
// rounding once (Boldo and Melquiond 2008, "Emulation of a FMA and correctly rounded sums"). The
// product is exact; the error of the sum is from Knuth's TwoSum.
func fma32(a, b, c float64) float64 {
	p := float64(a * b)
	s := p + c
	v := s - p
	e := (p - (s - v)) + (c - v)
	bits := math.Float64bits(s)
	if e == 0 || e != e || bits&1 != 0 {
		return s
	}
	if (e > 0) == (s > 0) {
		return math.Float64frombits(bits + 1)
	}
	return math.Float64frombits(bits - 1)
}

func goLess[T float](dst, a, b []T) {
	for i, v := range a {
		dst[i] = truth[T](v < b[i])
	}
}

func goLessEqual[T float](dst, a, b []T) {
	for i, v := range a {
		dst[i] = truth[T](v <= b[i])
	}
}

func goEqual[T float](dst, a, b []T) {
	for i, v := range a {
		dst[i] = truth[T](v == b[i])
	}
}

func truth[T float](b bool) T {
	if b {
		return 1
	}
	return 0
}

func goSelect[T float](dst, cond, a, b []T) {
	for i, c := range cond {
		if c != 0 {
			dst[i] = a[i]
		} else {
			dst[i] = b[i]
		}
	}
}
