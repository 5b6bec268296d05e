package blas

// Rows copies rows of n elements of src to dst, one after the other: those whose numbers index
// has. It returns how many it copied: all, or as many as come before an index that is no
// integer from 0 to the last row of src. n is at least 1; dst does not overlap src.
//
// Rows that lie anywhere would be waited for one after the other, so in assembly each is
// asked for while those before it are copied.
func Rows[F Float](dst, src []F, index []float64, n int) int {
	checkVector("Rows", "dst", len(index)*n, len(dst))
	for at := 0; at < len(index); at += rowsAtOnce {
		some := min(rowsAtOnce, len(index)-at)
		if k := copyRows(some, dst[at*n:], src, index[at:], n); k < some {
			return at + k
		}
	}
	return len(index)
}

const (
	// rowsAtOnce is how many rows are copied by one call of assembly, which cannot be interrupted.
	rowsAtOnce = 1 << 12

	// rowsBlock is the size of the rows that are multiplied together: they are in the first level
	// of cache, and that takes no longer than those take that were asked for.
	rowsBlock = 1 << 10
)

// RowsGemv is [Rows], and sets y to the product of the rows in dst, a matrix of shape
// [len(index), n], and x, in the bits of [Gemv]: rows are multiplied where they are copied, while
// others are waited for. Where it copies fewer rows, y is not defined.
func RowsGemv[F Float](dst, src []F, index []float64, n int, x, y []F) int {
	m := len(index)
	checkVector("RowsGemv", "dst", m*n, len(dst))
	checkVector("RowsGemv", "x", n, len(x))
	checkVector("RowsGemv", "y", m, len(y))
	if m*n > piece || IsTall(m, n) { // which Gemv does in other pieces
		copied := Rows(dst, src, index, n)
		Gemv(false, copied, n, 1, dst, n, x, 0, y)
		return copied
	}
	clear(y[:m])
	per := max(4, rowsBlock/n&^3)
	for at := 0; at < m; at += per {
		some := min(per, m-at)
		if k := copyRows(some, dst[at*n:], src, index[at:], n); k < some {
			return at + k
		}
		dots(some, n, 1, dst[at*n:], n, x, y[at:])
	}
	return m
}

// rowsGo is copyRows in plain Go.
func rowsGo[F Float](count int, dst, src []F, index []float64, n int) int {
	if n == 1 {
		return numbersGo(dst, src, index[:count])
	}
	size := len(src) / n
	for i, v := range index[:count] {
		j := int(v)
		if float64(j) != v || uint(j) >= uint(size) {
			return i
		}
		copy(dst[i*n:(i+1)*n], src[j*n:])
	}
	return count
}

// numbersGo is rowsGo for rows of one number, for all indices.
func numbersGo[F Float](dst, src []F, index []float64) int {
	dst = dst[:len(index)]
	for i, v := range index {
		j := int(v)
		if float64(j) != v || uint(j) >= uint(len(src)) {
			return i
		}
		dst[i] = src[j]
	}
	return len(index)
}
