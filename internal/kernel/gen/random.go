package main

// Threefry-2x64-13 and what is made of its bits: a step takes one counter a lane and fills two
// vectors.

func randomKernels() []kernel {
	bits := func(b *builder, first, second val) (x, y val) { return first, second }
	uniforms := func(b *builder, first, second val) (x, y val) { return uniform(b, first), uniform(b, second) }
	return []kernel{
		{"Bits", "goBits", "uint64", stream, threefryLoop(bits)},
		{"Uniform", "goUniform", "float64", stream, threefryLoop(uniforms)},
		{"Normal", "goNormal", "float64", stream, threefryLoop(boxMuller)},
	}
}

// Constants of Threefry-2x64 (Salmon et al. 2011, section 3.3): what the two words of the key are
// joined with to a third, and by how much each of eight rounds rotates.
const threefryParity = 0x1BD11BDAA9FC1A22

var threefryRotations = [8]int{16, 42, 12, 31, 16, 32, 24, 21}

// Parameters of a stream, and carried values: the counters of the lanes and what is added after each
// four rounds.
const (
	argKey0, argKey1, argCounter = 1, 2, 3
	counters, injections         = 0, 1
)

// threefryLoop fills the destination with f of the words of the blocks. Unpacking takes even lanes
// first, so the counters are dealt to the lanes in an order that comes out right.
func threefryLoop(f func(b *builder, first, second val) (x, y val)) loopShape {
	setup := func(b *builder) {
		order := []uint64{0, 2, 1, 3}
		if b.avx512 {
			order = []uint64{0, 4, 1, 5, 2, 6, 3, 7}
		}
		k0, k1 := b.param(argKey0), b.param(argKey1)
		keys := [3]val{k0, k1, b.xor(b.xor(k0, k1), b.word(threefryParity))}
		b.setCarry(counters, b.iadd(b.iadd(b.param(argCounter), b.lanes(order...)), k0))
		for i := range 3 {
			b.setCarry(injections+2*i, keys[(i+1)%3])
			b.setCarry(injections+2*i+1, b.iadd(keys[(i+2)%3], b.word(uint64(i+1))))
		}
	}
	body := func(b *builder) {
		first, second := threefry(b)
		x, y := f(b, first, second)
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

// threefry returns the words of the block of each counter, whose second word is 0. The carried
// counters have the first word of the key in them already.
func threefry(b *builder) (x, y val) {
	x, y = b.carry(counters), b.param(argKey1)
	for round := range 13 {
		if i := round/4 - 1; round%4 == 0 && i >= 0 {
			x, y = b.iadd(x, b.carry(injections+2*i)), b.iadd(y, b.carry(injections+2*i+1))
		}
		x = b.iadd(x, y)
		y = b.xor(b.rotl(y, threefryRotations[round%8]), x)
	}
	return x, y
}

// uniform is the upper 52 bits and a half as a number in (0, 1): those bits behind the exponent of
// one, less one and half a last bit, which is exact.
func uniform(b *builder, w val) val {
	return b.sub(b.or(b.shr(w, 12), b.num(1)), b.num(1-0x1p-53))
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
