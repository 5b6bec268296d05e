package special

import "math"

// Lbeta returns log B(a, b) = log Γ(a)Γ(b)/Γ(a+b) for a, b > 0; +Inf where one
// is 0, -Inf where one is +Inf. Relative error 4e-15 of the larger of the result
// and log Γ(min(a, b)): nothing is lost when a and b are large or far apart.
// Source: A. R. Didonato, A. H. Morris, TOMS 708 (1992), in the form of LogPochhammer.
func Lbeta(a, b float64) float64 {
	if a > b {
		a, b = b, a
	}
	switch {
	case !(a >= 0) || math.IsNaN(b):
		return math.NaN()
	case a == 0 && math.IsInf(b, 1):
		return math.NaN()
	case a == 0:
		return math.Inf(1)
	case math.IsInf(b, 1):
		return math.Inf(-1)
	case a >= stirlingMin:
		// -½log b + (a-½)log(a/(a+b)) - b·log1p(a/b) + ½log 2π + corrections.
		h := a / b
		return -0.5*ln(b) + halfLog2Pi + (a-0.5)*ln(h/(1+h)) - b*math.Log1p(h) +
			stirlingError(a) - stirlingErrorDiff(b, a)
	case a < 1 && b < 1:
		// Γ(a) = Γ(1+a)/a keeps the poles apart from the rest.
		return ln((a+b)/(a*b)) + (Lgamma1p(a) + Lgamma1p(b) - Lgamma1p(a+b))
	}
	return Lgamma(a) - LogPochhammer(b, a)
}

// LChoose returns log C(n, k) = log Γ(n+1)/(Γ(k+1)Γ(n-k+1)) for real
// 0 ≤ k ≤ n, -Inf for integers k outside 0…n and NaN for other k. Relative error 1e-14 of the
// larger of the result and log Γ(1+min(k, n-k)).
func LChoose(n, k float64) float64 {
	switch {
	case math.IsNaN(n) || math.IsNaN(k) || n < 0 || math.IsInf(n, 1):
		return math.NaN()
	case k < 0 || k > n:
		if k == math.Trunc(k) && n == math.Trunc(n) {
			return math.Inf(-1)
		}
		return math.NaN()
	}
	if k > n-k {
		k = n - k
	}
	if k >= stirlingMin {
		return -ln(n+1) - Lbeta(n-k+1, k+1)
	}
	return LogPochhammer(n-k+1, k) - Lgamma1p(k)
}
