package kernel

import "math"

// Sum returns the sum of x, 0 if x is empty. Element i is added to partial sum i mod 32, in order;
// then partial sum j takes up j+16, and so on with 8, 4, 2 and 1. The order is the same everywhere.
func Sum(x []float64) float64 { return best.Sum(x) }

// Sum32 returns the sum of x, added in float64 in the order of [Sum] and rounded once.
func Sum32(x []float32) float32 { return float32(best.Sum32(x)) }

// Dot returns the sum of a[i]*b[i] in the order of [Sum], each product and addition rounded once
// together.
func Dot(a, b []float64) float64 {
	check(len(a), len(b))
	return best.Dot(a, b)
}

// Dot32 returns the sum of a[i]*b[i] in float64, in the order of [Sum], rounded once.
func Dot32(a, b []float32) float32 {
	check(len(a), len(b))
	return float32(best.Dot32(a, b))
}

// MaxOf returns the largest element of x: NaN if one is NaN, -Inf if x is empty. +0 is larger
// than -0.
func MaxOf(x []float64) float64 { return best.MaxOf(x) }

// MaxOf32 is MaxOf for float32.
func MaxOf32(x []float32) float32 { return best.MaxOf32(x) }

// Within reports whether all elements of x are in [lo, hi], as NaN is not.
func Within(x []float64, lo, hi float64) bool { return best.Outside(x, lo, hi) == 0 }

// Same reports whether the bits of a and b, which are as long, are the same.
func Same(a, b []float64) bool {
	check(len(a), len(b))
	return math.Float64bits(best.Differ(a, b)) == 0
}

// Integers reports whether all elements of x are integers. It may be false where some are of
// magnitude 2⁵¹ or more.
func Integers(x []float64) bool { return best.Fractional(x) == 0 }

// LogSumExp returns log Σ e^x[i], -Inf if x is empty. It sums e^(x[i] - MaxOf(x)) in the order of
// [Sum], so that nothing overflows; the differences are rounded, so the error is at most some ulp of
// the largest |x[i]| that counts.
func LogSumExp(x []float64) float64 {
	m := MaxOf(x)
	if math.IsInf(m, 0) || math.IsNaN(m) {
		return m
	}
	return m + math.Log(best.SumExp(x, m))
}

// LogSumExp32 is LogSumExp for float32; the sum is in float64.
func LogSumExp32(x []float32) float32 {
	m := MaxOf32(x)
	if math.IsInf(float64(m), 0) || m != m {
		return m
	}
	return float32(float64(m) + math.Log(best.SumExp32(x, m)))
}

// Softmax sets dst to e^x[i] / Σ e^x[j], computed as in [LogSumExp]: the relative error of an element
// is at most 4 ulp and that of rounding x[i] - MaxOf(x). All are NaN if x has a NaN or +Inf or nothing
// but -Inf.
func Softmax(dst, x []float64) {
	check(len(dst), len(x))
	sum := best.ExpSum(dst, x, MaxOf(x))
	best.MulScalar(dst, dst, 1/sum)
}

// Softmax32 is Softmax for float32; the sum is in float64.
func Softmax32(dst, x []float32) {
	check(len(dst), len(x))
	sum := best.ExpSum32(dst, x, MaxOf32(x))
	best.MulScalar32(dst, dst, float32(1/sum))
}
