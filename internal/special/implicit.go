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
		// ψ(a)+1/a is ψ(a+1); the series' m has 1/a in every term.
		return t.r*(Digamma(a+1)-logX) - (t.m + t.r/a)
	}
	return t.r*(logX-Digamma(a)) + t.m
}
