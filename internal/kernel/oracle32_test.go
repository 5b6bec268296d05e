package kernel

import (
	"math"
	"testing"
)

// float32 functions over all magnitudes, against those for float64, whose error does not count here.
func TestAccuracy32(t *testing.T) {
	var x32, y32 []float32
	var x, y []float64
	add := func(a, b float32) {
		x32, y32 = append(x32, a), append(y32, b)
		x, y = append(x, float64(a)), append(y, float64(b))
	}
	const step = 39_989 // a prime: the low bits take all values
	for bits := uint64(0); bits < 1<<32; bits += step {
		a := math.Float32frombits(uint32(bits))
		add(a, 40/float32(math.Log2(math.Abs(float64(a)))+0.1))
	}
	for i := range 40_000 {
		add(float32(i-20_000)/1999, float32(i%4001-2000)/100)
	}
	for _, b := range bounds {
		want := make([]float64, len(x))
		b.f(0, want, x, y)
		for _, tr := range tiers() {
			dst := make([]float32, len(x))
			b.f32(tr, dst, x32, y32)
			worst, at := 0.0, 0
			for i, w := range want {
				got := float64(dst[i])
				switch {
				case math.IsNaN(w):
					if !math.IsNaN(got) {
						t.Fatalf("%s32(%v, %v), %v: %v, want NaN", b.name, x[i], y[i], tr, got)
					}
					continue
				case float64(float32(w)) == got:
					continue
				case math.Abs(got) > math.MaxFloat32:
					got = math.Copysign(0x1p128, got)
				}
				if (b.name == "Sin" || b.name == "Cos") && math.Abs(x[i]) > 0x1p30 || (b.name == "Digamma" || b.name == "Lgamma") && x[i] < 0 {
					if d := math.Abs(got - w); !(d <= 1e-6*max(1, math.Abs(w))) {
						t.Fatalf("%s32(%v), %v: %v, want %v", b.name, x[i], tr, got, w)
					}
					continue
				}
				if e := math.Abs(got-w) / b.unit32(reference{x: x[i], hi: w}); !(e <= worst) {
					worst, at = e, i
				}
			}
			t.Logf("%s32 %v: %.3g at %v %v", b.name, tr, worst, x[at], y[at])
			if !(worst <= b.max32) {
				t.Errorf("%s32, %v: error %.3g of %g at %v, %v: %v, want %v", b.name, tr, worst, b.max32, x[at], y[at], dst[at], want[at])
			}
		}
	}
}
