package special

import "math"

// Digamma returns ψ(x) = Γ'(x)/Γ(x) for real x: -Inf at +0, +Inf at -0, NaN at
// the other poles -1, -2, … and at -Inf. For x > 0 the relative error is below 1e-15,
// also beside its zero 1.4616…; for x < 0 it is below 2e-15 of the larger of
// the two terms of the reflection formula. Source: DLMF 5.11.2, 5.5.2, 5.5.4
// and a rational fit on [1, 2] with the zero divided out (testdata/tables.py).
func Digamma(x float64) float64 {
	switch {
	case x >= stirlingMin:
		return ln(x) + digammaDelta(x)
	case x >= 1:
		// num/den collects Σ 1/(x-j).
		num, den := 0.0, 1.0
		for x > 2 {
			x--
			num, den = num*x+den, den*x
		}
		return digammaUnit(x) + num/den
	case x > 0:
		return digammaUnit(1+x) - 1/x
	case x == 0:
		return math.Copysign(math.Inf(1), -x)
	case x == math.Trunc(x) || math.IsNaN(x):
		return math.NaN()
	}
	return Digamma(1-x) - math.Pi*cotPi(x)
}

// digammaUnit is ψ on [1, 2].
func digammaUnit(x float64) float64 {
	t := x - 1.5
	return ((x - digammaRoot) - digammaRootLow) * (horner(digamma12P[:], t) / horner(digamma12Q[:], t))
}

// digammaDelta returns ψ(x)-log(x) for x > 0, negative, with relative error
// 1e-15 for x ≥ 10 and 1e-14·max(1, x) below.
func digammaDelta(x float64) float64 {
	if x < stirlingMin {
		return Digamma(x) - ln(x)
	}
	i := 1 / x
	q := i * i
	return -0.5*i - q*horner(digammaC[:], q)
}

// cotPi returns cot(πx) for x that is not an integer.
func cotPi(x float64) float64 {
	x -= math.Round(x) // exact, |x| ≤ ½
	if math.Abs(x) > 0.25 {
		return math.Tan(math.Pi * (math.Copysign(0.5, x) - x))
	}
	return 1 / math.Tan(math.Pi*x)
}

// Trigamma returns ψ'(x) for real x, +Inf at the poles 0, -1, -2, …. Relative
// error 2e-15. Source: DLMF 5.15.8, 5.15.5, 5.15.6.
func Trigamma(x float64) float64 {
	switch {
	case x <= 0:
		if x == math.Trunc(x) {
			if math.IsInf(x, -1) {
				return math.NaN()
			}
			return math.Inf(1)
		}
		s := math.Sin(math.Pi * (x - math.Round(x)))
		return math.Pi*math.Pi/(s*s) - Trigamma(1-x)
	}
	sum := 0.0
	for x < stirlingMin {
		sum += 1 / (x * x)
		x++
	}
	i := 1 / x
	q := i * i
	return sum + (i + 0.5*q + i*q*horner(trigammaC[:], q))
}

// Polygamma returns the n-th derivative of Digamma at real x, n ≥ 0; NaN for n < 0.
// At the poles 0, -1, -2, … it is +Inf for odd n and NaN for even n (at ±0
// the one-sided limit). For n ≤ 20 the relative error is below 1e-14 for x > 0;
// it grows as n·log(n)·1e-15 beyond. For x < 0 it is relative to the largest term of
// the reflection. Source: (-1)^(n+1) n! ζ(n+1, x), DLMF 25.11.12, 25.11.5.
func Polygamma(n int, x float64) float64 {
	switch {
	case n < 0 || math.IsNaN(x) || math.IsInf(x, -1):
		return math.NaN()
	case n == 0:
		return Digamma(x)
	case n == 1:
		return Trigamma(x)
	case math.IsInf(x, 1):
		if n%2 == 0 {
			return math.Copysign(0, -1)
		}
		return 0
	}
	sign := 1.0
	if n%2 == 0 {
		sign = -1
	}
	if x <= 0 && x == math.Trunc(x) {
		if n%2 == 1 {
			return math.Inf(1)
		}
		if x == 0 {
			return math.Copysign(math.Inf(1), -x)
		}
		return math.NaN()
	}
	s := n + 1
	if x > 0 {
		return sign * factorialOver(n, x, hurwitz(s, x, x))
	}
	// Σ over all integers k of (x+k)^-s, less the part below x.
	f, g := x-math.Floor(x), math.Ceil(x)-x
	c := math.Min(f, g)
	below := hurwitz(s, g, c) - hurwitz(s, 1-x, c)
	z := hurwitz(s, f, c)
	if s%2 == 0 {
		return sign * factorialOver(n, c, z+below)
	}
	return sign * factorialOver(n, c, z-below)
}

// factorialOver returns n!·m/c^(n+1), through logarithms where a factor leaves
// the range of float64.
func factorialOver(n int, c, m float64) float64 {
	s := float64(n) + 1
	if p := math.Pow(c, -s); n <= 170 && p > 0x1p-1022 && !math.IsInf(p, 1) {
		return math.Gamma(s) * p * m
	}
	return math.Copysign(math.Exp(Lgamma(s)-s*ln(c)+ln(math.Abs(m))), m)
}

// hurwitz returns c^s·ζ(s, x) = Σ (c/(x+k))^s for s ≥ 2, x > 0, 0 < c ≤ x by Euler–Maclaurin.
func hurwitz(s int, x, c float64) float64 {
	n, sum := float64(s), 0.0
	for end := 10 + n/2; x < end; x++ {
		t := math.Pow(c/x, n)
		sum += t
		if t <= sum*0x1p-56/end {
			return sum
		}
	}
	t := math.Pow(c/x, n)
	sum += t*x/(n-1) + t/2
	t *= n / x
	for j, b := range bernoulliC {
		d := t * b
		sum += d
		if math.Abs(d) <= sum*0x1p-56 {
			break
		}
		k := float64(2*j + 1)
		t *= (n + k) / x * ((n + k + 1) / x)
	}
	return sum
}

// digammaDiff returns ψ(x+n)-ψ(x) for x > 0, 0 ≤ n ≤ 1 with relative error 1e-15:
// moved up by the recurrence, then the asymptotic series' divided difference.
func digammaDiff(x, n float64) float64 {
	sum := 0.0
	for ; x < stirlingMin; x++ {
		sum += n / (x * (x + n))
	}
	p, q := 1/x, 1/(x+n)
	p2, q2 := p*p, q*q
	b, d := digammaC[len(digammaC)-1], 0.0
	for i := len(digammaC) - 2; i >= 0; i-- {
		d = d*p2 + b
		b = b*q2 + digammaC[i]
	}
	// -(q²C(q²) - p²C(p²)) = (p²-q²)(C(q²) + p²C[q²,p²]).
	return sum + math.Log1p(n*p) + n*p*q*(0.5+(p+q)*(b+p2*d))
}
