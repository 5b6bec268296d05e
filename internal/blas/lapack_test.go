package blas

import (
	"math"
	"testing"
)

// residual is the Frobenius norm of a - x·y over that of a, in float64.
func residual[F Float](a, x, y matrix[F]) float64 {
	var diff, norm float64
	for i := range a.rows {
		for j := range a.cols {
			s := a.at(i, j)
			norm = math.Hypot(norm, s)
			for p := range x.cols {
				s -= x.at(i, p) * y.at(p, j)
			}
			diff = math.Hypot(diff, s)
		}
	}
	return diff / norm
}

// skew is the Frobenius norm of xᵀ·x - I.
func skew[F Float](x matrix[F]) float64 {
	var norm float64
	for i := range x.cols {
		for j := range x.cols {
			var s float64
			if i == j {
				s = -1
			}
			for p := range x.rows {
				s += x.at(p, i) * x.at(p, j)
			}
			norm = math.Hypot(norm, s)
		}
	}
	return norm
}

func transposed[F Float](x matrix[F]) matrix[F] {
	y := newMatrix[F](newRand(0), x.cols, x.rows, 0)
	for i := range x.rows {
		for j := range x.cols {
			y.data[j*y.ld+i] = x.data[i*x.ld+j]
		}
	}
	return y
}

// backward is the usual constant for the three decompositions, a modest multiple
// of the number of rotations or reflections on one element times u (LAPACK Users'
// Guide, sections 4.7 and 4.9, takes p(m, n)·u and tests against 30 n·u).
func backward[F Float](n int) float64 { return 30 * float64(n) * unit[F]() }

func symEig[F Float](t *testing.T) {
	r := newRand(20)
	for _, n := range []int{0, 1, 2, 5, 20} {
		a := newMatrix[F](r, n, n, 2)
		for i := range n {
			for j := range i {
				a.data[j*a.ld+i] = a.data[i*a.ld+j]
			}
		}
		v, w := a.clone(), make([]F, n)
		for i := range n {
			for j := i + 1; j < n; j++ {
				v.data[i*v.ld+j] = guard[F]() // not read
			}
		}
		if !SymEig(n, v.data, v.ld, w) {
			t.Fatalf("n = %d: no convergence", n)
		}
		v.checkGuards(t, "a")
		vw := transposed(v)
		for j := range n {
			if j > 0 && w[j] < w[j-1] {
				t.Errorf("n = %d: eigenvalues are not ascending: %v", n, w)
			}
			for i := range n {
				vw.data[j*vw.ld+i] *= w[j]
			}
		}
		if n > 0 && (residual(a, v, vw) > backward[F](n) || skew(v) > backward[F](n)) {
			t.Errorf("n = %d: residual %g, skew %g", n, residual(a, v, vw), skew(v))
		}
	}
	if SymEig(2, []F{F(math.Inf(1)), 0, 0, 1}, 2, make([]F, 2)) {
		t.Error("an infinite matrix has eigenvalues")
	}
}

func TestSymEig(t *testing.T) {
	t.Run("float32", symEig[float32])
	t.Run("float64", symEig[float64])
}

func qr[F Float](t *testing.T) {
	r := newRand(21)
	for _, s := range [][2]int{{0, 0}, {1, 1}, {5, 0}, {4, 4}, {9, 3}, {40, 20}} {
		a, upper := newMatrix[F](r, s[0], s[1], 1), newMatrix[F](r, s[1], s[1], 2)
		q := a.clone()
		QR(s[0], s[1], q.data, q.ld, upper.data, upper.ld)
		q.checkGuards(t, "a")
		upper.checkGuards(t, "r")
		for i := range s[1] {
			for j := range i {
				if upper.at(i, j) != 0 {
					t.Errorf("%v: R has %v below the diagonal", s, upper.at(i, j))
				}
			}
		}
		if s[1] > 0 && (residual(a, q, upper) > backward[F](s[0]) || skew(q) > backward[F](s[0])) {
			t.Errorf("%v: residual %g, skew %g", s, residual(a, q, upper), skew(q))
		}
	}
}

func TestQR(t *testing.T) {
	t.Run("float32", qr[float32])
	t.Run("float64", qr[float64])
}

func svd[F Float](t *testing.T) {
	r := newRand(22)
	for _, d := range [][2]int{{0, 3}, {1, 1}, {4, 4}, {9, 3}, {3, 9}, {30, 20}} {
		m, n := d[0], d[1]
		p := min(m, n)
		a, u, vt := newMatrix[F](r, m, n, 1), newMatrix[F](r, m, p, 2), newMatrix[F](r, p, n, 3)
		s := make([]F, p)
		if !SVD(m, n, a.data, a.ld, s, u.data, u.ld, vt.data, vt.ld) {
			t.Fatalf("%v: no convergence", d)
		}
		u.checkGuards(t, "u")
		vt.checkGuards(t, "vt")
		sv := vt.clone()
		for i := range p {
			if s[i] < 0 || i > 0 && s[i] > s[i-1] {
				t.Errorf("%v: singular values %v", d, s)
			}
			for j := range n {
				sv.data[i*sv.ld+j] *= s[i]
			}
		}
		bound := backward[F](max(m, n))
		if p > 0 && (residual(a, u, sv) > bound || skew(u) > bound || skew(transposed(vt)) > bound) {
			t.Errorf("%v: residual %g, skews %g and %g", d, residual(a, u, sv), skew(u), skew(transposed(vt)))
		}
	}
	if SVD(1, 1, []F{guard[F]()}, 1, make([]F, 1), make([]F, 1), 1, make([]F, 1), 1) {
		t.Error("NaN has a singular value")
	}
}

func TestSVD(t *testing.T) {
	t.Run("float32", svd[float32])
	t.Run("float64", svd[float64])
}
