package rng

import (
	"github.com/gopyro/pyro/internal/kernel"
	"github.com/gopyro/pyro/internal/parallel"
)

// Long draws are made in parts, on several cores if there are some: a part of
// some tens of microseconds begins at a counter of its own.
const (
	fillPart  = 1 << 14
	sharedRun = 8 * fillPart
)

// filling is a long draw.
type filling[T uint64 | float64] struct {
	dst    []T
	k0, k1 uint64
	kernel func(dst []T, k0, k1, counter uint64)
}

var (
	words   parallel.Loop[filling[uint64]]
	numbers parallel.Loop[filling[float64]]
)

func (f *filling[T]) part(i int) {
	lo := i * fillPart
	f.kernel(f.dst[lo:min(lo+fillPart, len(f.dst))], f.k0, f.k1, uint64(lo/2))
}

// Bits fills dst with random bits. Element i depends on the key and i alone.
func (k Key) Bits(dst []uint64) {
	k.note("Bits")
	if len(dst) < sharedRun {
		kernel.Bits(dst, k.a, k.b, 0)
		return
	}
	words.Run((len(dst)+fillPart-1)/fillPart, filling[uint64]{dst, k.a, k.b, kernel.Bits}, (*filling[uint64]).part)
}

// Uniforms fills dst with numbers in the open interval (0, 1), odd multiples of
// 2^-53 made of the upper 52 bits of those of Bits. Element i depends on the key
// and i alone.
func (k Key) Uniforms(dst []float64) {
	k.note("Uniforms")
	k.numbers(dst, kernel.Uniform)
}

// Normals fills dst with standard normal numbers by the method of Box and Muller
// (1958), within 4 units in the last place of the radius; none is farther out
// than 8.58. Element i depends on the key and i alone.
func (k Key) Normals(dst []float64) {
	k.note("Normals")
	k.numbers(dst, kernel.Normal)
}

func (k Key) numbers(dst []float64, kernel func(dst []float64, k0, k1, counter uint64)) {
	if len(dst) < sharedRun {
		kernel(dst, k.a, k.b, 0)
		return
	}
	numbers.Run((len(dst)+fillPart-1)/fillPart, filling[float64]{dst, k.a, k.b, kernel}, (*filling[float64]).part)
}
