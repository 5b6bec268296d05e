package diag

// Rhat returns the rank-normalised split R-hat: the greater of that of the draws
// (location) and that of their distances from the median (scale and tails);
// Vehtari et al. (2021), section 4. Near 1 the chains agree; above 1.01 they
// should not be used. Where all draws are equally far from the median, as those of
// a coin that shows heads exactly half of the time, their distances say nothing,
// and it is that of the draws. It is NaN where the draws are constant or not finite.
func Rhat(draws [][]float64) float64 {
	rhat, _ := newSample(draws).ranked()
	return rhat
}

// RhatBasic returns the potential scale reduction factor of Gelman and Rubin
// (1992) as in Vehtari et al. (2021), eq. 4, of the chains as they are: neither
// split nor rank-normalised. It needs two chains or is NaN.
func RhatBasic(draws [][]float64) float64 {
	check(draws)
	var x mixing
	return x.of(draws).rhat()
}
