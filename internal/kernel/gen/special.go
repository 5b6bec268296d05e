package main

func specialKernels() []kernel {
	var ks []kernel
	add := func(name string, domain string, f func(b *builder, x val) val, outside func(b *builder, x val) val) {
		body := func(b *builder) {
			x := b.load(1)
			if domain != "" {
				b.stop(outside(b, x))
			}
			b.store(0, f(b, x))
		}
		ks = append(ks, both(name, unary, loopShape{lane: 64, body: body, domain: domain})...)
	}
	add("Lgamma", "gammaInside, lgamma", lgamma, notGamma)
	add("Digamma", "gammaInside, digamma", digamma, notGamma)
	add("Erf", "", erf, nil)
	add("Erfc", "", erfc, nil)
	add("Sin", "trigInside, sin", sin, notTrig)
	add("Cos", "trigInside, cos", cos, notTrig)
	return ks
}

// notGamma holds where not 0 < x < 2^1000.
func notGamma(b *builder, x val) val {
	return b.maskOr(b.cmp(notGT, x, b.num(0)), b.cmp(notLT, x, b.num(0x1p1000)))
}

// gammaRange tells x >= 5/2, x < 3/2 and x < 1/2 apart, and d is x+2, x+1 or x less 2, whichever
// is in [-1/2, 1/2].
func gammaRange(b *builder, x val) (big, low, lowest, d val) {
	big = b.cmp(ge, x, b.num(2.5))
	low = b.cmp(lt, x, b.num(1.5))
	lowest = b.cmp(lt, x, b.num(0.5))
	d = b.sub(x, b.sel(lowest, b.num(0), b.sel(low, b.num(1), b.num(2))))
	return big, low, lowest, d
}

// lgamma is Binet's form of Stirling's formula for x >= 5/2 and d q(d) around 2. From below 3/2 it
// gets there by log Γ(x) = log Γ(x+1) - log x, once or twice; near the zero 1 both parts are small.
// One logarithm serves all: the result is a log(arg) + c.
func lgamma(b *builder, x val) val {
	one := b.num(1)
	big, low, lowest, d := gammaRange(b, x)
	arg := b.sel(lowest, b.fma(x, x, x), x)
	arg = b.sel(b.maskOr(big, low), arg, one)
	a := b.sel(big, b.sub(x, b.num(0.5)), b.num(-1))
	u := b.div(one, x)
	v := b.mul(u, u)
	stirling := b.fma(u, b.poly(v, binetP...), b.sub(b.num(halfLog2Pi), x))
	near := b.mul(d, b.poly(d, lgammaQ...))
	return b.fma(a, logInside(b, arg), b.sel(big, stirling, near))
}

// digamma is the asymptotic series, fitted, for x >= 5/2 and a polynomial around 2. From below 3/2
// it gets there by ψ(x) = ψ(x+1) - 1/x, once or twice.
func digamma(b *builder, x val) val {
	one := b.num(1)
	big, low, lowest, d := gammaRange(b, x)
	den := b.sel(lowest, b.fma(x, x, x), x)
	num := b.sel(lowest, b.fma(x, b.num(2), one), one)
	w := b.div(num, den)
	v := b.mul(w, w)
	far := b.fnma(v, b.poly(v, digammaTail...), b.fnma(w, b.num(0.5), logInside(b, x)))
	near := b.poly(d, digammaP...)
	return b.sel(big, far, b.sel(low, b.sub(near, w), near))
}

// erfSmall is erf x for |x| <= 3/4.
func erfSmall(b *builder, x val) val {
	return b.fma(x, b.poly(b.mul(x, x), erfP...), x)
}

// erfcBig is erfc a for a >= 3/4: e^(-a²) times a polynomial in (a-4)/(a+4), which takes [3/4, ∞)
// to a short interval (Shepherd and Laframboise 1981), over 1 + 2a. The rounding error of a² is
// carried into the exponential. Beyond 28 the result is 0.
func erfcBig(b *builder, a val) val {
	a = atMost(b, a, 28)
	four := b.num(4)
	square := b.mul(a, a)
	low := b.fms(a, a, square)
	n, r := reduceExp(b, b.neg(square))
	e := b.add(expm1Reduced(b, b.sub(r, low)), b.num(1))
	t := b.div(b.sub(a, four), b.add(a, four))
	p := b.div(b.poly(t, erfcP...), b.fma(a, b.num(2), b.num(1)))
	return scale(b, b.mul(e, p), n)
}

func erf(b *builder, x val) val {
	a := b.abs(x)
	big := b.sub(b.num(1), erfcBig(b, a))
	y := b.sel(b.cmp(lt, a, b.num(0.75)), erfSmall(b, a), big)
	return b.or(y, b.signOf(x))
}

func erfc(b *builder, x val) val {
	a := b.abs(x)
	big := erfcBig(b, a)
	big = b.sel(b.cmp(lt, x, b.num(0)), b.sub(b.num(2), big), big)
	return b.sel(b.cmp(lt, a, b.num(0.75)), b.sub(b.num(1), erfSmall(b, x)), big)
}

// notTrig holds where not |x| <= 2^30.
func notTrig(b *builder, x val) val {
	return b.cmp(notLE, b.abs(x), b.num(0x1p30))
}

// sin and cos reduce x = n π/2 + r with π/2 in three parts; of the first two fused products the
// first cancels exactly, so that r is good to an ulp even next to a multiple of π.
func sin(b *builder, x val) val { return quadrant(b, x, 0) }
func cos(b *builder, x val) val { return quadrant(b, x, 1) }

// quadrant is sin(x + q π/2).
func quadrant(b *builder, x val, q float64) val {
	magic := b.num(b.magic())
	t := b.fma(x, b.num(twoOverPi), magic)
	n := b.sub(t, magic)
	r := b.fnma(n, b.num(halfPi[0]), x)
	r = b.fnma(n, b.num(halfPi[1]), r)
	r = b.fnma(n, b.num(halfPi[2]), r)
	z := b.mul(r, r)
	one := b.num(1)
	s := b.mul(r, b.fma(z, b.poly(z, sinP...), one))
	c := b.fma(b.mul(z, z), b.poly(z, cosP...), b.fnma(z, b.num(0.5), one))
	if q != 0 {
		t = b.add(t, b.num(q))
	}
	return turn(b, t, s, c)
}

// turn chooses s or c and its sign by the last two bits of t, shifted to the sign and the exponent:
// 0, 2, -0 or -2.
func turn(b *builder, t, s, c val) val {
	w := b.shl(t, 62)
	return b.xor(b.sel(b.cmp(neq, w, b.num(0)), c, s), b.signOf(w))
}
