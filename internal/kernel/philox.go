package kernel

import "math/bits"

// Constants of Philox4x32 (Salmon et al. 2011, section 3.3): two multipliers and the steps of the
// two halves of the key.
const (
	philoxM0 = 0xD2511F53
	philoxM1 = 0xCD9E8D57
	philoxW0 = 0x9E3779B9
	philoxW1 = 0xBB67AE85
)

// philox returns the block of the given counter: ten rounds of two multiplications.
func philox(key, hi, counter uint64) (lower, upper uint64) {
	k0, k1 := uint32(key), uint32(key>>32)
	c0, c1, c2, c3 := uint32(counter), uint32(counter>>32), uint32(hi), uint32(hi>>32)
	for range 10 {
		h0, l0 := bits.Mul32(philoxM0, c0)
		h1, l1 := bits.Mul32(philoxM1, c2)
		c0, c1, c2, c3 = h1^c1^k0, l1, h0^c3^k1, l0
		k0 += philoxW0
		k1 += philoxW1
	}
	return uint64(c0) | uint64(c1)<<32, uint64(c2) | uint64(c3)<<32
}

func goBits(dst []uint64, key, hi, counter uint64) {
	for ; len(dst) >= 2; dst = dst[2:] {
		dst[0], dst[1] = philox(key, hi, counter)
		counter++
	}
	if len(dst) == 1 {
		dst[0], _ = philox(key, hi, counter)
	}
}

// pairs fills dst with f of the halves of consecutive blocks.
func pairs[T float](dst []T, key, hi, counter uint64, f func(a, b uint64) (x, y float64)) {
	for ; len(dst) >= 2; dst = dst[2:] {
		x, y := f(philox(key, hi, counter))
		dst[0], dst[1] = T(x), T(y)
		counter++
	}
	if len(dst) == 1 {
		x, _ := f(philox(key, hi, counter))
		dst[0] = T(x)
	}
}

func goUniform(dst []float64, key, hi, counter uint64) {
	pairs(dst, key, hi, counter, func(a, b uint64) (x, y float64) { return uniform(a), uniform(b) })
}

func goUniform32(dst []float32, key, hi, counter uint64) {
	pairs(dst, key, hi, counter, func(a, b uint64) (x, y float64) { return uniform32(a), uniform32(b) })
}

func goNormal[T float](dst []T, key, hi, counter uint64) {
	pairs(dst, key, hi, counter, boxMuller)
}

func uniform(a uint64) float64   { return max(float64(a>>11)*0x1p-53, 0x1p-54) }
func uniform32(a uint64) float64 { return max(float64(a>>40)*0x1p-24, 0x1p-25) }
