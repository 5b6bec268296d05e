package kernel

// Erf sets dst to the error function of x. The error is at most 4 ulp.
func Erf(dst, x []float64) {
	check(len(dst), len(x))
	best.Erf(dst, x)
}

// Erf32 is Erf for float32. The error is at most 1 ulp.
func Erf32(dst, x []float32) {
	check(len(dst), len(x))
	best.Erf32(dst, x)
}

// Erfc sets dst to 1 - erf(x), accurate in the right tail too. The error is at most 4 ulp.
func Erfc(dst, x []float64) {
	check(len(dst), len(x))
	best.Erfc(dst, x)
}

// Erfc32 is Erfc for float32. The error is at most 1 ulp.
func Erfc32(dst, x []float32) {
	check(len(dst), len(x))
	best.Erfc32(dst, x)
}
