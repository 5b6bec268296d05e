// Package rng gives random keys: values from which every draw of a program
// follows, whatever the order, the number of cores or the other draws.
//
//	key := rng.New(101)
//	weight := key.FoldName("weight").Normal()
//	for i := range 4 {
//		chain := key.Fold(i) // an independent key for each chain
//		_ = chain
//	}
//
// A key is not consumed by drawing: the same key gives the same numbers again.
// Derive a new key with Fold or FoldName wherever independent numbers are
// wanted.
//
// The generator is Threefry-2x64 with 13 rounds, the fewest that pass all of
// TestU01's BigCrush (Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as
// easy as 1, 2, 3", 2011, table 2). It is a function of (key, counter), so
// element i of a draw never depends on how many elements are drawn with it. The
// same key gives the same bits on every machine, whatever vector instructions
// and however many cores draw them: integers, and normal numbers as well.
package rng

import (
	"fmt"
	"math/rand/v2"

	"github.com/gopyro/pyro/internal/kernel"
)

// A Key names an independent source of random numbers. Keys are comparable
// values; the zero Key is usable and equals no key that New returns.
type Key struct {
	a, b  uint64
	trail *trail // how it was derived, for keys that are traced
}

// New returns the key of a seed.
func New(seed uint64) Key {
	return derive(Key{}, seed, tagSeed)
}

// Fold returns the i-th key derived from k: chains, draws and particles are
// numbered this way.
func (k Key) Fold(i int) Key { return derive(k, uint64(i), tagIndex) }

// FoldName returns the key derived from k for a name, such as a site's.
func (k Key) FoldName(name string) Key { return derive(k, hash(name), tagName) }

// Rand returns a generator for code that wants math/rand/v2's. It gives the
// numbers of the stream of element 0 in order.
func (k Key) Rand() *rand.Rand {
	s := k.Stream(0)
	return rand.New(&s)
}

// String returns the key in hexadecimal, for messages and provenance.
func (k Key) String() string { return fmt.Sprintf("%016x%016x", k.a, k.b) }

// Derived keys take their counters from a space that draws never use: the
// second counter word of a draw stays below 1<<63.
const (
	tagSeed  = 1<<63 + 1
	tagIndex = 1<<63 + 2
	tagName  = 1<<63 + 3
)

func derive(k Key, x, tag uint64) Key {
	a, b := kernel.Threefry(k.a, k.b, x, tag)
	d := Key{a: a, b: b}
	if k.trail != nil {
		d.trail = &trail{parent: k.trail, x: x, tag: tag, owner: k.trail.owner}
	}
	return d
}

// hash is FNV-1a in 64 bits.
func hash(s string) uint64 {
	h := uint64(14695981039346656037)
	for i := range len(s) {
		h = (h ^ uint64(s[i])) * 1099511628211
	}
	return h
}
