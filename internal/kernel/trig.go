package kernel

// Sin sets dst to the sine of x radians: NaN at ±Inf. The error is at most 4 ulp for |x| <= 2^30;
// beyond, it is that of package math.
func Sin(dst, x []float64) {
	check(len(dst), len(x))
	best.Sin(dst, x)
}

// Sin32 is Sin for float32. The error is at most 1 ulp for |x| <= 2^30; beyond, it is that of package
// math.
func Sin32(dst, x []float32) {
	check(len(dst), len(x))
	best.Sin32(dst, x)
}

// Cos sets dst to the cosine of x radians: NaN at ±Inf. The error is at most 4 ulp for |x| <= 2^30;
// beyond, it is that of package math.
func Cos(dst, x []float64) {
	check(len(dst), len(x))
	best.Cos(dst, x)
}

// Cos32 is Cos for float32. The error is at most 1 ulp for |x| <= 2^30; beyond, it is that of package
// math.
func Cos32(dst, x []float32) {
	check(len(dst), len(x))
	best.Cos32(dst, x)
}
