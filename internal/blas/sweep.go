package blas

// What goes through a matrix twice, for a product with a vector and for one of the
// transpose, is bound by memory, or by the caches. A caller that has something to do
// with each row in between can do both products on some rows at a time, with the bits
// of Gemv.

// SumRows tells how Gemv adds up the rows of a matrix of shape [m, n] for its
// transpose: sums of so many rows, few of them (16 or more) at a time, which are then
// added in order. Both are 0 if it does so in another way.
func SumRows(m, n int) (rows, few int) {
	switch {
	case m*n < leastSwept || n >= wideRow || IsTall(m, n):
		return 0, 0
	case m*n < sharedPieces*piece:
		rows = m
	default:
		rows = piece / n &^ 3
	}
	return rows, max(16, sweptPiece/n&^3)
}

const (
	sweptPiece = 1 << 12 // elements of the rows that are added at a time: a first-level cache holds them
	leastSwept = 1 << 16 // elements from which on it is worth while
)

// DotRows sets y = A·x for some rows, of shape [m, n], of a matrix that SumRows is not
// 0 for. None of its bits depends on which they are.
func DotRows[F Float](m, n int, a []F, lda int, x, y []F) {
	checkMatrix("DotRows", "a", m, n, lda, len(a))
	checkVector("DotRows", "x", n, len(x))
	checkVector("DotRows", "y", m, len(y))
	clear(y[:m])
	dots(m, n, 1, a, lda, x, y)
}

// AddRows adds Aᵀ·x to y for the few rows of A that are added at a time.
func AddRows[F Float](m, n int, a []F, lda int, x, y []F) {
	checkMatrix("AddRows", "a", m, n, lda, len(a))
	checkVector("AddRows", "x", m, len(x))
	checkVector("AddRows", "y", n, len(y))
	axpys(m, n, 1, a, lda, x, y)
}
