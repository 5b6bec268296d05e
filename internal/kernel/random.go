package kernel

// The random numbers are Philox4x32-10 (Salmon, Moraes, Dror, Shaw 2011, "Parallel random numbers:
// as easy as 1, 2, 3"): a block of 128 bits is a function of a key and a counter, so that a stream
// can be entered anywhere. key[0] is Philox's key, key[1] the upper half of its counter: streams
// that differ in key[1] have no block in common, those that differ in key[0] are as good as
// independent. counter is the number of the first block; a block is two
// elements of dst, and a call uses (len(dst)+1)/2 of them. All bits of all results are the same
// everywhere.
//
// Of the counter generators of that paper Threefry2x32-20 needs twenty rounds of an addition, a
// rotation and an exclusive or for 64 bits, Philox ten rounds of two multiplications for 128:
// as fast where vectors can rotate (AVX-512), faster where they cannot (AVX2, plain Go).

// Bits fills dst with random bits: element 2i has the lower half of block counter+i, element 2i+1
// the upper half.
func Bits(dst []uint64, key [2]uint64, counter uint64) { best.Bits(dst, key[0], key[1], counter) }

// Uniform fills dst with draws from (0, 1), both ends excluded: multiples of 2^-53 made of the upper
// 53 bits of the elements of [Bits], with 2^-54 in the place of zero.
func Uniform(dst []float64, key [2]uint64, counter uint64) {
	best.Uniform(dst, key[0], key[1], counter)
}

// Uniform32 fills dst with draws from (0, 1), both ends excluded: multiples of 2^-24 made of the
// upper 24 bits of the elements of [Bits], with 2^-25 in the place of zero.
func Uniform32(dst []float32, key [2]uint64, counter uint64) {
	best.Uniform32(dst, key[0], key[1], counter)
}

// Normal fills dst with draws from the standard normal distribution by the method of Box and Muller
// (1958): block counter+i gives uniforms u and v as in [Uniform] and
//
//	dst[2i] = sqrt(-2 log u) cos 2πv, dst[2i+1] = sqrt(-2 log u) sin 2πv,
//
// within 4 ulp of sqrt(-2 log u). No draw is farther out than sqrt(108 log 2) = 8.65.
func Normal(dst []float64, key [2]uint64, counter uint64) {
	best.Normal(dst, key[0], key[1], counter)
}

// Normal32 fills dst with the draws of [Normal], rounded.
func Normal32(dst []float32, key [2]uint64, counter uint64) {
	best.Normal32(dst, key[0], key[1], counter)
}
