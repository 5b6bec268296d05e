package kernel

import (
	"bufio"
	"math"
	"os"
	"strconv"
	"strings"
	"testing"
)

// reference is a value of a function, hi + lo, to about 106 bits.
type reference struct{ x, y, hi, lo float64 }

// references reads the values that testdata/reference.py wrote, by function.
func references(t *testing.T) map[string][]reference {
	name := "testdata/reference.txt"
	if other := os.Getenv("KERNEL_REFERENCE"); other != "" {
		name = other // a longer table of the same form
	}
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	refs := map[string][]reference{}
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		words := strings.Fields(lines.Text())
		var v [4]float64
		for i, w := range words[1:] {
			if v[i], err = strconv.ParseFloat(w, 64); err != nil {
				t.Fatal(err)
			}
		}
		if len(words) == 4 {
			v = [4]float64{v[0], 0, v[1], v[2]}
		}
		refs[words[0]] = append(refs[words[0]], reference{v[0], v[1], v[2], v[3]})
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return refs
}

// ulp is the distance of consecutive floats around x with the given mantissa and least exponent.
func ulp(x float64, mantissa, least int) float64 {
	if x == 0 {
		return math.Ldexp(1, least)
	}
	_, e := math.Frexp(x)
	return math.Ldexp(1, max(e-1-mantissa, least))
}

func ulp64(x float64) float64 { return ulp(x, 52, -1074) }
func ulp32(x float64) float64 { return ulp(x, 23, -149) }

// A bound is the error promised by a function in units that depend on the exact value and argument.
type bound struct {
	name     string
	f        func(t tier) func(dst, x, y []float64)
	f32      func(t tier) func(dst, x, y []float32)
	max      float64
	max32    float64
	portable float64 // of the portable tier, that of package math, if it is larger
	unit     func(r reference) float64
	unit32   func(r reference) float64
}

func one[T float](f func(dst, x []T)) func(dst, x, y []T) {
	return func(dst, x, _ []T) { f(dst, x) }
}

func inUlp(r reference) float64   { return ulp64(r.hi) }
func inUlp32(r reference) float64 { return ulp32(r.hi) }

// Around the zeros of log Γ the unit is the ulp, elsewhere 1e-14 of the value or of one.
func lgammaUnit(r reference) float64 {
	if r.x >= 0.5 && r.x <= 2.5 {
		return ulp64(r.hi) * 8
	}
	return 1e-14 * max(1, math.Abs(r.hi))
}

func digammaUnit(r reference) float64   { return 1e-14 * max(1, math.Abs(r.hi)) }
func digammaUnit32(r reference) float64 { return ulp32(max(1, math.Abs(r.hi))) }

// Package math reduces the argument of sine and cosine with an error of about an ulp of the argument's
// 2^-86, which near a multiple of π is not small against the value.
var bounds = []bound{
	{"Exp", func(t tier) func(dst, x, y []float64) { return one(t.Exp) }, func(t tier) func(dst, x, y []float32) { return one(t.Exp32) }, 2, 2, 0, inUlp, inUlp32},
	{"Expm1", func(t tier) func(dst, x, y []float64) { return one(t.Expm1) }, func(t tier) func(dst, x, y []float32) { return one(t.Expm132) }, 4, 4, 0, inUlp, inUlp32},
	{"Log", func(t tier) func(dst, x, y []float64) { return one(t.Log) }, func(t tier) func(dst, x, y []float32) { return one(t.Log32) }, 2, 2, 0, inUlp, inUlp32},
	{"Log1p", func(t tier) func(dst, x, y []float64) { return one(t.Log1p) }, func(t tier) func(dst, x, y []float32) { return one(t.Log1p32) }, 4, 4, 0, inUlp, inUlp32},
	{"Tanh", func(t tier) func(dst, x, y []float64) { return one(t.Tanh) }, func(t tier) func(dst, x, y []float32) { return one(t.Tanh32) }, 4, 4, 0, inUlp, inUlp32},
	{"Sigmoid", func(t tier) func(dst, x, y []float64) { return one(t.Sigmoid) }, func(t tier) func(dst, x, y []float32) { return one(t.Sigmoid32) }, 4, 4, 0, inUlp, inUlp32},
	{"Softplus", func(t tier) func(dst, x, y []float64) { return one(t.Softplus) }, func(t tier) func(dst, x, y []float32) { return one(t.Softplus32) }, 4, 4, 0, inUlp, inUlp32},
	{"Pow", func(t tier) func(dst, x, y []float64) { return t.Pow }, func(t tier) func(dst, x, y []float32) { return t.Pow32 }, 4, 1, 0, inUlp, inUlp32},
	{"Lgamma", func(t tier) func(dst, x, y []float64) { return one(t.Lgamma) }, func(t tier) func(dst, x, y []float32) { return one(t.Lgamma32) }, 1, 1, 0, lgammaUnit, inUlp32},
	{"Digamma", func(t tier) func(dst, x, y []float64) { return one(t.Digamma) }, func(t tier) func(dst, x, y []float32) { return one(t.Digamma32) }, 1, 1, 0, digammaUnit, digammaUnit32},
	{"Erf", func(t tier) func(dst, x, y []float64) { return one(t.Erf) }, func(t tier) func(dst, x, y []float32) { return one(t.Erf32) }, 4, 1, 0, inUlp, inUlp32},
	{"Erfc", func(t tier) func(dst, x, y []float64) { return one(t.Erfc) }, func(t tier) func(dst, x, y []float32) { return one(t.Erfc32) }, 4, 1, 0, inUlp, inUlp32},
	{"Sin", func(t tier) func(dst, x, y []float64) { return one(t.Sin) }, func(t tier) func(dst, x, y []float32) { return one(t.Sin32) }, 4, 1, 0, inUlp, inUlp32},
	{"Cos", func(t tier) func(dst, x, y []float64) { return one(t.Cos) }, func(t tier) func(dst, x, y []float32) { return one(t.Cos32) }, 4, 1, 0, inUlp, inUlp32},
}

func TestAccuracy(t *testing.T) {
	refs := references(t)
	for _, b := range bounds {
		rs := refs[b.name]
		if len(rs) == 0 {
			t.Fatalf("no reference values for %s", b.name)
		}
		x, y, dst := make([]float64, len(rs)), make([]float64, len(rs)), make([]float64, len(rs))
		for i, r := range rs {
			x[i], y[i] = r.x, r.y
		}
		for _, tr := range tiers() {
			b.f(tr)(dst, x, y)
			worst, at := 0.0, 0
			for i, r := range rs {
				if e := math.Abs((dst[i]-r.hi)-r.lo) / b.unit(r); !(e <= worst) {
					worst, at = e, i
				}
			}
			limit := b.max
			if tr == 0 && b.portable != 0 {
				limit = b.portable
			}
			t.Logf("%s %v: %.3g at %v %v", b.name, tr, worst, x[at], y[at])
			if !(worst <= limit) {
				t.Errorf("%s, %v: error %.3g of %g at %v, %v: %v, want %v", b.name, tr, worst, limit, x[at], y[at], dst[at], rs[at].hi)
			}
		}
	}
}
