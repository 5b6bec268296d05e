package blas

import (
	"errors"
	"testing"
)

func TestShapeErrors(t *testing.T) {
	x := make([]float64, 12)
	for _, c := range []struct {
		want string
		call func()
	}{
		{
			"blas: Gemm: a of shape [4 3] with leading dimension 4 wants 15 elements, has 12",
			func() { Gemm(false, false, 4, 4, 3, 1, x, 4, x, 4, 0, x, 4) },
		},
		{
			"blas: Gemm: b of shape [5 3] has the leading dimension 2, less than a row",
			func() { Gemm(false, true, 2, 5, 3, 1, x, 3, x, 2, 0, x, 5) },
		},
		{
			"blas: Gemm: c of shape [4 4] with leading dimension 4 wants 16 elements, has 12",
			func() { Gemm(false, false, 4, 4, 3, 1, x, 3, x, 4, 0, x, 4) },
		},
		{
			"blas: Gemm: a has the negative shape [-1 3]",
			func() { Gemm(false, false, -1, 4, 3, 1, x, 3, x, 4, 0, x, 4) },
		},
		{
			"blas: BatchedGemm: c has the stride 3 between matrices of 4 elements",
			func() { BatchedGemm(2, false, false, 2, 2, 1, 1, x, 1, 2, x, 2, 2, 0, x, 2, 3) },
		},
		{
			"blas: BatchedGemm: a with 5 matrices 3 apart wants 14 elements, has 12",
			func() { BatchedGemm(5, false, false, 2, 1, 1, 1, x, 1, 3, x, 1, 0, 0, x, 1, 2) },
		},
		{
			"blas: BatchedGemm: a has the negative batch size -1",
			func() { BatchedGemm(-1, false, false, 2, 1, 1, 1, x, 1, 3, x, 1, 0, 0, x, 1, 2) },
		},
		{"blas: Gemv: x wants 3 elements, has 2", func() { Gemv(false, 2, 3, 1, x, 3, x[:2], 0, x) }},
		{"blas: Gemv: y wants 3 elements, has 2", func() { Gemv(true, 2, 3, 1, x, 3, x, 0, x[:2]) }},
		{"blas: Ger: a of shape [4 4] with leading dimension 4 wants 16 elements, has 12", func() { Ger(4, 4, 1, x, x, x, 4) }},
		{"blas: Dot: y wants 12 elements, has 3", func() { Dot(x, x[:3]) }},
		{
			"blas: Trsm: a of shape [4 4] with leading dimension 4 wants 16 elements, has 12",
			func() { Trsm(Right, Tri{}, 3, 4, 1, x, 4, x, 4) },
		},
		{"blas: Trsv: x wants 3 elements, has 1", func() { Trsv(Tri{}, 3, x, 3, x[:1]) }},
		{"blas: TriInverse: a has the negative shape [-2 -2]", func() { TriInverse(false, false, -2, x, 3) }},
		{"blas: Cholesky: a of shape [3 3] has the leading dimension 2, less than a row", func() { Cholesky(3, x, 2) }},
		{
			"blas: CholeskyBackward: g of shape [3 3] with leading dimension 3 wants 9 elements, has 8",
			func() { CholeskyBackward(3, x, 3, x[:8], 3) },
		},
		{"blas: QR: a has fewer rows than columns", func() { QR(2, 3, x, 3, x, 3) }},
	} {
		func() {
			defer func() {
				err, _ := recover().(error)
				var shape *ShapeError
				if !errors.As(err, &shape) {
					t.Errorf("no ShapeError where %q was due, but %v", c.want, err)
				} else if err.Error() != c.want {
					t.Errorf("got  %s\nwant %s", err, c.want)
				}
			}()
			c.call()
		}()
	}
}

// What a slice holds beyond the last element of a matrix may be missing.
func TestLastRowMayBeShort(t *testing.T) {
	a, c := []float64{1, 2, 0, 0, 3, 4}, make([]float64, 7)
	Gemm(false, false, 2, 2, 2, 1, a, 4, a, 4, 0, c, 5)
	if c[0] != 7 || c[1] != 10 || c[5] != 15 || c[6] != 22 {
		t.Errorf("got %v", c)
	}
}

func allocations[F Float](t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector makes sync.Pool drop buffers")
	}
	r := newRand(30)
	for _, n := range []int{3, 8, 20, 70, 130} {
		a, b, c := newMatrix[F](r, n, n, 0), newMatrix[F](r, n, n, 0), newMatrix[F](r, n, n, 0)
		l := positive[F](r, n, 0)
		Cholesky(n, l.data, n)
		p := positive[F](r, n, 0)
		work := p.clone()
		for name, call := range map[string]func(){
			"Gemm":        func() { Gemm(false, true, n, n, n, 1, a.data, n, b.data, n, 0, c.data, n) },
			"BatchedGemm": func() { BatchedGemm(n, false, true, 1, n, n, 1, a.data, n, n, b.data, n, 0, 0, c.data, n, n) },
			"Gemv":        func() { Gemv(true, n, n, 1, a.data, n, b.data, 0, c.data) },
			"Ger":         func() { Ger(n, n, 1, a.data, b.data, c.data, n) },
			"Trsm":        func() { Trsm(Right, Tri{}, n, n, 1, l.data, n, c.data, n) },
			"Trsv":        func() { Trsv(Tri{Trans: true}, n, l.data, n, c.data) },
			"Cholesky": func() {
				copy(work.data, p.data)
				Cholesky(n, work.data, n)
			},
			"BatchedCholesky":  func() { BatchedCholesky(1, n, work.data, n, n*n) },
			"CholeskyBackward": func() { CholeskyBackward(n, l.data, n, c.data, n) },
			"TriInverse":       func() { TriInverse(false, false, n, l.data, n) },
		} {
			call()
			// The average is rounded down: a collection that empties the pool may pass.
			if got := testing.AllocsPerRun(10, call); got != 0 {
				t.Errorf("%s of order %d allocates %v times a call", name, n, got)
			}
		}
	}
}

func TestNoAllocations(t *testing.T) { each(t, allocations[float32], allocations[float64]) }
