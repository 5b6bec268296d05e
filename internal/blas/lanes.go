package blas

// lanesOrder is the largest order for which a matrix a lane is faster: above, a
// group leaves the first-level cache.
const lanesOrder = 24

// interleave copies count matrices of shape [m, n] so that element (i, j) of
// matrix l is together[(i*n+j)*group+l].
func interleave[F Float](count, m, n int, a []F, lda, stride int, together []F, group int) {
	if lda == n {
		transpose(count, m*n, a, stride, together, group)
		return
	}
	for i := range m {
		transpose(count, n, a[i*lda:], stride, together[i*n*group:], group)
	}
}

// separate undoes interleave.
func separate[F Float](count, m, n int, together []F, group int, a []F, lda, stride int) {
	if lda == n {
		transpose(m*n, count, together, group, a, stride)
		return
	}
	for i := range m {
		transpose(n, count, together[i*n*group:], group, a[i*lda:], stride)
	}
}
