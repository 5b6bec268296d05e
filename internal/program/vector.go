package program

import (
	"math"
	"unsafe"

	"github.com/gopyro/pyro/internal/kernel"
)

// Runs of several elements go to the kernels; single numbers stay with scalar
// code, which is quicker than a call. The length alone decides, so that eager
// and recorded runs, and blocks of a long run, agree in every bit. Arithmetic
// has the same bits either way and changes over where the kernel is quicker.
const (
	mathRun  = 2  // from here on exp, log, … are kernels
	arithRun = 16 // from here on sums and products are
)

type (
	map64 = func(dst, x []float64)
	map32 = func(dst, x []float32)
	zip64 = func(dst, a, b []float64)
	zip32 = func(dst, a, b []float32)
)

// unaryKernels and those below are the kernels of the operations that have one.
var unaryKernels = [Add]struct {
	f64 map64
	f32 map32
	min int
}{
	Neg:      {kernel.Neg, kernel.Neg32, arithRun},
	Abs:      {kernel.Abs, kernel.Abs32, arithRun},
	Square:   {kernel.Square, kernel.Square32, arithRun},
	Sqrt:     {kernel.Sqrt, kernel.Sqrt32, arithRun},
	Recip:    {kernel.Recip, kernel.Recip32, arithRun},
	Exp:      {kernel.Exp, kernel.Exp32, mathRun},
	Expm1:    {kernel.Expm1, kernel.Expm132, mathRun},
	Log:      {kernel.Log, kernel.Log32, mathRun},
	Log1p:    {kernel.Log1p, kernel.Log1p32, mathRun},
	Sin:      {kernel.Sin, kernel.Sin32, mathRun},
	Cos:      {kernel.Cos, kernel.Cos32, mathRun},
	Tanh:     {kernel.Tanh, kernel.Tanh32, mathRun},
	Sigmoid:  {kernel.Sigmoid, kernel.Sigmoid32, mathRun},
	Softplus: {kernel.Softplus, kernel.Softplus32, mathRun},
	Erf:      {kernel.Erf, kernel.Erf32, mathRun},
	Erfc:     {kernel.Erfc, kernel.Erfc32, mathRun},
	Lgamma:   {kernel.Lgamma, kernel.Lgamma32, mathRun},
	Digamma:  {kernel.Digamma, kernel.Digamma32, mathRun},
}

var binaryKernels = [Where]struct {
	f64 zip64
	f32 zip32
	min int
}{
	Add:       {kernel.Add, kernel.Add32, arithRun},
	Sub:       {kernel.Sub, kernel.Sub32, arithRun},
	Mul:       {kernel.Mul, kernel.Mul32, arithRun},
	Div:       {kernel.Div, kernel.Div32, arithRun},
	Pow:       {kernel.Pow, kernel.Pow32, mathRun},
	XLogY:     {func(dst, x, y []float64) { xlogy(kernel.Log, dst, x, y) }, func(dst, x, y []float32) { xlogy(kernel.Log32, dst, x, y) }, mathRun},
	Max:       {kernel.Max, kernel.Max32, arithRun},
	Min:       {kernel.Min, kernel.Min32, arithRun},
	Equal:     {kernel.Equal, kernel.Equal32, arithRun},
	Less:      {kernel.Less, kernel.Less32, arithRun},
	LessEqual: {kernel.LessEqual, kernel.LessEqual32, arithRun},
}

// xlogy computes x·log(y), and 0 where x is 0 and y is not NaN. dst is apart from
// both.
func xlogy[T float](log func(dst, x []T), dst, x, y []T) {
	log(dst, y)
	for i, v := range x {
		if v == 0 && y[i] == y[i] {
			dst[i] = 0
		} else {
			dst[i] *= v
		}
	}
}

// as32 and as64 are the same slice under the name of its type.
func as32[T float](s []T) []float32 { return *(*[]float32)(unsafe.Pointer(&s)) }
func as64[T float](s []T) []float64 { return *(*[]float64)(unsafe.Pointer(&s)) }

func single[T float]() bool { return unsafe.Sizeof(T(0)) == 4 }

// vectorUnary computes dst = f(x) by a kernel if there is one for this length.
func vectorUnary[T float](code Code, k float64, dst, x []T) bool {
	if code < Add {
		if e := &unaryKernels[code]; e.f64 != nil && len(x) >= e.min {
			if single[T]() {
				e.f32(as32(dst), as32(x))
			} else {
				e.f64(as64(dst), as64(x))
			}
			return true
		}
	}
	if len(x) < arithRun {
		return false
	}
	switch code {
	case AddScalar:
		vectorRight(Add, dst, x, T(k))
	case MulScalar:
		vectorRight(Mul, dst, x, T(k))
	default:
		return false
	}
	return true
}

// vectorBinary computes dst = f(x, y) by a kernel if there is one for this length.
func vectorBinary[T float](code Code, dst, x, y []T) bool {
	if code >= Where {
		return false
	}
	e := &binaryKernels[code]
	if e.f64 == nil || len(x) < e.min {
		return false
	}
	if single[T]() {
		e.f32(as32(dst), as32(x), as32(y))
	} else {
		e.f64(as64(dst), as64(x), as64(y))
	}
	return true
}

// vectorRight computes x op s, for arithmetic. A quotient is not a product with
// 1/s, whose bits differ.
func vectorRight[T float](code Code, dst, x []T, s T) bool {
	if len(x) < arithRun {
		return false
	}
	if code == Sub { // x - s = x + (-s), in every bit
		code, s = Add, -s
	}
	switch {
	case code == Add && single[T]():
		kernel.AddScalar32(as32(dst), as32(x), float32(s))
	case code == Add:
		kernel.AddScalar(as64(dst), as64(x), float64(s))
	case code == Mul && single[T]():
		kernel.MulScalar32(as32(dst), as32(x), float32(s))
	case code == Mul:
		kernel.MulScalar(as64(dst), as64(x), float64(s))
	case code == Div && single[T]():
		kernel.DivScalar32(as32(dst), as32(x), float32(s))
	case code == Div:
		kernel.DivScalar(as64(dst), as64(x), float64(s))
	default:
		return false
	}
	return true
}

// vectorLeft computes s op x, for arithmetic.
func vectorLeft[T float](code Code, dst []T, s T, x []T) bool {
	if len(x) < arithRun {
		return false
	}
	switch {
	case code == Add || code == Mul:
		return vectorRight(code, dst, x, s)
	case code == Sub && single[T]():
		kernel.SubScalarFrom32(as32(dst), as32(x), float32(s))
	case code == Sub:
		kernel.SubScalarFrom(as64(dst), as64(x), float64(s))
	case code == Div && single[T]():
		kernel.DivScalarBy32(as32(dst), as32(x), float32(s))
	case code == Div:
		kernel.DivScalarBy(as64(dst), as64(x), float64(s))
	default:
		return false
	}
	return true
}

// choose sets dst to x where cond is not 0, else to y.
func choose[T float](dst, cond, x, y []T) {
	if len(cond) >= longRun && shared(stretch[T]{kind: chosen, dst: dst[:len(cond)], x: cond, y: x, z: y}) {
		return
	}
	if len(cond) >= arithRun {
		if single[T]() {
			kernel.Select32(as32(dst), as32(cond), as32(x), as32(y))
		} else {
			kernel.Select(as64(dst), as64(cond), as64(x), as64(y))
		}
		return
	}
	for i, v := range cond {
		if v != 0 {
			dst[i] = x[i]
		} else {
			dst[i] = y[i]
		}
	}
}

// Within reports whether all of x are in [lo, hi], as NaN is not.
func Within(x []float64, lo, hi float64) bool {
	if len(x) >= arithRun {
		if lo <= -math.MaxFloat64 && hi >= math.MaxFloat64 {
			// All are finite where their sum is, and none is NaN where it is not. A sum takes
			// a third of the time.
			if s := kernel.Sum(x); s-s == 0 || s == s && lo < -math.MaxFloat64 && hi > math.MaxFloat64 {
				return true
			}
		}
		return kernel.Within(x, lo, hi)
	}
	for _, v := range x {
		if !(v >= lo && v <= hi) {
			return false
		}
	}
	return true
}

// Integers reports whether all of x are integers. It may be false where some are of
// magnitude 2⁵¹ or more.
func Integers(x []float64) bool { return kernel.Integers(x) }
