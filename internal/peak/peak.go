// Package peak does multiply-adds as fast as a core can, for benchmarks to
// divide by: it measures the machine, not the library.
package peak

import "runtime"

// scalar is the portable loop: multiply and add in eight chains.
func scalar(n int) float64 {
	var s [8]float64
	for range n {
		for i := range s {
			s[i] = s[i]*0.5 + 1
		}
	}
	runtime.KeepAlive(s) // or the compiler may drop the loop
	return float64(n) * 16
}
