package blas

import (
	"math"
	"testing"
)

func checkGemv[F Float](t *testing.T, trans bool, m, n, pad int, alpha, beta float64) {
	t.Helper()
	r := newRand(uint64(m*1000 + n))
	a := newMatrix[F](r, m, n, pad)
	rows, cols := flip(trans, m, n)
	x, y := newMatrix[F](r, 1, cols, 0), newMatrix[F](r, 1, rows, 0)
	if beta == 0 {
		for i := range y.all {
			y.all[i] = guard[F]()
		}
	}
	old := y.clone()
	Gemv(trans, m, n, F(alpha), a.data, a.ld, x.data, F(beta), y.data)
	y.checkGuards(t, "y")
	// One rounding more than in a product: alpha may be applied to every x.
	bound := gamma[F](cols+4) + gamma[float64](cols+4)
	for i := range rows {
		var sum, abs float64
		for j := range cols {
			p := a.op(trans, i, j) * x.at(0, j)
			sum += p
			abs += math.Abs(p)
		}
		want, size := float64(F(alpha))*sum, math.Abs(float64(F(alpha)))*abs
		if beta != 0 {
			want += float64(F(beta)) * old.at(0, i)
			size += math.Abs(float64(F(beta)) * old.at(0, i))
		}
		if !near(y.at(0, i), want, bound*size) {
			t.Fatalf("trans %v, [%d %d], alpha %g, beta %g: element %d is %v, want %v ± %g",
				trans, m, n, alpha, beta, i, y.at(0, i), want, bound*size)
		}
	}
}

func gemv[F Float](t *testing.T) {
	for _, trans := range []bool{false, true} {
		for _, m := range []int{0, 1, 2, 3, 4, 5, 7, 8, 9, 17, 100} {
			for _, n := range []int{0, 1, 2, 3, 4, 5, 8, 15, 16, 17, 31, 33, 63, 65, 130, 1030} {
				checkGemv[F](t, trans, m, n, m%3, 1.5, 0)
				checkGemv[F](t, trans, m, n, n%3, 1, 1)
				checkGemv[F](t, trans, m, n, 0, 0, 0.5)
			}
		}
	}
}

// A long matrix is done in pieces; the bound does not change, only the order.
func gemvPieces[F Float](t *testing.T) {
	for _, trans := range []bool{false, true} {
		checkGemv[F](t, trans, 3, 1<<17+5, 1, 2, 0.5)
		checkGemv[F](t, trans, 6600, 21, 0, 2, 0.5)
	}
}

// A tall matrix gives the same bits whether a Tall holds it or not.
func gemvTall[F Float](t *testing.T) {
	r := newRand(7)
	for _, m := range []int{64, 67, 256, 257, 700} {
		for _, n := range []int{1, 2, 3, 4, 5, 8, 13, 16} {
			if !IsTall(m, n) {
				t.Fatalf("[%d %d] is not tall", m, n)
			}
			for _, trans := range []bool{false, true} {
				checkGemv[F](t, trans, m, n, m%3, 1.5, 0)
				checkGemv[F](t, trans, m, n, n%3, 1, 1)
				checkGemv[F](t, trans, m, n, 0, 0, 0.5)
				rows, cols := flip(trans, m, n)
				a, x := newMatrix[F](r, m, n, 2), newMatrix[F](r, 1, cols, 0)
				want, got := make([]F, rows), make([]F, rows)
				Gemv(trans, m, n, 1, a.data, a.ld, x.data, 0, want)
				NewTall(m, n, a.data, a.ld).Gemv(trans, x.data, got)
				for i := range want {
					if got[i] != want[i] {
						t.Fatalf("trans %v, [%d %d]: element %d is %v as a Tall, %v otherwise", trans, m, n, i, got[i], want[i])
					}
				}
			}
		}
	}
}

func TestGemvTall(t *testing.T) { each(t, gemvTall[float32], gemvTall[float64]) }

func TestGemvPieces(t *testing.T) { each(t, gemvPieces[float32], gemvPieces[float64]) }

func TestGemv(t *testing.T) { each(t, gemv[float32], gemv[float64]) }

func ger[F Float](t *testing.T) {
	r := newRand(5)
	for _, m := range []int{0, 1, 3, 4, 9, 30} {
		for _, n := range []int{0, 1, 2, 7, 8, 9, 16, 31, 33, 70} {
			a, x, y := newMatrix[F](r, m, n, 2), newMatrix[F](r, 1, m, 0), newMatrix[F](r, 1, n, 0)
			old := a.clone()
			Ger(m, n, -1.5, x.data, y.data, a.data, a.ld)
			a.checkGuards(t, "a")
			for i := range m {
				for j := range n {
					p := -1.5 * x.at(0, i) * y.at(0, j)
					bound := gamma[F](3)*(math.Abs(p)+math.Abs(old.at(i, j))) + gamma[float64](3)*math.Abs(p)
					if want := old.at(i, j) + p; !near(a.at(i, j), want, bound) {
						t.Fatalf("[%d %d]: element (%d, %d) is %v, want %v", m, n, i, j, a.at(i, j), want)
					}
				}
			}
		}
	}
}

func TestGer(t *testing.T) { each(t, ger[float32], ger[float64]) }

func dot[F Float](t *testing.T) {
	r := newRand(6)
	for n := range 200 {
		x, y := newMatrix[F](r, 1, n, 0), newMatrix[F](r, 1, n, 0)
		var sum, abs float64
		for i := range n {
			sum += x.at(0, i) * y.at(0, i)
			abs += math.Abs(x.at(0, i) * y.at(0, i))
		}
		got := float64(Dot(x.data, y.data))
		if bound := (gamma[F](n) + gamma[float64](n)) * abs; !near(got, sum, bound) {
			t.Fatalf("n = %d: got %v, want %v ± %g", n, got, sum, bound)
		}
	}
}

func TestDot(t *testing.T) { each(t, dot[float32], dot[float64]) }
