package blas

// CholeskyBackward carries a gradient back through [Cholesky]. l holds the factor
// L, of shape [n, n]; g holds the gradient of some number with respect to L (only
// the lower triangle is read) and is overwritten with its gradient with respect
// to A, a symmetric matrix S: the number changes by Σ S(i,j)·dA(i,j) for a
// symmetric change dA. g must not overlap l, whose upper triangle is not read.
//
// Source: Murray (2016), "Differentiation of the Cholesky decomposition",
// section 4 and the blocked algorithm there, by halving instead of fixed blocks.
func CholeskyBackward[F Float](n int, l []F, ldl int, g []F, ldg int) {
	checkMatrix("CholeskyBackward", "l", n, n, ldl, len(l))
	checkMatrix("CholeskyBackward", "g", n, n, ldg, len(g))
	if n == 0 {
		return
	}
	bar := dense(n, n, g, ldg)
	choleskyBackward(dense(n, n, l, ldl), bar)
	symmetrize(bar)
}

// BatchedCholeskyBackward is CholeskyBackward on batch pairs of matrices that
// start strideL and strideG elements apart.
func BatchedCholeskyBackward[F Float](batch, n int, l []F, ldl, strideL int, g []F, ldg, strideG int) {
	checkBatch("BatchedCholeskyBackward", "l", batch, n, n, ldl, strideL, len(l), false)
	checkBatch("BatchedCholeskyBackward", "g", batch, n, n, ldg, strideG, len(g), true)
	if n == 0 {
		return
	}
	for i := range batch {
		bar := dense(n, n, g[i*strideG:], ldg)
		choleskyBackward(dense(n, n, l[i*strideL:], ldl), bar)
		symmetrize(bar)
	}
}

// symmetrize shares the gradient of an element below the diagonal between it and
// its mirror image.
func symmetrize[F Float](s view[F]) {
	for i := range s.rows {
		for j, x := range s.data[i*s.rs:][:i] {
			s.data[i*s.rs+j] = x / 2
			s.data[j*s.rs+i] = x / 2
		}
	}
}

// choleskyBackward overwrites the lower triangle of bar, the gradient by L, with
// the gradient by the lower triangle of A. It undoes, last step first, what
// cholesky does: A22 = chol(A22 - L21·L21ᵀ), L21 = A21·L11⁻ᵀ, L11 = chol(A11).
func choleskyBackward[F Float](l, bar view[F]) {
	n := l.rows
	if n <= backwardOrder {
		choleskyBackwardBase(l, bar)
		return
	}
	h := half(n)
	l11, l21, l22 := l.block(0, 0, h, h), l.block(h, 0, n-h, h), l.block(h, h, n-h, n-h)
	bar11, bar21, bar22 := bar.block(0, 0, h, h), bar.block(h, 0, n-h, h), bar.block(h, h, n-h, n-h)

	choleskyBackward(l22, bar22)
	// Ā22 reaches L21 through both factors of the square: L̄21 -= (Ā22 + Ā22ᵀ)·L21.
	buf, both := borrow[F]((n - h) * (n - h))
	sum := dense(n-h, n-h, both, n-h)
	addMirror(bar22, sum)
	gemm(-1, sum, l21, 1, bar21)
	buf.release()
	// Ā21 = L̄21·L11⁻¹ and L̄11 -= tril(Ā21ᵀ·L21).
	trsm(Right, Tri{}, l11, bar21)
	subtractLower(bar21.t(), l21, bar11)
	choleskyBackward(l11, bar11)
}

// addMirror sets sum to the lower triangle of low plus its transpose.
func addMirror[F Float](low, sum view[F]) {
	for i := range low.rows {
		row := low.data[i*low.rs:][:i+1]
		for j, x := range row {
			sum.data[i*sum.rs+j] = x
			sum.data[j*sum.rs+i] = x
		}
		sum.data[i*sum.rs+i] = 2 * row[i]
	}
}

// subtractLower subtracts the lower triangle of a·b from that of c.
func subtractLower[F Float](a, b, c view[F]) {
	n := c.rows
	if n <= 2*baseOrder {
		lowerProduct(-1, a, b, c)
		return
	}
	h := half(n)
	subtractLower(a.block(0, 0, h, a.cols), b.block(0, 0, b.rows, h), c.block(0, 0, h, h))
	gemm(-1, a.block(h, 0, n-h, a.cols), b.block(0, 0, b.rows, h), 1, c.block(h, 0, n-h, h))
	subtractLower(a.block(h, 0, n-h, a.cols), b.block(0, h, b.rows, n-h), c.block(h, h, n-h, n-h))
}

// backwardOrder is the order up to which plain loops win over kernel calls, which
// would wait for each other's stores.
const backwardOrder = 16

// choleskyBackwardBase is Murray's unblocked algorithm (2016, section 3.2): the
// columns of a small factor from the last to the first.
func choleskyBackwardBase[F Float](l, bar view[F]) {
	n := l.rows
	for k := n - 1; k >= 0; k-- {
		lk, bark := l.data[k*l.rs:][:k+1], bar.data[k*bar.rs:][:k+1]
		inverse := 1 / lk[k]
		d := bark[k]
		lk, before := lk[:k], bark[:k]
		for i := k + 1; i < n; i++ {
			li, bari := l.data[i*l.rs:][:k+1], bar.data[i*bar.rs:][:k+1]
			x := bari[k] * inverse
			bari[k] = x
			d -= x * li[k]
			li, bari = li[:len(lk)], bari[:len(lk)]
			for j, y := range lk {
				bari[j] -= x * y
				before[j] -= x * li[j]
			}
		}
		d *= inverse
		bark[k] = d / 2
		for j, y := range lk {
			before[j] -= d * y
		}
	}
}
