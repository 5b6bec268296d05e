package kernel

// Exp sets dst to e^x. The error is at most 2 ulp.
func Exp(dst, x []float64) {
	check(len(dst), len(x))
	best.Exp(dst, x)
}

// Exp32 is Exp for float32. The error is at most 2 ulp.
func Exp32(dst, x []float32) {
	check(len(dst), len(x))
	best.Exp32(dst, x)
}

// Expm1 sets dst to e^x - 1, accurate near zero too. The error is at most 4 ulp.
func Expm1(dst, x []float64) {
	check(len(dst), len(x))
	best.Expm1(dst, x)
}

// Expm132 is Expm1 for float32. The error is at most 4 ulp.
func Expm132(dst, x []float32) {
	check(len(dst), len(x))
	best.Expm132(dst, x)
}

// Log sets dst to the natural logarithm of x: NaN for x < 0, -Inf at zero. The error is at most 2 ulp.
func Log(dst, x []float64) {
	check(len(dst), len(x))
	best.Log(dst, x)
}

// Log32 is Log for float32. The error is at most 2 ulp.
func Log32(dst, x []float32) {
	check(len(dst), len(x))
	best.Log32(dst, x)
}

// Log1p sets dst to log(1 + x), accurate near zero too: NaN for x < -1, -Inf at -1. The error is at
// most 4 ulp.
func Log1p(dst, x []float64) {
	check(len(dst), len(x))
	best.Log1p(dst, x)
}

// Log1p32 is Log1p for float32. The error is at most 4 ulp.
func Log1p32(dst, x []float32) {
	check(len(dst), len(x))
	best.Log1p32(dst, x)
}

// Tanh sets dst to the hyperbolic tangent of x. The error is at most 4 ulp.
func Tanh(dst, x []float64) {
	check(len(dst), len(x))
	best.Tanh(dst, x)
}

// Tanh32 is Tanh for float32. The error is at most 4 ulp.
func Tanh32(dst, x []float32) {
	check(len(dst), len(x))
	best.Tanh32(dst, x)
}

// Sigmoid sets dst to the logistic function 1 / (1 + e^-x). The error is at most 4 ulp.
func Sigmoid(dst, x []float64) {
	check(len(dst), len(x))
	best.Sigmoid(dst, x)
}

// Sigmoid32 is Sigmoid for float32. The error is at most 4 ulp.
func Sigmoid32(dst, x []float32) {
	check(len(dst), len(x))
	best.Sigmoid32(dst, x)
}

// Softplus sets dst to log(1 + e^x), which never overflows. The error is at most 4 ulp.
func Softplus(dst, x []float64) {
	check(len(dst), len(x))
	best.Softplus(dst, x)
}

// Softplus32 is Softplus for float32. The error is at most 4 ulp.
func Softplus32(dst, x []float32) {
	check(len(dst), len(x))
	best.Softplus32(dst, x)
}

// SoftplusSigmoid sets dst to Softplus(x) and dsig, its derivative, to Sigmoid(x), sharing one
// exponential; dst and dsig are different slices, x may be either. The error is at most 4 ulp.
func SoftplusSigmoid(dst, dsig, x []float64) {
	check(len(dst), len(dsig))
	check(len(dst), len(x))
	best.SoftplusSigmoid(dst, dsig, x)
}

// SoftplusSigmoid32 is SoftplusSigmoid for float32. The error is at most 4 ulp.
func SoftplusSigmoid32(dst, dsig, x []float32) {
	check(len(dst), len(dsig))
	check(len(dst), len(x))
	best.SoftplusSigmoid32(dst, dsig, x)
}

// Pow sets dst to x^y, with the special cases of math.Pow; math.Pow itself is off by up to 2^36 ulp
// where y is large. The error is at most 4 ulp.
func Pow(dst, x, y []float64) {
	check(len(dst), len(x))
	check(len(dst), len(y))
	best.Pow(dst, x, y)
}

// Pow32 is Pow for float32. The error is at most 1 ulp.
func Pow32(dst, x, y []float32) {
	check(len(dst), len(x))
	check(len(dst), len(y))
	best.Pow32(dst, x, y)
}
