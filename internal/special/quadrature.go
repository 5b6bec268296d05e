package special

import "math"

// The tails that no series reaches quickly are integrals of exp(h) from the
// argument to infinity with h(0) = 0 and h falling. Gauss–Legendre on [0, S],
// h(S) ≈ -tailCut, has an error of tailError there, since the integrand is
// analytic but for one point left of 0 whose distance decides between the rules.
const (
	tailCut = 38 // exp(-38) is 2^-54.8
	// nearSingularity is the distance over S below which 32 nodes do not
	// reach 1e-16: the Bernstein ellipse through the point has ρ = 1.75.
	nearSingularity = 0.08
)

// gaussRule returns the rule for an interval of length s with the singularity
// at -d.
func gaussRule(d, s float64) [][2]float64 {
	if d > nearSingularity*s {
		return gauss32[:]
	}
	return gauss64[:]
}

// solveLogCDF returns z with log F(z) = target by Halley's method from z, for a
// distribution function whose logarithm is concave. f returns log F, the
// logarithm of the density F' and the derivative of that.
func solveLogCDF(f func(z float64) (logF, logD, slope float64), target, z float64) float64 {
	const maxStep, maxIter = 4, 200
	last := math.Inf(1)
	for range maxIter {
		logF, logD, slope := f(z)
		hazard := math.Exp(logD - logF)
		newton := (target - logF) / hazard
		bend := slope - hazard // (log F)''/(log F)' ≤ 0
		step := newton / math.Max(0.5, 1+newton*bend/2)
		if math.IsNaN(step) || step > maxStep {
			step = maxStep
		}
		step = math.Max(step, -maxStep)
		z += step
		step = math.Abs(step)
		// The step leaves an error of the order step·(step·bend)².
		if b := step * bend; step*b*b <= 0x1p-56*math.Max(math.Abs(z), 0x1p-10) || step < 1e-5 && step > last/4 {
			break
		}
		last = step
	}
	return z
}
