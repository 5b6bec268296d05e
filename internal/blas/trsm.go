package blas

// Side tells on which side of the unknown a triangular matrix stands.
type Side bool

const (
	Left  Side = false // op(A)·X = B
	Right Side = true  // X·op(A) = B
)

// Tri describes a triangular matrix; the zero value is lower, as it is, with its
// own diagonal. The other triangle is never read.
type Tri struct {
	Upper bool // the upper triangle is used instead of the lower
	Trans bool // op(A) = Aᵀ instead of A
	Unit  bool // ones are taken for the diagonal, which is not read
}

// Trsm overwrites B, of shape [m, n], with the X of op(A)·X = alpha·B (Left, A is
// [m, m]) or X·op(A) = alpha·B (Right, A is [n, n]). A zero on the diagonal gives
// infinities and NaN. With alpha = 0 B becomes zero and is not read. b must not
// overlap a.
//
// Every column (Left) or row (Right) satisfies (A+E)·x = b with |E| ≤ γ(n+1)·|A|
// for A of order n (Higham 2002, theorem 8.5, one rounding more because the
// diagonal is inverted), unless the inverse of a diagonal element overflows.
func Trsm[F Float](side Side, t Tri, m, n int, alpha F, a []F, lda int, b []F, ldb int) {
	order := m
	if side == Right {
		order = n
	}
	checkMatrix("Trsm", "a", order, order, lda, len(a))
	checkMatrix("Trsm", "b", m, n, ldb, len(b))
	x := dense(m, n, b, ldb)
	x.scale(alpha)
	if alpha == 0 {
		return
	}
	trsm(side, t, dense(order, order, a, lda), x)
}

// Trsv overwrites x, of n elements, with the solution of op(A)·y = x.
func Trsv[F Float](t Tri, n int, a []F, lda int, x []F) {
	checkMatrix("Trsv", "a", n, n, lda, len(a))
	checkVector("Trsv", "x", n, len(x))
	if n == 0 {
		return
	}
	trsv(t, dense(n, n, a, lda), x[:n])
}

// trsm solves on either side; b has unit column steps.
func trsm[F Float](side Side, t Tri, a, b view[F]) {
	if b.rows == 0 || b.cols == 0 {
		return
	}
	lower := t.Upper == t.Trans
	if t.Trans {
		a = a.t()
	}
	if side == Left {
		if b.rows*b.rows*b.cols < 2*sharedProducts {
			solveLeft(lower, t.Unit, a, b)
			return
		}
		w := work[F]{a: a, b: b, tri: Tri{Upper: !lower, Unit: t.Unit}, per: partOf(b.rows*b.rows/2, 16)}
		share(parts(b.cols, w.per), w, (*work[float64]).solveColumns, (*work[float32]).solveColumns)
		return
	}
	// X·A = B is Aᵀ·Xᵀ = Bᵀ. The kernels want the rows of Xᵀ contiguous, so it is
	// copied there and back, some columns at a time.
	w := work[F]{a: a.t(), b: b, tri: Tri{Upper: lower, Unit: t.Unit}, per: solveRows}
	if b.cols*b.cols*b.rows < 2*sharedProducts {
		for i := range parts(b.rows, w.per) {
			w.solveTurned(i)
		}
		return
	}
	share(parts(b.rows, w.per), w, (*work[float64]).solveTurned, (*work[float32]).solveTurned)
}

// solveRows is the number of rows that are turned at a time.
const solveRows = 128

// solveColumns is a part of a left solve.
func (w *work[F]) solveColumns(part int) {
	lo, hi := w.part(part, w.b.cols)
	solveLeft(!w.tri.Upper, w.tri.Unit, w.a, w.b.block(0, lo, w.b.rows, hi-lo))
}

// solveTurned is a part of a right solve.
func (w *work[F]) solveTurned(part int) {
	lo, hi := w.part(part, w.b.rows)
	rows := w.b.block(lo, 0, hi-lo, w.b.cols)
	buf, turned := borrow[F](rows.rows * rows.cols)
	x := dense(rows.cols, rows.rows, turned, rows.rows)
	rows.copyTo(x.t())
	solveLeft(!w.tri.Upper, w.tri.Unit, w.a, x)
	x.t().copyTo(rows)
	buf.release()
}

// baseOrder is the order of the diagonal blocks that one kernel call solves.
const baseOrder = 16

// solveLeft overwrites b with the solution of a·x = b by halving a, so that
// nearly all of the work is done by products.
func solveLeft[F Float](lower, unit bool, a, b view[F]) {
	n := a.rows
	if n <= baseOrder {
		solveBase(lower, unit, a, b)
		return
	}
	h := half(n)
	a11, a22 := a.block(0, 0, h, h), a.block(h, h, n-h, n-h)
	b1, b2 := b.block(0, 0, h, b.cols), b.block(h, 0, n-h, b.cols)
	if lower {
		solveLeft(lower, unit, a11, b1)
		gemm(-1, a.block(h, 0, n-h, h), b1, 1, b2)
		solveLeft(lower, unit, a22, b2)
	} else {
		solveLeft(lower, unit, a22, b2)
		gemm(-1, a.block(0, h, h, n-h), b2, 1, b1)
		solveLeft(lower, unit, a11, b1)
	}
}

// half splits n > baseOrder into a multiple of baseOrder and the rest.
func half(n int) int { return (n/2 + baseOrder - 1) / baseOrder * baseOrder }

// solveBase solves with a triangle of at most baseOrder. An upper one is made
// lower by numbering its rows and columns from the end: the kernel takes
// the last element as the first and negative steps.
func solveBase[F Float](lower, unit bool, a, b view[F]) {
	if lower {
		solve(b.rows, b.cols, a.data, 0, a.rs, a.cs, unit, b.data, 0, b.rs)
		return
	}
	last := b.rows - 1
	solve(b.rows, b.cols, a.data, last*(a.rs+a.cs), -a.rs, -a.cs, unit, b.data, last*b.rs, -b.rs)
}
