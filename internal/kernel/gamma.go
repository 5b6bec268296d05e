package kernel

// Lgamma sets dst to log |Γ(x)|: +Inf at zero and the negative integers. For x > 0 the error is at
// most 1e-14 max(1, |log Γ(x)|) and, around the zeros at 1 and 2, for x in [1/2, 5/2], at most 8 ulp.
// For x < 0 it is that of math.Lgamma.
func Lgamma(dst, x []float64) {
	check(len(dst), len(x))
	best.Lgamma(dst, x)
}

// Lgamma32 is Lgamma for float32. The error is at most 1 ulp for x > 0. For x < 0 it is that of
// math.Lgamma.
func Lgamma32(dst, x []float32) {
	check(len(dst), len(x))
	best.Lgamma32(dst, x)
}

// Digamma sets dst to ψ(x) = Γ'(x)/Γ(x): NaN at the negative integers, -Inf at +0, +Inf at -0. For x >
// 0 the error is at most 1e-14 max(1, |ψ(x)|). For x < 0 the reflection formula ψ(1-x) - π cot(πx) is
// used.
func Digamma(dst, x []float64) {
	check(len(dst), len(x))
	best.Digamma(dst, x)
}

// Digamma32 is Digamma for float32. The error is at most 1 ulp of max(1, |ψ(x)|) for x > 0. For x < 0
// the reflection formula ψ(1-x) - π cot(πx) is used.
func Digamma32(dst, x []float32) {
	check(len(dst), len(x))
	best.Digamma32(dst, x)
}
