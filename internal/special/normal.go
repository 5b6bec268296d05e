package special

import "math"

const (
	invSqrtPi  = 0.56418958354775628695
	log2       = math.Ln2
	erfcxLarge = 1e8 // beyond it erfcx(z) is 1/(z√π) to rounding
)

// Erfcx returns exp(x²)·erfc(x), relative error 1e-15 for x ≥ 0; for x < 0 it
// is 2·exp(x²)-Erfcx(-x), and +Inf below -26.6. A polynomial in (x-4)/(x+4)
// as in M. M. Shepherd, J. G. Laframboise, Math. Comp. 36 (1981) 249, refitted.
func Erfcx(x float64) float64 {
	switch {
	case x < 0:
		return 2*expSquare(x, 1) - Erfcx(-x)
	case x > erfcxLarge:
		return invSqrtPi / x
	}
	return horner(erfcxC[:], (x-4)/(x+4)) / (1 + 2*x)
}

// expSquare returns exp(c·x²) for c = ±1 or ±½ without the error that rounding
// x² would bring in: x is split as in W. J. Cody, Math. Comp. 23 (1969) 631.
func expSquare(x, c float64) float64 {
	if math.Abs(x) > 60 {
		return math.Exp(c * x * x)
	}
	h := math.Trunc(x*16) / 16
	return math.Exp(c*h*h) * math.Exp(c*(x-h)*(x+h))
}

// NormCDF returns Φ(x), the standard normal distribution function, relative
// error 2e-15 on the whole line (above the subnormals, x > -37.5). The upper
// tail is NormCDF(-x).
func NormCDF(x float64) float64 {
	if x < -1 {
		return expSquare(x, -0.5) * (0.5 * Erfcx(-x/math.Sqrt2))
	}
	return 0.5 * math.Erfc(-x/math.Sqrt2)
}

// LogNormCDF returns log Φ(x), relative error 2e-15 on the whole line.
func LogNormCDF(x float64) float64 {
	switch {
	case x < -1:
		return -0.5*x*x + ln(0.5*Erfcx(-x/math.Sqrt2))
	case x > 0:
		return math.Log1p(-NormCDF(-x))
	}
	return ln(NormCDF(x))
}

// NormQuantile returns Φ⁻¹(p): -Inf at 0, +Inf at 1, NaN outside [0, 1].
// Relative error 1e-15 for p ≤ ½, so down to the least subnormal; above ½ the
// upper tail is better asked for as -NormQuantile(1-p).
// Source: M. J. Wichura, "Algorithm AS 241", Applied Statistics 37 (1988) 477, PPND16.
func NormQuantile(p float64) float64 {
	if !(p >= 0 && p <= 1) {
		return math.NaN()
	}
	q := p - 0.5
	if math.Abs(q) <= 0.425 {
		return normCentre(q)
	}
	if q < 0 {
		return -normTail(p)
	}
	return normTail(1 - p)
}

// Erfinv returns the inverse of erf: ±Inf at ±1, NaN outside [-1, 1]. Relative error 1e-15.
func Erfinv(x float64) float64 {
	switch a := math.Abs(x); {
	case !(a <= 1):
		return math.NaN()
	case a <= 0.85:
		return normCentre(0.5*x) / math.Sqrt2
	default:
		return math.Copysign(normTail(0.5*(1-a))/math.Sqrt2, x)
	}
}

// Erfcinv returns the inverse of erfc: +Inf at 0, -Inf at 2, NaN outside
// [0, 2]. Relative error 1e-15 for x ≤ 1, so for the tiniest x too.
func Erfcinv(x float64) float64 {
	switch {
	case !(x >= 0 && x <= 2):
		return math.NaN()
	case math.Abs(x-1) <= 0.85:
		return normCentre(0.5*(1-x)) / math.Sqrt2
	case x < 1:
		return normTailHalf(x) / math.Sqrt2
	}
	return -normTailHalf(2-x) / math.Sqrt2
}

// normCentre is PPND16's quantile of ½+q, |q| ≤ 0.425.
func normCentre(q float64) float64 {
	r := 0.180625 - q*q
	return q * horner(ppndA[:], r) / horner(ppndB[:], r)
}

// normTail is PPND16's upper quantile of a tail probability p < 0.075.
func normTail(p float64) float64 { return normTailRoot(math.Sqrt(-ln(p))) }

// normTailHalf is normTail(h/2), without rounding of a subnormal h/2.
func normTailHalf(h float64) float64 { return normTailRoot(math.Sqrt(log2 - ln(h))) }

func normTailRoot(r float64) float64 {
	switch {
	case math.IsInf(r, 1):
		return r
	case r <= 5:
		return horner(ppndC[:], r-1.6) / horner(ppndD[:], r-1.6)
	}
	return horner(ppndE[:], r-5) / horner(ppndF[:], r-5)
}

// The coefficients of PPND16.
var (
	ppndA = [...]float64{
		3.3871328727963666080e0, 1.3314166789178437745e2, 1.9715909503065514427e3, 1.3731693765509461125e4,
		4.5921953931549871457e4, 6.7265770927008700853e4, 3.3430575583588128105e4, 2.5090809287301226727e3,
	}
	ppndB = [...]float64{
		1, 4.2313330701600911252e1, 6.8718700749205790830e2, 5.3941960214247511077e3,
		2.1213794301586595867e4, 3.9307895800092710610e4, 2.8729085735721942674e4, 5.2264952788528545610e3,
	}
	ppndC = [...]float64{
		1.42343711074968357734e0, 4.63033784615654529590e0, 5.76949722146069140550e0, 3.64784832476320460504e0,
		1.27045825245236838258e0, 2.41780725177450611770e-1, 2.27238449892691845833e-2, 7.74545014278341407640e-4,
	}
	ppndD = [...]float64{
		1, 2.05319162663775882187e0, 1.67638483018380384940e0, 6.89767334985100004550e-1,
		1.48103976427480074590e-1, 1.51986665636164571966e-2, 5.47593808499534494600e-4, 1.05075007164441684324e-9,
	}
	ppndE = [...]float64{
		6.65790464350110377720e0, 5.46378491116411436990e0, 1.78482653991729133580e0, 2.96560571828504891230e-1,
		2.65321895265761230930e-2, 1.24266094738807843860e-3, 2.71155556874348757815e-5, 2.01033439929228813265e-7,
	}
	ppndF = [...]float64{
		1, 5.99832206555887937690e-1, 1.36929880922735805310e-1, 1.48753612908506148525e-2,
		7.86869131145613259100e-4, 1.84631831751005468180e-5, 1.42151175831644588870e-7, 2.04426310338993978564e-15,
	}
)
