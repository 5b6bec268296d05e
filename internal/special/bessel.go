package special

import "math"

// besselSplit parts the power series in x²/4 from the expansion in 1/x.
const besselSplit = 8

// BesselI0e returns exp(-|x|)·I0(x), relative error 1e-15.
// Source: DLMF 10.25.2 and 10.40.1, economised on both sides of |x| = 8 (testdata/tables.py).
func BesselI0e(x float64) float64 {
	x = math.Abs(x)
	if x <= besselSplit {
		return math.Exp(-x) * besselI0Near(x)
	}
	return horner(besselI0Large[:], 1/x) / math.Sqrt(x)
}

// BesselI1e returns exp(-|x|)·I1(x), an odd function, relative error 1e-15. Source as BesselI0e.
func BesselI1e(x float64) float64 {
	a := math.Abs(x)
	if a <= besselSplit {
		return math.Exp(-a) * besselI1Near(x)
	}
	return math.Copysign(horner(besselI1Large[:], 1/a)/math.Sqrt(a), x)
}

// LogBesselI0e returns log(exp(-|x|)·I0(x)), relative error 1e-15.
func LogBesselI0e(x float64) float64 {
	x = math.Abs(x)
	if x <= 1 { // I0 is near 1
		q := x * x / 4
		return math.Log1p(q*horner(besselI0Small[:], q)) - x
	}
	return math.Log(BesselI0e(x))
}

// BesselI1I0 returns I1(x)/I0(x), the mean resultant length of a von Mises
// distribution of concentration x, relative error 1e-15. Its derivative is 1 - A/x - A².
func BesselI1I0(x float64) float64 {
	a := math.Abs(x)
	if a <= besselSplit {
		return besselI1Near(x) / besselI0Near(x)
	}
	r := horner(besselI1Large[:], 1/a) / horner(besselI0Large[:], 1/a)
	if a > 1e16 {
		r = 1 // 1 - 1/(2a), rounded
	}
	return math.Copysign(r, x)
}

// besselI0Near and besselI1Near are I0 and I1 for |x| ≤ besselSplit.
func besselI0Near(x float64) float64 {
	q := x * x / 4
	return 1 + q*horner(besselI0Small[:], q)
}

func besselI1Near(x float64) float64 {
	q := x * x / 4
	return 0.5 * x * (1 + q*horner(besselI1Small[:], q))
}
