package diag

import "math"

// ESSBulk returns the effective sample size for the location of the bulk: that of
// the rank-normalised split chains. Below 400 for four chains, R-hat and the
// standard errors are themselves unreliable (Vehtari et al. 2021, section 4.2).
func ESSBulk(draws [][]float64) float64 {
	halves := split(draws)
	if degenerate(halves) {
		return math.NaN()
	}
	return ess(rankNormalize(halves))
}

// ESSTail returns the lesser effective sample size of the 5 % and 95 % quantiles.
func ESSTail(draws [][]float64) float64 {
	return min(ESSQuantile(draws, 0.05), ESSQuantile(draws, 0.95))
}

// ESSMean returns the effective sample size for the mean.
func ESSMean(draws [][]float64) float64 { return ess(split(draws)) }

// ESSSD returns the effective sample size for the standard deviation, that of the
// distances from the mean.
func ESSSD(draws [][]float64) float64 {
	check(draws)
	mean, _ := meanVar(flatten(draws))
	return ess(split(transform(draws, func(x float64) float64 { return math.Abs(x - mean) })))
}

// ESSQuantile returns the effective sample size for the quantile at p in [0, 1]:
// that of the indicator of draws at or below it.
func ESSQuantile(draws [][]float64, p float64) float64 {
	check(draws)
	if degenerate(draws) {
		return math.NaN()
	}
	all := flatten(draws)
	if p == 1 { // lest the indicator be constant
		p = 1 - 0.5/float64(len(all))
	}
	q := Quantile(all, p)
	return ess(split(transform(draws, func(x float64) float64 {
		if x <= q {
			return 1
		}
		return 0
	})))
}

// ess returns the effective sample size of the chains as they are: Geyer's (1992)
// initial positive and monotone sequence on the combined autocorrelations, with
// the last, even term that stabilises antithetic chains (Vehtari et al. 2021,
// eqs. 10-13). At most S log₁₀ S is returned.
func ess(chains [][]float64) float64 {
	n := len(chains[0])
	if n < 3 || degenerate(chains) {
		return math.NaN()
	}
	rho := correlations(chains)
	// Pairs P_t = ρ(2t) + ρ(2t+1) while they are positive. sum is that of the pairs
	// kept, made monotone; after the last of them the next even term counts once.
	sum, last := 0.0, math.Inf(1)
	t, pair, even := 0, rho(0)+rho(1), rho(0)
	for t < n-5 && pair > 0 {
		last = min(last, pair)
		sum += last
		t += 2
		even = rho(t)
		pair = even + rho(t+1)
	}
	if even < 0 && pair < 0 {
		even = 0
	}
	tau := -1 + 2*sum + even
	if t == 0 {
		tau = 2 // fewer than six draws, or lag 1 below -1: posterior's value
	}
	total := float64(len(chains) * n)
	return total / max(tau, 1/math.Log10(total))
}

// correlations returns the autocorrelation of the combined chains as a function of
// the lag (Vehtari et al. 2021, eq. 10).
func correlations(chains [][]float64) func(lag int) float64 {
	m, n := len(chains), len(chains[0])
	acov := make([]float64, n)
	means := make([]float64, m)
	for c, chain := range chains {
		means[c], _ = meanVar(chain)
		for k, v := range autocov(chain) {
			acov[k] += v / float64(m)
		}
	}
	within := acov[0] * float64(n) / float64(n-1)
	total := acov[0]
	if m > 1 {
		_, between := meanVar(means)
		total += between
	}
	return func(lag int) float64 {
		if lag == 0 {
			return 1
		}
		return 1 - (within-acov[lag])/total
	}
}
