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
		at = x.FindEvent(size, func(m []float64) bool { return !triangular(m, n, c == corrCholesky, tol) })
		return max(at, 0), at < 0
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

// triangular reports whether the n × n elements of m are a lower triangular matrix with a
// positive diagonal, of which rows have unit length if unit.
func triangular(m []float64, n int, unit bool, tol float64) bool {
	for i := range n {
		row, sum := m[i*n:][:n], 0.0
		for _, v := range row[:i] {
			if v-v != 0 {
				return false
			}
			sum += v * v
		}
		if v := row[i]; !(v > 0 && v <= math.MaxFloat64) {
			return false
		}
		sum += row[i] * row[i]
		for _, v := range row[i+1:] {
			if v != 0 {
				return false
			}
		}
		if unit && !(math.Abs(sum-1) <= tol) {
			return false
		}
	}
	return true
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
