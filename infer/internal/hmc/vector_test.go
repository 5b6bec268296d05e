package hmc

import (
	"math"
	"math/rand/v2"
	"testing"
)

// TestProduct compares rows taken together with rows alone.
func TestProduct(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	for n := range 14 {
		a, x, dst := randomMatrix(r, n, n), make([]float64, n), make([]float64, n)
		for i := range x {
			x[i] = r.NormFloat64()
		}
		product(dst, a.data, x)
		for i, got := range dst {
			size := 0.0
			for j, v := range a.row(i) {
				size += math.Abs(v * x[j])
			}
			if want := dot(a.row(i), x); math.Abs(got-want) > float64(n)*0x1p-52*size {
				t.Errorf("row %d of %d is %v, want %v", i, n, got, want)
			}
		}
	}
}

func BenchmarkProduct(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 1))
	const n = 10
	a, x, dst := randomMatrix(r, n, n), make([]float64, n), make([]float64, n)
	b.Run("together", func(b *testing.B) {
		for b.Loop() {
			product(dst, a.data, x)
		}
	})
	b.Run("alone", func(b *testing.B) {
		for b.Loop() {
			for i := range dst {
				dst[i] = dot(a.row(i), x)
			}
		}
	})
}
