package special

import "math"

// Implicit reparameterisation: a draw x of a distribution function F(x; θ)
// moves with its parameters as dx/dθ = -(∂F/∂θ)/(∂F/∂x), M. Figurnov,
// S. Mohamed, A. Mnih, "Implicit Reparameterization Gradients", 2018, eq. 5.

// GammaSampleGrad returns dx/da for a draw x ≥ 0 of the unit-rate gamma
// distribution of shape a > 0; positive, 0 at x = 0, NaN outside the domain. Relative error
// 1e-13 (1e-14 typically), for any x.
func GammaSampleGrad(a, x float64) float64 {
	if x == 0 && a > 0 {
		return 0
	}
	return x * gammaLogGrad(a, x, ln(x))
}

// LogGammaSampleGrad returns dy/da for y = log x, x as in GammaSampleGrad. It
// holds where x itself underflows, as it does for shapes below 0.01. Relative error as GammaSampleGrad.
func LogGammaSampleGrad(a, y float64) float64 {
	return gammaLogGrad(a, math.Exp(y), y)
}

// GammaPGrad returns ∂P(a, x)/∂a ≤ 0, = -∂Q/∂a, with the relative error of the density in both tails.
func GammaPGrad(a, x float64) float64 {
	if (x == 0 || math.IsInf(x, 1)) && a > 0 {
		return 0
	}
	return -gammaLogGrad(a, x, ln(x)) * math.Exp(logGammaPrefix(a, x))
}

// gammaLogGrad is d log x/da; logX may be finite where x is 0.
func gammaLogGrad(a, x, logX float64) float64 {
	if !(a > 0 && x >= 0) || math.IsInf(a, 1) || math.IsInf(x, 1) {
		return math.NaN()
	}
	var t gammaTail
	if a < temmeMinShape && x <= math.Max(2.5, a+2*math.Sqrt(a)+1) {
		// Up to where Q is 0.02 the quicker series costs the derivative
		// two digits at most.
		t = gammaSeries(a, x)
	} else {
		t = newGammaTail(a, x)
	}
	switch {
	case t.uniform:
		return t.dlog
	case t.lower:
		return t.r*(Digamma(a+1)-logX) - t.m
	}
	return t.r*(logX-Digamma(a)) + t.m
}

// BetaSampleGrad returns dx/da and dx/db for a draw 0 ≤ x ≤ 1 of the beta
// distribution with a, b > 0: dx/da ≥ 0, dx/db ≤ 0, both 0 at x = 0 and x = 1, NaN outside the
// domain. Relative error 1e-13. A draw so close to 1 that 1-x has lost digits
// is better held as its complement: d(1-x)/db, d(1-x)/da = BetaSampleGrad(1-x, b, a).
func BetaSampleGrad(x, a, b float64) (da, db float64) {
	y := 1 - x
	switch {
	case !betaDomain(a, b, x):
		return math.NaN(), math.NaN()
	case x == 0 || y == 0:
		return 0, 0
	}
	ga, gb := betaGrads(a, b, x, y)
	return -x * y * ga, -x * y * gb
}

// DirichletSampleGrad returns G = (dx/da)/(1-x) for one component x of a
// Dirichlet draw with concentration a out of the sum total; its marginal is
// Beta(a, total-a). The whole Jacobian is ∂x_k/∂a_j = G_j·([j=k] - x_k), so a
// gradient g pulls back to G_j·(g_j - Σ x_k g_k). NaN unless 0 < a < total.
// Error as BetaSampleGrad; finite at x = 1.
func DirichletSampleGrad(x, a, total float64) float64 {
	b, y := total-a, 1-x
	switch {
	case !betaDomain(a, b, x):
		return math.NaN()
	case x == 0:
		return 0
	case y == 0:
		y = 0x1p-54 // half an ulp of x: the draw lies between
	}
	ga, _ := betaGrads(a, b, x, y)
	return -x * ga
}

// BetaIncGrad returns ∂I/∂a ≤ 0 and ∂I/∂b ≥ 0 of I_x(a, b), with the relative
// error of BetaSampleGrad and of the density.
func BetaIncGrad(a, b, x float64) (da, db float64) {
	y := 1 - x
	switch {
	case !betaDomain(a, b, x):
		return math.NaN(), math.NaN()
	case x == 0 || y == 0:
		return 0, 0
	}
	ga, gb := betaGrads(a, b, x, y)
	k := math.Exp(logBetaPrefix(a, b, x, y))
	return k * ga, k * gb
}

// StudentTSampleGrad returns dt/dν for a draw t of Student's distribution with
// nu > 0 degrees of freedom: 0 at t = 0 and at nu = +Inf, odd in t, NaN outside
// the domain. Relative error 1e-9; below nu = 1e4 it is 1e-14·max(1, nu). With I_x(ν/2, ½),
// x = ν/(ν+t²), it is (t/2)(∂I/∂a/(2K) + 1/ν); where these two cancel it is the derivative of
// the Cornish–Fisher expansion (R. A. Fisher, E. A. Cornish 1960) to two orders.
func StudentTSampleGrad(nu, t float64) float64 {
	switch {
	case !(nu > 0) || math.IsNaN(t) || math.IsInf(t, 0):
		return math.NaN()
	case t == 0 || math.IsInf(nu, 1):
		return 0
	}
	// The expansion errs by (t²/ν)², the difference by 20·2^-53·ν/(1+t²).
	if q := t * t; nu > 1e5 && q < 1.6e-5*nu {
		i := 1 / nu
		return -t * i * i * ((q+1)/4 + i*(q-q*q)/12)
	}
	a := nu / 2
	x, y := studentXY(nu, t)
	var ga float64
	switch {
	case y == 0: // 1-I is y^½/(½B)
		ga = -2 * digammaDiff(a, 0.5)
	case x == 0: // I is x^a/(aB)
		ga = (-2*ln(math.Abs(t)/math.Sqrt(nu)) - digammaDiff(a+0.5, 0.5)) / a
	default:
		ga, _ = betaGrads(a, 0.5, x, y)
	}
	return t / 2 * (ga/2 + 1/nu)
}
