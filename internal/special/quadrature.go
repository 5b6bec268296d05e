package special

import "math"

// The tails that no series reaches quickly are integrals of exp(h) from the
// argument to infinity with h(0) = 0 and h falling. Gauss–Legendre on [0, S],
// h(S) ≈ -tailCut, converges geometrically there, since the integrand is
// analytic but for points left of 0; the distance of the nearest decides
// between the rules.
const (
	tailCut = 38 // exp(-38) is 2^-54.8
	// nearSingularity is the distance over S below which 32 nodes do not
	// reach 1e-16: the Bernstein ellipse through the point has ρ = 1.92, on
	// it the integrand is up to exp(tailCut·0.11) = 65, and 65·ρ^-64 = 5e-17.
	nearSingularity = 0.11
)

// gaussRule returns the rule for an interval of length s with the singularity
// at -d.
func gaussRule(d, s float64) [][2]float64 {
	if d > nearSingularity*s {
		return gauss32[:]
	}
	return gauss64[:]
}

// solveLogCDF returns z with log F(z) = target for a distribution function
// whose logarithm is concave. f returns log F, the logarithm of the density F'
// and the derivative of that. Newton's method never passes the root from the
// left; Halley's correction shortens its steps from the right, where they are
// too long, and is used from the left only where it is small.
func solveLogCDF(f func(z float64) (logF, logD, slope float64), target, z float64) float64 {
	const blindStep, maxIter = 4, 200
	last := math.Inf(1)
	for range maxIter {
		logF, logD, slope := f(z)
		hazard := math.Exp(logD - logF)
		step := (target - logF) / hazard
		bend := slope - hazard // (log F)''/(log F)' ≤ 0
		if step*bend > -0.5 {
			step /= 1 + step*bend/2
		}
		if math.IsNaN(step) || math.IsInf(step, 0) { // F or F' underflows
			if logF > target {
				z -= blindStep
			} else {
				z += blindStep
			}
			continue
		}
		z += step
		step = math.Abs(step)
		// Its error is of third order in step over the scale of change.
		b := step * (hazard + math.Abs(slope) + 1)
		if step*b*b <= 0x1p-56*math.Max(math.Abs(z), 0x1p-10) || step < 1e-5 && step > last/4 {
			break
		}
		last = step
	}
	return z
}
