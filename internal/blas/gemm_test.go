package blas

import (
	"math"
	"testing"
)

// gemmCase is one product with everything that can differ.
type gemmCase struct {
	transA, transB   bool
	m, n, k          int
	padA, padB, padC int
	alpha, beta      float64
}

func flip(trans bool, rows, cols int) (int, int) {
	if trans {
		return cols, rows
	}
	return rows, cols
}

// checkGemm compares Gemm with the definition, within the bound of the package
// comment, and looks at the guards.
func checkGemm[F Float](t *testing.T, g gemmCase, seed uint64) {
	t.Helper()
	r := newRand(seed)
	rowsA, colsA := flip(g.transA, g.m, g.k)
	rowsB, colsB := flip(g.transB, g.k, g.n)
	a := newMatrix[F](r, rowsA, colsA, g.padA)
	b := newMatrix[F](r, rowsB, colsB, g.padB)
	c := newMatrix[F](r, g.m, g.n, g.padC)
	if g.beta == 0 { // must not be read
		for i := range c.all {
			c.all[i] = guard[F]()
		}
	}
	old := c.clone()
	Gemm(g.transA, g.transB, g.m, g.n, g.k, F(g.alpha), a.data, a.ld, b.data, b.ld, F(g.beta), c.data, c.ld)
	c.checkGuards(t, "c")
	a.checkGuards(t, "a")
	b.checkGuards(t, "b")
	// The reference rounds too: twice the bound in float64, once (and nothing to
	// speak of) in float32.
	bound := gamma[F](g.k+3) + gamma[float64](g.k+3)
	sums, abs := reference(g.m, g.n, g.k,
		table(g.m, g.k, func(i, p int) float64 { return a.op(g.transA, i, p) }),
		table(g.k, g.n, func(p, j int) float64 { return b.op(g.transB, p, j) }))
	alpha, beta := float64(F(g.alpha)), float64(F(g.beta))
	for i := range g.m {
		for j := range g.n {
			want, size := alpha*sums[i*g.n+j], math.Abs(alpha)*abs[i*g.n+j]
			if beta != 0 {
				want += beta * old.at(i, j)
				size += math.Abs(beta * old.at(i, j))
			}
			if !near(c.at(i, j), want, bound*size) {
				t.Fatalf("%+v: element (%d, %d) is %v, want %v ± %g", g, i, j, c.at(i, j), want, bound*size)
			}
		}
	}
}

func gemmSmall[F Float](t *testing.T) {
	sizes := []int{1, 2, 3, 4, 5, 7, 8, 11, 13, 16, 17, 25, 31, 33}
	seed := uint64(0)
	for _, f := range bools("AB") {
		for _, m := range sizes {
			for _, n := range sizes {
				k := sizes[seed%uint64(len(sizes))]
				checkGemm[F](t, gemmCase{f[0], f[1], m, n, k, int(seed % 3), int(seed % 4), int(seed % 5), 1.25, 0}, seed)
				seed++
			}
		}
	}
}

func gemmLarge[F Float](t *testing.T) {
	for _, f := range bools("AB") {
		for i, s := range [][3]int{{97, 33, 20}, {13, 130, 300}, {200, 100, 60}, {101, 37, 259}, {195, 1030, 3}, {5, 140, 515}, {140, 3, 257}, {30, 1, 600}, {9, 20, 1030}} {
			checkGemm[F](t, gemmCase{f[0], f[1], s[0], s[1], s[2], i % 3, i % 2, i % 4, -0.75, 0.5}, uint64(i))
		}
	}
}

func TestGemmSmall(t *testing.T) { each(t, gemmSmall[float32], gemmSmall[float64]) }
func TestGemmLarge(t *testing.T) { each(t, gemmLarge[float32], gemmLarge[float64]) }

func gemmScalars[F Float](t *testing.T) {
	for _, size := range []int{2, 9, 40, 130} {
		for _, alpha := range []float64{0, 1, -1, 0.3} {
			for _, beta := range []float64{0, 1, -1, 0.7} {
				checkGemm[F](t, gemmCase{false, true, size, size + 1, size, 1, 0, 2, alpha, beta}, uint64(size))
			}
		}
		checkGemm[F](t, gemmCase{false, false, size, size, 0, 0, 0, 1, 1, 0.7}, 1)
		checkGemm[F](t, gemmCase{false, false, size, size, 0, 0, 0, 1, 1, 0}, 1)
	}
	checkGemm[F](t, gemmCase{false, false, 0, 4, 3, 0, 0, 1, 1, 0.7}, 1)
	checkGemm[F](t, gemmCase{false, true, 4, 0, 3, 0, 0, 1, 1, 0.7}, 1)
}

func TestGemmScalars(t *testing.T) { each(t, gemmScalars[float32], gemmScalars[float64]) }

// With alpha = 0 infinities in A and B stay there.
func TestGemmZeroAlphaReadsNothing(t *testing.T) {
	eachTier(t, func(t *testing.T) {
		a := []float64{math.Inf(1), math.NaN(), 1, 2}
		c := []float64{1, 2, 3, 4}
		Gemm(false, false, 2, 2, 2, 0, a, 2, a, 2, 2, c, 2)
		if c != nil && (c[0] != 2 || c[1] != 4 || c[2] != 6 || c[3] != 8) {
			t.Errorf("got %v", c)
		}
	})
}

// A NaN or infinity goes to its row and column, and nowhere else.
func TestGemmSpreadsNaN(t *testing.T) {
	eachTier(t, func(t *testing.T) {
		for _, n := range []int{2, 10, 37, 130} {
			r := newRand(1)
			a, b := newMatrix[float64](r, n, n, 0), newMatrix[float64](r, n, n, 0)
			a.data[(n-1)*n] = math.NaN()
			b.data[n-2] = math.Inf(1)
			c := make([]float64, n*n)
			Gemm(false, false, n, n, n, 1, a.data, n, b.data, n, 0, c, n)
			for i := range n {
				for j := range n {
					x := c[i*n+j]
					if finite := !math.IsNaN(x) && !math.IsInf(x, 0); finite != (i != n-1 && j != n-2) {
						t.Fatalf("n = %d: element (%d, %d) is %v", n, i, j, x)
					}
				}
			}
		}
	})
}

// A row has the same bits alone, with other rows, and in any order of work, so
// that a product can be shared among goroutines.
func gemmRows[F Float](t *testing.T) {
	const m, k = 150, 600
	for _, n := range []int{1, 3, 70} {
		for _, transB := range []bool{false, true} {
			r := newRand(3)
			rowsB, colsB := flip(transB, k, n)
			a, b := newMatrix[F](r, m, k, 0), newMatrix[F](r, rowsB, colsB, 0)
			whole, parts := make([]F, m*n), make([]F, m*n)
			Gemm(false, transB, m, n, k, 1.5, a.data, k, b.data, b.ld, 0, whole, n)
			for i := 0; i < m; {
				h := min(1+i%7*13, m-i)
				Gemm(false, transB, h, n, k, 1.5, a.data[i*k:], k, b.data, b.ld, 0, parts[i*n:], n)
				i += h
			}
			for i, x := range whole {
				if parts[i] != x {
					t.Fatalf("n = %d, row %d, column %d: %v in parts, %v at once", n, i/n, i%n, parts[i], x)
				}
			}
		}
	}
}

func TestGemmRowsAreIndependent(t *testing.T) { each(t, gemmRows[float32], gemmRows[float64]) }

func batchedGemm[F Float](t *testing.T) {
	r := newRand(4)
	for name, f := range bools("ABab") {
		const batch = 5
		m, n, k := 6, 9, 4
		rowsA, colsA := flip(f[0], m, k)
		rowsB, colsB := flip(f[1], k, n)
		// a and b of a batch stand one below the other; f[2], f[3]: one for all.
		a, b, c := newMatrix[F](r, rowsA*batch, colsA, 1), newMatrix[F](r, rowsB*batch, colsB, 2), newMatrix[F](r, m*batch, n, 3)
		strideA, strideB := rowsA*a.ld, rowsB*b.ld
		if f[2] {
			strideA = 0
		}
		if f[3] {
			strideB = 0
		}
		want := c.clone()
		for i := range batch {
			Gemm(f[0], f[1], m, n, k, 2, a.data[i*strideA:], a.ld, b.data[i*strideB:], b.ld, 3, want.data[i*m*c.ld:], c.ld)
		}
		BatchedGemm(batch, f[0], f[1], m, n, k, 2, a.data, a.ld, strideA, b.data, b.ld, strideB, 3, c.data, c.ld, m*c.ld)
		c.checkGuards(t, name)
		for i := range c.rows {
			for j := range c.cols {
				if c.at(i, j) != want.at(i, j) {
					t.Fatalf("%s: element (%d, %d) is %v, want %v", name, i, j, c.at(i, j), want.at(i, j))
				}
			}
		}
	}
}

func TestBatchedGemm(t *testing.T) { each(t, batchedGemm[float32], batchedGemm[float64]) }

// Named element types use the same kernels.
func TestGemmNamedType(t *testing.T) {
	type length float32
	c := make([]length, 1)
	Gemm(false, false, 1, 1, 2, 1, []length{1, 2}, 2, []length{3, 4}, 1, 0, c, 1)
	if c[0] != 11 {
		t.Errorf("got %v, want 11", c[0])
	}
}

func FuzzGemm(f *testing.F) {
	f.Add(uint16(3), uint16(5), uint16(7), uint8(0), uint8(1), uint64(1))
	f.Add(uint16(120), uint16(33), uint16(270), uint8(3), uint8(9), uint64(2))
	f.Fuzz(func(t *testing.T, m, n, k uint16, flags, pads uint8, seed uint64) {
		g := gemmCase{
			flags&1 != 0, flags&2 != 0, int(m % 210), int(n % 150), int(k % 300),
			int(pads % 4), int(pads / 4 % 4), int(pads / 16 % 4), 1, 0,
		}
		if flags&4 != 0 {
			g.alpha, g.beta = -0.5, 1.5
		}
		eachTier(t, func(t *testing.T) {
			checkGemm[float64](t, g, seed)
			checkGemm[float32](t, g, seed)
		})
	})
}
