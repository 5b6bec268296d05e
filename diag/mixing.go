package diag

import (
	"math"
	"math/bits"

	"github.com/gopyro/pyro/internal/kernel"
)

// mixing compares chains, as they are, with each other and with themselves some
// draws later. It is memory that serves the next chains.
type mixing struct {
	m, n       int
	within     float64 // the mean of the chains' variances
	between    float64 // the variance of their means; of one chain 0
	degenerate bool    // as draws may be

	means      []float64
	deviations [][]float64 // of each chain from its mean
	all        []float64   // deviations
	far        []float64   // autocovariances at all lags, or none as yet
	transform  fourier
}

func (x *mixing) of(chains [][]float64) *mixing {
	x.m, x.n = len(chains), len(chains[0])
	x.all = resize(x.all, x.m*x.n)
	x.means, x.deviations, x.far = x.means[:0], x.deviations[:0], x.far[:0]
	squares := 0.0
	for c, chain := range chains {
		mean := kernel.Sum(chain) / float64(x.n)
		d := x.all[c*x.n : (c+1)*x.n]
		kernel.AddScalar(d, chain, -mean)
		squares += kernel.Dot(d, d)
		x.means, x.deviations = append(x.means, mean), append(x.deviations, d)
	}
	x.within = squares / float64(x.m) / float64(x.n-1)
	x.between = 0
	if x.m > 1 {
		_, x.between = meanVar(x.means)
	}
	x.degenerate = !finite(squares) || !differ(chains)
	return x
}

// differ reports whether draws have a range that counts. Of most, two tell.
func differ(chains [][]float64) bool {
	lo, hi := math.Inf(1), math.Inf(-1)
	for _, chain := range chains {
		for _, x := range chain {
			if x < lo {
				lo = x
			}
			if x > hi {
				hi = x
			}
			if hi-lo >= resolution {
				return true
			}
		}
	}
	return false
}

func finite(x float64) bool { return x-x == 0 }

// rhat is as [RhatBasic].
func (x *mixing) rhat() float64 {
	if x.degenerate || x.m < 2 {
		return math.NaN()
	}
	n := float64(x.n)
	return math.Sqrt((n-1)/n + x.between/x.within)
}

// ess returns the effective sample size: Geyer's (1992) initial positive and
// monotone sequence on the combined autocorrelations, with the last, even term that
// stabilises antithetic chains (Vehtari et al. 2021, eqs. 10-13). At most S log₁₀ S
// is returned.
func (x *mixing) ess() float64 {
	if x.n < 3 || x.degenerate {
		return math.NaN()
	}
	// Pairs P_t = ρ(2t) + ρ(2t+1) while they are positive. sum is that of the pairs
	// kept, made monotone; after the last of them the next even term counts once.
	sum, last := 0.0, math.Inf(1)
	t, pair, even := 0, 1+x.correlation(1), 1.0
	for t < x.n-5 && pair > 0 {
		last = min(last, pair)
		sum += last
		t += 2
		even = x.correlation(t)
		pair = even + x.correlation(t+1)
	}
	if even < 0 && pair < 0 {
		even = 0
	}
	tau := -1 + 2*sum + even
	if t == 0 {
		tau = 2 // fewer than six draws, or lag 1 below -1: posterior's value
	}
	total := float64(x.m * x.n)
	return total / max(tau, 1/math.Log10(total))
}

// correlation returns the autocorrelation of the combined chains at a lag above 0
// (Vehtari et al. 2021, eq. 10).
func (x *mixing) correlation(lag int) float64 {
	total := x.within*float64(x.n-1)/float64(x.n) + x.between
	return 1 - (x.within-x.autocovariance(lag))/total
}

// nearLags is how many lags are summed one by one, for each doubling of the number
// of draws, before a transform yields all of them at once: together they take at
// most about as long as the transform, and chains that mix need no more.
const nearLags = 8

// autocovariance returns the mean of the chains' autocovariances at a lag, each
// divided by the number of draws.
func (x *mixing) autocovariance(lag int) float64 {
	if lag > nearLags*bits.Len(uint(x.n)) && len(x.far) == 0 {
		x.far = x.transform.autocovariances(x.far, x.deviations)
	}
	if len(x.far) > 0 {
		return x.far[lag]
	}
	sum := 0.0
	for _, d := range x.deviations {
		sum += kernel.Dot(d[:x.n-lag], d[lag:])
	}
	return sum / float64(x.m*x.n)
}
