package blas

import (
	"slices"
	"sync"
	"testing"
)

// Calls on many goroutines share the pool and nothing else, and rows of one product
// may be given to several with the bits of a single call.
func TestParallelCalls(t *testing.T) {
	const n, parts = 120, 6
	r := newRand(40)
	a, b := newMatrix[float64](r, n, n, 0), newMatrix[float64](r, n, n, 0)
	p := positive[float64](r, n, 0)
	lower := func(a []float64) []float64 {
		if pivot, ok := Cholesky(n, a, n); !ok {
			t.Errorf("pivot %d", pivot)
		}
		return table(n, n, func(i, j int) float64 { return a[i*n+min(i, j)] })
	}
	product, factor := make([]float64, n*n), lower(slices.Clone(p.data))
	Gemm(false, true, n, n, n, 1, a.data, n, b.data, n, 0, product, n)

	shared := make([]float64, n*n)
	var group sync.WaitGroup
	for i := range parts {
		group.Go(func() {
			h := n / parts
			for range 10 {
				Gemm(false, true, h, n, n, 1, a.data[i*h*n:], n, b.data, n, 0, shared[i*h*n:], n)
				if got := lower(slices.Clone(p.data)); !slices.Equal(got, factor) {
					t.Error("a factor differs from the one found alone")
				}
			}
		})
	}
	group.Wait()
	if !slices.Equal(shared, product) {
		t.Error("a shared product differs from one made at once")
	}
}
