package blas

// Gemm sets C = alpha·op(A)·op(B) + beta·C, where op(A) is [m, k], op(B) is
// [k, n], C is [m, n], and op transposes where transA or transB says so (then a
// holds [k, m], or b holds [n, k]). With beta = 0 C is not read; with alpha = 0
// A and B are not. c must not overlap a or b; a and b may be the same.
func Gemm[F Float](transA, transB bool, m, n, k int, alpha F, a []F, lda int, b []F, ldb int, beta F, c []F, ldc int) {
	checkOperand("Gemm", "a", transA, m, k, lda, len(a))
	checkOperand("Gemm", "b", transB, k, n, ldb, len(b))
	checkMatrix("Gemm", "c", m, n, ldc, len(c))
	multiply(transA, transB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc)
}

// multiply is Gemm on checked arguments.
func multiply[F Float](transA, transB bool, m, n, k int, alpha F, a []F, lda int, b []F, ldb int, beta F, c []F, ldc int) {
	switch {
	case m == 0 || n == 0:
	case n == 1 && !transA && ldc == 1 && (transB || ldb == 1):
		matVec(m, k, alpha, a, lda, b, beta, c)
	case !transB && alpha != 0 && direct[F](m, n, k) && m*n*k < sharedProducts:
		rsa, csa := steps(transA, lda)
		strips(m, n, k, alpha, a, rsa, csa, b, ldb, beta, c, ldc)
	default:
		gemm(alpha, op(transA, m, k, a, lda), op(transB, k, n, b, ldb), beta, dense(m, n, c, ldc))
	}
}

// checkOperand checks the matrix that op gives as [rows, cols].
func checkOperand(op, operand string, trans bool, rows, cols, ld, length int) {
	if trans {
		rows, cols = cols, rows
	}
	checkMatrix(op, operand, rows, cols, ld, length)
}

// BatchedGemm is Gemm on batch triples of matrices; those of a start strideA
// elements apart, and so on. A stride of zero uses one a or b for all; the
// matrices of c must not overlap.
func BatchedGemm[F Float](batch int, transA, transB bool, m, n, k int, alpha F, a []F, lda, strideA int,
	b []F, ldb, strideB int, beta F, c []F, ldc, strideC int,
) {
	rowsA, colsA, rowsB, colsB := m, k, k, n
	if transA {
		rowsA, colsA = k, m
	}
	if transB {
		rowsB, colsB = n, k
	}
	checkBatch("BatchedGemm", "a", batch, rowsA, colsA, lda, strideA, len(a), false)
	checkBatch("BatchedGemm", "b", batch, rowsB, colsB, ldb, strideB, len(b), false)
	checkBatch("BatchedGemm", "c", batch, m, n, ldc, strideC, len(c), true)
	if m == 0 || n == 0 {
		return
	}
	if !transA && strideB == 0 && strideA == m*lda && strideC == m*ldc {
		m, batch = m*batch, 1 // one b for all rows: the batch is one tall matrix
	}
	if k == 0 {
		strideA, strideB = 0, 0 // a and b may be empty
	}
	if one := m * n * k; one < sharedProducts && batch*one >= sharedProducts && alpha != 0 {
		w := work[F]{
			alpha: alpha, beta: beta, a: op(transA, m, k, a, lda), b: op(transB, k, n, b, ldb), c: dense(m, n, c, ldc),
			per: partOf(one, 1), stack: stack{batch, strideA, strideB, strideC, transA, transB, lda, ldb},
		}
		share(parts(batch, w.per), w, (*work[float64]).products, (*work[float32]).products)
		return
	}
	for i := range batch {
		multiply(transA, transB, m, n, k, alpha, a[i*strideA:], lda, b[i*strideB:], ldb, beta, c[i*strideC:], ldc)
	}
}

// products are a part of a batch.
func (w *work[F]) products(part int) {
	s, c := &w.stack, &w.c
	lo, hi := w.part(part, s.count)
	for i := lo; i < hi; i++ {
		multiply(s.transA, s.transB, c.rows, c.cols, w.a.cols, w.alpha, w.a.data[i*s.a:], s.lda, w.b.data[i*s.b:], s.ldb, w.beta, c.data[i*s.c:], c.rs)
	}
}

// gemm sets c = alpha·a·b + beta·c.
func gemm[F Float](alpha F, a, b view[F], beta F, c view[F]) {
	if c.cs != 1 {
		a, b, c = b.t(), a.t(), c.t() // Cᵀ = Bᵀ·Aᵀ
	}
	switch {
	case c.rows == 0 || c.cols == 0:
	case alpha == 0 || a.cols == 0:
		c.scale(beta)
	case direct[F](c.rows, c.cols, a.cols) && c.rows*c.cols*a.cols < sharedProducts:
		gemmDirect(alpha, a, b, beta, c)
	case direct[F](c.rows, c.cols, a.cols):
		_, nr := tile[F]()
		w := work[F]{alpha: alpha, beta: beta, a: a, b: b, c: c, per: partOf(c.rows*a.cols, nr)}
		share(parts(c.cols, w.per), w, (*work[float64]).columns, (*work[float32]).columns)
	default:
		gemmPacked(alpha, a, b, beta, c)
	}
}

// depth is the number of products summed in registers before C is updated. A
// strip of B of that depth takes 32 KiB or less, so that it stays in a first-level cache of
// 48 KiB, or nearly in one of 32, while the tiles of A pass; fewer passes over C would
// save less than that.
const depth = 256

// direct tells whether packing A and B would cost more than it saves: when they
// fit the second-level cache as they are and B is not read too often, or when C
// is so low that B is read once or twice.
func direct[F Float](m, n, k int) bool {
	mr, _ := tile[F]()
	return 0 < k && (m <= 12 || m <= 22*mr && n <= 256 && k <= 256)
}

// strips reads A and B where they are; the rows of B are contiguous.
func strips[F Float](m, n, k int, alpha F, a []F, rsa, csa int, b []F, ldb int, beta F, c []F, ldc int) {
	mr, nr := tile[F]()
	for p := 0; p < k; p += depth {
		for j := 0; j < n; j += nr {
			strip(m, min(nr, n-j), min(depth, k-p), alpha, a[p*csa:], rsa, csa, mr*rsa, b[p*ldb+j:], ldb, beta, c[j:], ldc)
		}
		beta = 1
	}
}

// columns is a part of a product that reads A and B where they are.
func (w *work[F]) columns(part int) {
	lo, hi := w.part(part, w.c.cols)
	gemmDirect(w.alpha, w.a, w.b.block(0, lo, w.b.rows, hi-lo), w.beta, w.c.block(0, lo, w.c.rows, hi-lo))
}

// gemmDirect is strips for any B: if its columns are contiguous, one piece of a
// strip after the other is turned.
func gemmDirect[F Float](alpha F, a, b view[F], beta F, c view[F]) {
	m, n, k := c.rows, c.cols, a.cols
	if b.cs == 1 {
		strips(m, n, k, alpha, a.data, a.rs, a.cs, b.data, b.rs, beta, c.data, c.rs)
		return
	}
	mr, nr := tile[F]()
	buf, turned := borrow[F](min(k, depth) * nr)
	for p := 0; p < k; p += depth {
		kc := min(depth, k-p)
		for j := 0; j < n; j += nr {
			w := min(nr, n-j)
			transpose(w, kc, b.data[p+j*b.cs:], b.cs, turned, nr)
			strip(m, w, kc, alpha, a.data[p*a.cs:], a.rs, a.cs, mr*a.rs, turned, nr, beta, c.data[j:], c.rs)
		}
		beta = 1
	}
	buf.release()
}
