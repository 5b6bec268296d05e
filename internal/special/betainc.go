package special

import "math"

// Regularised incomplete beta functions. With y = 1-x and the prefix
//
//	K(a, b, x) = x^a y^b/B(a, b)
//
// every method gives one of I_x(a, b) and its complement I_y(b, a) as K·r.
// Inside, the smaller of x and y is exact and the larger its rounded complement.

// BetaInc returns I_x(a, b), the probability that a beta draw with a, b > 0 is
// at most 0 ≤ x ≤ 1. NaN outside the domain. Relative error
// 1e-14·max(1, -log(tail)/10) in both tails, measured for a and b in
// [1e-3, 1e6]; no method's error depends on the size of a and b.
// Source: DLMF 8.17.8 (series), 8.17.7 (power series), 8.17.1 (quadrature).
func BetaInc(a, b, x float64) float64 {
	if !betaDomain(a, b, x) {
		return math.NaN()
	}
	p, _ := betaPQ(a, b, x, 1-x)
	return p
}

// BetaIncC returns 1 - I_x(a, b) = I_{1-x}(b, a) with BetaInc's relative accuracy.
func BetaIncC(a, b, x float64) float64 {
	if !betaDomain(a, b, x) {
		return math.NaN()
	}
	_, q := betaPQ(a, b, x, 1-x)
	return q
}

// LogBetaInc returns log I_x(a, b), without underflow; error as BetaInc's.
func LogBetaInc(a, b, x float64) float64 {
	if !betaDomain(a, b, x) {
		return math.NaN()
	}
	return logBetaInc(a, b, x, 1-x)
}

func betaDomain(a, b, x float64) bool {
	return a > 0 && b > 0 && x >= 0 && x <= 1 && !math.IsInf(a, 1) && !math.IsInf(b, 1)
}

// betaPQ returns I_x(a, b) and its complement for arguments in the domain.
func betaPQ(a, b, x, y float64) (p, q float64) {
	switch {
	case x == 0:
		return 0, 1
	case y == 0:
		return 1, 0
	case powerSuits(a, b, x):
		return betaPower(a, b, x).tails()
	case powerSuits(b, a, y):
		q, p = betaPower(b, a, y).tails()
		return p, q
	}
	t := newBetaTail(a, b, x, y)
	v := math.Min(1, math.Exp(logBetaPrefix(a, b, x, y))*t.r)
	if t.lower {
		return v, 1 - v
	}
	return 1 - v, v
}

// logBetaInc returns log I_x(a, b) for arguments in the domain.
func logBetaInc(a, b, x, y float64) float64 {
	switch {
	case x == 0:
		return math.Inf(-1)
	case y == 0:
		return 0
	case powerSuits(a, b, x):
		s := betaPower(a, b, x)
		p, q := s.tails()
		if p > 0.5 {
			return math.Log1p(-q)
		}
		return s.logW + math.Log1p(a*s.sum)
	case powerSuits(b, a, y):
		q, p := betaPower(b, a, y).tails()
		if p > 0.5 {
			return math.Log1p(-q)
		}
		return ln(p)
	}
	t := newBetaTail(a, b, x, y)
	l := logBetaPrefix(a, b, x, y) + ln(t.r)
	if t.lower {
		return math.Min(l, 0)
	}
	return math.Log1p(-math.Min(1, math.Exp(l)))
}

// betaLambda returns λ = a·y - b·x = a - (a+b)x, which vanishes at the mean,
// without the error that the rounding of 1-x would bring in.
func betaLambda(a, b, x, y float64) float64 {
	l := diffOfProducts(a, y, b, x)
	if x <= 0.5 {
		return l + a*((1-y)-x)
	}
	return l - b*((1-x)-y)
}

// logBetaPrefix returns log K(a, b, x). For a, b ≥ 1 in Loader's form (2000):
// a·logDeviance + b·logDeviance with x(a+b)/a = 1-λ/a, so the absolute error
// is 2e-15·max(1, |result|/10).
func logBetaPrefix(a, b, x, y float64) float64 {
	if a < 1 || b < 1 {
		lx, ly := ln(x), ln(y)
		if x > 0.5 {
			lx = math.Log1p(-y)
		} else {
			ly = math.Log1p(-x)
		}
		return a*lx + b*ly - Lbeta(a, b)
	}
	l := betaLambda(a, b, x, y)
	s := a + b
	lo, hi := math.Min(a, b), math.Max(a, b)
	corr := stirlingError(lo)
	if hi >= stirlingMin {
		corr -= stirlingErrorDiff(hi, lo)
	} else {
		corr += stirlingError(hi) - stirlingError(s)
	}
	return a*deviance(-l/a, x*(s/a)) + b*deviance(l/b, y*(s/b)) - corr +
		0.5*(ln(lo)+ln(hi/s)) - halfLog2Pi
}

// deviance returns log(1+u)-u, where v = 1+u is known better than 1+u for u near -1.
func deviance(u, v float64) float64 {
	if u < -0.6 {
		return ln(v) - u
	}
	return log1pmx(u)
}

// betaTail is one tail of the beta distribution: I_x(a, b) (lower) or its
// complement is K·r, and its derivatives with respect to a and b are
// K·(r·(log x - E log x) + ma) and K·(r·(log y - E log y) + mb), where the
// expectations are ψ(a)-ψ(a+b) and ψ(b)-ψ(a+b).
type betaTail struct {
	lower     bool
	r, ma, mb float64
}

// newBetaTail picks the side of the mean and the method. Where one parameter
// is below 1 and powerSuits neither side, the tail is that of the other one.
func newBetaTail(a, b, x, y float64) betaTail {
	var lower bool
	switch {
	case a < 1:
		lower = false
	case b < 1:
		lower = true
	default:
		lower = betaLambda(a, b, x, y) >= 0
	}
	if !lower {
		t := lowerBetaTail(b, a, y, x)
		return betaTail{r: t.r, ma: t.mb, mb: t.ma}
	}
	return lowerBetaTail(a, b, x, y)
}

// seriesMaxShape bounds the shapes for which series in x ≤ ½ need few terms
// and cancel little.
const seriesMaxShape = 5

// seriesMaxTerms is where quadrature is as fast as the series.
const seriesMaxTerms = 200

func lowerBetaTail(a, b, x, y float64) betaTail {
	if x <= 0.5 && (a <= seriesMaxShape || b < 1) || betaSeriesTerms(a, b, x) <= seriesMaxTerms {
		return betaSeries(a, b, x)
	}
	return betaGauss(a, b, x, y)
}

// betaSeriesTerms estimates the length of betaSeries below the mean: the
// logarithm of term n is near -c·n - k·n²/2, and for n > a it falls by log x a term at last.
func betaSeriesTerms(a, b, x float64) float64 {
	c := -math.Log(x * ((a + b) / (a + 1)))
	if c < 0 {
		return math.Inf(1)
	}
	k := math.Max(0, b-1) / ((a + 1) * (a + b)) / 2 // halved, since it fades
	n := 2 * tailCut / (c + math.Sqrt(c*c+2*tailCut*k))
	if n > a {
		n = math.Max(n, -tailCut/math.Log(x)/2)
	}
	return n
}

// betaSeries sums r = (1/a)·Σ (a+b)_n/(a+1)_n x^n, DLMF 8.17.8, all positive. Its moments
// are the sums of the terms' logarithmic derivatives, with -1/a for ma.
func betaSeries(a, b, x float64) betaTail {
	t := 1 / a
	r, ga, gb := t, 0.0, 0.0
	var ma, mb float64
	for n := 0.0; ; n++ {
		p, q := a+b+n, a+1+n
		ip, iq := 1/p, 1/q
		ga += (1 - b) * ip * iq
		gb += ip
		t *= x * p * iq
		r += t
		ma += t * ga
		mb += t * gb
		if !(t > 0x1p-56*r || t*gb > 0x1p-56*mb || x*p >= q) {
			return betaTail{lower: true, r: r, ma: ma - r/a, mb: mb}
		}
	}
}

// betaGauss integrates r = (1/y)·∫ exp(h(s)) ds over s > 0, DLMF 8.17.1 with
// t = x·exp(-s); ma takes -s and mb takes log(1+v) as weight.
func betaGauss(a, b, x, y float64) betaTail {
	e := newBetaExponent(a, b, x, y)
	end := e.end()
	var r, ma, mb float64
	for _, nw := range gaussRule(-math.Log(x), end) {
		s := nw[0] * end
		h, l := e.at(s)
		w := nw[1] * math.Exp(h)
		r += w
		ma -= w * s
		mb += w * l
	}
	f := end / y
	return betaTail{lower: true, r: f * r, ma: f * ma, mb: f * mb}
}

// betaExponent is h(s) = -a·s + (b-1)·log(1+v), v = x(1-exp(-s))/y. For b ≥ 1
// its linear parts, which cancel at the mean, are joined through λ:
// h = -c·s - (b-1)(x/y)(s+expm1(-s)) + (b-1)(log(1+v)-v).
type betaExponent struct {
	c, b1, xy float64 // b1 = b-1; c = a where b < 1
}

func newBetaExponent(a, b, x, y float64) betaExponent {
	if b < 1 {
		return betaExponent{a, b - 1, x / y}
	}
	return betaExponent{(betaLambda(a, b, x, y) + x) / y, b - 1, x / y}
}

// at returns h(s) and log(1+v).
func (e betaExponent) at(s float64) (h, l float64) {
	m := expm1mx(s)
	v := e.xy * (s - m)
	if e.b1 < 0 {
		l = math.Log1p(v)
		return e.b1*l - e.c*s, l
	}
	p := log1pmx(v)
	return e.b1*(p-e.xy*m) - e.c*s, p + v
}

// end returns about the s with h(s) = -tailCut, by Newton's method from the root
// of h's expansion to second order; h is concave, so the error falls to one side.
func (e betaExponent) end() float64 {
	if e.b1 <= 0 {
		return tailCut / e.c
	}
	k := e.b1 * e.xy * (1 + e.xy)
	s := 2 * tailCut / (e.c + math.Sqrt(e.c*e.c+2*tailCut*k))
	for range 4 {
		h, _ := e.at(s)
		w := -math.Expm1(-s)
		v := e.xy * w
		s += (h + tailCut) / (e.c + e.b1*e.xy*(w+(1-w)*v/(1+v)))
	}
	return s
}

// powerSuits says where betaPower holds: few terms, little cancellation.
func powerSuits(a, b, x float64) bool {
	return a < 1 && x <= 0.5 && (b <= seriesMaxShape || b*x <= 1)
}

// betaPowerSeries is I_x(a, b) = W·(1+a·sum), W = x^a/(a·B(a, b)), DLMF
// 8.17.7, with the derivatives of sum.
type betaPowerSeries struct {
	a, logW         float64
	sum, sumA, sumB float64
}

// betaPower sums Σ c_n/(a+n), c_n = (1-b)_n x^n/n!, n ≥ 1.
func betaPower(a, b, x float64) betaPowerSeries {
	s := betaPowerSeries{a: a, logW: a*ln(x) - Lgamma1p(a) + LogPochhammer(b, a)}
	c, dc := 1.0, 0.0
	for n := 1.0; ; n++ {
		f := x / n
		c, dc = c*(n-b)*f, (dc*(n-b)-c)*f
		i := 1 / (a + n)
		s.sum += c * i
		s.sumA -= c * i * i
		s.sumB += dc * i
		// Up to b terms may vanish and return; for large b, b·x ≤ 1 and they fall.
		if n > math.Min(b, seriesMaxShape) && !(math.Abs(c) > 0x1p-56*math.Abs(s.sum) || math.Abs(dc) > 0x1p-56*math.Abs(s.sumB)) {
			return s
		}
	}
}

// tails returns I and 1-I.
func (s betaPowerSeries) tails() (p, q float64) {
	w := math.Exp(s.logW)
	return math.Min(1, w*(1+s.a*s.sum)), math.Max(0, -math.Expm1(s.logW)-w*s.a*s.sum)
}

// betaGrads returns ∂I/∂a and ∂I/∂b over K, for 0 < x < 1.
func betaGrads(a, b, x, y float64) (ga, gb float64) {
	switch {
	case powerSuits(a, b, x):
		return betaPowerGrads(a, b, x)
	case powerSuits(b, a, y):
		gb, ga = betaPowerGrads(b, a, y)
		return -ga, -gb
	}
	t := newBetaTail(a, b, x, y)
	l, s := betaLambda(a, b, x, y), a+b
	ds := digammaDelta(s)
	da := log1pOr(-l/a, x*(s/a)) + (ds - digammaDelta(a)) // log x - E log x
	db := log1pOr(l/b, y*(s/b)) + (ds - digammaDelta(b))
	ga, gb = t.r*da+t.ma, t.r*db+t.mb
	if !t.lower {
		return -ga, -gb
	}
	return ga, gb
}

// log1pOr returns log(1+u), where v = 1+u is known better for u away from 0.
func log1pOr(u, v float64) float64 {
	if math.Abs(u) > 0.5 {
		return ln(v)
	}
	return math.Log1p(u)
}

// betaPowerGrads is betaGrads where powerSuits; K = a·W·y^b.
func betaPowerGrads(a, b, x float64) (ga, gb float64) {
	s := betaPower(a, b, x)
	u := 1 + a*s.sum
	dlogW := ln(x) - Digamma(a+1) + Digamma(a+b)
	f := math.Exp(-b*math.Log1p(-x)) / a
	return f * (dlogW*u + s.sum + a*s.sumA), f * (digammaDiff(b, a)*u + a*s.sumB)
}

// BetaIncInv returns the x in [0, 1] with I_x(a, b) = p, NaN outside a, b > 0,
// 0 ≤ p ≤ 1. Near x = 1 ask for the complement, 1-x = BetaIncInv(b, a, 1-p),
// which is the accurate one. Relative error of x below ½ and of 1-x above:
// 1e-14·max(1, 1/a) at 1-p exact. Halley's method on the logarithm of the tail in log(x/(1-x)).
func BetaIncInv(a, b, p float64) float64 {
	switch {
	case !betaDomain(a, b, p):
		return math.NaN()
	case p == 0 || p == 1:
		return p
	case p > 0.5:
		return Sigmoid(-betaLogit(b, a, math.Log1p(-p)))
	}
	return Sigmoid(betaLogit(a, b, ln(p)))
}

// betaLogit returns z = log(x/(1-x)) with log I_x(a, b) = logP.
func betaLogit(a, b, logP float64) float64 {
	power := (logP + Lgamma1p(a) - LogPochhammer(b, a)) / a // where I = W
	if power < -40-math.Log1p(b) {
		return power
	}
	if p := (math.Log1p(-math.Exp(logP)) + Lgamma1p(b) - LogPochhammer(a, b)) / b; p < -40-math.Log1p(a) {
		return -p // likewise for the complement
	}
	z := Digamma(a) - Digamma(b) + NormQuantile(math.Exp(logP))*math.Sqrt(Trigamma(a)+Trigamma(b))
	if a < 1 || power < -2 && z < power {
		z = power
	}
	return solveLogCDF(func(z float64) (logF, logD, slope float64) {
		x, y := Sigmoid(z), Sigmoid(-z)
		return logBetaInc(a, b, x, y), logBetaPrefix(a, b, x, y), a*y - b*x
	}, logP, z)
}
