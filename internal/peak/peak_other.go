//go:build !amd64 || purego

package peak

// Float64 runs n turns and returns the floating-point operations done.
func Float64(n int) float64 { return scalar(n) }

// Float32 runs n turns and returns the floating-point operations done.
func Float32(n int) float64 { return scalar(n) }
