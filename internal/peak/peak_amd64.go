//go:build !purego

package peak

import "github.com/gopyro/pyro/internal/cpu"

// chains is the number of multiply-adds a turn of the loops, as in the generator.
const chains = 12

// Float64 runs n turns and returns the floating-point operations done.
func Float64(n int) float64 {
	switch cpu.Best {
	case cpu.AVX512:
		loopF64AVX512(n)
		return float64(n) * chains * 2 * 8
	case cpu.AVX2:
		loopF64AVX2(n)
		return float64(n) * chains * 2 * 4
	}
	return scalar(n)
}

// Float32 runs n turns and returns the floating-point operations done.
func Float32(n int) float64 {
	switch cpu.Best {
	case cpu.AVX512:
		loopF32AVX512(n)
		return float64(n) * chains * 2 * 16
	case cpu.AVX2:
		loopF32AVX2(n)
		return float64(n) * chains * 2 * 8
	}
	return scalar(n)
}

func loopF64AVX512(n int)
func loopF32AVX512(n int)
func loopF64AVX2(n int)
func loopF32AVX2(n int)
