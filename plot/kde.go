package plot

import (
	"math"
	"slices"
)

// kde is a Gaussian kernel density estimate.
type kde struct {
	bandwidth float64
	centres   []float64 // sorted
	weights   []float64 // sum to 1
}

// newKDE estimates the density of the finite values xs with the given
// bandwidth, or with Silverman's if it is 0. It is not ok if that is not
// positive: then all values are equal.
//
// Values closer together than bandwidth/64 are merged into their mean. To
// second order a group of width w changes a Gaussian kernel K by at most
// w²/8 · max|K″| = (w/h)²/8 · K(0), here 3.1e-5 of a kernel's peak, so the
// estimate is within 3.1e-5/(h√2π) of the exact one; and its cost depends on
// the number of values only through sorting.
func newKDE(xs []float64, bandwidth float64) (k kde, ok bool) {
	sorted := slices.Sorted(slices.Values(xs))
	k.bandwidth = bandwidth
	if bandwidth == 0 {
		k.bandwidth = silverman(sorted)
	}
	if !(k.bandwidth > 0) || k.bandwidth-k.bandwidth != 0 {
		return k, false
	}
	for i := 0; i < len(sorted); {
		first, sum := i, 0.0
		for ; i < len(sorted) && sorted[i]-sorted[first] <= k.bandwidth/64; i++ {
			sum += sorted[i] - sorted[first]
		}
		n := float64(i - first)
		k.centres = append(k.centres, sorted[first]+sum/n)
		k.weights = append(k.weights, n/float64(len(sorted)))
	}
	return k, true
}

// silverman is 0.9 · min(s, IQR/1.34) · n^(-1/5) for sorted values (Silverman
// 1986, Density Estimation, eq. 3.31). Where half of the values are equal,
// so that the IQR is 0, the standard deviation s is used alone.
func silverman(sorted []float64) float64 {
	n := float64(len(sorted))
	if n < 2 {
		return 0
	}
	mean := 0.0
	for _, x := range sorted {
		mean += x / n
	}
	ss := 0.0
	for _, x := range sorted {
		ss += (x - mean) * (x - mean)
	}
	spread := math.Sqrt(ss / (n - 1))
	if iqr := quantile(sorted, 0.75) - quantile(sorted, 0.25); iqr > 0 {
		spread = min(spread, iqr/1.34)
	}
	return 0.9 * spread * math.Pow(n, -0.2)
}

// quantile interpolates linearly between sorted values (Hyndman and Fan 1996,
// definition 7).
func quantile(sorted []float64, q float64) float64 {
	at := q * float64(len(sorted)-1)
	i := int(at)
	if i == len(sorted)-1 {
		return sorted[i]
	}
	return sorted[i] + (at-float64(i))*(sorted[i+1]-sorted[i])
}

// at is the density at x. Kernels further than 6 bandwidths, where they are
// below 1.6e-8 of their peak, are left out.
func (k kde) at(x float64) float64 {
	first, _ := slices.BinarySearch(k.centres, x-6*k.bandwidth)
	sum := 0.0
	for i := first; i < len(k.centres) && k.centres[i] <= x+6*k.bandwidth; i++ {
		z := (x - k.centres[i]) / k.bandwidth
		sum += k.weights[i] * math.Exp(-z*z/2)
	}
	return sum / (k.bandwidth * math.Sqrt(2*math.Pi))
}

// support is where the density is worth drawing: 3 bandwidths beyond the data.
func (k kde) support() (lo, hi float64) {
	return k.centres[0] - 3*k.bandwidth, k.centres[len(k.centres)-1] + 3*k.bandwidth
}
