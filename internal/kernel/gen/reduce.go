package main

import "math"

func reduceKernels() []kernel {
	ks := both("Sum", total, partialSums(func(b *builder, vec int) val { return b.loadVec(0, vec) }))
	ks = append(ks, both("Dot", total2, dot())...)
	ks = append(ks, both("MaxOf", largest, maxOf())...)
	ks = append(ks, kernel{"Outside", "goOutside", "float64", bounded, some(func(b *builder, x val) val {
		return b.maskOr(b.cmp(notGE, x, b.param(1)), b.cmp(notLE, x, b.param(2)))
	})})
	ks = append(ks, kernel{"Fractional", "goFractional", "float64", largest, some(func(b *builder, x val) val {
		whole := b.sub(b.add(x, b.num(b.magic())), b.num(b.magic()))
		return b.cmp(neq, b.sub(whole, x), b.num(0)) // ∞ - ∞ is NaN
	})})
	ks = append(ks, kernel{"Differ", "goDiffer", "float64", total2, accumulate(4, 0, func(b *builder, vec int, acc val) val {
		return b.or(acc, b.xor(b.loadVec(0, vec), b.loadVec(1, vec)))
	}, (*builder).or)})
	ks = append(ks, both("SumExp", shifted, partialSums(func(b *builder, vec int) val {
		return b.activeVec(exp(b, b.sub(b.loadVec(0, vec), b.param(1))), b.num(0), vec)
	}))...)
	return append(ks, both("ExpSum", shiftedTo, partialSums(func(b *builder, vec int) val {
		e := exp(b, b.sub(b.loadVec(1, vec), b.param(2)))
		b.storeVec(0, vec, e)
		return b.activeVec(e, b.num(0), vec)
	}))...)
}

// accumulate carries one value a vector of the step from the given start, and combines them at the
// end: the upper half of the vectors with the lower half until one is left, then likewise its lanes.
func accumulate(vecs int, start float64, next func(b *builder, vec int, acc val) val, combine func(b *builder, x, y val) val) loopShape {
	return loopShape{
		vecs: vecs,
		setup: func(b *builder) {
			for i := range vecs {
				b.setCarry(i, b.num(start))
			}
		},
		body: func(b *builder) {
			for i := range vecs {
				b.setCarry(i, next(b, i, b.carry(i)))
			}
		},
		finish: func(b *builder) {
			acc := make([]val, vecs)
			for i := range acc {
				acc[i] = b.carry(i)
			}
			for h := vecs / 2; h > 0; h /= 2 {
				for i := range h {
					acc[i] = combine(b, acc[i], acc[i+h])
				}
			}
			width := 128
			if b.avx512 {
				width = 256
			}
			for ; width >= b.bits; width /= 2 {
				acc[0] = combine(b, acc[0], b.swap(acc[0], width))
			}
			b.result(acc[0])
		},
	}
}

// sums32 is the shape of a loop with 32 partial sums of 64 bits on each machine.
func sums32(next func(b *builder, vec int, acc val) val) loopShape {
	forTo := func(m machine) loopShape {
		s := accumulate(32*8/m.bytes, 0, next, (*builder).add)
		s.lane = 64
		return s
	}
	s := forTo(avx2)
	s.forTo = forTo
	return s
}

func partialSums(term func(b *builder, vec int) val) loopShape {
	return sums32(func(b *builder, vec int, acc val) val { return b.add(acc, term(b, vec)) })
}

func dot() loopShape {
	return sums32(func(b *builder, vec int, acc val) val { return b.fma(b.loadVec(0, vec), b.loadVec(1, vec), acc) })
}

func maxOf() loopShape {
	start := math.Inf(-1)
	return accumulate(4, start, func(b *builder, vec int, acc val) val {
		return larger(b, b.activeVec(b.loadVec(0, vec), b.num(start), vec), acc)
	}, larger)
}

// some is 1 if the mask f holds for some element, else 0.
func some(f func(b *builder, x val) val) loopShape {
	return accumulate(4, 0, func(b *builder, vec int, acc val) val {
		return b.activeVec(b.sel(f(b, b.loadVec(0, vec)), b.num(1), acc), acc, vec)
	}, (*builder).max)
}
