package blas

import (
	"math"
	"math/rand/v2"
	"testing"
	"unsafe"

	"github.com/gopyro/pyro/internal/cpu"
)

// eachTier runs f with every tier that the machine has; under the race detector,
// which looks for other things and is slow, with the best.
func eachTier(t *testing.T, f func(t *testing.T)) {
	best := cpu.Best
	defer func() { cpu.Best = best }()
	first := cpu.Portable
	if raceEnabled {
		first = best
	}
	for tier := first; tier <= best; tier++ {
		cpu.Best = tier
		t.Run(tier.String(), f)
	}
}

// each runs f32 and f64 with every tier.
func each(t *testing.T, f32, f64 func(t *testing.T)) {
	eachTier(t, func(t *testing.T) {
		t.Run("float32", f32)
		t.Run("float64", f64)
	})
}

// unit is the unit roundoff of F.
func unit[F Float]() float64 {
	if unsafe.Sizeof(F(0)) == 4 {
		return 0x1p-24
	}
	return 0x1p-53
}

// gamma is Higham's γ(n) = n·u/(1-n·u).
func gamma[F Float](n int) float64 {
	nu := float64(n) * unit[F]()
	return nu / (1 - nu)
}

// guard stands in every place that must be neither read nor written: it would
// spread, and it would be missed.
func guard[F Float]() F { return F(math.NaN()) }

// matrix is a random [rows, cols] in a slice with guards between and around.
type matrix[F Float] struct {
	all, data      []F // data is all without the leading guards
	rows, cols, ld int
}

const margin = 5

func newMatrix[F Float](r *rand.Rand, rows, cols, pad int) matrix[F] {
	ld := cols + pad
	size := max(0, (rows-1)*ld+cols)
	m := matrix[F]{make([]F, size+2*margin), nil, rows, cols, ld}
	for i := range m.all {
		m.all[i] = guard[F]()
	}
	m.data = m.all[margin : margin+size : margin+size]
	for i := range rows {
		for j := range cols {
			m.data[i*ld+j] = F(r.NormFloat64())
		}
	}
	return m
}

func (m matrix[F]) at(i, j int) float64 { return float64(m.data[i*m.ld+j]) }

// op is element (i, j) of the matrix or its transpose.
func (m matrix[F]) op(trans bool, i, j int) float64 {
	if trans {
		i, j = j, i
	}
	return m.at(i, j)
}

func (m matrix[F]) clone() matrix[F] {
	c := m
	c.all = append([]F(nil), m.all...)
	size := len(m.data)
	c.data = c.all[margin : margin+size : margin+size]
	return c
}

// checkGuards reports a place outside of the matrix that was written.
func (m matrix[F]) checkGuards(t *testing.T, name string) {
	t.Helper()
	inside := func(i int) bool {
		i -= margin
		return i >= 0 && i < len(m.data) && i%m.ld < m.cols
	}
	for i, x := range m.all {
		if !inside(i) && x == x {
			t.Fatalf("%s: place %d outside of the matrix was overwritten with %v", name, i-margin, x)
		}
	}
}

// triangular makes m a well-conditioned triangle with guards in the other one.
func (m matrix[F]) triangular(upper, unitDiagonal bool) matrix[F] {
	for i := range m.rows {
		for j := range m.cols {
			x := &m.data[i*m.ld+j]
			switch {
			case i == j && unitDiagonal:
				*x = guard[F]()
			case i == j:
				*x = F(math.Copysign(1.5, float64(*x))) + *x/4
			case (j > i) == upper:
				*x /= F(m.rows)
			default:
				*x = guard[F]()
			}
		}
	}
	return m
}

// tri is element (i, j) of op(m), m a triangle.
func (m matrix[F]) tri(tr Tri, i, j int) float64 {
	switch {
	case i == j && tr.Unit:
		return 1
	case i != j && (j > i) != (tr.Upper != tr.Trans):
		return 0
	}
	return m.op(tr.Trans, i, j)
}

func near(got, want, bound float64) bool { return math.Abs(got-want) <= bound }

func bools(names string) func(yield func(string, []bool) bool) {
	return func(yield func(string, []bool) bool) {
		n := len(names)
		for bits := range 1 << n {
			flags := make([]bool, n)
			text := ""
			for i := range n {
				flags[i] = bits>>i&1 == 1
				if flags[i] {
					text += names[i : i+1]
				} else {
					text += "-"
				}
			}
			if !yield(text, flags) {
				return
			}
		}
	}
}

func newRand(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 0x9e3779b97f4a7c15)) }

// table writes f(i, j) out as a [rows, cols] matrix.
func table(rows, cols int, f func(i, j int) float64) []float64 {
	out := make([]float64, rows*cols)
	for i := range rows {
		for j := range cols {
			out[i*cols+j] = f(i, j)
		}
	}
	return out
}

// reference returns the product of a, [m, k], and b, [k, n], by its definition, and
// that of their absolute values.
func reference(m, n, k int, a, b []float64) (sum, abs []float64) {
	sum, abs = make([]float64, m*n), make([]float64, m*n)
	for i := range m {
		for p := range k {
			x := a[i*k+p]
			sumRow, absRow := sum[i*n:][:n], abs[i*n:][:n]
			for j, y := range b[p*n:][:n] {
				sumRow[j] += x * y
				absRow[j] += math.Abs(x * y)
			}
		}
	}
	return sum, abs
}
