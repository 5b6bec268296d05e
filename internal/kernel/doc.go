// Package kernel has the loops over []float64 and []float32 that everything else stands on:
// elementary and special functions, arithmetic, comparisons, reductions, random numbers.
//
//	x := []float64{-1, 0, 1}
//	kernel.Exp(x, x)               // in place
//	total := kernel.Sum(x)         // e⁻¹ + 1 + e
//	kernel.MulScalar(x, x, 1/total) // softmax of -1, 0, 1
//
// All slices of a call have the same length, else it panics with a [LengthError]. The destination
// may be one of the operands; it must not overlap one otherwise. Names that end in 32 are the same
// for float32.
//
// On amd64 the loops are AVX2 or AVX-512 assembly, chosen by [cpu.Best] and written by the program
// in gen; elsewhere, and with the build tag purego, they are plain Go. Arithmetic, comparisons, Sum,
// Dot, MaxOf and the random numbers give the same bits everywhere, and so do Pow, Sin, Cos, Lgamma and
// Digamma but for arguments that they leave to package math; the other functions give the same bits
// in AVX2 and AVX-512, and in plain Go are those of package math. All stay within the error stated
// for them, in units in the last place (ulp) of the exact result, and treat NaN, ±Inf, ±0 and
// subnormal numbers as package math does. The result for an element depends on nothing but that
// element: neither on its place nor on its neighbours.
//
// A program of operations on single numbers and arrays of a few elements runs without a call for each
// as a [Routine].
//
// Assembly runs to its end before the garbage collector can stop it: split operands of many millions
// of elements where pauses count. The package starts no goroutines and, but for elements outside the
// domain of an assembly routine, allocates nothing.
package kernel

//go:generate go run ./gen

import (
	"fmt"

	"github.com/gopyro/pyro/internal/cpu"
)

// tier has the dispatching methods, one a kernel. Tests call each tier that the machine has.
type tier cpu.Tier

// best is the tier of the exported functions.
var best = tier(cpu.Best)

// LengthError is the panic of a kernel whose operands differ in length.
type LengthError struct {
	Dst, Operand int // lengths
}

func (e LengthError) Error() string {
	return fmt.Sprintf("kernel: operand of %d elements for a destination of %d", e.Operand, e.Dst)
}

func check(dst, operand int) {
	if dst != operand {
		mismatch(dst, operand)
	}
}

//go:noinline
func mismatch(dst, operand int) { panic(LengthError{dst, operand}) }
