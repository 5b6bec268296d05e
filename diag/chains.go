package diag

import "fmt"

// ShapeError is the panic of this package for draws of unequal or no length.
type ShapeError struct{ Reason string }

func (e *ShapeError) Error() string { return "diag: " + e.Reason }

// check panics unless draws are a non-empty rectangle.
func check(draws [][]float64) {
	if len(draws) == 0 || len(draws[0]) == 0 {
		panic(&ShapeError{"no draws"})
	}
	for c, chain := range draws {
		if len(chain) != len(draws[0]) {
			panic(&ShapeError{fmt.Sprintf("chain %d has %d draws, chain 0 has %d", c, len(chain), len(draws[0]))})
		}
	}
}

// split returns both halves of every chain; the middle draw of an odd number is
// left out, a single draw stays whole. The halves are views.
func split(draws [][]float64) [][]float64 {
	check(draws)
	n := len(draws[0])
	if n == 1 {
		return draws
	}
	var first, second [][]float64
	for _, chain := range draws {
		first = append(first, chain[:n/2])
		second = append(second, chain[(n+1)/2:])
	}
	return append(first, second...)
}

// mean and variance (divisor n - 1) of x.
func meanVar(x []float64) (mean, variance float64) {
	for _, v := range x {
		mean += v
	}
	mean /= float64(len(x))
	for _, v := range x {
		variance += (v - mean) * (v - mean)
	}
	return mean, variance / float64(len(x)-1)
}
