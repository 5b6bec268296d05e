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
	log   uint    // of the number of bits of each
	most  float64 // none is greater
}

// fewNaturals is the number of elements, of 8 bytes each, that stay in cache as they are.
const fewNaturals = 1 << 14

// newNaturals returns the elements of x, or nil if they stay in cache or one of them
// is no natural number of 16 bits.
func newNaturals(x []float64) *naturals {
	if len(x) < fewNaturals {
		return nil
	}
	for log := uint(0); ; {
		h, need := packNaturals(x, log)
		if need == log {
			return h
		}
		log = need
	}
}

// packNaturals returns the elements of x in 1<<log bits each, nil if one is no natural
// number of 16 bits. Where one takes more bits, it returns nil and need, the log of how
// many; otherwise need is log. Some are looked at and packed at a time, since to fetch them
// takes longer.
func packNaturals(x []float64, log uint) (h *naturals, need uint) {
	const some = 1 << 12
	h = &naturals{words: make([]uint64, (len(x)<<log+63)/64), n: len(x), log: log}
	for at := 0; at < len(x); at += some {
		part := x[at:min(at+some, len(x))]
		if !Within(part, 0, math.MaxUint16) || !Integers(part) {
			return nil, log
		}
		h.most = max(h.most, kernel.MaxOf(part))
		if need := uint(bits.Len(uint(max(1, bits.Len64(uint64(h.most))) - 1))); need > log {
			return nil, need
		}
		if !h.pack(part, at<<log/64) {
			return nil, log
		}
	}
	return h, log
}

// pack puts x, which are natural numbers or -0, into the words from position at on. It
// returns false for a -0, which is none.
func (h *naturals) pack(x []float64, at int) bool {
	signs, each, shift := uint64(0), 64>>h.log, uint(1)<<h.log&63
	for words := h.words[at:]; len(x) > 0; words = words[1:] {
		some := x[:min(each, len(x))]
		word := uint64(0)
		for j := len(some) - 1; j >= 0; j-- {
			word = word<<shift | uint64(int64(some[j]))
			signs |= math.Float64bits(some[j])
		}
		words[0], x = word, x[len(some):]
	}
	return signs>>63 == 0
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
	from := c.canon[n.in[0]]
	if len(args) != 2 || len(args[0].Layout.Dims) != 1 || c.p.nodes[from].state.is(varying) {
		return nil
	}
	return c.p.naturalsOf(from)
}

// naturalsOf are the elements of r, which do not change, if they are many natural numbers
// in a row, else nil. They are looked at once.
func (p *Recorded) naturalsOf(r Ref) *naturals {
	h, known := p.natural[r]
	if !known {
		if x := p.values[r].run(); x != nil {
			h = newNaturals(x)
		}
		if p.natural == nil {
			p.natural = map[Ref]*naturals{}
		}
		p.natural[r] = h
	}
	return h
}
