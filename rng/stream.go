package rng

import "math"

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
func (k Key) Stream(i int) Stream { return Stream{key: k, element: uint64(i)} }

// Uint64 returns the next 64 random bits.
func (s *Stream) Uint64() uint64 {
	if s.have {
		s.have = false
		return s.spare
	}
	// Stream blocks start at second counter word 1<<62, apart from those of
	// whole draws, which use word 0.
	a, b := s.key.block(s.element, 1<<62+s.next)
	s.next++
	s.spare, s.have = b, true
	return a
}

// Uniform returns a number in the open interval (0, 1), a multiple of 2^-52
// offset by 2^-53.
func (s *Stream) Uniform() float64 { return open01(s.Uint64()) }

// Normal returns a standard normal number (Box and Muller 1958).
func (s *Stream) Normal() float64 {
	z, _ := boxMuller(s.Uint64(), s.Uint64())
	return z
}

// Exponential returns an exponential number of rate 1, by inversion.
func (s *Stream) Exponential() float64 { return -math.Log(s.Uniform()) }

// Uniform returns one number in the open interval (0, 1), the first of Uniforms.
func (k Key) Uniform() float64 {
	a, _ := k.block(0, 0)
	return open01(a)
}

// Normal returns one standard normal number, the first of Normals.
func (k Key) Normal() float64 {
	a, b := k.block(0, 0)
	z, _ := boxMuller(a, b)
	return z
}

// Uniforms fills dst with numbers in the open interval (0, 1). Element i
// depends on the key and i alone.
func (k Key) Uniforms(dst []float64) {
	n := len(dst)
	for i := 0; i+1 < n; i += 2 {
		a, b := k.block(uint64(i/2), 0)
		dst[i], dst[i+1] = open01(a), open01(b)
	}
	if n%2 == 1 {
		a, _ := k.block(uint64(n/2), 0)
		dst[n-1] = open01(a)
	}
}

// Normals fills dst with standard normal numbers. Element i depends on the key
// and i alone.
func (k Key) Normals(dst []float64) {
	n := len(dst)
	for i := 0; i+1 < n; i += 2 {
		a, b := k.block(uint64(i/2), 0)
		dst[i], dst[i+1] = boxMuller(a, b)
	}
	if n%2 == 1 {
		a, b := k.block(uint64(n/2), 0)
		dst[n-1], _ = boxMuller(a, b)
	}
}

// open01 keeps 52 bits: with 53 the largest would round to one.
func open01(u uint64) float64 { return (float64(u>>12) + 0.5) * 0x1p-52 }

func boxMuller(a, b uint64) (float64, float64) {
	r := math.Sqrt(-2 * math.Log(open01(a)))
	sin, cos := math.Sincos(2 * math.Pi * open01(b))
	return r * cos, r * sin
}
