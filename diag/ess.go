package diag

import "github.com/gopyro/pyro/internal/kernel"

// ESSBulk returns the effective sample size for the location of the bulk: that of
// the rank-normalised split chains. Below 400 for four chains, R-hat and the
// standard errors are themselves unreliable (Vehtari et al. 2021, section 4.2).
func ESSBulk(draws [][]float64) float64 {
	_, bulk := newSample(draws).ranked()
	return bulk
}

// ESSTail returns the lesser effective sample size of the 5 % and 95 % quantiles.
func ESSTail(draws [][]float64) float64 { return newSample(draws).essTail() }

// ESSMean returns the effective sample size for the mean.
func ESSMean(draws [][]float64) float64 { return ess(split(draws)) }

// ESSSD returns the effective sample size for the standard deviation, that of the
// distances from the mean.
func ESSSD(draws [][]float64) float64 {
	s := newSample(draws)
	s.centre(s.mean())
	kernel.Abs(s.series, s.series)
	return s.mixing.of(s.halves).ess()
}

// ESSQuantile returns the effective sample size for the quantile at p in [0, 1]:
// that of the indicator of draws at or below it.
func ESSQuantile(draws [][]float64, p float64) float64 { return newSample(draws).essQuantile(p) }

// ess returns the effective sample size of the chains as they are.
func ess(chains [][]float64) float64 {
	var x mixing
	return x.of(chains).ess()
}
