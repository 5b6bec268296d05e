package blas

import (
	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/lapack"
	"gonum.org/v1/gonum/lapack/gonum"
)

// The decompositions here are rare in models, so they cover gonum's LAPACK: the
// work is done in float64 whatever F is, on copies that are allocated.

// SymEig computes the eigenvalues w, ascending, and the orthonormal eigenvectors
// of the symmetric A of shape [n, n], of which only the lower triangle is read.
// A is overwritten with V, whose column j belongs to w[j]: A = V·diag(w)·Vᵀ. ok is
// false when the QR iteration did not converge or A is not finite; then A and w
// hold nothing useful.
func SymEig[F Float](n int, a []F, lda int, w []F) (ok bool) {
	checkMatrix("SymEig", "a", n, n, lda, len(a))
	checkVector("SymEig", "w", n, len(w))
	if n == 0 {
		return true
	}
	v, values := widen(dense(n, n, a, lda)), make([]float64, n)
	if !finite(v, func(i, j int) bool { return j <= i }) {
		return false
	}
	var lp gonum.Implementation
	work := make([]float64, 1)
	lp.Dsyev(lapack.EVCompute, blas.Lower, n, v.data, n, values, work, -1)
	work = make([]float64, int(work[0]))
	ok = lp.Dsyev(lapack.EVCompute, blas.Lower, n, v.data, n, values, work, len(work))
	narrow(v, dense(n, n, a, lda))
	narrow(dense(1, n, values, n), dense(1, n, w, n))
	return ok
}

// QR factors A of shape [m, n], m ≥ n, into Q, of shape [m, n] with orthonormal
// columns, which overwrites A, and the upper triangular R of shape [n, n] with
// zeros below its diagonal. Householder reflections leave the signs of R's
// diagonal as they fall.
func QR[F Float](m, n int, a []F, lda int, r []F, ldr int) {
	checkMatrix("QR", "a", m, n, lda, len(a))
	checkMatrix("QR", "r", n, n, ldr, len(r))
	if m < n {
		panic(&ShapeError{"QR", "a", "has fewer rows than columns"})
	}
	if n == 0 {
		return
	}
	q, tau := widen(dense(m, n, a, lda)), make([]float64, n)
	var lp gonum.Implementation
	size := make([]float64, 2)
	lp.Dgeqrf(m, n, q.data, n, tau, size, -1)
	lp.Dorgqr(m, n, n, q.data, n, tau, size[1:], -1)
	work := make([]float64, int(max(size[0], size[1])))
	lp.Dgeqrf(m, n, q.data, n, tau, work, len(work))
	for i := range n {
		for j := range n {
			r[i*ldr+j] = 0
			if j >= i {
				r[i*ldr+j] = F(q.data[i*n+j])
			}
		}
	}
	lp.Dorgqr(m, n, n, q.data, n, tau, work, len(work))
	narrow(q, dense(m, n, a, lda))
}

// SVD computes the thin decomposition A = U·diag(s)·Vᵀ of A, of shape [m, n], with
// p = min(m, n) singular values s, descending: U is [m, p], vt holds Vᵀ, [p, n]. A is
// kept. ok is false when the QR iteration did not converge or A is not finite;
// then the results hold nothing useful.
func SVD[F Float](m, n int, a []F, lda int, s, u []F, ldu int, vt []F, ldvt int) (ok bool) {
	p := min(m, n)
	checkMatrix("SVD", "a", m, n, lda, len(a))
	checkVector("SVD", "s", p, len(s))
	checkMatrix("SVD", "u", m, p, ldu, len(u))
	checkMatrix("SVD", "vt", p, n, ldvt, len(vt))
	if p == 0 {
		return true
	}
	copied := widen(dense(m, n, a, lda))
	if !finite(copied, func(int, int) bool { return true }) {
		return false
	}
	left, right := dense(m, p, make([]float64, m*p), p), dense(p, n, make([]float64, p*n), n)
	values := make([]float64, p)
	var lp gonum.Implementation
	work := make([]float64, 1)
	lp.Dgesvd(lapack.SVDStore, lapack.SVDStore, m, n, copied.data, n, values, left.data, p, right.data, n, work, -1)
	work = make([]float64, int(work[0]))
	ok = lp.Dgesvd(lapack.SVDStore, lapack.SVDStore, m, n, copied.data, n, values, left.data, p, right.data, n, work, len(work))
	narrow(dense(1, p, values, p), dense(1, p, s, p))
	narrow(left, dense(m, p, u, ldu))
	narrow(right, dense(p, n, vt, ldvt))
	return ok
}

// widen copies v to a float64 matrix without gaps between rows.
func widen[F Float](v view[F]) view[float64] {
	out := dense(v.rows, v.cols, make([]float64, v.rows*v.cols), v.cols)
	for i := range v.rows {
		for j, x := range v.data[i*v.rs:][:v.cols] {
			out.data[i*v.cols+j] = float64(x)
		}
	}
	return out
}

func narrow[F Float](v view[float64], dst view[F]) {
	for i := range v.rows {
		for j, x := range v.data[i*v.rs:][:v.cols] {
			dst.data[i*dst.rs+j] = F(x)
		}
	}
}

// finite tells whether the elements of v that count are neither infinite nor
// NaN, on which the iterations would not end well.
func finite(v view[float64], counts func(i, j int) bool) bool {
	for i := range v.rows {
		for j, x := range v.data[i*v.rs:][:v.cols] {
			if counts(i, j) && x-x != 0 {
				return false
			}
		}
	}
	return true
}
