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
	row, j, sum := 0, 0, 0.0 // where the element is, and the sum of squares before it in its row
	at = x.FindRun(func(run []float64) int {
		for k, v := range run {
			switch {
			case j > row && v != 0, !(math.Abs(v) <= math.MaxFloat64), j == row && v <= 0:
				return k
			}
			sum += v * v
			if j++; j < n {
				continue
			}
			if c == corrCholesky && !(math.Abs(sum-1) <= tol) {
				return k
			}
			j, sum = 0, 0
			if row++; row == n {
				row = 0
			}
		}
		return -1
	})
	return max(at, 0) / (n * n), at < 0
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
