package special

import "math"

const (
	halfLog2Pi = 0.91893853320467274178
	sqrt2Pi    = 2.50662827463100050242
	// stirlingMin is where the eight terms of Stirling's series leave an
	// error below 2^-53 of the values they enter.
	stirlingMin = 10
)

// Lgamma returns log|Γ(x)|: +Inf at the poles 0, -1, -2, … and at ±Inf.
// For x > 0 the relative error is below 1e-15, also beside the zeros at 1 and
// 2; for x < 0 it is below 1e-15 of max(1, |log|x||·|x|) (the zeros between
// the poles are not resolved). Source: Lgamma1p
// on [½, 2½], elsewhere FreeBSD msun e_lgamma_r.c through package math.
func Lgamma(x float64) float64 {
	switch {
	case x >= 0.5 && x <= 2.5:
		return Lgamma1p(x - 1) // exact
	case math.Abs(x) < 0x1p-60:
		return -ln(math.Abs(x))
	case math.IsInf(x, -1):
		return math.Inf(1)
	}
	v, _ := math.Lgamma(x)
	return v
}

// Lgamma1p returns log Γ(1+z) for z > -1 without rounding 1+z, so it keeps
// relative accuracy beside its zeros z = 0 and z = 1: relative error 1e-15.
// NaN for z < -1. A rational fit on [0, 1] with both zeros divided out
// (testdata/tables.py), extended by the recurrence.
func Lgamma1p(z float64) float64 {
	switch {
	case z < -1:
		return math.NaN()
	case z == 0 || z == 1:
		return 0
	case z < -0.5 || z > 1.5:
		return Lgamma(1 + z)
	case z < 0:
		return z*(1+z)*lgammaUnit(z+0.5) - math.Log1p(z)
	case z <= 1:
		return z * (z - 1) * lgammaUnit(z-0.5)
	}
	w := z - 1
	return math.Log1p(w) + w*(w-1)*lgammaUnit(w-0.5)
}

// lgammaUnit is log Γ(1+z)/(z(z-1)) in t = z-½, |t| ≤ ½.
func lgammaUnit(t float64) float64 {
	return horner(lgamma12P[:], t) / horner(lgamma12Q[:], t)
}

// stirlingError returns log Γ(x) - ((x-½)log x - x + ½log 2π) for x > 0,
// absolute error 3e-16 for x ≥ 10 and 2e-15·max(1, -log x) below.
// Source: DLMF 5.11.1.
func stirlingError(x float64) float64 {
	switch {
	case x >= stirlingMin:
		i := 1 / x
		return i * horner(stirlingC[:], i*i)
	case x < 0.5:
		return Lgamma1p(x) - (x+0.5)*ln(x) + x - halfLog2Pi
	}
	return Lgamma(x) - (x-0.5)*ln(x) + x - halfLog2Pi
}

// stirlingErrorDiff returns stirlingError(x+n)-stirlingError(x) for x, x+n ≥ 10
// with relative accuracy in n: the divided difference of the series by
// Horner's rule, times 1/(x+n)-1/x.
func stirlingErrorDiff(x, n float64) float64 {
	p, q := 1/x, 1/(x+n)
	p2, q2 := p*p, q*q
	b, d := stirlingC[len(stirlingC)-1], 0.0
	for i := len(stirlingC) - 2; i >= 0; i-- {
		d = d*p2 + b
		b = b*q2 + stirlingC[i]
	}
	// i·C(i²) at q and p: (q-p)C(q²) + p(q-p)(q+p)C[q²,p²].
	return -n * p * q * (b + p*(q+p)*d)
}

// LogPochhammer returns log (x)_n = log Γ(x+n) - log Γ(x) for x ≥ 0 and
// x+n ≥ 0, n real, without the cancellation of that difference. Relative
// error 4e-15 for x ≥ 10; below, 4e-15 of max(|result|, |n|) for |n| ≤ 1
// and of max(|result|, |log Γ(x)|) beyond. NaN outside the domain.
func LogPochhammer(x, n float64) float64 {
	y := x + n
	switch {
	case !(x >= 0 && y >= 0) || math.IsInf(x, 1):
		if math.IsInf(x, 1) && n > 0 {
			return x
		}
		return math.NaN()
	case n == 0:
		return 0
	case math.IsInf(y, 1):
		return y
	case x == 0, y == 0:
		return Lgamma(y) - Lgamma(x)
	case x >= stirlingMin && y >= stirlingMin:
		return (x-0.5)*math.Log1p(n/x) + n*(ln(y)-1) + stirlingErrorDiff(x, n)
	case n == math.Trunc(n) && math.Abs(n) <= 8:
		return logRising(x, n)
	case math.Abs(n) <= 1:
		return logPochhammerSmall(x, n)
	}
	return Lgamma(y) - Lgamma(x)
}

// logRising is LogPochhammer for a small integer n: the log of the product.
func logRising(x, n float64) float64 {
	if n < 0 {
		return -logRising(x+n, -n)
	}
	p := x
	for i := 1.0; i < n; i++ {
		p *= x + i
	}
	return ln(p)
}

// logPochhammerSmall moves x up to stirlingMin+1 for |n| ≤ 1 and takes the
// factors 1+n/(x+i) off again, collected as 1+e.
func logPochhammerSmall(x, n float64) float64 {
	e := 0.0
	for ; x < stirlingMin+1; x++ {
		r := n / x
		e += r + e*r
	}
	return (x-0.5)*math.Log1p(n/x) + n*(ln(x+n)-1) + stirlingErrorDiff(x, n) - math.Log1p(e)
}
