package blas

// BatchedCholesky is [Cholesky] on batch matrices that start stride elements apart
// and do not overlap; upper triangles keep their content. When one is not positive
// definite, the index of the first such and its bad pivot are returned, and
// what it and the matrices after it hold is undefined.
//
// A matrix has the same bits as from Cholesky.
func BatchedCholesky[F Float](batch, n int, a []F, lda, stride int) (index, pivot int, ok bool) {
	checkBatch("BatchedCholesky", "a", batch, n, n, lda, stride, len(a), true)
	if n == 0 {
		return batch, 0, true
	}
	first := 0
	if n <= lanesOrder {
		group := lanes[F]()
		buf, together := borrow[F](n * n * group)
		defer buf.release()
		// One matrix a lane: the group waits for its square roots only once.
		for ; batch-first > group/2; first += group {
			count := min(group, batch-first)
			interleave(count, n, n, a[first*stride:], lda, stride, together, group)
			choleskyLanes(n, together)
			if index, pivot := badPivot(count, n, together, group); index < count {
				return first + index, pivot, false
			}
			separate(count, n, n, together, group, a[first*stride:], lda, stride)
		}
	}
	for i := first; i < batch; i++ {
		if pivot := cholesky(dense(n, n, a[i*stride:], lda)); pivot < n {
			return i, pivot, false
		}
	}
	return batch, n, true
}

// badPivot returns the first of count matrices whose diagonal is not positive
// throughout, and where; or count.
func badPivot[F Float](count, n int, together []F, group int) (index, pivot int) {
	index = count
	for j := n - 1; j >= 0; j-- {
		for l, d := range together[j*(n+1)*group:][:count] {
			if !(d > 0) && l <= index {
				index, pivot = l, j
			}
		}
	}
	return index, pivot
}
