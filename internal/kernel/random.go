package kernel

// The random numbers are those of Threefry-2x64 with 13 rounds, the fewest that pass all of
// TestU01's BigCrush (Salmon, Moraes, Dror, Shaw 2011, "Parallel random numbers: as easy as 1, 2,
// 3", table 2): a block of 128 bits is a function of a key and a counter, so that a sequence can be
// entered anywhere. counter is the first word of the counter of the first block, the second word is
// 0; a block is two elements of dst, and a call uses (len(dst)+1)/2 of them. All bits of all results
// are the same everywhere.
//
// Of the counter generators of that paper with 64-bit words it is the one whose blocks take fewest
// instructions of a vector: thirteen rounds of an addition, a rotation and an exclusive or, 39
// (AVX-512) or 65 (AVX2, which cannot rotate) for 128 bits a lane, where Philox-4x32 has ten rounds
// of two multiplications, 60 or 80. And its key is as wide as its block, which lets keys be derived
// from keys.

// Bits fills dst with random bits: element 2i has the first word of block counter+i, element 2i+1
// the second.
func Bits(dst []uint64, k0, k1, counter uint64) { best.Bits(dst, k0, k1, counter) }

// Uniform fills dst with draws from (0, 1), both ends excluded: [UniformOf] of the elements of
// [Bits].
func Uniform(dst []float64, k0, k1, counter uint64) { best.Uniform(dst, k0, k1, counter) }

// Normal fills dst with draws from the standard normal distribution: [NormalsOf] of the blocks.
func Normal(dst []float64, k0, k1, counter uint64) { best.Normal(dst, k0, k1, counter) }

// UniformOf is the upper 52 of the bits as a number in (0, 1): odd multiples of 2^-53, of which the
// largest is below one, as it would not be with one bit more.
func UniformOf(bits uint64) float64 { return (float64(bits>>12) + 0.5) * 0x1p-52 }

// NormalsOf makes two draws of the standard normal distribution of a block by the method of Box and
// Muller (1958): with u and v as in [UniformOf] of its words
//
//	x = sqrt(-2 log u) cos 2πv, y = sqrt(-2 log u) sin 2πv,
//
// within 4 ulp of sqrt(-2 log u). No draw is farther out than sqrt(106 log 2) = 8.58.
func NormalsOf(first, second uint64) (x, y float64) { return boxMuller(first, second) }
