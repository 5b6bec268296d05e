package main

import "math"

func powKernels() []kernel {
	body := func(b *builder) {
		x, y := b.load(1), b.load(2)
		b.stop(outside(b, x, y))
		b.store(0, pow(b, x, y))
	}
	return both("Pow", sig("", "dst []T", "x []T", "y []T"), loopShape{lane: 64, body: body, domain: "powInside, powSlow"})
}

// outside holds where not 0 < x < +Inf or y is not finite.
func outside(b *builder, x, y val) val {
	inf := b.num(math.Inf(1))
	bad := b.cmp(notGT, x, b.num(0))
	bad = b.maskOr(bad, b.cmp(notLT, x, inf))
	return b.maskOr(bad, b.cmp(notLT, b.abs(y), inf))
}

// pow is e^(y log x) with 11 bits more for the logarithm, since its error is multiplied by up to
// 745: sums and products as pairs (Dekker 1971), high part first.
func pow(b *builder, x, y val) val {
	lh, ll := logPair(b, x)
	eh := b.mul(y, lh)
	el := b.fma(y, ll, b.fms(y, lh, eh))
	el = b.sel(b.cmp(lt, b.abs(eh), b.num(1000)), el, b.num(0)) // else no longer finite
	lo, hi := expBounds(b)
	n, r := reduceExp(b, atLeast(b, atMost(b, eh, hi), lo))
	return scale(b, b.add(expm1Reduced(b, b.add(r, el)), b.num(1)), n)
}

// logPair is log x for 0 < x < +Inf with an error of about 2^-65 of it.
func logPair(b *builder, x val) (hi, lo val) {
	one := b.num(1)
	m, k := reduceLog(b, x)
	f := b.sub(m, one)
	d := b.add(m, one)
	dl := b.sub(m, b.sub(d, one))
	// s = f / (d + dl)
	rd := b.div(one, d)
	s := b.mul(f, rd)
	sl := b.mul(b.fnma(s, dl, b.fnma(s, d, f)), rd)
	// z = s²
	z := b.mul(s, s)
	zl := b.fma(b.add(s, s), sl, b.fms(s, s, z))
	// c = s³, t = 2/3 s³ + s⁵ q(z)
	c := b.mul(s, z)
	cl := b.fma(s, zl, b.fma(sl, z, b.fms(s, z, c)))
	third, thirdLow := b.num(twoThirds[0]), b.num(twoThirds[1])
	t := b.mul(c, third)
	tl := b.fma(c, thirdLow, b.fms(c, third, t))
	tl = b.fma(cl, third, tl)
	tl = b.fma(b.mul(c, z), b.poly(z, powQ...), tl)
	// a = 2s + t
	s2 := b.add(s, s)
	a := b.add(s2, t)
	al := b.add(b.sub(s2, a), t)
	al = b.add(al, b.fma(b.num(2), sl, tl))
	// k log 2 + a; the product is exact
	kl := b.mul(k, b.num(ln2Short[0]))
	h := b.add(kl, a)
	l := b.add(b.sub(kl, h), a)
	l = b.add(l, b.fma(k, b.num(ln2Short[1]), al))
	hi = b.add(h, l)
	return hi, b.add(b.sub(h, hi), l)
}
