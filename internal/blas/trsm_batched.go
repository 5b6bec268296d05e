package blas

// BatchedTrsm is [Trsm] on batch pairs of matrices that start strideA and strideB
// elements apart. A strideA of zero uses one a for all; the matrices of b must
// not overlap.
func BatchedTrsm[F Float](batch int, side Side, t Tri, m, n int, alpha F, a []F, lda, strideA int, b []F, ldb, strideB int) {
	order, vectors := m, n // the number of unknown vectors
	if side == Right {
		order, vectors = n, m
	}
	checkBatch("BatchedTrsm", "a", batch, order, order, lda, strideA, len(a), false)
	checkBatch("BatchedTrsm", "b", batch, m, n, ldb, strideB, len(b), true)
	if m == 0 || n == 0 {
		return
	}
	if side == Right && strideA == 0 && strideB == m*ldb {
		m, batch = m*batch, 1 // one a for all rows: the batch is one tall matrix
	}
	first := 0
	if alpha != 0 && strideA != 0 && order <= lanesOrder && vectors <= fewVectors {
		first = trsmLanes(batch, side, t, m, n, alpha, a, lda, strideA, b, ldb, strideB)
	}
	for i := first; i < batch; i++ {
		x := dense(m, n, b[i*strideB:], ldb)
		x.scale(alpha)
		if alpha != 0 {
			trsm(side, t, dense(order, order, a[i*strideA:], lda), x)
		}
	}
}

// fewVectors is the number of unknown vectors of one matrix up to which they fill
// a register less well than one vector from each of many matrices.
const fewVectors = 4

// trsmLanes solves whole groups of matrices, each matrix in a lane, and returns
// how many it has solved. Transposes and sides are steps, and an upper triangle is
// a lower one counted from its end, as in solveBase.
func trsmLanes[F Float](batch int, side Side, t Tri, m, n int, alpha F, a []F, lda, strideA int, b []F, ldb, strideB int) int {
	order, vectors, rsb, csb := m, n, n, 1
	lower := t.Upper == t.Trans
	rsl, csl := steps(t.Trans, order)
	if side == Right { // X·A = B is Aᵀ·Xᵀ = Bᵀ
		order, vectors, rsb, csb = n, m, 1, n
		lower = !lower
		rsl, csl = steps(!t.Trans, order)
	}
	group := lanes[F]()
	buf, together := borrow[F]((order*order + m*n) * group)
	defer buf.release()
	l, x := together[:order*order*group], together[order*order*group:]
	l0, b0 := 0, 0
	if !lower {
		l0, b0 = (order*order-1)*group, (order-1)*rsb*group
		rsl, csl, rsb = -rsl, -csl, -rsb
	}
	first := 0
	for ; batch-first > group/2; first += group {
		count := min(group, batch-first)
		interleave(count, order, order, a[first*strideA:], lda, strideA, l, group)
		interleave(count, m, n, b[first*strideB:], ldb, strideB, x, group)
		dense(1, len(x), x, len(x)).scale(alpha)
		solveLanes(order, vectors, l, l0, rsl, csl, t.Unit, x, b0, rsb, csb)
		separate(count, m, n, x, group, b[first*strideB:], ldb, strideB)
	}
	return min(first, batch)
}
