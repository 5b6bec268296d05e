package diag

import (
	"fmt"
	"math"
)

// Quantile returns the quantile of x at p in [0, 1], linear between order
// statistics (R's type 7).
func Quantile(x []float64, p float64) float64 {
	if len(x) == 0 {
		panic(&ShapeError{"no draws"})
	}
	return sorted(x).quantile(p)
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
	total := 0.0
	for i, v := range w {
		if v < 0 || math.IsNaN(v) {
			panic(&ShapeError{fmt.Sprintf("weight %d is %g", i, v)})
		}
		total += v
	}
	o := &order{}
	o.keep(sorted(x), func(at int) bool { return w[at] > 0 })
	if len(o.at) == 0 {
		return math.NaN()
	}
	goal := p * (total - w[o.at[0]])
	passed := 0.0
	for k := 1; k < len(o.at); k++ {
		step := w[o.at[k]]
		if passed+step >= goal {
			h := (goal - passed) / step
			return (1-h)*o.values[k-1] + h*o.values[k]
		}
		passed += step
	}
	return o.values[len(o.values)-1]
}

// HDI returns the highest-density interval of x: the shortest that holds the share
// prob in (0, 1] of the draws (Hyndman 1996 for one mode).
func HDI(x []float64, prob float64) (lo, hi float64) {
	if len(x) == 0 {
		panic(&ShapeError{"no draws"})
	}
	return sorted(x).hdi(prob)
}
