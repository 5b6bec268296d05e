package constraint

import (
	"math"

	"github.com/gopyro/pyro/tensor"
	"github.com/gopyro/pyro/transform"
)

// Sets of square matrices. Sums, and the two halves of symmetric matrices, are
// compared within 1e-6, or 1e-5 in float32.
var (
	// LowerCholesky is the lower triangular matrices with a positive diagonal.
	LowerCholesky Constraint = lowerCholesky
	// CorrCholesky is the Cholesky factors of correlation matrices: of
	// LowerCholesky those with rows of unit length.
	CorrCholesky Constraint = corrCholesky
	// PositiveDefinite is the symmetric positive definite matrices.
	PositiveDefinite Constraint = positiveDefinite
	// CorrMatrix is the correlation matrices: positive definite with a unit
	// diagonal.
	CorrMatrix Constraint = corrMatrix
)

type matrices int

const (
	lowerCholesky matrices = iota
	corrCholesky
	positiveDefinite
	corrMatrix
)

func (matrices) EventRank() int { return 2 }
func (matrices) Discrete() bool { return false }

func (c matrices) Bijection() transform.Transform {
	switch c {
	case lowerCholesky:
		return transform.LowerCholesky
	case corrCholesky:
		return transform.CorrCholesky
	case positiveDefinite:
		return transform.PositiveDefinite
	}
	return transform.CorrMatrix
}

func (c matrices) Transform() transform.Transform { return c.Bijection() }

func (c matrices) String() string {
	switch c {
	case lowerCholesky:
		return "lower triangular matrix with positive diagonal"
	case corrCholesky:
		return "Cholesky factor of a correlation matrix"
	case positiveDefinite:
		return "positive definite matrix"
	}
	return "correlation matrix"
}

func (c matrices) Check(x *tensor.Tensor) (at int, ok bool) {
	count, size := split(c, x)
	n := x.Dim(-1)
	if x.Dim(-2) != n || n == 0 {
		return 0, count == 0
	}
	tol := tolerance(x.DType())
	if c == lowerCholesky || c == corrCholesky {
		return c.checkTriangular(x, n, tol)
	}
	data := x.Float64s() // a copy, to work in
	for i := range count {
		m := data[i*size : (i+1)*size]
		if !c.has(m, n, tol) {
			return i, false
		}
	}
	return 0, true
}

// checkTriangular looks at the elements in their order, so that it needs no copy.
func (c matrices) checkTriangular(x *tensor.Tensor, n int, tol float64) (at int, ok bool) {
	w := triangular{n: n, tol: tol, unit: c == corrCholesky}
	at = x.FindRun(w.bad)
	return max(at, 0) / (n * n), at < 0
}

// triangular walks through lower triangular matrices with a positive diagonal.
type triangular struct {
	n        int
	tol      float64
	unit     bool // rows have unit length
	row, col int  // of the next element
	sum      float64
}

// bad returns the first element of the next run that is not as it should be, or -1.
func (w *triangular) bad(run []float64) int {
	for k := 0; k < len(run); {
		part := run[k:min(len(run), k+w.part())]
		switch {
		case w.col < w.row:
			for i, v := range part {
				if v-v != 0 {
					return k + i
				}
			}
		case w.col == w.row:
			if v := part[0]; !(v > 0 && v <= math.MaxFloat64) {
				return k
			}
		default:
			for i, v := range part {
				if v != 0 {
					return k + i
				}
			}
		}
		if w.unit {
			for _, v := range part {
				w.sum += v * v
			}
		}
		k, w.col = k+len(part), w.col+len(part)
		if w.col < w.n {
			continue
		}
		if w.unit && !(math.Abs(w.sum-1) <= w.tol) {
			return k - 1
		}
		w.col, w.sum = 0, 0
		if w.row++; w.row == w.n {
			w.row = 0
		}
	}
	return -1
}

// part is how many elements follow that are on the same side of the diagonal, or on
// it.
func (w *triangular) part() int {
	switch {
	case w.col < w.row:
		return w.row - w.col
	case w.col == w.row:
		return 1
	}
	return w.n - w.col
}

// has reports whether m is in the set; m is used as work space.
func (c matrices) has(m []float64, n int, tol float64) bool {
	if c == corrMatrix && !hasUnitDiagonal(m, n, tol) {
		return false
	}
	return isSymmetric(m, n, tol) && factorises(m, n)
}

func hasUnitDiagonal(m []float64, n int, tol float64) bool {
	for i := range n {
		if !(math.Abs(m[i*n+i]-1) <= tol) {
			return false
		}
	}
	return true
}

// isSymmetric compares in units of the diagonal, so that the scales of the rows
// do not matter.
func isSymmetric(m []float64, n int, tol float64) bool {
	for i := range n {
		for j := range i {
			unit := math.Sqrt(math.Abs(m[i*n+i])) * math.Sqrt(math.Abs(m[j*n+j]))
			if !(math.Abs(m[i*n+j]-m[j*n+i]) <= tol*unit) {
				return false
			}
		}
	}
	return true
}

// factorises reports whether m has a Cholesky factor, which it puts in place of
// the lower triangle.
func factorises(m []float64, n int) bool {
	for i := range n {
		for j := range i + 1 {
			s := m[i*n+j]
			for k := range j {
				s -= m[i*n+k] * m[j*n+k]
			}
			if j < i {
				m[i*n+j] = s / m[j*n+j]
				continue
			}
			if !(s > 0 && s <= math.MaxFloat64) {
				return false
			}
			m[i*n+i] = math.Sqrt(s)
		}
	}
	return true
}
