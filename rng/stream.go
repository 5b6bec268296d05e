package rng

import (
	"math"

	"github.com/gopyro/pyro/internal/kernel"
)

// A Stream gives the numbers of one element of a draw in order. Samplers that
// reject use one stream an element, so that an element never depends on how
// often its neighbours were rejected. A Stream is a math/rand/v2 Source.
type Stream struct {
	key     Key
	element uint64
	next    uint64
	spare   uint64
	have    bool
}

// Stream returns the stream of element i ≥ 0.
func (k Key) Stream(i int) Stream {
	k.note("Stream")
	return Stream{key: k, element: uint64(i)}
}

// Uint64 returns the next 64 random bits.
func (s *Stream) Uint64() uint64 {
	if s.have {
		s.have = false
		return s.spare
	}
	// Stream blocks start at second counter word 1<<62, apart from those of
	// whole draws, which use word 0.
	a, b := kernel.Threefry(s.key.a, s.key.b, s.element, 1<<62+s.next)
	s.next++
	s.spare, s.have = b, true
	return a
}

// Uniform returns a number in the open interval (0, 1), a multiple of 2^-52
// offset by 2^-53.
func (s *Stream) Uniform() float64 { return kernel.UniformOf(s.Uint64()) }

// Normal returns a standard normal number (Box and Muller 1958).
func (s *Stream) Normal() float64 {
	z, _ := kernel.NormalsOf(s.Uint64(), s.Uint64())
	return z
}

// Exponential returns an exponential number of rate 1, by inversion.
func (s *Stream) Exponential() float64 { return -math.Log(s.Uniform()) }

// Uniform returns one number in the open interval (0, 1), the first of Uniforms.
func (k Key) Uniform() float64 {
	k.note("Uniform")
	a, _ := kernel.Threefry(k.a, k.b, 0, 0)
	return kernel.UniformOf(a)
}

// Normal returns one standard normal number, the first of Normals.
func (k Key) Normal() float64 {
	k.note("Normal")
	z, _ := kernel.NormalsOf(kernel.Threefry(k.a, k.b, 0, 0))
	return z
}
