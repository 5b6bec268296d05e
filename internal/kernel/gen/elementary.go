package main

import "math"

// Exponential and logarithm and what follows from them. The reductions and the shape of the
// logarithm are those of fdlibm (Ng 1993), the two-part constants are Cody and Waite's (1980), made
// simpler by fused multiplication; the polynomials are in coefficients.go.

func elementaryKernels() []kernel {
	var ks []kernel
	for _, k := range []struct {
		name string
		f    func(b *builder, x val) val
	}{
		{"Exp", exp},
		{"Expm1", expm1},
		{"Log", log},
		{"Log1p", log1p},
		{"Tanh", tanh},
		{"Sigmoid", func(b *builder, x val) val { return sigmoid(b, x, expNegAbs(b, x)) }},
		{"Softplus", func(b *builder, x val) val { return softplus(b, x, expNegAbs(b, x)) }},
	} {
		ks = append(ks, both(k.name, unary, loopShape{body: func(b *builder) { b.store(0, k.f(b, b.load(1))) }})...)
	}
	ks = append(ks, both("SoftplusSigmoid", unary2, loopShape{body: func(b *builder) {
		x := b.load(2)
		e := expNegAbs(b, x)
		b.store(0, softplus(b, x, e))
		b.store(1, sigmoid(b, x, e))
	}})...)
	return append(ks, powKernels()...)
}

// pick returns the constant for the width of the lanes.
func pick[T any](b *builder, double, single T) T {
	if b.bits == 32 {
		return single
	}
	return double
}

// mantissa is the number of bits after the leading one, bias the exponent of one.
func (b *builder) mantissa() int { return pick(b, 52, 23) }
func (b *builder) bias() float64 { return pick(b, 1023.0, 127.0) }

// magic is the number whose last bit is worth one, with room for a sign: adding it rounds to an
// integer, which then is in its low bits.
func (b *builder) magic() float64 { return math.Ldexp(1.5, b.mantissa()) }

// pow2 returns 2^n for an integer n of a normal result: the exponent alone.
func pow2(b *builder, n val) val {
	return b.shl(b.add(n, b.num(b.magic()+b.bias())), b.mantissa())
}

// scale returns p 2^n, correctly rounded even if subnormal: in two steps, of which the first is
// exact. The low bits of t are n + 2 bias; half of that, rounded down and up, are the exponents.
func scale(b *builder, p, n val) val {
	if b.avx512 {
		return b.emit(opScale, 0, p, n)
	}
	t := b.add(n, b.num(b.magic()+2*b.bias()))
	h := b.shr(t, 1)
	p = b.mul(p, b.shl(h, b.mantissa()))
	return b.mul(p, b.shl(b.isub(t, h), b.mantissa()))
}

// reduceExp splits x = n log 2 + r, |r| <= log(2)/2. The first product cancels exactly.
func reduceExp(b *builder, x val) (n, r val) {
	magic, ln2 := b.num(b.magic()), pick(b, ln2, ln2x32)
	n = b.sub(b.fma(x, b.num(log2E), magic), magic)
	r = b.fnma(n, b.num(ln2[0]), x)
	return n, b.fnma(n, b.num(ln2[1]), r)
}

// expm1Reduced returns e^r - 1 for a reduced r.
func expm1Reduced(b *builder, r val) val {
	return b.fma(b.mul(r, r), b.poly(r, pick(b, expQ, expQ32)...), r)
}

// atLeast and atMost bound x and let NaN pass.
func atLeast(b *builder, x val, lo float64) val { return b.max(b.num(lo), x) }
func atMost(b *builder, x val, hi float64) val  { return b.min(b.num(hi), x) }

// Bounds beyond which e^x rounds to 0 or +Inf: 2^-1075 and 2^1024, in single precision 2^-150 and
// 2^128.
func expBounds(b *builder) (lo, hi float64) {
	return pick(b, -746.0, -105.0), pick(b, 710.0, 89.0)
}

func exp(b *builder, x val) val {
	lo, hi := expBounds(b)
	return expInside(b, atLeast(b, atMost(b, x, hi), lo))
}

// expInside is exp of x within the bounds.
func expInside(b *builder, x val) val {
	n, r := reduceExp(b, x)
	return scale(b, b.add(expm1Reduced(b, r), b.num(1)), n)
}

// expm1 is 2^n (e^r - 1) + (2^n - 1), halved so that 2^n does not overflow before the result does.
// Where x² does not count, neither do the roundings: the result is x.
func expm1(b *builder, x val) val {
	_, hi := expBounds(b)
	n, r := reduceExp(b, atLeast(b, atMost(b, x, hi), -60))
	p := expm1Reduced(b, r)
	t := pow2(b, b.sub(n, b.num(1)))
	y := b.fma(p, t, b.sub(t, b.num(0.5)))
	tiny := math.Ldexp(1, -b.mantissa()-2)
	return b.sel(b.cmp(lt, b.abs(x), b.num(tiny)), x, b.add(y, y))
}

// reduceLog splits x = 2^k m, 3/4 <= m < 3/2, for 0 < x < +Inf. In AVX-512 m is NaN for x < 0, and
// k is ±Inf for +Inf and 0, which gives the logarithm of these its value.
func reduceLog(b *builder, x val) (m, k val) {
	if b.avx512 {
		m = b.emit(opGetMant, 0, x)
		return m, b.sub(b.emit(opGetExp, 0, x), b.emit(opGetExp, 0, m))
	}
	w := b.mantissa()
	up := float64(w + 2) // subnormal numbers first come up
	low := b.cmp(lt, x, b.num(math.Ldexp(1, 1-int(b.bias()))))
	x = b.sel(low, b.mul(x, b.num(math.Ldexp(1, int(up)))), x)
	m, k = splitLog(b, x)
	return m, b.sub(k, b.sel(low, b.num(up), b.num(0)))
}

// splitLog is reduceLog for a normal x. Adding the distance from 3/4 to 2
// leaves k + bias + 1 in the place of the exponent.
func splitLog(b *builder, x val) (m, k val) {
	w, two := b.mantissa(), b.num(2)
	threeQuarters := pick(b, math.Float64bits(0.75), uint64(math.Float32bits(0.75)))
	twoBits := pick(b, math.Float64bits(2), uint64(math.Float32bits(2)))
	ib := b.iadd(x, b.word(twoBits-threeQuarters))
	exponents := pick(b, uint64(0xfff)<<52, 0x1ff<<23)
	m = b.iadd(b.isub(x, b.and(ib, b.word(exponents))), two)
	big := math.Ldexp(1, w)
	return m, b.sub(b.or(b.shr(ib, w), b.num(big)), b.num(big+b.bias()+1))
}

// logReduced returns k log 2 + log(1+f): with s = f/(2+f), log(1+f) = 2s + s z r(z), z = s², and
// 2s = f - s f, which leaves f exact and the rest small.
func logReduced(b *builder, f, k val) val {
	s := b.div(f, b.add(f, b.num(2)))
	z, h := b.mul(s, s), b.mul(b.mul(f, b.num(0.5)), f)
	ln2 := pick(b, ln2, ln2x32)
	t := b.fma(z, b.poly(z, pick(b, logR, logR32)...), h)
	rest := b.sub(h, b.fma(s, t, b.mul(k, b.num(ln2[1]))))
	return b.fma(k, b.num(ln2[0]), b.sub(f, rest))
}

// logInside is log for 0 < x < +Inf, and in AVX-512 for every x.
func logInside(b *builder, x val) val {
	m, k := reduceLog(b, x)
	return logReduced(b, b.sub(m, b.num(1)), k)
}

func log(b *builder, x val) val {
	y := logInside(b, x)
	if b.avx512 {
		return y
	}
	return logEnds(b, x, x, y)
}

// logEnds is y where 0 < u < +Inf, NaN where u < 0, -Inf where u is 0, and x, +Inf or NaN, else.
func logEnds(b *builder, u, x, y val) val {
	zero := b.num(0)
	y = b.sel(b.cmp(lt, x, b.num(math.Inf(1))), y, x)
	ends := b.sel(b.cmp(eq, u, zero), b.num(math.Inf(-1)), b.num(math.NaN()))
	return b.sel(b.cmp(gt, u, zero), y, ends)
}

// log1p takes k from 1 + x, rounded, but f = 2^-k (1 + x) - 1 from x, rounded once. The result has
// the sign of x.
func log1p(b *builder, x val) val {
	u := b.add(x, b.num(1))
	_, k := reduceLog(b, u)
	t := scale(b, b.num(1), b.neg(k))
	y := logReduced(b, b.fma(x, t, b.sub(t, b.num(1))), k)
	return b.or(logEnds(b, u, x, y), b.signOf(x))
}

// tanh is t / (t+2), t = e^2|x| - 1, which is 1 when rounded before t reaches e^44.
func tanh(b *builder, x val) val {
	a := b.abs(x)
	n, r := reduceExp(b, atMost(b, b.add(a, a), 44))
	t := pow2(b, n)
	t = b.fma(expm1Reduced(b, r), t, b.sub(t, b.num(1)))
	return b.or(b.div(t, b.add(t, b.num(2))), b.signOf(x))
}

// expNegAbs is e^-|x|, at most 1.
func expNegAbs(b *builder, x val) val {
	lo, _ := expBounds(b)
	return expInside(b, atLeast(b, b.or(x, b.sign()), lo))
}

// sigmoid is 1/(1+e) for x >= 0, e/(1+e) for x < 0, with e = e^-|x|.
func sigmoid(b *builder, x, e val) val {
	one := b.num(1)
	return b.div(b.sel(b.cmp(lt, x, b.num(0)), e, one), b.add(e, one))
}

// softplus is max(x, 0) + log(1+e), e = e^-|x|, the logarithm as in logReduced with k = 0.
func softplus(b *builder, x, e val) val {
	s := b.div(e, b.add(e, b.num(2)))
	z, h := b.mul(s, s), b.mul(b.mul(e, b.num(0.5)), e)
	t := b.fma(z, b.poly(z, pick(b, log1pR, log1pR32)...), h)
	return b.add(b.sub(e, b.fnma(s, t, h)), atLeast(b, x, 0))
}
