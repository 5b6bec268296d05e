package kernel

import "math/bits"

// Threefry returns the block of 128 random bits that belongs to a key and a counter, both of two
// words: Threefry-2x64, 13 rounds (Salmon et al. 2011, section 3.3, with the rotations of table 2's
// reference code).
func Threefry(k0, k1, c0, c1 uint64) (first, second uint64) {
	const parity = 0x1BD11BDAA9FC1A22
	k2 := parity ^ k0 ^ k1
	x, y := c0+k0, c1+k1

	x += y
	y = bits.RotateLeft64(y, 16) ^ x
	x += y
	y = bits.RotateLeft64(y, 42) ^ x
	x += y
	y = bits.RotateLeft64(y, 12) ^ x
	x += y
	y = bits.RotateLeft64(y, 31) ^ x
	x += k1
	y += k2 + 1

	x += y
	y = bits.RotateLeft64(y, 16) ^ x
	x += y
	y = bits.RotateLeft64(y, 32) ^ x
	x += y
	y = bits.RotateLeft64(y, 24) ^ x
	x += y
	y = bits.RotateLeft64(y, 21) ^ x
	x += k2
	y += k0 + 2

	x += y
	y = bits.RotateLeft64(y, 16) ^ x
	x += y
	y = bits.RotateLeft64(y, 42) ^ x
	x += y
	y = bits.RotateLeft64(y, 12) ^ x
	x += y
	y = bits.RotateLeft64(y, 31) ^ x
	x += k0
	y += k1 + 3

	x += y
	y = bits.RotateLeft64(y, 16) ^ x
	return x, y
}

func goBits(dst []uint64, k0, k1, counter uint64) {
	for ; len(dst) >= 2; dst = dst[2:] {
		dst[0], dst[1] = Threefry(k0, k1, counter, 0)
		counter++
	}
	if len(dst) == 1 {
		dst[0], _ = Threefry(k0, k1, counter, 0)
	}
}

func goUniform(dst []float64, k0, k1, counter uint64) {
	for ; len(dst) >= 2; dst = dst[2:] {
		a, b := Threefry(k0, k1, counter, 0)
		dst[0], dst[1] = UniformOf(a), UniformOf(b)
		counter++
	}
	if len(dst) == 1 {
		a, _ := Threefry(k0, k1, counter, 0)
		dst[0] = UniformOf(a)
	}
}

func goNormal(dst []float64, k0, k1, counter uint64) {
	for ; len(dst) >= 2; dst = dst[2:] {
		dst[0], dst[1] = NormalsOf(Threefry(k0, k1, counter, 0))
		counter++
	}
	if len(dst) == 1 {
		dst[0], _ = NormalsOf(Threefry(k0, k1, counter, 0))
	}
}
