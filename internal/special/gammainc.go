package special

import "math"

// Regularised incomplete gamma functions. With the prefix
//
//	D(a, x) = x^a exp(-x)/Γ(a)
//
// every method gives the tail on its side of the mean as D·r, so values,
// logarithms and derivatives with respect to a need r and its moments only.

const (
	// temmeMinShape and temmeMaxEta bound the region for which temmeC was cut.
	temmeMinShape = 12
	temmeMaxEta   = 1
)

// GammaP returns P(a, x) = γ(a, x)/Γ(a), the probability that a unit-rate gamma draw
// of shape a > 0 is at most x ≥ 0. NaN outside the domain. Relative error
// 5e-15·max(1, -log(tail)/10) in both tails (the exponent's rounding), measured
// for 1e-3 ≤ a ≤ 1e6; no method's error depends on the size of a.
// Source: DLMF 8.11.4 (series), 8.12 (Temme's uniform expansion), 8.2.2 (quadrature).
func GammaP(a, x float64) float64 {
	p, _ := gammaPQ(a, x)
	return p
}

// GammaQ returns Q(a, x) = 1 - P(a, x) with GammaP's relative accuracy.
// For a < 1 and x < 1 it is DLMF 8.7.3 in a form without cancellation.
func GammaQ(a, x float64) float64 {
	_, q := gammaPQ(a, x)
	return q
}

// gammaPQ returns both tails.
func gammaPQ(a, x float64) (p, q float64) {
	switch {
	case !(a > 0 && x >= 0) || math.IsInf(a, 1):
		return math.NaN(), math.NaN()
	case x == 0:
		return 0, 1
	case math.IsInf(x, 1):
		return 1, 0
	}
	t := newGammaTail(a, x)
	v := math.Min(1, math.Exp(logGammaPrefix(a, x))*t.r)
	switch {
	case !t.lower:
		return 1 - v, v
	case a < 1:
		return v, gammaQSmall(a, x)
	}
	return v, 1 - v
}

// LogGammaP returns log P(a, x), without underflow. Its error is GammaP's
// relative to max(1, |log P|) where P < ½, and GammaQ's relative one above.
func LogGammaP(a, x float64) float64 { return logGammaEdges(a, x, true) }

// LogGammaQ returns log Q(a, x), without underflow; error as LogGammaP's.
func LogGammaQ(a, x float64) float64 { return logGammaEdges(a, x, false) }

func logGammaEdges(a, x float64, lower bool) float64 {
	if !(a > 0 && x > 0) || math.IsInf(a, 1) || math.IsInf(x, 1) {
		p, q := gammaPQ(a, x)
		if lower {
			return ln(p)
		}
		return ln(q)
	}
	l, _ := logGammaTail(a, x, lower)
	return l
}

// logGammaTail returns the logarithms of P (lower) or Q and of D, 0 < x < ∞.
func logGammaTail(a, x float64, lower bool) (logF, logD float64) {
	t := newGammaTail(a, x)
	logD = logGammaPrefix(a, x)
	l := logD + ln(t.r)
	switch {
	case t.lower == lower:
		return math.Min(l, 0), logD
	case t.lower && a < 1 && l > -1:
		return ln(gammaQSmall(a, x)), logD
	}
	return math.Log1p(-math.Min(1, math.Exp(l))), logD
}

// logGammaPrefix returns log D(a, x) for 0 < x < ∞, in C. Loader's form
// (2000) for a ≥ 1: the absolute error is 1e-15·max(1, |result|/10).
func logGammaPrefix(a, x float64) float64 {
	if a < 1 {
		return a*ln(x) - x - Lgamma1p(a) + ln(a)
	}
	return a*logDeviance(a, x) - stirlingError(a) + 0.5*ln(a) - halfLog2Pi
}

// logDeviance returns log(x/a) - (x-a)/a = -η²/2 ≤ 0.
func logDeviance(a, x float64) float64 {
	u := (x - a) / a
	if u < -0.6 {
		return ln(x/a) - u
	}
	return log1pmx(u)
}

// gammaTail is one tail of the gamma distribution: P (lower) or Q is D(a, x)·r,
// ∂P/∂a is D·(r·(log x - ψ(a+1)) + m) and ∂Q/∂a is D·(r·(log x - ψ(a)) + m).
type gammaTail struct {
	lower bool
	r, m  float64
	// uniform is set by Temme's expansion, which gives d log x/da itself.
	uniform bool
	dlog    float64
}

func newGammaTail(a, x float64) gammaTail {
	if a >= temmeMinShape {
		h := -logDeviance(a, x)
		if 2*h <= temmeMaxEta*temmeMaxEta {
			return temmeTail(a, x, math.Copysign(math.Sqrt(2*h), x-a))
		}
	}
	if a < 1 && x <= 1 || a >= 1 && x <= a+1 {
		return gammaSeries(a, x)
	}
	return gammaGauss(a, x)
}

// gammaSeries sums r = Σ x^n/(a(a+1)…(a+n)), DLMF 8.11.4, with m = Σ of the
// terms times -(1/(a+1)+…+1/(a+n)).
func gammaSeries(a, x float64) gammaTail {
	t, h := 1/a, 0.0
	r, m := t, 0.0
	for d := a + 1; ; d++ {
		i := 1 / d
		t *= x * i
		h += i
		r += t
		m += t * h
		if !(x >= d || t > 0x1p-55*r || t*h > 0x1p-55*m) {
			return gammaTail{lower: true, r: r, m: -m}
		}
	}
}

// gammaGauss integrates r = ∫ exp(-xv+(a-1)log(1+v)) dv over v > 0, DLMF 8.2.2 with
// t = x(1+v), where x > max(1, a). m takes log(1+v) as weight.
func gammaGauss(a, x float64) gammaTail {
	s := tailCut / x
	if a > 1 {
		s = tailCut / (x - a + 1)
		for range 3 { // from above on a convex function
			s -= (x*s - (a-1)*math.Log1p(s) - tailCut) / (x - (a-1)/(1+s))
		}
	}
	var r, m float64
	for _, nw := range gaussRule(1, s) {
		v := nw[0] * s
		l := math.Log1p(v)
		w := nw[1] * math.Exp(-x*v+(a-1)*l)
		r += w
		m += w * l
	}
	return gammaTail{r: s * r, m: s * m}
}

// temmeTail is Temme's uniform expansion, DLMF 8.12.4–8.12.10,
//
//	Q = ½erfc(η√(a/2)) + exp(-aη²/2)/√(2πa)·S,  S = Σ c_k(η) a^-k.
//
// Differentiating it and removing c_k' by the recursion 8.12.10 leaves
//
//	d log x/da = (1 - Γ*(η/2 + S(η²/2+1/(2a)) + Σ k c_k a^(-k-1)))/a,
//
// where Γ* = exp(stirlingError(a)): no exponential and no cancellation.
func temmeTail(a, x, eta float64) gammaTail {
	// The coefficients fall as 3.5^-n: what |η| does not need is left out.
	terms := len(temmeC[0])
	switch e := math.Abs(eta); {
	case e < 0.15:
		terms = 13
	case e < 0.5:
		terms = 21
	}
	var s, ks float64
	ak := 1.0
	for k, c := range &temmeC {
		v := horner(c[:min(terms, len(c))], eta) * ak
		s += v
		ks += float64(k) * v
		ak /= a
		if ak < 0x1p-52 { // c_k is below 0.02
			break
		}
	}
	g := math.Exp(stirlingError(a))
	t := gammaTail{lower: eta < 0, uniform: true}
	t.dlog = (1 - g*(eta/2+s*(eta*eta/2+0.5/a)+ks/a)) / a
	if t.lower {
		s = -s
	}
	t.r = g * (0.5*sqrt2Pi/math.Sqrt(a)*Erfcx(math.Abs(eta)*math.Sqrt(a/2)) + s/a)
	return t
}

// gammaQSmall returns Q(a, x) for a < 1, x ≤ 1: with w = x^a/Γ(1+a) it is
// 1-w + w·a·Σ (-1)^(n+1) x^n/(n!(a+n)), DLMF 8.7.3.
func gammaQSmall(a, x float64) float64 {
	l := a*ln(x) - Lgamma1p(a)
	sum, t := 0.0, -1.0
	for n := 1.0; ; n++ {
		t *= -x / n
		d := t / (a + n)
		sum += d
		if !(math.Abs(d) > 0x1p-56*math.Abs(sum)) {
			return -math.Expm1(l) + math.Exp(l)*a*sum
		}
	}
}

// GammaPInv returns the x ≥ 0 with P(a, x) = p: 0 at p = 0, +Inf at p = 1, NaN
// outside a > 0, 0 ≤ p ≤ 1. Its error is GammaP's divided by the slope:
// relative 1e-14·max(1, 1/a), and x = 0 where the quantile underflows.
// For p near 1 ask GammaQInv. Halley's method on the logarithm of the tail.
func GammaPInv(a, p float64) float64 {
	if p > 0.5 {
		return gammaInv(a, 1-p, false)
	}
	return gammaInv(a, p, true)
}

// GammaQInv returns the x ≥ 0 with Q(a, x) = q, as GammaPInv.
func GammaQInv(a, q float64) float64 {
	if q > 0.5 {
		return gammaInv(a, 1-q, true)
	}
	return gammaInv(a, q, false)
}

// gammaInv inverts the tail that is at most ½.
func gammaInv(a, p float64, lower bool) float64 {
	switch {
	case !(a > 0 && p >= 0) || math.IsInf(a, 1):
		return math.NaN()
	case p == 0 && lower:
		return 0
	case p == 0:
		return math.Inf(1)
	}
	target := ln(p)
	power := (target + Lgamma1p(a)) / a // where P = x^a/Γ(1+a)
	if lower && power < -40 {
		return math.Exp(power)
	}
	z := NormQuantile(p)
	if !lower {
		z = -z
	}
	c := 1 - 1/(9*a) + z/(3*math.Sqrt(a)) // Wilson and Hilferty 1931
	y := ln(a) + 3*ln(math.Max(c, 0.1))
	if lower && (a < 1 || c < 0.3) {
		y = power
	}
	if lower {
		return math.Exp(solveLogCDF(func(y float64) (logF, logD, slope float64) {
			x := math.Exp(y)
			logF, logD = logGammaTail(a, x, true)
			return logF, logD, a - x
		}, target, y))
	}
	return math.Exp(-solveLogCDF(func(y float64) (logF, logD, slope float64) {
		x := math.Exp(-y)
		logF, logD = logGammaTail(a, x, false)
		return logF, logD, x - a
	}, target, -y))
}
