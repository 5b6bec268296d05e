// Package peak does multiply-adds as fast as a core can, for benchmarks to
// divide by: it measures the machine, not the library.
package peak

// sink keeps the compiler from dropping the portable loop.
var sink float64

// scalar is the portable loop: multiply and add in eight chains.
func scalar(n int) float64 {
	var s [8]float64
	for range n {
		for i := range s {
			s[i] = s[i]*0.5 + 1
		}
	}
	sink = s[0] + s[1] + s[2] + s[3] + s[4] + s[5] + s[6] + s[7]
	return float64(n) * 16
}
