package blas

import (
	"fmt"
	"runtime"
	"slices"
	"testing"
)

// onCores runs f on 1, 2 and 5 cores and wants the same bits of all, which it
// returns.
func onCores[F Float](t *testing.T, name string, f func() []F) []F {
	t.Helper()
	var want []F
	for _, n := range []int{1, 2, 5} {
		old := runtime.GOMAXPROCS(n)
		got := f()
		runtime.GOMAXPROCS(old)
		if want == nil {
			want = got
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: other bits on %d cores than on one", name, n)
		}
	}
	return want
}

// bothTypes runs a test in the tier in use: what is shared is above the kernels.
func bothTypes(t *testing.T, f32, f64 func(t *testing.T)) {
	t.Run("float32", f32)
	t.Run("float64", f64)
}

// sharedGemm: products that are shared have the bits of their rows by tens, each
// too small to be shared.
func sharedGemm[F Float](t *testing.T) {
	for _, c := range []struct{ m, n, k int }{
		{300, 200, 100}, // as they are, in columns
		{11, 1000, 600},
		{500, 300, 300}, // packed, in rows
		{70_000, 9, 11},
		{129, 1030, 515},
	} {
		for _, trans := range [][2]bool{{false, false}, {true, false}, {false, true}} {
			r := newRand(50)
			rowsA, colsA := flip(trans[0], c.m, c.k)
			rowsB, colsB := flip(trans[1], c.k, c.n)
			a, b := newMatrix[F](r, rowsA, colsA, 1), newMatrix[F](r, rowsB, colsB, 0)
			start := newMatrix[F](r, c.m, c.n, 0)
			name := fmt.Sprint("product ", c, trans)
			got := onCores(t, name, func() []F {
				y := slices.Clone(start.data)
				Gemm(trans[0], trans[1], c.m, c.n, c.k, 0.5, a.data, a.ld, b.data, b.ld, -2, y, c.n)
				return y
			})
			want := slices.Clone(start.data)
			for i := 0; i < c.m; i += 10 {
				at := i * a.ld
				if trans[0] {
					at = i
				}
				Gemm(trans[0], trans[1], min(10, c.m-i), c.n, c.k, 0.5, a.data[at:], a.ld, b.data, b.ld, -2, want[i*c.n:], c.n)
			}
			if !slices.Equal(got, want) {
				t.Errorf("%s: not the bits of its rows", name)
			}
		}
	}
}

func TestSharedGemm(t *testing.T) { bothTypes(t, sharedGemm[float32], sharedGemm[float64]) }

// sharedGemv: a long product with a vector is within its bound and has the same
// bits on any number of cores.
func sharedGemv[F Float](t *testing.T) {
	for _, c := range []struct{ m, n int }{{50_003, 21}, {700, 1001}, {401, 2050}, {5, 300_001}} {
		for _, trans := range []bool{false, true} {
			checkGemv[F](t, trans, c.m, c.n, 1, 2, 0.5)
			r := newRand(51)
			a := newMatrix[F](r, c.m, c.n, 1)
			rows, cols := flip(trans, c.m, c.n)
			x := newMatrix[F](r, 1, cols, 0)
			onCores(t, fmt.Sprint("product with a vector ", c, trans), func() []F {
				y := make([]F, rows)
				Gemv(trans, c.m, c.n, 2, a.data, a.ld, x.data, 0, y)
				return y
			})
		}
	}
}

func TestSharedGemv(t *testing.T) { bothTypes(t, sharedGemv[float32], sharedGemv[float64]) }

// sharedSolves: so have solves and factors; a solve has the bits of its columns
// or rows one by one where they are not shared.
func sharedSolves[F Float](t *testing.T) {
	const n, k = 350, 300
	r := newRand(52)
	p := positive[F](r, n, 0)
	factor := onCores(t, "factor", func() []F {
		a := slices.Clone(p.data)
		if pivot, ok := Cholesky(n, a, n); !ok {
			t.Errorf("pivot %d", pivot)
		}
		for i := range n {
			clear(a[i*n+i+1 : (i+1)*n])
		}
		return a
	})
	for _, side := range []Side{Left, Right} {
		for _, tri := range []Tri{{}, {Trans: true}} {
			m, cols := n, k
			if side == Right {
				m, cols = k, n
			}
			b := newMatrix[F](r, m, cols, 0)
			got := onCores(t, fmt.Sprint("solve ", side, tri), func() []F {
				x := slices.Clone(b.data)
				Trsm(side, tri, m, cols, 1, factor, n, x, cols)
				return x
			})
			want := slices.Clone(b.data)
			for i := 0; i < k; i += 50 {
				if side == Left {
					Trsm(side, tri, n, 50, 1, factor, n, want[i:], k)
				} else {
					Trsm(side, tri, 50, n, 1, factor, n, want[i*n:], n)
				}
			}
			if !slices.Equal(got, want) {
				t.Errorf("solve %v %v: not the bits of its parts", side, tri)
			}
		}
	}
}

func TestSharedSolves(t *testing.T) { bothTypes(t, sharedSolves[float32], sharedSolves[float64]) }

// TestSharedBatch: matrices of a batch have the bits that they have alone.
func TestSharedBatch(t *testing.T) {
	const batch, m, n, k = 600, 20, 30, 21
	r := newRand(53)
	a, b := newMatrix[float64](r, batch*k, m, 0), newMatrix[float64](r, batch*k, n, 0)
	got := onCores(t, "batch", func() []float64 {
		c := make([]float64, batch*m*n)
		BatchedGemm(batch, true, false, m, n, k, 1, a.data, m, k*m, b.data, n, k*n, 0, c, n, m*n)
		return c
	})
	want := make([]float64, batch*m*n)
	for i := range batch {
		Gemm(true, false, m, n, k, 1, a.data[i*k*m:], m, b.data[i*k*n:], n, 0, want[i*m*n:], n)
	}
	if !slices.Equal(got, want) {
		t.Error("a batch has other bits than its matrices")
	}
}

// TestSharedAllocatesNothing on two cores, but for what goroutines need that
// begin or wait.
func TestSharedAllocatesNothing(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector empties pools")
	}
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(2))
	const n = 256
	a, c, y := make([]float64, n*n), make([]float64, n*n), make([]float64, 21)
	long, product := make([]float64, 50_003*21), make([]float64, 50_003*21)
	run := func() {
		Gemm(false, false, n, n, n, 1, a, n, a, n, 0, c, n)
		Gemm(false, false, 50_003, 21, 21, 1, long, 21, a, 21, 0, product, 21)
		Gemv(true, 50_003, 21, 1, long, 21, long, 0, y)
	}
	run()
	const runs = 20
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for range runs {
		run()
	}
	runtime.ReadMemStats(&after)
	if n := (after.Mallocs - before.Mallocs) / runs; n != 0 {
		t.Errorf("%d allocations", n)
	}
}
