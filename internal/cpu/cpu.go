// Package cpu tells which vector instructions the kernels may use.
//
// The tier is found once, when the program starts. GOPYRO_SIMD=go, avx2 or
// avx512 lowers it (a tier that the machine lacks is never chosen); the build
// tag purego leaves the portable code only.
package cpu

import "os"

// Tier is a set of vector instructions; a higher one includes the lower ones.
type Tier int

const (
	Portable Tier = iota // plain Go
	AVX2                 // AVX2 and FMA
	AVX512               // AVX-512 F, DQ, BW and VL
)

// String returns the name that GOPYRO_SIMD takes.
func (t Tier) String() string {
	return [...]string{"go", "avx2", "avx512"}[t]
}

// Best is the tier in use: what the machine has, lowered by GOPYRO_SIMD.
var Best = lower(machine(), os.Getenv("GOPYRO_SIMD"))

// lower returns the tier called name where the machine has it, else t.
func lower(t Tier, name string) Tier {
	for have := Portable; have <= t; have++ {
		if have.String() == name {
			return have
		}
	}
	return t
}
