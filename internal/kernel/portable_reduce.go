package kernel

import "math"

// partial has the 32 partial sums of a reduction; element i of the operand goes to partial sum
// i mod 32.
type partial [32]float64

// fold adds the upper half to the lower half until one is left.
func (p *partial) fold() float64 {
	for h := len(p) / 2; h > 0; h /= 2 {
		for j := range h {
			p[j] += p[j+h]
		}
	}
	return p[0]
}

func goSum[T float](x []T) float64 {
	var p partial
	for ; len(x) >= len(p); x = x[len(p):] {
		for j := range p {
			p[j] += float64(x[j])
		}
	}
	for j, v := range x {
		p[j] += float64(v)
	}
	return p.fold()
}

func goDot[T float](a, b []T) float64 {
	var p partial
	for ; len(a) >= len(p); a, b = a[len(p):], b[len(p):] {
		for j := range p {
			p[j] = math.FMA(float64(a[j]), float64(b[j]), p[j])
		}
	}
	for j, v := range a {
		p[j] = math.FMA(float64(v), float64(b[j]), p[j])
	}
	return p.fold()
}

func goMaxOf[T float](x []T) T {
	m := T(math.Inf(-1))
	for _, v := range x {
		m = max(m, v)
	}
	return m
}

// goOutside returns 1 if an element is not in [lo, hi], else 0.
func goOutside(x []float64, lo, hi float64) float64 {
	for _, v := range x {
		if !(v >= lo && v <= hi) {
			return 1
		}
	}
	return 0
}

// goDiffer returns +0 if the bits of a and b are the same, else something else.
func goDiffer(a, b []float64) float64 {
	var bits uint64
	for i, v := range a {
		bits |= math.Float64bits(v) ^ math.Float64bits(b[i])
	}
	return math.Float64frombits(bits)
}

// goFractional returns 1 if an element is no finite integer, or a large one that it cannot tell,
// else 0.
func goFractional(x []float64) float64 {
	const magic = 3 << 51 // a sum with it has no fraction where |x| < 2⁵²
	for _, v := range x {
		if whole := (v + magic) - magic; whole-v != 0 {
			return 1
		}
	}
	return 0
}

// goSumExp returns the sum of e^(x-m).
func goSumExp[T float](x []T, m T) float64 {
	var p partial
	for i, v := range x {
		p[i%len(p)] += math.Exp(float64(v) - float64(m))
	}
	return p.fold()
}

// goExpSum sets dst to e^(x-m) and returns its sum.
func goExpSum[T float](dst, x []T, m T) float64 {
	var p partial
	for i, v := range x {
		e := math.Exp(float64(v) - float64(m))
		dst[i] = T(e)
		p[i%len(p)] += e
	}
	return p.fold()
}
