package blas

import (
	"math"
	"testing"
)

func checkTrsm[F Float](t *testing.T, side Side, tr Tri, m, n int, alpha float64, seed uint64) {
	t.Helper()
	r := newRand(seed)
	order := m
	if side == Right {
		order = n
	}
	a := newMatrix[F](r, order, order, int(seed%3)).triangular(tr.Upper, tr.Unit)
	b := newMatrix[F](r, m, n, int(seed%4))
	x := b.clone()
	Trsm(side, tr, m, n, F(alpha), a.data, a.ld, x.data, x.ld)
	x.checkGuards(t, "b")
	checkSolution(t, side, tr, alpha, a, b, x)
}

// checkSolution puts the solution back into the equation: by the backward error
// bound of Trsm, |op(A)·X - alpha·B| ≤ γ(n+1)·|op(A)||X| + u·|alpha·B|.
func checkSolution[F Float](t *testing.T, side Side, tr Tri, alpha float64, a, b, x matrix[F]) {
	t.Helper()
	m, n, order := b.rows, b.cols, a.rows
	bound := gamma[F](order+1) + gamma[float64](order+1)
	triangle := table(order, order, func(i, j int) float64 { return a.tri(tr, i, j) })
	solution := table(m, n, x.at)
	var sums, abs []float64
	if side == Left {
		sums, abs = reference(m, n, m, triangle, solution)
	} else {
		sums, abs = reference(m, n, n, solution, triangle)
	}
	for i := range m {
		for j := range n {
			want := alpha * b.at(i, j)
			if !near(sums[i*n+j], want, bound*abs[i*n+j]+unit[F]()*math.Abs(want)) {
				t.Fatalf("side right %v, %+v, [%d %d]: element (%d, %d) of the product is %v, want %v",
					side, tr, m, n, i, j, sums[i*n+j], want)
			}
		}
	}
}

func trsmAll[F Float](t *testing.T) {
	seed := uint64(0)
	for _, f := range bools("RUT1") {
		side, tr := Side(f[0]), Tri{f[1], f[2], f[3]}
		for _, m := range []int{0, 1, 2, 5, 8, 15, 16, 17, 33, 50} {
			for _, n := range []int{1, 3, 8, 16, 20, 37, 70} {
				checkTrsm[F](t, side, tr, m, n, 0.5, seed)
				seed++
			}
		}
		checkTrsm[F](t, side, tr, 131, 67, 2, 0)
	}
}

func TestTrsm(t *testing.T) { each(t, trsmAll[float32], trsmAll[float64]) }

func trsvAll[F Float](t *testing.T) {
	r := newRand(7)
	for _, f := range bools("UT1") {
		tr := Tri{f[0], f[1], f[2]}
		for _, n := range []int{0, 1, 2, 3, 8, 15, 16, 17, 32, 61, 100} {
			a := newMatrix[F](r, n, n, n%3).triangular(tr.Upper, tr.Unit)
			b := newMatrix[F](r, 1, n, 0)
			x := b.clone()
			Trsv(tr, n, a.data, a.ld, x.data)
			x.checkGuards(t, "x")
			bound := gamma[F](n+1) + gamma[float64](n+1)
			for i := range n {
				var sum, abs float64
				for j := range n {
					q := a.tri(tr, i, j) * x.at(0, j)
					sum += q
					abs += math.Abs(q)
				}
				if !near(sum, b.at(0, i), bound*abs) {
					t.Fatalf("%+v, n = %d: element %d of the product is %v, want %v", tr, n, i, sum, b.at(0, i))
				}
			}
		}
	}
}

func TestTrsv(t *testing.T) { each(t, trsvAll[float32], trsvAll[float64]) }

func TestTrsmZeroAlphaReadsNothing(t *testing.T) {
	b := []float64{math.NaN(), 1}
	Trsm(Left, Tri{}, 1, 2, 0, []float64{0}, 1, b, 2)
	if b[0] != 0 || b[1] != 0 {
		t.Errorf("got %v, want zeros", b)
	}
}

func batchedTrsm[F Float](t *testing.T) {
	r := newRand(8)
	const batch = 21
	for name, f := range bools("RUT1s") {
		side, tr := Side(f[0]), Tri{f[1], f[2], f[3]}
		for _, s := range [][3]int{{1, 1, 0}, {5, 1, 0}, {6, 3, 1}, {8, 4, 0}, {7, 6, 2}, {20, 2, 0}, {30, 1, 1}} {
			order, m, n := s[0], s[0], s[1]
			if side == Right {
				m, n = n, m
			}
			a, b := newMatrix[F](r, order*batch, order, s[2]), newMatrix[F](r, m*batch, n, s[2])
			slab := func(x matrix[F], i, rows int) matrix[F] {
				x.data, x.rows = x.data[i*rows*x.ld:], rows
				return x
			}
			for i := range batch {
				slab(a, i, order).triangular(tr.Upper, tr.Unit)
			}
			strideA := order * a.ld
			if f[4] {
				strideA = 0
			}
			x := b.clone()
			BatchedTrsm(batch, side, tr, m, n, 0.75, a.data, a.ld, strideA, x.data, x.ld, m*x.ld)
			x.checkGuards(t, name)
			for i := range batch {
				one := slab(a, i, order)
				if strideA == 0 {
					one = slab(a, 0, order)
				}
				checkSolution(t, side, tr, 0.75, one, slab(b, i, m), slab(x, i, m))
			}
		}
	}
}

func TestBatchedTrsm(t *testing.T) { each(t, batchedTrsm[float32], batchedTrsm[float64]) }

// The inverse of a triangle satisfies |X·A - I| ≤ c(n)·u·|X||A| or the same from
// the other side (Higham 2002, section 14.2); the halving method mixes both, so
// the bound here is the sum over its two solves, each with γ(n+1), of |X||A||X||A|.
func triInverseAll[F Float](t *testing.T) {
	r := newRand(9)
	for _, f := range bools("U1") {
		for _, n := range []int{0, 1, 2, 5, 15, 16, 17, 33, 50, 100} {
			tr := Tri{Upper: f[0], Unit: f[1]}
			a := newMatrix[F](r, n, n, n%3).triangular(tr.Upper, tr.Unit)
			x := a.clone()
			TriInverse(tr.Upper, tr.Unit, n, x.data, x.ld)
			x.checkGuards(t, "a")
			for i := range n {
				for j := range n {
					if i != j && (j > i) != tr.Upper && x.at(i, j) == x.at(i, j) {
						t.Fatalf("%+v: the other triangle was written", tr)
					}
				}
			}
			abs := func(m matrix[F]) [][]float64 {
				out := make([][]float64, n)
				for i := range out {
					out[i] = make([]float64, n)
					for j := range out[i] {
						out[i][j] = math.Abs(m.tri(tr, i, j))
					}
				}
				return out
			}
			xa := mul(abs(x), abs(a))
			size := mul(xa, xa)
			for i := range n {
				for j := range n {
					var sum float64
					for p := range n {
						sum += x.tri(tr, i, p) * a.tri(tr, p, j)
					}
					want := 0.0
					if i == j {
						want = 1
					}
					if bound := 2 * (gamma[F](n+1) + gamma[float64](n+1)) * size[i][j]; !near(sum, want, bound) {
						t.Fatalf("%+v, n = %d: element (%d, %d) of X·A is %v, want %v ± %g", tr, n, i, j, sum, want, bound)
					}
				}
			}
		}
	}
}

func mul(a, b [][]float64) [][]float64 {
	n := len(a)
	c := make([][]float64, n)
	for i := range c {
		c[i] = make([]float64, n)
		for p, x := range a[i] {
			for j, y := range b[p] {
				c[i][j] += x * y
			}
		}
	}
	return c
}

func TestTriInverse(t *testing.T) { each(t, triInverseAll[float32], triInverseAll[float64]) }

func FuzzTrsm(f *testing.F) {
	f.Add(uint8(5), uint8(3), uint8(1), uint64(1))
	f.Add(uint8(40), uint8(17), uint8(14), uint64(2))
	f.Fuzz(func(t *testing.T, m, n, flags uint8, seed uint64) {
		side, tr := Side(flags&1 != 0), Tri{flags&2 != 0, flags&4 != 0, flags&8 != 0}
		eachTier(t, func(t *testing.T) {
			checkTrsm[float64](t, side, tr, int(m), int(n), 1.5, seed)
			checkTrsm[float32](t, side, tr, int(m), int(n), 1.5, seed)
		})
	})
}
