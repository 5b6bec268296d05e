package rng

import (
	"math"
	"math/bits"
	"testing"
)

// TestKnownAnswers has the known answers of the Random123 distribution for
// threefry2x64 with 13 rounds (kat_vectors: counter, key, result).
func TestKnownAnswers(t *testing.T) {
	const ones = math.MaxUint64
	for _, c := range [][6]uint64{
		{0, 0, 0, 0, 0xf167b032c3b480bd, 0xe91f9fee4b7a6fb5},
		{ones, ones, ones, ones, 0xccdec5c917a874b1, 0x4df53abca26ceb01},
		{0x243f6a8885a308d3, 0x13198a2e03707344, 0xa4093822299f31d0, 0x082efa98ec4e6c89, 0xc3aac71561042993, 0x3fe7ae8801aff316},
	} {
		if a, b := (Key{a: c[2], b: c[3]}).block(c[0], c[1]); a != c[4] || b != c[5] {
			t.Errorf("block(%016x %016x) under %016x %016x = %016x %016x, want %016x %016x", c[0], c[1], c[2], c[3], a, b, c[4], c[5])
		}
	}
}

// unblock is the inverse of block, by undoing its steps.
func (k Key) unblock(x, y uint64) (c0, c1 uint64) {
	ks := [3]uint64{k.a, k.b, 0x1BD11BDAA9FC1A22 ^ k.a ^ k.b}
	rotations := [8]int{16, 42, 12, 31, 16, 32, 24, 21}
	for r := 12; r >= 0; r-- {
		y = bits.RotateLeft64(y^x, -rotations[r%8])
		x -= y
		if r%4 == 0 { // the key goes in before rounds 0, 4, 8 and 12
			s := uint64(r / 4)
			x -= ks[s%3]
			y -= ks[(s+1)%3] + s
		}
	}
	return x, y
}

// TestZeroKey: no seed gives the zero key, since only one counter does, and it
// is not one of a seed.
func TestZeroKey(t *testing.T) {
	c0, c1 := Key{}.unblock(0, 0)
	if a, b := (Key{}).block(c0, c1); a != 0 || b != 0 {
		t.Fatalf("the inverse of block gives %016x %016x", a, b)
	}
	if c1 == tagSeed {
		t.Errorf("seed %d gives the zero key", c0)
	}
}

// TestOpenInterval: the extreme bits give numbers inside (0, 1), and finite
// normals.
func TestOpenInterval(t *testing.T) {
	if lo, hi := open01(0), open01(math.MaxUint64); lo != 0x1p-53 || hi != 1-0x1p-53 {
		t.Errorf("range %v … %v, want 2⁻⁵³ … 1-2⁻⁵³", lo, hi)
	}
	for _, a := range []uint64{0, math.MaxUint64} {
		for _, b := range []uint64{0, 1 << 62, 1 << 63, math.MaxUint64} {
			x, y := boxMuller(a, b)
			if r := math.Hypot(x, y); !(r < 8.6) || r == 0 {
				t.Errorf("radius %v for bits %x %x", r, a, b)
			}
		}
	}
}
