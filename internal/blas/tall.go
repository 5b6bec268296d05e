package blas

// A row of few elements keeps most of a register idle, and adding up what is in it
// takes longer than the products. Products of a tall matrix, which has many rows of
// few elements, and a vector are therefore made with its transpose: strip by strip,
// or at once where a Tall holds it.

const (
	fewColumns = 16
	tallRows   = 64
	tallStrip  = 256 // rows that are transposed at a time; sums over rows are made of those of strips
)

// IsTall reports whether Gemv takes the transpose of a matrix of shape [m, n].
func IsTall(m, n int) bool {
	return 0 < n && n <= fewColumns && m >= tallRows && m*n <= piece
}

// Tall is the transpose of a tall matrix, for many products.
type Tall[F Float] struct {
	m, n int
	t    []F // [n, m]
}

// NewTall returns the transpose of A of shape [m, n], for which IsTall holds.
func NewTall[F Float](m, n int, a []F, lda int) *Tall[F] {
	checkMatrix("NewTall", "a", m, n, lda, len(a))
	h := &Tall[F]{m, n, make([]F, m*n)}
	transpose(m, n, a, lda, h.t, m)
	return h
}

// Gemv sets y = op(A)·x, in the bits of [Gemv].
func (h *Tall[F]) Gemv(trans bool, x, y []F) {
	rows, cols := flipped(trans, h.m, h.n)
	checkVector("Gemv", "x", cols, len(x))
	checkVector("Gemv", "y", rows, len(y))
	clear(y[:rows])
	for i := 0; i < h.m; i += tallStrip {
		tallStripOf(trans, i, min(tallStrip, h.m-i), h.n, 1, h.t[i:], h.m, x, y)
	}
}

// tallGemv adds alpha·op(A)·x to y for a tall A.
func tallGemv[F Float](trans bool, m, n int, alpha F, a []F, lda int, x, y []F) {
	buf, t := borrow[F](n * tallStrip)
	for i := 0; i < m; i += tallStrip {
		rows := min(tallStrip, m-i)
		transpose(rows, n, a[i*lda:], lda, t, rows)
		tallStripOf(trans, i, rows, n, alpha, t, rows, x, y)
	}
	buf.release()
}

// tallStripOf adds alpha times the product of the rows from i on, whose transpose
// is t.
func tallStripOf[F Float](trans bool, i, rows, n int, alpha F, t []F, ldt int, x, y []F) {
	if trans {
		dots(n, rows, alpha, t, ldt, x[i:], y)
	} else {
		axpys(n, rows, alpha, t, ldt, x, y[i:])
	}
}
