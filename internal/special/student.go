package special

import "math"

// StudentTCDF returns P(T ≤ t) for Student's distribution with nu > 0 degrees
// of freedom; nu = +Inf is the normal. NaN for other nu. Relative error as BetaInc's, in both
// tails. The upper tail is StudentTCDF(nu, -t). P(|T| > |t|) is I_x(ν/2, ½) at x = ν/(ν+t²).
func StudentTCDF(nu, t float64) float64 {
	switch {
	case !(nu > 0) || math.IsNaN(t):
		return math.NaN()
	case math.IsInf(nu, 1):
		return NormCDF(t)
	case math.IsInf(t, 0):
		return 0.5 + math.Copysign(0.5, t)
	}
	p, q := studentPQ(nu, t)
	if t <= 0 {
		return 0.5 * p
	}
	return 0.5 + 0.5*q
}

// studentPQ returns P(|T| > |t|) and its complement.
func studentPQ(nu, t float64) (p, q float64) {
	x, y := studentXY(nu, t)
	return betaPQ(nu/2, 0.5, x, y)
}

// studentXY returns ν/(ν+t²) and its complement, the smaller exact.
func studentXY(nu, t float64) (x, y float64) {
	r := t / math.Sqrt(nu)
	if math.Abs(r) < 1 {
		y = r * r / (1 + r*r)
		return 1 - y, y
	}
	i := 1 / (r * r)
	x = i / (1 + i)
	return x, 1 - x
}

// StudentTQuantile returns the t with StudentTCDF(nu, t) = p: -Inf at 0, +Inf at 1, NaN
// outside [0, 1] or nu > 0. Relative error 1e-14·max(1, 1/nu) for p ≤ ½; the
// upper tail is better asked for as -StudentTQuantile(nu, 1-p).
func StudentTQuantile(nu, p float64) float64 {
	switch {
	case !(nu > 0 && p >= 0 && p <= 1):
		return math.NaN()
	case math.IsInf(nu, 1):
		return NormQuantile(p)
	case p == 0.5:
		return 0
	case p > 0.5:
		return -StudentTQuantile(nu, 1-p)
	case p == 0:
		return math.Inf(-1)
	}
	var z float64 // log(t²/ν)
	if p > 0.25 {
		z = betaLogit(0.5, nu/2, ln(1-2*p))
	} else {
		z = -betaLogit(nu/2, 0.5, ln(2*p))
	}
	return -math.Sqrt(nu) * math.Exp(0.5*z)
}

// StudentTCDFGrad returns ∂StudentTCDF/∂nu, negative below t = 0 and odd in t,
// NaN outside 0 < nu < ∞. It is the difference of two terms of size
// density·t/nu, to whose size its relative error is BetaSampleGrad's. Source:
// the chain rule on x = ν/(ν+t²), dx/dν = x(1-x)/ν.
func StudentTCDFGrad(nu, t float64) float64 {
	if !(nu > 0) || math.IsInf(nu, 1) || math.IsNaN(t) {
		return math.NaN()
	}
	x, y := studentXY(nu, t)
	if t == 0 || x == 0 || y == 0 {
		return 0
	}
	da, _ := betaGrads(nu/2, 0.5, x, y)
	k := math.Exp(logBetaPrefix(nu/2, 0.5, x, y))
	g := 0.5 * k * (0.5*da + 1/nu)
	if t > 0 {
		return -g
	}
	return g
}
