package kernel

// Sqrt sets dst to the square root of x.
func Sqrt(dst, x []float64) {
	check(len(dst), len(x))
	best.Sqrt(dst, x)
}

// Sqrt32 is Sqrt for float32.
func Sqrt32(dst, x []float32) {
	check(len(dst), len(x))
	best.Sqrt32(dst, x)
}

// Recip sets dst to 1/x.
func Recip(dst, x []float64) {
	check(len(dst), len(x))
	best.Recip(dst, x)
}

// Recip32 is Recip for float32.
func Recip32(dst, x []float32) {
	check(len(dst), len(x))
	best.Recip32(dst, x)
}

// Neg sets dst to -x.
func Neg(dst, x []float64) {
	check(len(dst), len(x))
	best.Neg(dst, x)
}

// Neg32 is Neg for float32.
func Neg32(dst, x []float32) {
	check(len(dst), len(x))
	best.Neg32(dst, x)
}

// Abs sets dst to |x|.
func Abs(dst, x []float64) {
	check(len(dst), len(x))
	best.Abs(dst, x)
}

// Abs32 is Abs for float32.
func Abs32(dst, x []float32) {
	check(len(dst), len(x))
	best.Abs32(dst, x)
}

// Square sets dst to x².
func Square(dst, x []float64) {
	check(len(dst), len(x))
	best.Square(dst, x)
}

// Square32 is Square for float32.
func Square32(dst, x []float32) {
	check(len(dst), len(x))
	best.Square32(dst, x)
}

// Add sets dst to a + b.
func Add(dst, a, b []float64) {
	check(len(dst), len(a))
	check(len(dst), len(b))
	best.Add(dst, a, b)
}

// Add32 is Add for float32.
func Add32(dst, a, b []float32) {
	check(len(dst), len(a))
	check(len(dst), len(b))
	best.Add32(dst, a, b)
}

// Sub sets dst to a - b.
func Sub(dst, a, b []float64) {
	check(len(dst), len(a))
	check(len(dst), len(b))
	best.Sub(dst, a, b)
}

// Sub32 is Sub for float32.
func Sub32(dst, a, b []float32) {
	check(len(dst), len(a))
	check(len(dst), len(b))
	best.Sub32(dst, a, b)
}

// Mul sets dst to a * b.
func Mul(dst, a, b []float64) {
	check(len(dst), len(a))
	check(len(dst), len(b))
	best.Mul(dst, a, b)
}

// Mul32 is Mul for float32.
func Mul32(dst, a, b []float32) {
	check(len(dst), len(a))
	check(len(dst), len(b))
	best.Mul32(dst, a, b)
}

// Div sets dst to a / b.
func Div(dst, a, b []float64) {
	check(len(dst), len(a))
	check(len(dst), len(b))
	best.Div(dst, a, b)
}

// Div32 is Div for float32.
func Div32(dst, a, b []float32) {
	check(len(dst), len(a))
	check(len(dst), len(b))
	best.Div32(dst, a, b)
}

// Max sets dst to the larger of a and b as the built-in max does: NaN where either is NaN, and +0 is
// larger than -0.
func Max(dst, a, b []float64) {
	check(len(dst), len(a))
	check(len(dst), len(b))
	best.Max(dst, a, b)
}

// Max32 is Max for float32.
func Max32(dst, a, b []float32) {
	check(len(dst), len(a))
	check(len(dst), len(b))
	best.Max32(dst, a, b)
}

// Min sets dst to the smaller of a and b as the built-in min does: NaN where either is NaN, and -0 is
// smaller than +0.
func Min(dst, a, b []float64) {
	check(len(dst), len(a))
	check(len(dst), len(b))
	best.Min(dst, a, b)
}

// Min32 is Min for float32.
func Min32(dst, a, b []float32) {
	check(len(dst), len(a))
	check(len(dst), len(b))
	best.Min32(dst, a, b)
}

// AddScalar sets dst to x + s.
func AddScalar(dst, x []float64, s float64) {
	check(len(dst), len(x))
	best.AddScalar(dst, x, s)
}

// AddScalar32 is AddScalar for float32.
func AddScalar32(dst, x []float32, s float32) {
	check(len(dst), len(x))
	best.AddScalar32(dst, x, s)
}

// MulScalar sets dst to x * s.
func MulScalar(dst, x []float64, s float64) {
	check(len(dst), len(x))
	best.MulScalar(dst, x, s)
}

// MulScalar32 is MulScalar for float32.
func MulScalar32(dst, x []float32, s float32) {
	check(len(dst), len(x))
	best.MulScalar32(dst, x, s)
}

// SubScalarFrom sets dst to s - x.
func SubScalarFrom(dst, x []float64, s float64) {
	check(len(dst), len(x))
	best.SubScalarFrom(dst, x, s)
}

// SubScalarFrom32 is SubScalarFrom for float32.
func SubScalarFrom32(dst, x []float32, s float32) {
	check(len(dst), len(x))
	best.SubScalarFrom32(dst, x, s)
}

// DivScalar sets dst to x / s.
func DivScalar(dst, x []float64, s float64) {
	check(len(dst), len(x))
	best.DivScalar(dst, x, s)
}

// DivScalar32 is DivScalar for float32.
func DivScalar32(dst, x []float32, s float32) {
	check(len(dst), len(x))
	best.DivScalar32(dst, x, s)
}

// DivScalarBy sets dst to s / x.
func DivScalarBy(dst, x []float64, s float64) {
	check(len(dst), len(x))
	best.DivScalarBy(dst, x, s)
}

// DivScalarBy32 is DivScalarBy for float32.
func DivScalarBy32(dst, x []float32, s float32) {
	check(len(dst), len(x))
	best.DivScalarBy32(dst, x, s)
}

// FMA sets dst to a*b + c, rounded once.
func FMA(dst, a, b, c []float64) {
	check(len(dst), len(a))
	check(len(dst), len(b))
	check(len(dst), len(c))
	best.FMA(dst, a, b, c)
}

// FMA32 is FMA for float32.
func FMA32(dst, a, b, c []float32) {
	check(len(dst), len(a))
	check(len(dst), len(b))
	check(len(dst), len(c))
	best.FMA32(dst, a, b, c)
}

// Axpy adds a*x to y, rounding once.
func Axpy(y []float64, a float64, x []float64) {
	check(len(y), len(x))
	best.Axpy(y, a, x)
}

// Axpy32 is Axpy for float32.
func Axpy32(y []float32, a float32, x []float32) {
	check(len(y), len(x))
	best.Axpy32(y, a, x)
}

// MulAdd adds a*b to y, rounding once.
func MulAdd(y, a, b []float64) {
	check(len(y), len(a))
	check(len(y), len(b))
	best.MulAdd(y, a, b)
}

// MulAdd32 is MulAdd for float32.
func MulAdd32(y, a, b []float32) {
	check(len(y), len(a))
	check(len(y), len(b))
	best.MulAdd32(y, a, b)
}

// adamRun is the length from which on the loop in assembly is quicker than that in Go. The bits are
// the same.
const adamRun = 8

// Adam makes a step of the method of Kingma and Ba (2015) down the gradient g: m becomes b1*m +
// (1-b1)*g, v becomes b2*v + (1-b2)*g², and x becomes keep*x - rate*m/(√v+eps), each operation
// rounded by itself.
func Adam(x, m, v, g []float64, b1, b2, rate, eps, keep float64) {
	check(len(x), len(m))
	check(len(x), len(v))
	check(len(x), len(g))
	if len(x) < adamRun {
		goAdam(x, m, v, g, b1, 1-b1, b2, 1-b2, rate, eps, keep)
		return
	}
	best.Adam(x, m, v, g, b1, 1-b1, b2, 1-b2, rate, eps, keep)
}
