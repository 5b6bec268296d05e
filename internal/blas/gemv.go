package blas

// Gemv sets y = alpha·op(A)·x + beta·y for A of shape [m, n]. op transposes where
// trans says so; then x has m elements and y n, otherwise x has n and y m.
// With beta = 0 y is not read; with alpha = 0 A and x are not. y must not overlap
// a or x.
func Gemv[F Float](trans bool, m, n int, alpha F, a []F, lda int, x []F, beta F, y []F) {
	checkMatrix("Gemv", "a", m, n, lda, len(a))
	rows, cols := flipped(trans, m, n)
	checkVector("Gemv", "x", cols, len(x))
	checkVector("Gemv", "y", rows, len(y))
	if IsTall(m, n) {
		if dense(1, rows, y, rows).scale(beta); alpha != 0 {
			tallGemv(trans, m, n, alpha, a, lda, x, y)
		}
		return
	}
	if !trans {
		matVec(m, n, alpha, a, lda, x, beta, y)
		return
	}
	dense(1, n, y, n).scale(beta)
	rows, few := SumRows(m, n)
	switch {
	case alpha == 0 || m == 0 || n == 0:
	case rows == m:
		addRows(m, n, few, alpha, a, lda, x, y)
	case m*n <= piece:
		axpys(m, n, alpha, a, lda, x, y)
	case m*n < sharedPieces*piece:
		pieces(m, n, func(i, j, h, w int) { axpys(h, w, alpha, a[i*lda+j:], lda, x[i:], y[j:]) })
	default:
		vecMat(m, n, alpha, a, lda, x, y)
	}
}

// addRows adds alpha·Aᵀ·x to y, few rows at a time.
func addRows[F Float](m, n, few int, alpha F, a []F, lda int, x, y []F) {
	for i := 0; i < m; i += few {
		axpys(min(few, m-i), n, alpha, a[i*lda:], lda, x[i:], y)
	}
}

// flipped are the sizes of a matrix of shape [m, n], or of its transpose.
func flipped(trans bool, m, n int) (rows, cols int) {
	if trans {
		return n, m
	}
	return m, n
}

// wideRow is the length from which on pieces of a row are long enough to be read
// one by one, and rows are too long for a sum of them in each part.
const wideRow = 2048

// vecMat adds alpha·Aᵀ·x to y for a large A. The parts are columns where there are
// many, else rows, whose sums are then added in order.
func vecMat[F Float](m, n int, alpha F, a []F, lda int, x, y []F) {
	w := work[F]{alpha: alpha, a: dense(m, n, a, lda), x: x, y: y, per: wideRow / 4}
	if n >= wideRow {
		share(parts(n, w.per), w, (*work[float64]).addColumns, (*work[float32]).addColumns)
		return
	}
	w.per, _ = SumRows(m, n)
	count := parts(m, w.per)
	buf, sums := borrow[F](count * n)
	w.packed = sums
	share(count, w, (*work[float64]).addRows, (*work[float32]).addRows)
	for i := range count {
		for j, s := range sums[i*n:][:n] {
			y[j] += s
		}
	}
	buf.release()
}

// addColumns is a part of vecMat.
func (w *work[F]) addColumns(part int) {
	lo, hi := w.part(part, w.a.cols)
	step := piece / (hi - lo) &^ 3
	for i := 0; i < w.a.rows; i += step {
		axpys(min(step, w.a.rows-i), hi-lo, w.alpha, w.a.data[i*w.a.rs+lo:], w.a.rs, w.x[i:], w.y[lo:])
	}
}

// addRows is a part of vecMat.
func (w *work[F]) addRows(part int) {
	lo, hi := w.part(part, w.a.rows)
	n := w.a.cols
	sum := w.packed[part*n:][:n]
	clear(sum)
	_, few := SumRows(w.a.rows, n)
	addRows(hi-lo, n, few, w.alpha, w.a.data[lo*w.a.rs:], w.a.rs, w.x[lo:], sum)
}

// matVec sets y = alpha·A·x + beta·y on checked arguments.
func matVec[F Float](m, n int, alpha F, a []F, lda int, x []F, beta F, y []F) {
	dense(1, m, y, m).scale(beta)
	switch {
	case alpha == 0 || m == 0 || n == 0:
	case m*n <= piece:
		dots(m, n, alpha, a, lda, x, y)
	case m*n < sharedPieces*piece:
		pieces(m, n, func(i, j, h, w int) { dots(h, w, alpha, a[i*lda+j:], lda, x[j:], y[i:]) })
	default:
		w := work[F]{alpha: alpha, a: dense(m, n, a, lda), x: x, y: y, per: max(4, piece/n&^3)}
		share(parts(m, w.per), w, (*work[float64]).dotRows, (*work[float32]).dotRows)
	}
}

// dotRows is a part of matVec.
func (w *work[F]) dotRows(part int) {
	lo, hi := w.part(part, w.a.rows)
	for j := 0; j < w.a.cols; j += piece {
		dots(hi-lo, min(piece, w.a.cols-j), w.alpha, w.a.data[lo*w.a.rs+j:], w.a.rs, w.x[j:], w.y[lo:])
	}
}

// piece is the number of elements that one kernel call reads at most, in some tens
// of microseconds: a call cannot be interrupted, and a garbage collection should
// not wait for one that goes through much of the memory.
const piece = 1 << 17

// pieces cuts a matrix of shape [m, n] into blocks of shape [h, w] at (i, j) and
// gives them to f.
func pieces(m, n int, f func(i, j, h, w int)) {
	for j := 0; j < n; j += piece {
		w := min(piece, n-j)
		rows := max(4, piece/w&^3)
		for i := 0; i < m; i += rows {
			f(i, j, min(rows, m-i), w)
		}
	}
}

// Ger adds alpha·x·yᵀ to A of shape [m, n]; x has m elements, y has n. a must
// not overlap x or y.
func Ger[F Float](m, n int, alpha F, x, y []F, a []F, lda int) {
	checkMatrix("Ger", "a", m, n, lda, len(a))
	checkVector("Ger", "x", m, len(x))
	checkVector("Ger", "y", n, len(y))
	if alpha == 0 || m == 0 || n == 0 {
		return
	}
	const shortRow = 128 // up to which a call for each row costs more than strided access
	if n <= shortRow {
		strips(m, n, 1, alpha, x, 1, 1, y, n, 1, a, lda)
		return
	}
	for i := range m {
		axpys(1, n, alpha, y, n, x[i:], a[i*lda:])
	}
}

// Dot returns the sum of x[i]·y[i] over the elements of x; y has as many or more.
func Dot[F Float](x, y []F) F {
	checkVector("Dot", "y", len(x), len(y))
	if len(x) == 0 {
		return 0
	}
	var sum [1]F
	matVec(1, len(x), 1, x, len(x), y, 0, sum[:])
	return sum[0]
}
