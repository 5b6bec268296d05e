package diag

import (
	"math"
	"slices"
)

// ParetoFit returns shape k and scale sigma of a generalised Pareto distribution,
// density (1/σ)(1 + kx/σ)^(-1/k - 1), fitted to exceedances x > 0 by the
// approximate posterior mean of Zhang and Stephens (2009). x is not changed. k is
// +Inf where no fit exists, as for equal exceedances.
func ParetoFit(x []float64) (k, sigma float64) {
	if len(x) == 0 {
		panic(&ShapeError{"no exceedances"})
	}
	sorted := slices.Clone(x)
	slices.Sort(sorted)
	n := float64(len(sorted))
	points := 30 + int(math.Sqrt(n))
	quartile, largest := sorted[max(int(n/4+0.5)-1, 0)], sorted[len(sorted)-1]
	// Profile log likelihood of b = -k/σ on a grid, weighted by a prior of scale 3.
	theta, like := make([]float64, points), make([]float64, points)
	best := math.Inf(-1)
	for j := range theta {
		b := 1/largest + (1-math.Sqrt(float64(points)/(float64(j)+0.5)))/(3*quartile)
		shape := paretoShape(sorted, b)
		theta[j], like[j] = b, n*(math.Log(-b/shape)-shape-1)
		best = max(best, like[j])
	}
	var sum, b float64
	for j, l := range like {
		w := math.Exp(l - best)
		sum += w
		b += w * theta[j]
	}
	b /= sum
	k = paretoShape(sorted, b)
	sigma = -k / b
	if math.IsNaN(k) {
		k = math.Inf(1)
	}
	return k, sigma
}

// paretoShape returns the k that maximises the likelihood for given b = -k/σ.
func paretoShape(x []float64, b float64) float64 {
	k := 0.0
	for _, v := range x {
		k += math.Log1p(-b * v)
	}
	return k / float64(len(x))
}

// PSIS smooths log importance ratios by replacing the largest with quantiles of
// the generalised Pareto distribution fitted to them (Vehtari, Simpson, Gelman, Yao
// and Gabry 2024). It returns log weights, no larger than the largest ratio and not
// normalised, and k-hat: below 0.7 the weighted estimates can be trusted, above
// they cannot at practical numbers of draws. relEff is the relative efficiency
// ESS/S of the draws, 1 for independent ones. With fewer than 25 draws (5 in the
// tail) nothing is smoothed and k-hat is +Inf.
func PSIS(logRatios []float64, relEff float64) (logWeights []float64, khat float64) {
	n := len(logRatios)
	if n == 0 {
		panic(&ShapeError{"no ratios"})
	}
	if !(relEff > 0) {
		panic(&ShapeError{"relative efficiency must be positive"})
	}
	out := slices.Clone(logRatios)
	order := sorted(out).at
	largest := out[order[n-1]]
	size := int(math.Ceil(min(0.2*float64(n), 3*math.Sqrt(float64(n)/relEff))))
	tail := order[n-min(size, n-1):]
	if len(tail) < 5 || math.IsInf(largest, 0) || math.IsNaN(out[order[0]]) ||
		largest-out[tail[0]] < 0x1p-52/100 {
		return out, math.Inf(1)
	}
	cut := math.Exp(out[order[n-len(tail)-1]] - largest)
	exceed := make([]float64, len(tail))
	for i, j := range tail {
		exceed[i] = math.Exp(out[j]-largest) - cut
	}
	k, sigma := ParetoFit(exceed)
	// A weak prior of ten draws at 1/2 steadies k in short tails (ibid., appendix G).
	m := float64(len(tail))
	k = (k*m + 10*0.5) / (m + 10)
	if math.IsInf(k, 0) {
		return out, k
	}
	for i, j := range tail {
		p := (float64(i) + 0.5) / m
		q := sigma * math.Expm1(-k*math.Log1p(-p)) / k
		if k == 0 {
			q = -sigma * math.Log1p(-p)
		}
		out[j] = min(math.Log(q+cut), 0) + largest
	}
	return out, k
}
