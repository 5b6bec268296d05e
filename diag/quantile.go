package diag

import (
	"fmt"
	"math"
	"slices"
)

// Quantile returns the quantile of x at p in [0, 1], linear between order
// statistics (R's type 7).
func Quantile(x []float64, p float64) float64 {
	if len(x) == 0 {
		panic(&ShapeError{"no draws"})
	}
	sorted := slices.Clone(x)
	slices.Sort(sorted)
	return sortedQuantile(sorted, p)
}

func sortedQuantile(sorted []float64, p float64) float64 {
	if !(p >= 0 && p <= 1) {
		panic(&ShapeError{fmt.Sprintf("quantile at %g, want it in [0, 1]", p)})
	}
	at := float64(len(sorted)-1) * p
	lo := int(math.Floor(at))
	h := at - float64(lo)
	if h == 0 || sorted[lo+1] == sorted[lo] {
		return sorted[lo]
	}
	return (1-h)*sorted[lo] + h*sorted[lo+1]
}

// WeightedQuantile returns the quantile at p in [0, 1] of draws x with weights w ≥ 0
// of any sum: the order statistics stand at (C_i - w_1)/(C_n - w_1), C the running
// sum of their weights, linear between, which is Quantile for equal weights.
func WeightedQuantile(x, w []float64, p float64) float64 {
	if len(x) == 0 || len(x) != len(w) {
		panic(&ShapeError{fmt.Sprintf("%d draws with %d weights", len(x), len(w))})
	}
	if !(p >= 0 && p <= 1) {
		panic(&ShapeError{fmt.Sprintf("quantile at %g, want it in [0, 1]", p)})
	}
	order := make([]int, 0, len(x))
	total := 0.0
	for i, v := range w {
		if v < 0 || math.IsNaN(v) {
			panic(&ShapeError{fmt.Sprintf("weight %d is %g", i, v)})
		}
		if v > 0 {
			order = append(order, i)
			total += v
		}
	}
	if len(order) == 0 {
		return math.NaN()
	}
	slices.SortFunc(order, func(a, b int) int {
		if x[a] < x[b] {
			return -1
		}
		return 1
	})
	goal := p * (total - w[order[0]])
	passed := 0.0
	for k := 1; k < len(order); k++ {
		step := w[order[k]]
		if passed+step >= goal {
			h := (goal - passed) / step
			return (1-h)*x[order[k-1]] + h*x[order[k]]
		}
		passed += step
	}
	return x[order[len(order)-1]]
}

// HDI returns the highest-density interval of x: the shortest that holds the share
// prob in (0, 1] of the draws (Hyndman 1996 for one mode).
func HDI(x []float64, prob float64) (lo, hi float64) {
	if len(x) == 0 {
		panic(&ShapeError{"no draws"})
	}
	if !(prob > 0 && prob <= 1) {
		panic(&ShapeError{fmt.Sprintf("interval of probability %g, want it in (0, 1]", prob)})
	}
	sorted := slices.Clone(x)
	slices.Sort(sorted)
	if math.IsNaN(sorted[0]) { // Sort puts NaN first
		return math.NaN(), math.NaN()
	}
	n := len(sorted)
	inside := min(int(math.Floor(prob*float64(n))), n-1)
	best := 0
	for i := 1; i+inside < n; i++ {
		if sorted[i+inside]-sorted[i] < sorted[best+inside]-sorted[best] {
			best = i
		}
	}
	return sorted[best], sorted[best+inside]
}
