package diag

import "math"

// CRPS returns the continuous ranked probability score of draws from a predictive
// distribution against the outcome y: E|X - y| - E|X - X'|/2 under the draws'
// empirical distribution (Gneiting and Raftery 2007, eq. 21). Lower is better; for
// a single draw it is the absolute error.
func CRPS(x []float64, y float64) float64 {
	if len(x) == 0 {
		panic(&ShapeError{"no draws"})
	}
	n := float64(len(x))
	miss, spread := 0.0, 0.0
	for i, v := range sorted(x).values {
		miss += math.Abs(v-y) / n
		// x_(i) is the greater of i pairs and the lesser of n-1-i.
		spread += v * (2*float64(i) + 1 - n) / (n * n)
	}
	return miss - spread
}
