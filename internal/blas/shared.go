package blas

import (
	"unsafe"

	"github.com/gopyro/pyro/internal/parallel"
)

// Long products and solves are computed in parts, on several cores if there are
// some. The parts are rows, columns or matrices of the result, whose elements do
// not depend on where it is cut; only where all rows go into one sum, they are
// partial sums, of so many rows as the shape tells. So the bits are the same on
// any number of cores.
//
// A part works for some tens of microseconds, and there are eight or more: what
// sharing costs, a microsecond or two, does not count beside that, nor the time
// until a core that was asleep begins.
const (
	partProducts   = 1 << 19 // multiplications of a part of a product
	sharedProducts = 8 * partProducts
	sharedPieces   = 4 // pieces of a product with a vector, each bound by memory
)

// work is what is shared, with all that its parts need.
type work[F Float] struct {
	alpha, beta F
	a, b, c     view[F]
	packed      []F // strips of b; partial sums
	x, y        []F
	per         int // rows, columns or matrices of a part
	side        Side
	tri         Tri
	stack       stack
}

// stack says how the matrices of a batch lie.
type stack struct {
	count, a, b, c int // how many, and how far apart
	transA, transB bool
	lda, ldb       int
}

var (
	works64 parallel.Loop[work[float64]]
	works32 parallel.Loop[work[float32]]
)

// share runs part for each of so many parts. The two functions are the same one
// for either type: a generic one made here would be allocated.
func share[F Float](parts int, w work[F], part64 func(*work[float64], int), part32 func(*work[float32], int)) {
	if unsafe.Sizeof(F(0)) == 4 {
		works32.Run(parts, *(*work[float32])(unsafe.Pointer(&w)), part32)
	} else {
		works64.Run(parts, *(*work[float64])(unsafe.Pointer(&w)), part64)
	}
}

// parts is how many parts of per there are in n, and part i goes from lo to hi.
func parts(n, per int) int { return (n + per - 1) / per }

func (w *work[F]) part(i, n int) (lo, hi int) { return i * w.per, min((i+1)*w.per, n) }

// partOf is how many rows of so many multiplications each make a part, a
// multiple of unit.
func partOf(products, unit int) int {
	return roundUp(max(1, partProducts/max(1, products)), unit)
}
