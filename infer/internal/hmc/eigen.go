package hmc

import "math"

// cholesky returns the lower factor L of a = L Lᵀ (the rest zero), false where a
// is not numerically positive definite.
func cholesky(a matrix) (matrix, bool) {
	n := a.rows
	l := newMatrix(n, n)
	for i := range n {
		li := l.row(i)
		for j := range i {
			li[j] = (a.data[i*n+j] - dot(li[:j], l.row(j)[:j])) / l.data[j*n+j]
		}
		d := a.data[i*n+i] - dot(li[:i], li[:i])
		if !(d > 0) || math.IsInf(d, 1) {
			return matrix{}, false
		}
		li[i] = math.Sqrt(d)
	}
	return l, true
}

// eigenSym returns the eigenvalues of the symmetric matrix a and, as the rows of
// a matrix, the eigenvectors: Householder tridiagonalisation and implicit QR
// steps with Wilkinson's shift (Golub and Van Loan 2013, algorithms 8.3.1-8.3.3).
// Errors are of the order of ε‖a‖. The eigenvalues are in no order.
func eigenSym(a matrix) ([]float64, matrix) {
	d, e, q := tridiagonal(a)
	for hi := len(d) - 1; hi > 0; {
		for i := range hi {
			if math.Abs(e[i]) <= epsilon*(math.Abs(d[i])+math.Abs(d[i+1])) {
				e[i] = 0
			}
		}
		if e[hi-1] == 0 {
			hi--
			continue
		}
		lo := hi - 1
		for lo > 0 && e[lo-1] != 0 {
			lo--
		}
		qrStep(d, e, q, lo, hi)
	}
	return d, q
}

const epsilon = 0x1p-52

// tridiagonal returns diagonal and subdiagonal of T = Q a Qᵀ, and Q.
func tridiagonal(a matrix) (d, e []float64, q matrix) {
	n := a.rows
	t := matrix{n, n, append([]float64(nil), a.data...)}
	vs := make([][]float64, 0, n)
	w := make([]float64, n)
	d, e = make([]float64, n), make([]float64, max(n-1, 0))
	for k := range n - 1 {
		// Reflect column k below the diagonal onto its first entry.
		v := make([]float64, n-k-1)
		for i := range v {
			v[i] = t.data[(k+1+i)*n+k]
		}
		norm := math.Sqrt(dot(v, v))
		e[k] = norm
		if v[0] > 0 {
			e[k] = -norm
		}
		v[0] -= e[k]
		if l := math.Sqrt(dot(v, v)); l > 0 {
			for i := range v {
				v[i] /= l
			}
		}
		// t ← (1 - 2vvᵀ) t (1 - 2vvᵀ) on the rows and columns below k.
		w := w[:len(v)]
		for i := range v {
			w[i] = dot(t.row(k + 1 + i)[k+1:], v)
		}
		axpy(-dot(w, v), v, w)
		for i := range v {
			row := t.row(k + 1 + i)[k+1:]
			axpy(-2*v[i], w, row)
			axpy(-2*w[i], v, row)
		}
		vs = append(vs, v)
	}
	q = newMatrix(n, n)
	for i := range n {
		d[i] = t.data[i*n+i]
		q.data[i*n+i] = 1
	}
	for k := len(vs) - 1; k >= 0; k-- { // Q = H_{n-2} … H_0
		v := vs[k]
		for i := k + 1; i < n; i++ {
			row := q.row(i)[k+1:]
			axpy(-2*dot(row, v), v, row)
		}
	}
	return d, e, q
}

// qrStep does one implicit QR step on rows lo…hi of the tridiagonal (d, e) and
// rotates the rows of q along.
func qrStep(d, e []float64, q matrix, lo, hi int) {
	half := (d[hi-1] - d[hi]) / 2
	last := e[hi-1]
	shift := d[hi] - last*last/(half+math.Copysign(math.Hypot(half, last), half))
	x, z := d[lo]-shift, e[lo]
	for k := lo; k < hi; k++ {
		r := math.Hypot(x, z)
		c, s := 1.0, 0.0
		if r > 0 {
			c, s = x/r, z/r
		}
		if k > lo {
			e[k-1] = r
		}
		dk, dn, ek := d[k], d[k+1], e[k]
		d[k] = c*c*dk + 2*c*s*ek + s*s*dn
		d[k+1] = s*s*dk - 2*c*s*ek + c*c*dn
		e[k] = (c*c-s*s)*ek + c*s*(dn-dk)
		x = e[k]
		if k+1 < hi {
			z = s * e[k+1]
			e[k+1] *= c
		}
		a, b := q.row(k), q.row(k+1)
		for i, u := range a {
			v := b[i]
			a[i], b[i] = c*u+s*v, c*v-s*u
		}
	}
}
