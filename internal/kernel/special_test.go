package kernel

import (
	"math"
	"testing"
)

// specials are the arguments at which functions turn: zeros, infinities, NaN, the ends of the
// subnormal and of the finite numbers of both precisions, integers and halves.
var specials = []float64{
	0, math.Copysign(0, -1), math.Inf(1), math.Inf(-1), math.NaN(),
	1, -1, 0.5, -0.5, 2, -2, 3, -3, 1.5,
	math.SmallestNonzeroFloat64, -math.SmallestNonzeroFloat64, 0x1p-1022, 0x1p-1030,
	math.MaxFloat64, -math.MaxFloat64, math.SmallestNonzeroFloat32, 0x1p-126, -0x1p-130,
	math.MaxFloat32, 710, -746, 88.8, -104, 1e9, 1 - 0x1p-53,
}

// ends are the functions of package math, or what stands for them, that say what is due at the
// special values.
var ends = map[string]func(float64) float64{
	"Exp": math.Exp, "Expm1": math.Expm1, "Log": logOf, "Log1p": math.Log1p, "Tanh": math.Tanh,
	"Erf": math.Erf, "Erfc": math.Erfc, "Sin": math.Sin, "Cos": math.Cos,
	"Sigmoid":  func(x float64) float64 { return 1 / (1 + math.Exp(-x)) },
	"Softplus": func(x float64) float64 { return max(x, 0) + math.Log1p(math.Exp(-math.Abs(x))) },
	"Lgamma":   func(x float64) float64 { y, _ := math.Lgamma(x); return y },
}

func TestSpecialValues(t *testing.T) {
	x32 := make([]float32, len(specials))
	for i, x := range specials {
		x32[i] = float32(x)
	}
	for _, b := range bounds {
		want := ends[b.name]
		if want == nil {
			continue
		}
		for _, tr := range tiers() {
			dst, dst32 := make([]float64, len(specials)), make([]float32, len(specials))
			b.f(tr, dst, specials, nil)
			b.f32(tr, dst32, x32, nil)
			for i, x := range specials {
				if w := want(x); !alike(dst[i], w, 1e-13) && !(b.name == "Lgamma" && x > 0 && x < 0x1p-1022) {
					t.Errorf("%s(%v), %v: %v, want %v", b.name, x, tr, dst[i], w)
				}
				x := float64(x32[i])
				if w := float64(float32(want(x))); !alike(float64(dst32[i]), w, 1e-6) {
					t.Errorf("%s32(%v), %v: %v, want %v", b.name, x, tr, dst32[i], w)
				}
			}
		}
	}
}

// alike compares NaN, infinities and signs of zero exactly and other numbers loosely, since their
// error is measured elsewhere; below the normal numbers it allows the last bits of float32.
func alike(got, want, tol float64) bool {
	switch {
	case math.IsNaN(want):
		return math.IsNaN(got)
	case math.IsInf(want, 0):
		return got == want
	case want == 0:
		return got == 0 && math.Signbit(got) == math.Signbit(want)
	}
	return math.Abs(got-want) <= tol*math.Abs(want)+2*ulp64(want) || tol > 1e-10 && math.Abs(got-want) <= 2*ulp32(want)
}

// The digamma function has no counterpart in package math.
func TestDigammaSpecialValues(t *testing.T) {
	inf, nan := math.Inf(1), math.NaN()
	const euler = 0.57721566490153286061
	x := []float64{0, math.Copysign(0, -1), inf, -inf, nan, 1, 2, 0.5, -1, -2, -0.5, -1.5, 5e-324, 0x1p1010}
	want := []float64{
		-inf, inf, inf, nan, nan, -euler, 1 - euler, -euler - 2*math.Ln2, nan, nan,
		2 - euler - 2*math.Ln2, 2./3 + 2 - euler - 2*math.Ln2, -inf, 1010 * math.Ln2,
	}
	for _, tr := range tiers() {
		dst := make([]float64, len(x))
		tr.Digamma(dst, x)
		for i := range x {
			if !alike(dst[i], want[i], 1e-14) {
				t.Errorf("Digamma(%v), %v: %v, want %v", x[i], tr, dst[i], want[i])
			}
		}
	}
}

// The powers of all pairs of special values are those of math.Pow where that is exact.
func TestPowSpecialValues(t *testing.T) {
	for _, tr := range tiers() {
		for _, x := range specials {
			for _, y := range specials {
				dst := []float64{0}
				tr.Pow(dst, []float64{x}, []float64{y})
				tol := 1e-13 // the error of math.Pow grows with y
				if y == 1e9 {
					tol = 1e-6
				}
				if want := math.Pow(x, y); !alike(dst[0], want, tol) {
					t.Errorf("Pow(%v, %v), %v: %v, want %v", x, y, tr, dst[0], want)
				}
			}
		}
	}
}
