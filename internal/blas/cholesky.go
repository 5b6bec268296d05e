package blas

// Cholesky overwrites the lower triangle of A, of shape [n, n], with the lower L
// of A = L·Lᵀ. The upper triangle does not count and is not written. ok is false when
// A is not positive definite; then pivot is the first index whose pivot (the
// diagonal element less the squares before it) is zero, negative or NaN, and the
// lower triangle is left half done.
//
// L·Lᵀ = A + E with |E| ≤ γ(n+2)·|L||Lᵀ| (Higham 2002, theorem 10.3, one rounding
// more because pivots are inverted).
func Cholesky[F Float](n int, a []F, lda int) (pivot int, ok bool) {
	checkMatrix("Cholesky", "a", n, n, lda, len(a))
	pivot = cholesky(dense(n, n, a, lda))
	return pivot, pivot == n
}

// cholesky factors a by halving it and returns the index of the first bad
// pivot, or the order.
func cholesky[F Float](a view[F]) int {
	n := a.rows
	if n <= choleskyOrder {
		return choleskyBase(a)
	}
	h := half(n)
	a11, a21, a22 := a.block(0, 0, h, h), a.block(h, 0, n-h, h), a.block(h, h, n-h, n-h)
	if pivot := cholesky(a11); pivot < h {
		return pivot
	}
	trsm(Right, Tri{Trans: true}, a11, a21)
	subtractLower(a21, a21.t(), a22)
	return h + cholesky(a22)
}

// lowerProduct adds alpha times the lower triangle of a·b to that of c, which is
// small: the whole product is formed aside.
func lowerProduct[F Float](alpha F, a, b, c view[F]) {
	n := c.rows
	buf, whole := borrow[F](n * n)
	gemm(alpha, a, b, 0, dense(n, n, whole, n))
	for i := range n {
		row := c.data[i*c.rs:][:i+1]
		for j, x := range whole[i*n:][:i+1] {
			row[j] += x
		}
	}
	buf.release()
}

// choleskyOrder is the largest order that one kernel call factors.
const choleskyOrder = 32

// choleskyBase factors a small matrix aside, where rows are whole vectors and the
// lower triangle of a is the upper one of its transpose.
func choleskyBase[F Float](a view[F]) int {
	const ld = choleskyOrder
	n := a.rows
	buf, upper := borrow[F](ld * ld)
	for i := 0; i < n; i += 4 { // whole tiles: what goes below upper's diagonal does not count
		transpose(min(4, n-i), min(i+4, n), a.data[i*a.rs:], a.rs, upper[i:], ld)
	}
	pivot := choleskyRows(n, upper, ld)
	for i := 0; i < n; i += 4 {
		h := min(4, n-i)
		transpose(i, h, upper[i:], ld, a.data[i*a.rs:], a.rs)
		for r := i; r < i+h; r++ {
			for c := i; c <= r; c++ {
				a.data[r*a.rs+c] = upper[c*ld+r]
			}
		}
	}
	buf.release()
	return pivot
}
