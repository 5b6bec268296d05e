package blas

import (
	"math"
	"slices"
	"testing"
	"unsafe"
)

// TestRows: rows are those named, of any length and number, from anywhere, and nothing
// else is written.
func TestRows(t *testing.T) { each(t, rowsOf[float32], rowsOf[float64]) }

func rowsOf[F Float](t *testing.T) {
	longest := 1536 / int(unsafe.Sizeof(F(0))) // that assembly copies
	for _, n := range []int{1, 2, 3, 4, 5, 6, 7, 8, 9, 15, 16, 17, 20, 31, 33, longest, longest + 1, 1000} {
		size := 30
		if n == 1 { // few numbers go another way
			size = 5000
		}
		x := make([]F, size*n+5)
		for i := range x {
			x[i] = F(i)
		}
		for _, count := range []int{0, 1, 2, 3, 63, 64, 65, 200} {
			index := someRows(count, size)
			for from := range 5 {
				src, room := x[from:], make([]F, from+count*n+1)
				dst := room[from : from+count*n]
				for i := range room {
					room[i] = -1
				}
				if got := Rows(dst, src, index, n); got != count {
					t.Fatalf("copied %d of %d rows", got, count)
				}
				for i, v := range dst {
					if want := F(from + int(index[i/n])*n + i%n); v != want {
						t.Fatalf("element %d of row %d is %v, want %v (%d rows of %d)", i%n, i/n, v, want, count, n)
					}
				}
				if slices.ContainsFunc(room[:from], func(v F) bool { return v != -1 }) || room[from+count*n] != -1 {
					t.Fatalf("wrote beside the %d rows of %d", count, n)
				}
			}
		}
	}
}

// someRows are numbers of rows out of size: the last one first, and some more than once.
func someRows(count, size int) []float64 {
	index := make([]float64, count)
	for i := range index {
		index[i] = float64((i*i + 3*i + size - 1) % size)
	}
	return index
}

// TestRowsGemv: rows are those of Rows, and the product has the bits of Gemv.
func TestRowsGemv(t *testing.T) { each(t, rowsGemv[float32], rowsGemv[float64]) }

func rowsGemv[F Float](t *testing.T) {
	const size = 40
	for _, n := range []int{1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 20, 23, 24, 25, 31, 32, 33, 47, 65, 191, 192, 193, 300} {
		for _, count := range []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 63, 64, 65, 203, 900} {
			r := newRand(uint64(1000*n + count))
			src, x := make([]F, size*n), make([]F, n)
			for _, s := range [][]F{src, x} {
				for i := range s {
					s[i] = F(r.NormFloat64())
				}
			}
			index := someRows(count, size)
			rows, want := make([]F, count*n), make([]F, count)
			Rows(rows, src, index, n)
			Gemv(false, count, n, 1, rows, n, x, 0, want)
			dst, y := make([]F, count*n), make([]F, count+1)
			for i := range y {
				y[i] = guard[F]()
			}
			if got := RowsGemv(dst, src, index, n, x, y); got != count || !slices.Equal(dst, rows) {
				t.Fatalf("%d rows of %d: %d, or others, are copied", count, n, got)
			}
			for i, v := range want { // no product of these is 0
				if y[i] != v {
					t.Fatalf("%d rows of %d: product %d is %v, by Gemv %v", count, n, i, y[i], v)
				}
			}
			if !math.IsNaN(float64(y[count])) {
				t.Fatalf("%d rows of %d: wrote beyond the product", count, n)
			}
		}
	}
}

// TestRowsGemvZeros: products that are -0 are as in Gemv.
func TestRowsGemvZeros(t *testing.T) {
	eachTier(t, func(t *testing.T) {
		src, x := make([]float64, 40), make([]float64, 20)
		for i := range x {
			x[i] = -1
		}
		index := []float64{1, 0, 0, 1, 1}
		dst, y, want := make([]float64, 100), make([]float64, 5), make([]float64, 5)
		RowsGemv(dst, src, index, 20, x, y)
		Gemv(false, 5, 20, 1, dst, 20, x, 0, want)
		for i := range y {
			if math.Float64bits(y[i]) != math.Float64bits(want[i]) {
				t.Errorf("product %d is %v, by Gemv %v", i, y[i], want[i])
			}
		}
	})
}

// TestRowsStopAtBadIndices: rows before the first index that is none are copied, and none
// from there on.
func TestRowsStopAtBadIndices(t *testing.T) {
	const size, n = 7, 20
	src, x := make([]float64, size*n), make([]float64, n)
	for i := range src {
		src[i] = float64(i)
	}
	bad := []float64{
		-1, size, 0.5, 6.0000001, -1e-300, math.NaN(), math.Inf(1), math.Inf(-1), math.MaxFloat64,
		1 << 32, 1 << 63, -1 << 63, 1 << 61, 1<<61 - 1<<20, math.Copysign(0, -1),
	}
	eachTier(t, func(t *testing.T) {
		for _, count := range []int{1, 2, 41, 5000} {
			for at := 0; at < count; at += max(1, count/5) {
				for _, b := range bad {
					want := at
					if b == 0 {
						want = count
					}
					index := someRows(count, size)
					index[at] = b
					for name, f := range map[string]func(dst []float64) int{
						"Rows":     func(dst []float64) int { return Rows(dst, src, index, n) },
						"RowsGemv": func(dst []float64) int { return RowsGemv(dst, src, index, n, x, make([]float64, count)) },
					} {
						dst := make([]float64, count*n)
						for i := range dst {
							dst[i] = -1
						}
						if got := f(dst); got != want {
							t.Fatalf("%s: with %v at %d of %d, %d rows are copied", name, b, at, count, got)
						}
						for i, v := range dst {
							if copied := v != -1; copied != (i/n < want) {
								t.Fatalf("%s: with %v at %d of %d, element %d is %v", name, b, at, count, i, v)
							}
						}
					}
				}
			}
		}
		dst, y := make([]float64, n), make([]float64, 1)
		if a, b := Rows(dst, nil, []float64{0}, n), RowsGemv(dst, nil, []float64{0}, n, x, y); a != 0 || b != 0 {
			t.Errorf("%d and %d rows of nothing", a, b)
		}
		index := []float64{1, 2}
		dst, y = make([]float64, 2*n), make([]float64, 2)
		if a := testing.AllocsPerRun(3, func() { Rows(dst, src, index, n); RowsGemv(dst, src, index, n, x, y) }); a != 0 {
			t.Errorf("%v allocations", a)
		}
	})
}

func TestRowsErrors(t *testing.T) {
	x := make([]float64, 20)
	for name, f := range map[string]func(){
		"dst":            func() { Rows(x[:5], x, []float64{0, 0}, 3) },
		"dst of product": func() { RowsGemv(x[:5], x, []float64{0, 0}, 3, x, x) },
		"x":              func() { RowsGemv(x, x, []float64{0, 0}, 3, x[:2], x) },
		"y":              func() { RowsGemv(x, x, []float64{0, 0}, 3, x, x[:1]) },
	} {
		func() {
			defer func() {
				if e, ok := recover().(*ShapeError); !ok {
					t.Errorf("%s too short: %v", name, e)
				}
			}()
			f()
		}()
	}
}

// FuzzRows: what is copied does not depend on the tier, for any indices.
func FuzzRows(f *testing.F) {
	f.Add(1.0, 2.0, 3.0, uint8(20))
	f.Add(0.5, -1.0, 1e18, uint8(1))
	f.Fuzz(func(t *testing.T, a, b, c float64, n uint8) {
		width := 1 + int(n)
		src := make([]float32, 5*width)
		for i := range src {
			src[i] = float32(i)
		}
		index := []float64{a, 4, b, 0, c}
		got, want := make([]float32, len(index)*width), make([]float32, len(index)*width)
		k := rowsGo(len(index), want, src, index, width)
		if j := Rows(got, src, index, width); j != k || !slices.Equal(got, want) {
			t.Errorf("rows %v of %d: %d copied, %v, want %d, %v", index, width, j, got, k, want)
		}
	})
}

// BenchmarkRows copies, and multiplies, a thousand rows of a million, others each time.
func BenchmarkRows(b *testing.B) {
	const size, count, n = 1_000_000, 1000, 20
	src, dst, x, y := make([]float64, size*n), make([]float64, count*n), make([]float64, n), make([]float64, count)
	for i := range src {
		src[i] = float64(i)
	}
	index := make([]float64, count)
	at := uint32(1)
	others := func() {
		for i := range index {
			at = at*1664525 + 1013904223
			index[i] = float64(uint64(at) * size >> 32)
		}
	}
	for name, f := range map[string]func(){
		"Rows":          func() { Rows(dst, src, index, n) },
		"RowsGemv":      func() { RowsGemv(dst, src, index, n, x, y) },
		"Rows and Gemv": func() { Rows(dst, src, index, n); Gemv(false, count, n, 1, dst, n, x, 0, y) },
		"elements":      func() { Rows(y, src[:size], index, 1) },
		"nothing":       func() {},
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				others()
				f()
			}
		})
	}
}
