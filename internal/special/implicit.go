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
	return x * gammaLogGrad(a, x, math.Log(x))
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
	return -gammaLogGrad(a, x, math.Log(x)) * math.Exp(logGammaPrefix(a, x))
}

// gammaLogGrad is d log x/da; logX may be finite where x is 0.
func gammaLogGrad(a, x, logX float64) float64 {
	if !(a > 0 && x >= 0) || math.IsInf(a, 1) || math.IsInf(x, 1) {
		return math.NaN()
	}
	var t gammaTail
	if a < 1 && x <= 2.5 {
		// The derivative keeps its digits where P, close to 1, has lost them.
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
// domain. Relative error 1e-12. A draw so close to 1 that 1-x has lost digits
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
