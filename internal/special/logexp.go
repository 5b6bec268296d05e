package special

import "math"

// ln is math.Log, which on amd64 (Go 1.26) takes a subnormal x for 2^-1023 or thereabouts,
// so those are scaled first.
func ln(x float64) float64 {
	if x < 0x1p-1022 && x > 0 {
		return math.Log(x*0x1p54) - 54*math.Ln2
	}
	return math.Log(x)
}

// Sigmoid returns 1/(1+exp(-x)), relative error 4e-16 (down to subnormal results).
func Sigmoid(x float64) float64 {
	if x >= 0 {
		return 1 / (1 + math.Exp(-x))
	}
	e := math.Exp(x)
	return e / (1 + e)
}

// Log1pExp returns log(1+exp(x)), the softplus of x, relative error 4e-16.
// The cases are those of M. Mächler, "Accurately computing log(1-exp(-|a|))", 2012, eq. 10.
func Log1pExp(x float64) float64 {
	switch {
	case x <= -37:
		return math.Exp(x)
	case x <= 18:
		return math.Log1p(math.Exp(x))
	case x <= 33.3:
		return x + math.Exp(-x)
	}
	return x
}

// LogSigmoid returns log(1/(1+exp(-x))), relative error 4e-16.
func LogSigmoid(x float64) float64 { return -Log1pExp(-x) }

// Log1mExp returns log(1-exp(x)) for x ≤ 0, relative error 4e-16;
// -Inf at 0 and NaN for x > 0. Source: Mächler 2012, eq. 7.
func Log1mExp(x float64) float64 {
	if x > -math.Ln2 {
		return ln(-math.Expm1(x))
	}
	return math.Log1p(-math.Exp(x))
}

// LogAddExp returns log(exp(a)+exp(b)) without overflow. Its error is below
// 4e-16 of max(|a|, |b|, 1); infinite arguments are exact.
func LogAddExp(a, b float64) float64 {
	if a < b {
		a, b = b, a
	}
	if math.IsInf(a, 0) && !math.IsNaN(b) { // both -Inf, or the larger +Inf
		return a
	}
	return a + math.Log1p(math.Exp(b-a))
}

// LogSubExp returns log(exp(a)-exp(b)) for a ≥ b, with LogAddExp's bound on top
// of the rounding of a-b; -Inf where a = b and NaN where a < b.
func LogSubExp(a, b float64) float64 {
	if math.IsInf(b, -1) || a == b {
		if a == b {
			return math.Inf(-1)
		}
		return a
	}
	return a + Log1mExp(b-a)
}

// XLogY returns x·log(y), and 0 where x = 0 and y is not NaN.
func XLogY(x, y float64) float64 {
	if x == 0 && !math.IsNaN(y) {
		return 0
	}
	return x * ln(y)
}

// XLog1pY returns x·log(1+y), and 0 where x = 0 and y is not NaN.
func XLog1pY(x, y float64) float64 {
	if x == 0 && !math.IsNaN(y) {
		return 0
	}
	return x * math.Log1p(y)
}

// Log1pSquare returns log(1 + x²) without overflow, relative error 4e-16.
func Log1pSquare(x float64) float64 {
	x = math.Abs(x)
	if x > 0x1p27 { // x² + 1 rounds to x²
		return 2 * math.Log(x)
	}
	return math.Log1p(x * x)
}

// Log1pSquareD returns its derivative 2x/(1+x²) without overflow, relative error 4e-16.
func Log1pSquareD(x float64) float64 {
	if math.Abs(x) > 0x1p27 {
		return 2 / x
	}
	return 2 * x / (1 + x*x)
}
