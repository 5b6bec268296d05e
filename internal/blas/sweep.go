package blas

// What goes through a large matrix twice, for a product with a vector and for one of
// the transpose, is bound by memory. A caller that has something to do with each row
// in between can do both products on some rows at a time, with the bits of Gemv.

// SumRows tells how Gemv adds up the rows of a matrix of shape [m, n] for its
// transpose: sums of so many rows, few at a time, which are then added in order. Both
// are 0 if it does not make such sums.
func SumRows(m, n int) (rows, few int) {
	if m*n < sharedPieces*piece || n >= wideRow {
		return 0, 0
	}
	return max(4, piece/n&^3), max(4, sweptPiece/n&^3)
}

// sweptPiece is the number of elements of the rows that are added at a time. A
// second-level cache holds them.
const sweptPiece = 1 << 15

// DotRows sets y = A·x for some rows, of shape [m, n], of a matrix that has sums of
// rows. None of its bits depends on which they are.
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
