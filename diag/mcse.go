package diag

import (
	"math"

	"github.com/gopyro/pyro/internal/special"
)

// MCSEMean returns the Monte Carlo standard error of the mean: sd/√ESS.
func MCSEMean(draws [][]float64) float64 { return newSample(draws).moments().mcseMean }

// MCSESD returns the Monte Carlo standard error of the standard deviation, from
// that of the mean square by the delta method; it supposes nothing of the shape
// (Kenney and Keeping 1951, page 141).
func MCSESD(draws [][]float64) float64 { return newSample(draws).moments().mcseSD }

// MCSEQuantile returns the Monte Carlo standard error of the quantile at p: half
// the distance between the order statistics at the 16 % and 84 % points of the
// Beta distribution that the effective draws give its rank (Vehtari et al. 2021,
// section 4.4).
func MCSEQuantile(draws [][]float64, p float64) float64 {
	s := newSample(draws)
	n := s.essQuantile(p)
	if math.IsNaN(n) {
		return n
	}
	x := s.order.values
	total := float64(len(x))
	a, b := n*p+1, n*(1-p)+1
	lo := max(math.Floor(special.BetaIncInv(a, b, 0.1586553)*total), 1)
	hi := min(math.Ceil(special.BetaIncInv(a, b, 0.8413447)*total), total)
	return (x[int(hi)-1] - x[int(lo)-1]) / 2
}

// EBFMI returns the energy Bayesian fraction of missing information of one chain
// (Betancourt 2016, eq. 12): squared steps of the energy over squared deviations.
// Below 0.3 the momenta that are drawn change the energy too little to explore it.
func EBFMI(energy []float64) float64 {
	if !differ([][]float64{energy}) {
		return math.NaN()
	}
	mean, _ := meanVar(energy)
	steps, deviations := 0.0, (energy[0]-mean)*(energy[0]-mean)
	for i, e := range energy[1:] {
		steps += (e - energy[i]) * (e - energy[i])
		deviations += (e - mean) * (e - mean)
	}
	return steps / deviations
}
