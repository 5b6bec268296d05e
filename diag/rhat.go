package diag

import "math"

// Rhat returns the rank-normalised split R-hat: the greater of that of the draws
// (location) and that of their distances from the median (scale and tails);
// Vehtari et al. (2021), section 4. Near 1 the chains agree; above 1.01 they
// should not be used. Where all draws are equally far from the median, as those of
// a coin that shows heads exactly half of the time, their distances say nothing,
// and it is that of the draws. It is NaN where the draws are constant or not finite.
func Rhat(draws [][]float64) float64 {
	check(draws)
	if degenerate(draws) {
		return math.NaN()
	}
	location := rankRhat(split(draws))
	folded := split(fold(draws))
	if degenerate(folded) {
		return location
	}
	return max(location, rankRhat(folded))
}

func rankRhat(halves [][]float64) float64 {
	if degenerate(halves) {
		return math.NaN()
	}
	return RhatBasic(rankNormalize(halves))
}

// fold returns the distances from the median of all draws.
func fold(draws [][]float64) [][]float64 {
	median := Quantile(flatten(draws), 0.5)
	return transform(draws, func(x float64) float64 { return math.Abs(x - median) })
}

// RhatBasic returns the potential scale reduction factor of Gelman and Rubin
// (1992) as in Vehtari et al. (2021), eq. 4, of the chains as they are: neither
// split nor rank-normalised. It needs two chains or is NaN.
func RhatBasic(draws [][]float64) float64 {
	check(draws)
	if degenerate(draws) || len(draws) < 2 {
		return math.NaN()
	}
	n := float64(len(draws[0]))
	means := make([]float64, len(draws))
	within := 0.0
	for c, chain := range draws {
		var v float64
		means[c], v = meanVar(chain)
		within += v / float64(len(draws))
	}
	_, between := meanVar(means)
	return math.Sqrt((n-1)/n + between/within)
}
