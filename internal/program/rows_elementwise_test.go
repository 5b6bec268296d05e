package program

import (
	"fmt"
	"math"

	"github.com/gopyro/pyro/internal/special"
)

// lay is a shape and how it lies in memory.
type lay struct {
	dims []int
	view view
}

// elementwise makes rows of an operation of len(in) operands that broadcast,
// in each of the layouts.
func elementwise(r entry, f func(v []float64) float64, layouts [][]lay, in ...operand) []*entry {
	var out []*entry
	for k, ls := range layouts {
		q := r
		q.ulps, q.ulps32 = max(q.ulps, kernelUlps(r.code)), kernelUlps32(r.code)
		q.name = fmt.Sprint(r.name, "layout", k)
		q.want = func(x []nd) nd { return zip(f, x...) }
		q.in = nil
		for i, o := range in {
			o.dims, o.view = ls[i].dims, ls[i].view
			q.in = append(q.in, o)
		}
		out = append(out, &q)
	}
	return out
}

// kernelUlps is the error that package kernel states for functions of several
// numbers, with one ulp for the reference; an ulp is up to 2 units of 2⁻⁵³.
func kernelUlps(c Code) float64 {
	switch c {
	case Exp, Log:
		return 2 * (2 + 1)
	case XLogY: // a product more, and its rounding
		return 2 * (2 + 1 + 1)
	case Expm1, Log1p, Sin, Cos, Tanh, Sigmoid, Softplus, Erf, Erfc, Pow:
		return 2 * (4 + 1)
	case Lgamma, Digamma: // 1e-14 of max(1, |y|), where |y| is above 0.1 in the rows
		return 1e-14 / 0.1 * 0x1p53
	}
	return 0
}

// kernelUlps32 is the error in ulp that package kernel states for float32. Beside
// it the float64 reference has none, but the numbers of the rows are far from
// zeros of Digamma and Lgamma, so that 1 ulp of max(1, |y|) is at most 10 of y.
func kernelUlps32(c Code) float64 {
	switch c {
	case Exp, Log:
		return 2
	case XLogY:
		return 2 + 1
	case Expm1, Log1p, Tanh, Sigmoid, Softplus:
		return 4
	case Sin, Cos, Erf, Erfc, Pow, Lgamma:
		return 1
	case Digamma:
		return 10
	}
	return 0
}

var oneLayout = [][]lay{
	{{[]int{}, plain}},
	{{[]int{3}, plain}},
	{{[]int{2, 3}, permuted}},
	{{[]int{2, 2}, sliced}},
	{{[]int{2, 3}, expanded}},
	{{[]int{1, 1}, plain}},
	{{[]int{2, 0, 3}, plain}},
	{{[]int{0, 2}, sliced}},
}

var twoLayouts = [][]lay{
	{{[]int{}, plain}, {[]int{}, plain}},
	{{[]int{2, 2}, plain}, {[]int{2, 2}, plain}},
	{{[]int{3}, plain}, {[]int{}, plain}},
	{{[]int{}, plain}, {[]int{2, 3}, permuted}},
	{{[]int{2, 1}, plain}, {[]int{3}, sliced}},
	{{[]int{2, 2}, expanded}, {[]int{2, 2}, permuted}},
	{{[]int{2, 1, 2}, permuted}, {[]int{2, 1}, expanded}},
	{{[]int{1}, plain}, {[]int{1, 1, 1}, plain}},
	{{[]int{0, 3}, plain}, {[]int{1, 3}, plain}},
	{{[]int{}, plain}, {[]int{2, 0}, plain}},
}

var threeLayouts = [][]lay{
	{{[]int{}, plain}, {[]int{}, plain}, {[]int{}, plain}},
	{{[]int{3}, plain}, {[]int{}, plain}, {[]int{3}, plain}},
	{{[]int{2, 1}, plain}, {[]int{3}, sliced}, {[]int{}, plain}},
	{{[]int{2, 2}, permuted}, {[]int{2, 2}, expanded}, {[]int{2, 1}, plain}},
	{{[]int{}, plain}, {[]int{2, 2}, plain}, {[]int{2, 2}, sliced}},
	{{[]int{0}, plain}, {[]int{}, plain}, {[]int{2, 1}, plain}},
}

// Runs long enough for kernels, whole and along the last dims.
var (
	oneLong = [][]lay{{{[]int{19}, plain}}, {{[]int{2, 9}, sliced}}}
	twoLong = [][]lay{
		{{[]int{2, 17}, plain}, {[]int{17}, sliced}},
		{{[]int{2, 1}, plain}, {[]int{2, 17}, plain}},
		{{[]int{2, 17}, expanded}, {[]int{2, 17}, plain}},
		{{[]int{}, plain}, {[]int{18}, plain}},
	}
)

// long picks the layouts for an operation.
func long(c Code, short, more [][]lay) [][]lay {
	if c < Add && (unaryKernels[c].f64 != nil || c == AddScalar || c == MulScalar) || c >= Add && c < Where && binaryKernels[c].f64 != nil {
		return append(short[:len(short):len(short)], more...)
	}
	return short
}

func one(f func(float64) float64) func(v []float64) float64 {
	return func(v []float64) float64 { return f(v[0]) }
}

func two(f func(x, y float64) float64) func(v []float64) float64 {
	return func(v []float64) float64 { return f(v[0], v[1]) }
}

func three(f func(x, y, z float64) float64) func(v []float64) float64 {
	return func(v []float64) float64 { return f(v[0], v[1], v[2]) }
}

func truthOf(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

func unaryRows() []*entry {
	var rows []*entry
	add := func(r entry, lo, hi float64, f func(float64) float64) {
		rows = append(rows, elementwise(r, one(f), long(r.code, oneLayout, oneLong), operand{lo: lo, hi: hi})...)
	}
	add(entry{code: Neg}, -2, 2, func(x float64) float64 { return 0 - x })
	add(entry{code: Abs}, -2.1, 1.8, func(x float64) float64 { return max(x, -x) })
	add(entry{code: Sign, flat: true}, -2.1, 1.9, func(x float64) float64 { return truthOf(x > 0) - truthOf(x < 0) })
	add(entry{code: Square}, -2, 2, func(x float64) float64 { return x * x })
	add(entry{code: Sqrt}, 0.3, 4, math.Sqrt)
	add(entry{code: Recip}, 0.4, 4, func(x float64) float64 { return 1 / x })
	add(entry{code: Exp}, -3, 3, math.Exp)
	add(entry{code: Expm1}, -3, 3, math.Expm1)
	add(entry{code: Log}, 0.3, 5, math.Log)
	add(entry{code: Log1p}, -0.6, 5, math.Log1p)
	add(entry{code: Sin}, -4, 4, math.Sin)
	add(entry{code: Cos}, -4, 4, math.Cos)
	add(entry{code: Atan}, -4, 4, math.Atan)
	add(entry{code: Tanh}, -3, 3, math.Tanh)
	add(entry{code: Sigmoid, ulps: 4}, -6, 6, func(x float64) float64 { return 1 / (1 + math.Exp(-x)) })
	add(entry{code: Softplus, ulps: 4}, -6, 6, func(x float64) float64 { return math.Log1p(math.Exp(x)) })
	add(entry{code: Erf}, -2, 2, math.Erf)
	add(entry{code: Erfc}, -2, 2, math.Erfc)
	add(entry{code: Erfinv, ulps: 16}, -0.8, 0.8, math.Erfinv)
	add(entry{code: Lgamma}, 0.3, 6, special.Lgamma)
	add(entry{code: Digamma}, 0.3, 6, special.Digamma)
	add(entry{code: NormCDF, ulps: 8}, -3, 3, func(x float64) float64 { return 0.5 * math.Erfc(-x/math.Sqrt2) })
	add(entry{code: LogNormCDF, ulps: 16}, -3, 3, func(x float64) float64 {
		if x > 0 {
			return math.Log1p(-0.5 * math.Erfc(x/math.Sqrt2))
		}
		return math.Log(0.5 * math.Erfc(-x/math.Sqrt2))
	})
	// In the ratio of density and distribution function each has some ulps.
	add(entry{code: NormRatio, ulps: 16}, -3, 3, func(x float64) float64 {
		return math.Sqrt(2/math.Pi) * math.Exp(-x*x/2) / math.Erfc(-x/math.Sqrt2)
	})
	add(entry{code: NormQuantile, ulps: 16}, 0.1, 0.9, special.NormQuantile)
	add(entry{code: Log1pSquare, ulps: 4}, -3, 3, func(x float64) float64 { return math.Log1p(x * x) })
	add(entry{code: Log1pSquareD, ulps: 4}, -3, 3, func(x float64) float64 { return 2 * x / (1 + x*x) })
	add(entry{code: LogBesselI0e, ulps: 16}, 0.1, 8, special.LogBesselI0e)
	add(entry{code: BesselRatio, ulps: 16}, -4, 4, special.BesselI1I0)
	add(entry{code: Floor, flat: true}, -3, 3, math.Floor)
	add(entry{code: Not, flat: true}, -3, 3, func(x float64) float64 { return truthOf(x == 0) })
	add(entry{code: AddScalar, attr: Attr{F: 1.5}}, -2, 2, func(x float64) float64 { return x + 1.5 })
	add(entry{code: AddScalar, name: "zero/"}, -2, 2, func(x float64) float64 { return x })
	add(entry{code: MulScalar, attr: Attr{F: -2.5}}, -2, 2, func(x float64) float64 { return x * -2.5 })
	add(entry{code: MulScalar, name: "zero/"}, -2, 2, func(x float64) float64 { return 0 * x })
	for _, k := range []float64{0, 0.5, 1, 2, 3, -1, -1.5} {
		add(entry{code: PowScalar, name: fmt.Sprintf("%v/", k), attr: Attr{F: k}}, 0.4, 3,
			func(x float64) float64 { return math.Pow(x, k) })
	}
	for _, n := range []int{1, 2, 3} {
		add(entry{code: Polygamma, name: fmt.Sprintf("%d/", n), attr: Attr{F: float64(n)}, ulps: 64}, 0.6, 4,
			func(x float64) float64 { return special.Polygamma(n, x) })
	}
	add(entry{code: Cast}, -2, 2, func(x float64) float64 { return x })
	add(entry{code: Detach, flat: true}, -2, 2, func(x float64) float64 { return x })
	return rows
}

func binaryRows() []*entry {
	var rows []*entry
	add := func(r entry, x, y operand, f func(x, y float64) float64) {
		rows = append(rows, elementwise(r, two(f), long(r.code, twoLayouts, twoLong), x, y)...)
	}
	real := operand{lo: -2, hi: 2}
	pos := operand{lo: 0.4, hi: 3}
	prob := operand{lo: 0.1, hi: 0.9}
	add(entry{code: Add}, real, real, func(x, y float64) float64 { return x + y })
	add(entry{code: Sub}, real, real, func(x, y float64) float64 { return x - y })
	add(entry{code: Mul}, real, real, func(x, y float64) float64 { return x * y })
	add(entry{code: Div}, real, pos, func(x, y float64) float64 { return x / y })
	add(entry{code: Pow}, pos, real, math.Pow)
	// Ranges apart by an odd amount, so that no two numbers are near.
	add(entry{code: Max}, real, real, math.Max)
	add(entry{code: Min}, real, real, math.Min)
	bit := operand{below: 2}
	equal := func(x, y float64) float64 { return truthOf(x == y) }
	less := func(x, y float64) float64 { return truthOf(x < y) }
	lessEqual := func(x, y float64) float64 { return truthOf(x <= y) }
	add(entry{code: Equal, name: "bits/", flat: true}, bit, bit, equal)
	add(entry{code: Less, name: "bits/", flat: true}, bit, bit, less)
	add(entry{code: LessEqual, name: "bits/", flat: true}, bit, bit, lessEqual)
	add(entry{code: Equal, flat: true}, real, real, equal)
	add(entry{code: Less, flat: true}, real, real, less)
	add(entry{code: LessEqual, flat: true}, real, real, lessEqual)
	// Near 0 the sum of logarithm and larger argument cancels.
	add(entry{code: LogAddExp, ulps: 64}, operand{lo: 0, hi: 3}, operand{lo: 0, hi: 3},
		func(x, y float64) float64 { return math.Log(math.Exp(x) + math.Exp(y)) })
	add(entry{code: XLogY}, real, pos, func(x, y float64) float64 { return x * math.Log(y) })
	add(entry{code: XLog1pY}, real, operand{lo: -0.6, hi: 3}, func(x, y float64) float64 { return x * math.Log1p(y) })
	add(entry{code: Lbeta, ulps: 64}, pos, pos, special.Lbeta)
	once := func(o operand) operand { o.once = true; return o }
	fixed := func(o operand) operand { o.fixed = true; return o }
	add(entry{code: GammaP, ulps: 128}, once(pos), pos, special.GammaP)
	add(entry{code: GammaPDa, last: true}, pos, pos, special.GammaPGrad)
	add(entry{code: GammaQ, ulps: 128}, once(pos), pos, special.GammaQ)
	add(entry{code: GammaPInv, ulps: 512}, once(pos), prob, special.GammaPInv)
	add(entry{code: GammaQInv, ulps: 512}, once(pos), prob, special.GammaQInv)
	add(entry{code: StudentCDF, ulps: 128}, once(operand{lo: 1, hi: 6}), real, special.StudentTCDF)
	add(entry{code: StudentCDFDnu, last: true}, operand{lo: 1, hi: 6}, real, special.StudentTCDFGrad)
	add(entry{code: StudentQuantile, ulps: 512}, once(operand{lo: 1, hi: 6}), operand{lo: 0.15, hi: 0.85}, special.StudentTQuantile)
	second := func(x, y float64) float64 { return y }
	// A draw is differentiated as the quantile it is.
	quantile := func(base, x []nd) nd {
		p := zip(two(special.GammaP), base...)
		return zip(two(special.GammaPInv), x[0], p)
	}
	add(entry{code: GammaSample, ulps: 1024, path: quantile}, once(pos), fixed(pos), second)
	add(entry{code: GammaSampleDa, last: true}, pos, pos, special.GammaSampleGrad)
	add(entry{code: LogGammaSample, ulps: 1024, path: func(base, x []nd) nd {
		p := zip(two(func(a, y float64) float64 { return special.GammaP(a, math.Exp(y)) }), base...)
		return zip(two(func(a, p float64) float64 { return math.Log(special.GammaPInv(a, p)) }), x[0], p)
	}}, once(pos), fixed(operand{lo: -1, hi: 1}), second)
	add(entry{code: LogGammaSampleDa, last: true}, pos, operand{lo: -1, hi: 1}, special.LogGammaSampleGrad)
	return rows
}

func ternaryRows() []*entry {
	var rows []*entry
	add := func(r entry, x, y, z operand, f func(x, y, z float64) float64) {
		rows = append(rows, elementwise(r, three(f), threeLayouts, x, y, z)...)
	}
	real := operand{lo: -2, hi: 2}
	pos := operand{lo: 0.5, hi: 3, once: true}
	prob := operand{lo: 0.15, hi: 0.85}
	add(entry{code: Where}, operand{below: 2}, real, real, func(c, a, b float64) float64 {
		if c != 0 {
			return a
		}
		return b
	})
	add(entry{code: Outside, flat: true}, real, operand{lo: -1, hi: 0}, operand{lo: 0, hi: 1},
		func(x, lo, hi float64) float64 { return truthOf(x < lo || x > hi) })
	add(entry{code: BetaInc, ulps: 256}, pos, pos, prob, special.BetaInc)
	add(entry{code: BetaIncC, ulps: 256}, pos, pos, prob, special.BetaIncC)
	add(entry{code: BetaIncDa, last: true}, pos, pos, prob,
		func(a, b, x float64) float64 { d, _ := special.BetaIncGrad(a, b, x); return d })
	add(entry{code: BetaIncDb, last: true}, pos, pos, prob,
		func(a, b, x float64) float64 { _, d := special.BetaIncGrad(a, b, x); return d })
	add(entry{code: BetaIncInv, ulps: 512}, pos, pos, prob, special.BetaIncInv)
	draw := prob
	draw.fixed = true
	add(entry{code: BetaSample, ulps: 1024, path: func(base, x []nd) nd {
		p := zip(three(special.BetaInc), base...)
		return zip(three(special.BetaIncInv), x[0], x[1], p)
	}}, pos, pos, draw, func(_, _, x float64) float64 { return x })
	add(entry{code: BetaSampleDa, last: true}, pos, pos, prob,
		func(a, b, x float64) float64 { d, _ := special.BetaSampleGrad(x, a, b); return d })
	add(entry{code: BetaSampleDb, last: true}, pos, pos, prob,
		func(a, b, x float64) float64 { _, d := special.BetaSampleGrad(x, a, b); return d })
	return rows
}
