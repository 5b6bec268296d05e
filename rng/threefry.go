package rng

import "math/bits"

// block returns the 128 random bits of counter (c0, c1) under k:
// Threefry-2x64, 13 rounds (Salmon et al. 2011, section 3.3; rotation
// constants of their reference code).
func (k Key) block(c0, c1 uint64) (uint64, uint64) {
	const parity = 0x1BD11BDAA9FC1A22
	k2 := parity ^ k.a ^ k.b
	x, y := c0+k.a, c1+k.b

	x += y
	y = bits.RotateLeft64(y, 16) ^ x
	x += y
	y = bits.RotateLeft64(y, 42) ^ x
	x += y
	y = bits.RotateLeft64(y, 12) ^ x
	x += y
	y = bits.RotateLeft64(y, 31) ^ x
	x += k.b
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
	y += k.a + 2

	x += y
	y = bits.RotateLeft64(y, 16) ^ x
	x += y
	y = bits.RotateLeft64(y, 42) ^ x
	x += y
	y = bits.RotateLeft64(y, 12) ^ x
	x += y
	y = bits.RotateLeft64(y, 31) ^ x
	x += k.a
	y += k.b + 3

	x += y
	y = bits.RotateLeft64(y, 16) ^ x
	return x, y
}
