package program

import (
	"math"
	"math/bits"

	"github.com/gopyro/pyro/internal/kernel"
)

// Minibatches pick responses from data that do not change, and most responses are
// counts or choices. A program holds natural numbers that are picked one by one
// in a few bits each: a million of 0 and 1 then stay in the second level of cache,
// where each float64 is a line of cache to wait for, and mostly a page to look up.

// naturals are natural numbers of 1, 2, 4, 8 or 16 bits each.
type naturals struct {
	words []uint64
	n     int
	log   uint // of the number of bits of each
}

// fewNaturals is the number of elements, of 8 bytes each, that stay in cache as they are.
const fewNaturals = 1 << 14

// newNaturals returns the elements of x, or nil if they stay in cache or one of them
// is no natural number of 16 bits.
func newNaturals(x []float64) *naturals {
	if len(x) < fewNaturals || !Within(x, 0, math.MaxUint16) || !Integers(x) {
		return nil
	}
	most := bits.Len64(uint64(kernel.MaxOf(x)))
	h := &naturals{n: len(x), log: uint(bits.Len(uint(max(1, most) - 1)))}
	h.words = make([]uint64, (len(x)<<h.log+63)/64)
	signs, each := uint64(0), 64>>h.log
	for i := range h.words {
		some, shift := x[i*each:min((i+1)*each, len(x))], 1<<h.log
		word := uint64(0)
		for j, v := range some {
			word |= uint64(int64(v)) << (j * shift % 64)
			signs |= math.Float64bits(v)
		}
		h.words[i] = word
	}
	if signs>>63 != 0 { // -0 is none
		return nil
	}
	return h
}

// pick writes those that index has to dst. It returns how many it picked: all, or as
// many as come before an index that is none.
func (h *naturals) pick(dst, index []float64) int {
	dst = dst[:len(index)]
	words, n, log := h.words, uint(h.n), h.log%64
	mask := uint64(1)<<(1<<log%64) - 1
	for i, v := range index {
		j := int(v)
		if float64(j) != v || uint(j) >= n {
			return i
		}
		at := uint(j) << log
		dst[i] = float64(int64(words[at/64] >> (at % 64) & mask))
	}
	return len(index)
}

// naturals holds what an Index picks one by one from data that do not change, if they
// are natural numbers; nil if not.
func (c *compiler) naturals(n *node, args []*Array) *naturals {
	x := args[0]
	if len(args) != 2 || x.DType != Float64 || len(x.Layout.Dims) != 1 || !x.Layout.Contig || c.p.nodes[c.canon[n.in[0]]].state.is(varying) {
		return nil
	}
	return newNaturals(x.F64[:x.Layout.Size])
}
