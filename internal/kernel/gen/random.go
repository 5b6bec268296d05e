package main

// Philox4x32-10 and what is made of its bits: a step takes one counter a lane and fills two vectors.

func randomKernels() []kernel {
	bits := func(b *builder, lower, upper val) (x, y val) { return lower, upper }
	each := func(f func(b *builder, w val) val) func(b *builder, lower, upper val) (x, y val) {
		return func(b *builder, lower, upper val) (x, y val) { return f(b, lower), f(b, upper) }
	}
	return append(both("Normal", stream, philoxLoop(boxMuller)),
		kernel{"Bits", "goBits", "uint64", stream, philoxLoop(bits)},
		kernel{"Uniform", "goUniform", "float64", stream, philoxLoop(each(uniform))},
		kernel{"Uniform32", "goUniform32", "float32", stream, philoxLoop(each(uniform32))})
}

// Constants of Philox (Salmon et al. 2011, section 3.3).
const (
	philoxM0 = 0xD2511F53
	philoxM1 = 0xCD9E8D57
	philoxW0 = 0x9E3779B9
	philoxW1 = 0xBB67AE85
)

// Parameters of a stream, and carried values: the counters of the lanes and two keys a round.
const (
	argKey, argHigh, argCounter = 1, 2, 3
	counters, roundKeys         = 0, 1
)

// philoxLoop fills the destination with f of the halves of the blocks. Unpacking takes even lanes
// first, so the counters are dealt to the lanes in an order that comes out right.
func philoxLoop(f func(b *builder, lower, upper val) (x, y val)) loopShape {
	setup := func(b *builder) {
		first := []uint64{0, 2, 1, 3}
		if b.avx512 {
			first = []uint64{0, 4, 1, 5, 2, 6, 3, 7}
		}
		b.setCarry(counters, b.iadd(b.param(argCounter), b.lanes(first...)))
		k0, k1 := b.param(argKey), b.shr(b.param(argKey), 32)
		for i := range 10 {
			b.setCarry(roundKeys+2*i, b.iadd(k0, b.word(uint64(i)*philoxW0)))
			b.setCarry(roundKeys+2*i+1, b.iadd(k1, b.word(uint64(i)*philoxW1)))
		}
	}
	body := func(b *builder) {
		lower, upper := philox(b)
		x, y := f(b, lower, upper)
		b.storeVec(0, 0, b.emit(opUnpackLo, 0, x, y))
		b.storeVec(0, 1, b.emit(opUnpackHi, 0, x, y))
		step := uint64(4)
		if b.avx512 {
			step = 8
		}
		b.setCarry(counters, b.iadd(b.carry(counters), b.word(step)))
	}
	return loopShape{lane: 64, vecs: 2, setup: setup, body: body}
}

// philox returns the halves of the block of each counter. A 32-bit word is the lower half of a lane;
// the upper half is garbage that neither multiplication nor exclusive or lets down.
func philox(b *builder) (lower, upper val) {
	c0, c2 := b.carry(counters), b.param(argHigh)
	c1, c3 := b.shr(c0, 32), b.shr(c2, 32)
	for i := range 10 {
		p0 := b.emit(opMulU32, 0, c0, b.word(philoxM0))
		p1 := b.emit(opMulU32, 0, c2, b.word(philoxM1))
		c0, c1 = b.xor3(b.shr(p1, 32), c1, b.carry(roundKeys+2*i)), p1
		c2, c3 = b.xor3(b.shr(p0, 32), c3, b.carry(roundKeys+2*i+1)), p0
	}
	low := b.word(1<<32 - 1)
	return b.or(b.and(c0, low), b.shl(c1, 32)), b.or(b.and(c2, low), b.shl(c3, 32))
}

// uniform is the upper 53 bits as a number in (0, 1). Without an instruction for it, the halves of
// the integer become numbers as the last bits of 2^84 and 2^52.
func uniform(b *builder, w val) val {
	n := b.shr(w, 11)
	if b.avx512 {
		n = b.emit(opFromU64, 0, n)
	} else {
		high := b.or(b.shr(n, 32), b.num(0x1p84))
		low := b.or(b.and(n, b.word(1<<32-1)), b.num(0x1p52))
		n = b.add(b.sub(high, b.num(0x1p84+0x1p52)), low)
	}
	return b.max(b.mul(n, b.num(0x1p-53)), b.num(0x1p-54))
}

// uniform32 is the upper 24 bits as a number in (0, 1).
func uniform32(b *builder, w val) val {
	n := b.sub(b.or(b.shr(w, 40), b.num(0x1p52)), b.num(0x1p52))
	return b.max(b.mul(n, b.num(0x1p-24)), b.num(0x1p-25))
}

// boxMuller makes two normal numbers, r cos 2πv and r sin 2πv, of the bits of u and v. The angle is
// reduced exactly: 4v is an integer, the quadrant, and the rest f.
func boxMuller(b *builder, u, v val) (x, y val) {
	u, v = uniform(b, u), uniform(b, v)
	var m, k val
	if b.avx512 {
		m, k = reduceLog(b, u)
	} else {
		m, k = splitLog(b, u)
	}
	r := b.sqrt(b.mul(logReduced(b, b.sub(m, b.num(1)), k), b.num(-2)))
	magic, four := b.num(b.magic()), b.num(4)
	t := b.fma(v, four, magic)
	f := b.fms(v, four, b.sub(t, magic))
	z := b.mul(f, f)
	s := b.mul(f, b.poly(z, sinPiP...))
	c := b.fma(z, b.poly(z, cosPiP...), b.num(1))
	return b.mul(r, turn(b, b.add(t, b.num(1)), s, c)), b.mul(r, turn(b, t, s, c))
}
