package rng

import (
	"math/bits"
	"testing"

	"github.com/gopyro/pyro/internal/kernel"
)

// unblock is the inverse of kernel.Threefry in its counter, by undoing its steps.
func unblock(k0, k1, x, y uint64) (c0, c1 uint64) {
	ks := [3]uint64{k0, k1, 0x1BD11BDAA9FC1A22 ^ k0 ^ k1}
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
	c0, c1 := unblock(0, 0, 0, 0)
	if a, b := kernel.Threefry(0, 0, c0, c1); a != 0 || b != 0 {
		t.Fatalf("the inverse of a block gives %016x %016x", a, b)
	}
	if c1 == tagSeed {
		t.Errorf("seed %d gives the zero key", c0)
	}
}
