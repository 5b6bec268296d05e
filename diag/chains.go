package diag

import (
	"fmt"
	"math"
	"slices"
)

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

// transform returns f of every draw.
func transform(draws [][]float64, f func(float64) float64) [][]float64 {
	out := make([][]float64, len(draws))
	for c, chain := range draws {
		out[c] = make([]float64, len(chain))
		for i, x := range chain {
			out[c][i] = f(x)
		}
	}
	return out
}

// flatten returns all draws, chain after chain.
func flatten(draws [][]float64) []float64 { return slices.Concat(draws...) }

// degenerate reports draws of which nothing can be said: one of them is not
// finite, or all are the same to the last digit.
func degenerate(draws [][]float64) bool {
	lo, hi := math.Inf(1), math.Inf(-1)
	for _, chain := range draws {
		for _, x := range chain {
			if math.IsNaN(x) || math.IsInf(x, 0) {
				return true
			}
			lo, hi = min(lo, x), max(hi, x)
		}
	}
	return !(hi-lo >= 0x1p-52)
}

// rankNormalize replaces draws by normal scores Φ⁻¹((rank - 3/8)/(S + 1/4)), the
// ranks over all chains, averaged over ties (Vehtari et al. 2021, eq. 14).
func rankNormalize(draws [][]float64) [][]float64 {
	n := len(draws[0])
	all := flatten(draws)
	order := make([]int, len(all))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int {
		switch {
		case all[a] < all[b]:
			return -1
		case all[a] > all[b]:
			return 1
		}
		return 0
	})
	out := make([][]float64, len(draws))
	for c := range out {
		out[c] = make([]float64, n)
	}
	total := float64(len(all))
	for i := 0; i < len(order); {
		j := i + 1
		for j < len(order) && all[order[j]] == all[order[i]] {
			j++
		}
		rank := float64(i+1+j) / 2
		z := normalQuantile((rank - 0.375) / (total + 0.25))
		for ; i < j; i++ {
			out[order[i]/n][order[i]%n] = z
		}
	}
	return out
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
