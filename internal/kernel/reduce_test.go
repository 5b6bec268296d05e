package kernel

import (
	"math"
	"math/big"
	"math/rand/v2"
	"slices"
	"testing"
)

func numbers(n int) (x, y []float64) {
	r := rand.New(rand.NewPCG(1, 2))
	for range n {
		x, y = append(x, r.NormFloat64()*math.Exp(3*r.NormFloat64())), append(y, r.NormFloat64())
	}
	return x, y
}

// The sum of n numbers in 32 parts has an error of at most (n/32 + 6) roundings of Σ|x| (Higham
// 2002, section 4.2), a dot product of as many.
func TestSumAndDotAgainstExact(t *testing.T) {
	for _, n := range []int{0, 1, 5, 31, 32, 33, 1000, 4567} {
		x, y := numbers(n)
		sum, dot := new(big.Float).SetPrec(2000), new(big.Float).SetPrec(2000)
		abs, absDot := 0.0, 0.0
		for i := range x {
			a, b := new(big.Float).SetPrec(2000).SetFloat64(x[i]), new(big.Float).SetFloat64(y[i])
			sum.Add(sum, a)
			dot.Add(dot, a.Mul(a, b))
			abs += math.Abs(x[i])
			absDot += math.Abs(x[i] * y[i])
		}
		wantSum, _ := sum.Float64()
		wantDot, _ := dot.Float64()
		steps := float64(n/32+7) * 0x1p-53
		for _, tr := range tiers() {
			if got := tr.Sum(x); math.Abs(got-wantSum) > steps*abs {
				t.Errorf("Sum of %d, %v: %v, want %v", n, tr, got, wantSum)
			}
			if got := tr.Dot(x, y); math.Abs(got-wantDot) > steps*absDot {
				t.Errorf("Dot of %d, %v: %v, want %v", n, tr, got, wantDot)
			}
		}
	}
}

// The order of summation is the documented one: the tiers and a literal reading of it agree bit for
// bit, in both precisions.
func TestSumOrder(t *testing.T) {
	for n := range 200 {
		x, y := numbers(n)
		var x32, y32 []float32
		for i := range x {
			x32, y32 = append(x32, float32(x[i])), append(y32, float32(y[i]))
		}
		for _, tr := range tiers() {
			for _, c := range []struct {
				name      string
				got, want float64
			}{
				{"Sum", tr.Sum(x), literal(n, func(i int, acc float64) float64 { return acc + x[i] })},
				{"Dot", tr.Dot(x, y), literal(n, func(i int, acc float64) float64 { return math.FMA(x[i], y[i], acc) })},
				{"Sum32", tr.Sum32(x32), literal(n, func(i int, acc float64) float64 { return acc + float64(x32[i]) })},
				{"Dot32", tr.Dot32(x32, y32), literal(n, func(i int, acc float64) float64 { return acc + float64(x32[i])*float64(y32[i]) })},
			} {
				if c.got != c.want {
					t.Fatalf("%s of %d, %v: %v, want %v", c.name, n, tr, c.got, c.want)
				}
			}
		}
	}
}

func literal(n int, next func(i int, acc float64) float64) float64 {
	s := make([]float64, 32)
	for i := range n {
		s[i%32] = next(i, s[i%32])
	}
	for len(s) > 1 {
		for j := range len(s) / 2 {
			s[j] += s[j+len(s)/2]
		}
		s = s[:len(s)/2]
	}
	return s[0]
}

func TestMaxOf(t *testing.T) {
	inf, zero := math.Inf(1), math.Copysign(0, -1)
	for _, tr := range tiers() {
		for n := 1; n < 80; n++ {
			for at := range n {
				x := make([]float64, n)
				for i := range x {
					x[i] = -float64(i) - 3
				}
				for _, v := range []float64{zero, 0, 5, inf, math.NaN()} {
					x[at] = v
					if got := tr.MaxOf(x); !alike(got, v, 0) {
						t.Fatalf("MaxOf with %v at %d of %d, %v: %v", v, at, n, tr, got)
					}
				}
			}
		}
		if got := tr.MaxOf(nil); got != -inf {
			t.Errorf("MaxOf of nothing, %v: %v", tr, got)
		}
		if got := tr.MaxOf([]float64{zero, 0, zero}); got != 0 || math.Signbit(got) {
			t.Errorf("MaxOf of zeros, %v: %v", tr, got)
		}
		if got := tr.MaxOf32([]float32{-2, -1, -4}); got != -1 {
			t.Errorf("MaxOf32, %v: %v", tr, got)
		}
	}
}

func TestLogSumExpAndSoftmax(t *testing.T) {
	inf, nan := math.Inf(1), math.NaN()
	for _, c := range []struct {
		x    []float64
		want float64
	}{
		{nil, -inf},
		{[]float64{-inf, -inf}, -inf},
		{[]float64{1, inf}, inf},
		{[]float64{1, nan, inf}, nan},
		{[]float64{3}, 3},
		{[]float64{1000, 1000}, 1000 + math.Ln2},
		{[]float64{-1000, -1000, -1000, -1000}, -1000 + 2*math.Ln2},
		{[]float64{0, -inf}, 0},
	} {
		if got := LogSumExp(c.x); !alike(got, c.want, 1e-15) {
			t.Errorf("LogSumExp(%v) = %v, want %v", c.x, got, c.want)
		}
		var x32 []float32
		for _, v := range c.x {
			x32 = append(x32, float32(v))
		}
		if got := LogSumExp32(x32); !alike(float64(got), c.want, 1e-7) {
			t.Errorf("LogSumExp32(%v) = %v, want %v", c.x, got, c.want)
		}
	}
	for n := 1; n < 70; n++ {
		x, _ := numbers(n)
		dst := make([]float64, n)
		Softmax(dst, x)
		lse := LogSumExp(x)
		for i, v := range dst {
			// e^(x-lse): the error of lse is that of x, as large as x is.
			if want := math.Exp(x[i] - lse); math.Abs(v-want) > 8*0x1p-53*want*(4+math.Abs(x[i])+math.Abs(lse)) {
				t.Errorf("Softmax of %d at %d: %v, want %v", n, i, v, want)
			}
		}
		if s := Sum(dst); math.Abs(s-1) > 8*0x1p-53 {
			t.Errorf("Softmax of %d sums to %v", n, s)
		}
	}
}

// The portable fused multiplication of float32 rounds once.
func TestFMA32(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 200_000 {
		var v [3]float32
		for i := range v {
			v[i] = math.Float32frombits(r.Uint32())
		}
		a, b, c := float64(v[0]), float64(v[1]), float64(v[2])
		if r.IntN(2) == 0 { // near a tie: c is half an ulp or so of the product
			c = float64(float32(a * b * math.Ldexp(1, r.IntN(60)-30)))
		}
		if math.IsNaN(a) || math.IsNaN(b) || math.IsNaN(c) || math.IsInf(a, 0) || math.IsInf(b, 0) || math.IsInf(c, 0) {
			continue
		}
		exact := new(big.Float).SetPrec(700).SetFloat64(a)
		exact.Mul(exact, big.NewFloat(b)).Add(exact, big.NewFloat(c))
		want, _ := exact.Float32()
		if got := fma(float32(a), float32(b), float32(c)); got != want {
			t.Fatalf("fma(%v, %v, %v) = %v, want %v", a, b, c, got, want)
		}
	}
}

// TestSame flips one bit anywhere, of numbers of which some are NaN and zeros of both signs.
func TestSame(t *testing.T) {
	for _, tr := range tiers() {
		for n := range 80 {
			x := make([]float64, n)
			for i := range x {
				x[i] = []float64{1.5, math.NaN(), 0, math.Copysign(0, -1), math.Inf(1), math.SmallestNonzeroFloat64}[i%6]
			}
			y := slices.Clone(x)
			if math.Float64bits(tr.Differ(x, y)) != 0 {
				t.Fatalf("%d elements, %v: a copy differs", n, tr)
			}
			for at := range n {
				for _, bit := range []int{0, 31, 32, 52, 63} {
					y[at] = math.Float64frombits(math.Float64bits(x[at]) ^ 1<<bit)
					if math.Float64bits(tr.Differ(x, y)) == 0 {
						t.Fatalf("bit %d of element %d of %d, %v: no difference", bit, at, n, tr)
					}
				}
				y[at] = x[at]
			}
		}
	}
}

// TestWithin puts an element everywhere that may be outside, or no integer.
func TestWithin(t *testing.T) {
	inf := math.Inf(1)
	below, above := math.Nextafter(-3, -inf), math.Nextafter(5, inf)
	for _, tr := range tiers() {
		for n := range 80 {
			x := make([]float64, n)
			for i := range x {
				x[i] = float64(i%9) - 3
			}
			if tr.Outside(x, -3, 5) != 0 || tr.Fractional(x) != 0 {
				t.Fatalf("%d elements, %v: all are integers in [-3, 5]", n, tr)
			}
			for at := range n {
				keep := x[at]
				for _, v := range []float64{below, above, inf, -inf, math.NaN()} {
					x[at] = v
					if tr.Outside(x, -3, 5) != 1 {
						t.Fatalf("%v at %d of %d, %v: in [-3, 5]", v, at, n, tr)
					}
				}
				for v, whole := range map[float64]bool{
					0.5: false, below: false, inf: false, -inf: false, math.Copysign(0, -1): true,
					1<<51 - 1: true, -1<<51 + 1: true, 1<<51 - 0.5: false, 1<<51 + 0.5: false, math.SmallestNonzeroFloat64: false,
				} {
					if x[at] = v; tr.Fractional(x) == 0 != whole {
						t.Fatalf("%v at %d of %d, %v: an integer is %v", v, at, n, tr, !whole)
					}
				}
				x[at] = math.NaN()
				if tr.Fractional(x) != 1 {
					t.Fatalf("NaN at %d of %d, %v: an integer", at, n, tr)
				}
				x[at] = keep
			}
		}
	}
}
