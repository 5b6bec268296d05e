package blas

import (
	"math"
	"math/rand/v2"
	"testing"
)

// positive returns X·Xᵀ + n·I in the lower triangle, guards in the upper.
func positive[F Float](r *rand.Rand, n, pad int) matrix[F] {
	x, a := newMatrix[F](r, n, n, 0), newMatrix[F](r, n, n, pad)
	for i := range n {
		for j := range n {
			s := 0.0
			if i == j {
				s = float64(n)
			}
			for p := range n {
				s += x.at(i, p) * x.at(j, p)
			}
			a.data[i*a.ld+j] = F(s)
			if j > i {
				a.data[i*a.ld+j] = guard[F]()
			}
		}
	}
	return a
}

func choleskyAll[F Float](t *testing.T) {
	for _, n := range []int{0, 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 48, 49, 64, 65, 100, 150} {
		checkCholesky[F](t, n, n%3, uint64(n))
	}
}

// checkCholesky compares L·Lᵀ with A within the bound of Cholesky.
func checkCholesky[F Float](t *testing.T, n, pad int, seed uint64) {
	t.Helper()
	a := positive[F](newRand(seed), n, pad)
	l := a.clone()
	if pivot, ok := Cholesky(n, l.data, l.ld); !ok || pivot != n {
		t.Fatalf("n = %d: pivot %d of a positive definite matrix", n, pivot)
	}
	l.checkGuards(t, "a")
	low := func(i, j int) float64 { return l.tri(Tri{}, i, j) }
	sums, abs := reference(n, n, n, table(n, n, low), table(n, n, func(i, j int) float64 { return low(j, i) }))
	bound := gamma[F](n+2) + gamma[float64](n+2)
	for i := range n {
		for j := range n {
			switch at := i*n + j; {
			case j > i && l.at(i, j) == l.at(i, j):
				t.Fatalf("n = %d: element (%d, %d) above the diagonal was written", n, i, j)
			case j <= i && !near(sums[at], a.at(i, j), bound*abs[at]):
				t.Fatalf("n = %d: element (%d, %d) of L·Lᵀ is %v, want %v ± %g", n, i, j, sums[at], a.at(i, j), bound*abs[at])
			}
		}
	}
}

func FuzzCholesky(f *testing.F) {
	f.Add(uint8(7), uint8(1), uint64(1))
	f.Add(uint8(90), uint8(0), uint64(2))
	f.Fuzz(func(t *testing.T, n, pad uint8, seed uint64) {
		eachTier(t, func(t *testing.T) {
			checkCholesky[float64](t, int(n), int(pad%8), seed)
			checkCholesky[float32](t, int(n), int(pad%8), seed)
		})
	})
}

func TestCholesky(t *testing.T) { each(t, choleskyAll[float32], choleskyAll[float64]) }

// A factor of small integers with powers of two on the diagonal is found exactly.
func choleskyExact[F Float](t *testing.T) {
	const n = 40
	r := newRand(11)
	want := make([]F, n*n)
	for i := range n {
		for j := range i {
			want[i*n+j] = F(r.IntN(5) - 2)
		}
		want[i*n+i] = F(int(1) << r.IntN(3))
	}
	a := make([]F, n*n)
	for i := range n {
		for j := range n {
			for p := range n {
				a[i*n+j] += want[i*n+p] * want[j*n+p]
			}
		}
	}
	if pivot, ok := Cholesky(n, a, n); !ok {
		t.Fatalf("pivot %d", pivot)
	}
	for i := range n {
		for j := range i + 1 {
			if a[i*n+j] != want[i*n+j] {
				t.Fatalf("element (%d, %d) is %v, want %v", i, j, a[i*n+j], want[i*n+j])
			}
		}
	}
}

func TestCholeskyExact(t *testing.T) { each(t, choleskyExact[float32], choleskyExact[float64]) }

func choleskyPivot[F Float](t *testing.T) {
	for _, n := range []int{1, 3, 8, 20, 33, 70} {
		for _, bad := range []int{0, n / 2, n - 1} {
			for _, value := range []float64{0, -1, math.NaN(), math.Inf(-1)} {
				a := make([]F, n*n)
				for i := range n {
					a[i*n+i] = 4
				}
				a[bad*n+bad] = F(value)
				if pivot, ok := Cholesky(n, a, n); ok || pivot != bad {
					t.Errorf("n = %d, %v at %d: pivot %d, ok %v", n, value, bad, pivot, ok)
				}
			}
		}
	}
}

func TestCholeskyPivot(t *testing.T) { each(t, choleskyPivot[float32], choleskyPivot[float64]) }

func batchedCholesky[F Float](t *testing.T) {
	r := newRand(12)
	for _, n := range []int{1, 2, 3, 5, 8, 12, 17, 24, 25, 32} {
		const batch = 19
		stride := n*n + 3
		a := make([]F, batch*stride)
		for i := range batch {
			one := positive[F](r, n, 0)
			copy(a[i*stride:], one.data)
		}
		l := append([]F(nil), a...)
		if index, pivot, ok := BatchedCholesky(batch, n, l, n, stride); !ok || index != batch || pivot != n {
			t.Fatalf("n = %d: index %d, pivot %d", n, index, pivot)
		}
		for b := range batch {
			one := append([]F(nil), a[b*stride:(b+1)*stride]...)
			Cholesky(n, one, n)
			for i, x := range one {
				if y := l[b*stride+i]; x != y && (x == x || y == y) {
					t.Fatalf("n = %d, matrix %d: element %d is %v in a batch, %v alone", n, b, i, y, x)
				}
			}
		}
		bound := gamma[F](n+2) + gamma[float64](n+2)
		for b := range batch {
			for i := range n {
				for j := range i + 1 {
					var sum, abs float64
					for p := range j + 1 {
						x := float64(l[b*stride+i*n+p]) * float64(l[b*stride+j*n+p])
						sum += x
						abs += math.Abs(x)
					}
					if want := float64(a[b*stride+i*n+j]); !near(sum, want, bound*abs) {
						t.Fatalf("n = %d, matrix %d: element (%d, %d) of L·Lᵀ is %v, want %v", n, b, i, j, sum, want)
					}
				}
			}
		}
		bad := 13
		l = append(l[:0], a...)
		l[bad*stride+(n-1)*(n+1)] = -1
		l[(bad+2)*stride] = -1
		if index, pivot, ok := BatchedCholesky(batch, n, l, n, stride); ok || index != bad || pivot != n-1 {
			t.Errorf("n = %d: index %d, pivot %d, ok %v; want %d, %d", n, index, pivot, ok, bad, n-1)
		}
	}
}

func TestBatchedCholesky(t *testing.T) { each(t, batchedCholesky[float32], batchedCholesky[float64]) }

// TestCholeskyBackward compares with central differences of f(A) = Σ W·chol(A)
// along random symmetric directions. With step h the difference errs by
// h²/6·|f”'| and by about n·u·|f|/h of rounding; h = u^(1/3) balances them, and
// with A's eigenvalues ≥ n the derivatives of f shrink by that factor each, so
// 100·u^(2/3)·Σ|W| is above both.
func TestCholeskyBackward(t *testing.T) {
	eachTier(t, func(t *testing.T) {
		r := newRand(13)
		for _, n := range []int{1, 2, 3, 8, 16, 17, 33, 50, 70} {
			a := positive[float64](r, n, 0)
			w, dir := newMatrix[float64](r, n, n, 2), newMatrix[float64](r, n, n, 0)
			var sumW float64
			for i := range n {
				for j := range n {
					if j > i {
						w.data[i*w.ld+j] = guard[float64]()
						dir.data[i*n+j] = guard[float64]()
					} else {
						sumW += math.Abs(w.at(i, j))
					}
				}
			}
			f := func(h float64) float64 {
				l := a.clone()
				for i := range n {
					for j := range i + 1 {
						l.data[i*n+j] += h * dir.at(i, j)
					}
				}
				if pivot, ok := Cholesky(n, l.data, n); !ok {
					t.Fatalf("pivot %d", pivot)
				}
				var s float64
				for i := range n {
					for j := range i + 1 {
						s += w.at(i, j) * l.at(i, j)
					}
				}
				return s
			}
			h := math.Cbrt(unit[float64]())
			want := (f(h) - f(-h)) / (2 * h)

			l, bar := a.clone(), w.clone()
			Cholesky(n, l.data, n)
			CholeskyBackward(n, l.data, n, bar.data, bar.ld)
			bar.checkGuards(t, "g")
			var got float64
			for i := range n {
				for j := range n {
					if bar.at(i, j) != bar.at(j, i) {
						t.Fatalf("n = %d: gradient is not symmetric at (%d, %d)", n, i, j)
					}
					got += bar.at(i, j) * dir.at(max(i, j), min(i, j))
				}
			}
			if bound := 100 * h * h * sumW; !near(got, want, bound) {
				t.Errorf("n = %d: derivative %v, by differences %v ± %g", n, got, want, bound)
			}
		}
	})
}

// The float32 gradient is the float64 one to float32 accuracy: the three products
// and solves per level keep errors below a small multiple of γ(n) of the sizes.
func TestCholeskyBackwardFloat32(t *testing.T) {
	eachTier(t, func(t *testing.T) {
		for _, n := range []int{5, 16, 40, 70} {
			a64 := positive[float64](newRand(14), n, 0)
			w64 := newMatrix[float64](newRand(15), n, n, 0)
			a32, w32 := make([]float32, n*n), make([]float32, n*n)
			for i := range a32 {
				a32[i], w32[i] = float32(a64.data[i]), float32(w64.data[i])
				a64.data[i], w64.data[i] = float64(a32[i]), float64(w32[i])
			}
			Cholesky(n, a64.data, n)
			Cholesky(n, a32, n)
			CholeskyBackward(n, a64.data, n, w64.data, n)
			CholeskyBackward(n, a32, n, w32, n)
			var norm, diff float64
			for i := range a32 {
				norm = math.Hypot(norm, w64.data[i])
				diff = math.Hypot(diff, w64.data[i]-float64(w32[i]))
			}
			if bound := 4 * gamma[float32](n) * norm; !(diff <= bound) {
				t.Errorf("n = %d: difference %g, bound %g", n, diff, bound)
			}
		}
	})
}

func TestBatchedCholeskyBackward(t *testing.T) {
	const batch, n, stride = 3, 6, 40
	r := newRand(16)
	l, g := make([]float64, batch*stride), make([]float64, batch*stride)
	for b := range batch {
		copy(l[b*stride:], positive[float64](r, n, 0).data)
		copy(g[b*stride:], newMatrix[float64](r, n, n, 0).data)
	}
	BatchedCholesky(batch, n, l, n, stride)
	want := append([]float64(nil), g...)
	for b := range batch {
		CholeskyBackward(n, l[b*stride:], n, want[b*stride:], n)
	}
	BatchedCholeskyBackward(batch, n, l, n, stride, g, n, stride)
	for i := range g {
		if g[i] != want[i] {
			t.Fatalf("element %d is %v, want %v", i, g[i], want[i])
		}
	}
}
