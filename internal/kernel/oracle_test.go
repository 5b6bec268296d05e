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

// A bound is the largest error promised of a function, for float64 and float32, each in a unit that
// depends on argument and exact value.
type bound struct {
	name         string
	f            func(t tier, dst, x, y []float64)
	f32          func(t tier, dst, x, y []float32)
	max, max32   float64
	unit, unit32 func(r reference) float64
}

// one makes a function of one argument one of two.
func one[T float](f func(t tier, dst, x []T)) func(t tier, dst, x, y []T) {
	return func(t tier, dst, x, _ []T) { f(t, dst, x) }
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

var bounds = []bound{
	{"Exp", one(tier.Exp), one(tier.Exp32), 2, 2, inUlp, inUlp32},
	{"Expm1", one(tier.Expm1), one(tier.Expm132), 4, 4, inUlp, inUlp32},
	{"Log", one(tier.Log), one(tier.Log32), 2, 2, inUlp, inUlp32},
	{"Log1p", one(tier.Log1p), one(tier.Log1p32), 4, 4, inUlp, inUlp32},
	{"Tanh", one(tier.Tanh), one(tier.Tanh32), 4, 4, inUlp, inUlp32},
	{"Sigmoid", one(tier.Sigmoid), one(tier.Sigmoid32), 4, 4, inUlp, inUlp32},
	{"Softplus", one(tier.Softplus), one(tier.Softplus32), 4, 4, inUlp, inUlp32},
	{"Pow", tier.Pow, tier.Pow32, 4, 1, inUlp, inUlp32},
	{"Lgamma", one(tier.Lgamma), one(tier.Lgamma32), 1, 1, lgammaUnit, inUlp32},
	{"Digamma", one(tier.Digamma), one(tier.Digamma32), 1, 1, digammaUnit, digammaUnit32},
	{"Erf", one(tier.Erf), one(tier.Erf32), 4, 1, inUlp, inUlp32},
	{"Erfc", one(tier.Erfc), one(tier.Erfc32), 4, 1, inUlp, inUlp32},
	{"Sin", one(tier.Sin), one(tier.Sin32), 4, 1, inUlp, inUlp32},
	{"Cos", one(tier.Cos), one(tier.Cos32), 4, 1, inUlp, inUlp32},
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
			b.f(tr, dst, x, y)
			worst, at := 0.0, 0
			for i, r := range rs {
				if e := math.Abs((dst[i]-r.hi)-r.lo) / b.unit(r); !(e <= worst) {
					worst, at = e, i
				}
			}
			t.Logf("%s %v: %.3g at %v %v", b.name, tr, worst, x[at], y[at])
			if !(worst <= b.max) {
				t.Errorf("%s, %v: error %.3g of %g at %v, %v: %v, want %v", b.name, tr, worst, b.max, x[at], y[at], dst[at], rs[at].hi)
			}
		}
	}
}
