package pyro

import (
	"math/bits"

	"github.com/gopyro/pyro/rng"
)

// chooser draws subsamples of 0, …, size-1. Its memory serves one after the
// other.
type chooser struct {
	size int
	bits []uint64
	seen []uint32 // hash table of positions in the subsample, from 1
}

// fill fills out with distinct elements in time and memory proportional to their
// number (Floyd's algorithm; Bentley and Floyd 1987). The probabilities of all
// subsets are equal but for a part of size/2^64 at most.
func (c *chooser) fill(key rng.Key, out []float64, _ [][]float64) {
	if len(c.bits) != len(out) {
		c.bits = make([]uint64, len(out))
		c.seen = make([]uint32, 8<<bits.Len(uint(len(out)))) // so sparse that most places are found free
	} else {
		clear(c.seen)
	}
	key.Bits(c.bits)
	seen, first := c.seen, c.size-len(out)
	for k, b := range c.bits[:len(out)] {
		last := first + k
		hi, _ := bits.Mul64(b, uint64(last)+1)
		i := int(hi) // uniform on 0, …, last
		at, old := slotOf(seen, out, i)
		if old {
			i = last // which no draw before could give
			at, _ = slotOf(seen, out, i)
		}
		out[k], seen[at] = float64(i), uint32(k+1)
	}
}

// slotOf returns where i is in the table, or is to be (open addressing with
// Fibonacci hashing; Knuth 1998, section 6.4).
func slotOf(seen []uint32, out []float64, i int) (at uint, old bool) {
	mask := uint(len(seen) - 1)
	for at = uint(uint64(i)*0x9E3779B97F4A7C15>>32) & mask; seen[at] != 0; at = (at + 1) & mask {
		if out[seen[at]-1] == float64(i) {
			return at, true
		}
	}
	return at, false
}
