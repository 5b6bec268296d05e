package program

import (
	"math"
	"testing"
)

// TestNaturals: natural numbers of up to 16 bits are held, as they are, in as few bits as there
// are, and nothing else is.
func TestNaturals(t *testing.T) {
	for _, c := range []struct {
		most float64
		bits int // of each
	}{{0, 1}, {1, 1}, {2, 2}, {3, 2}, {4, 4}, {15, 4}, {16, 8}, {255, 8}, {256, 16}, {65535, 16}} {
		for i, size := range []int{fewNaturals, fewNaturals + 1, fewNaturals + 63, fewNaturals + 5000} {
			x := make([]float64, size)
			for i := range x {
				x[i] = math.Floor(math.Mod(float64(i)*0.618034, 1) * (c.most + 1))
			}
			if i == 3 { // small ones first
				for i := range x[:size-1] {
					x[i] = math.Mod(x[i], 1+float64(i/2000))
				}
			}
			x[size-1] = c.most
			h := newNaturals(x)
			if h == nil || 1<<h.log != c.bits || h.most != c.most {
				t.Fatalf("numbers up to %v: %v", c.most, h)
			}
			index, dst := make([]float64, size), make([]float64, size)
			for i := range index {
				index[i] = float64(size - 1 - i)
			}
			if k := h.pick(dst, index); k != size {
				t.Fatalf("picks %d of %d", k, size)
			}
			for i, v := range dst {
				if want := x[size-1-i]; math.Float64bits(v) != math.Float64bits(want) {
					t.Fatalf("numbers up to %v: number %d of %d is %v, want %v", c.most, size-1-i, size, v, want)
				}
			}
			for _, bad := range []float64{-1, float64(size), 0.5, math.NaN(), math.Inf(1), math.Inf(-1), 1e300, 1 << 63} {
				index[7] = bad
				if k := h.pick(dst, index); k != 7 {
					t.Errorf("with index %v at 7, %d are picked", bad, k)
				}
			}
		}
	}
	for _, v := range []float64{-1, math.Copysign(0, -1), 0.5, 65536, 1 << 40, math.NaN(), math.Inf(1), math.Inf(-1), 1e300} {
		x := make([]float64, fewNaturals)
		x[fewNaturals-1] = v
		if newNaturals(x) != nil {
			t.Errorf("%v is held as a natural number", v)
		}
	}
	if newNaturals(make([]float64, fewNaturals-1)) != nil {
		t.Error("few numbers are held as others")
	}
}
