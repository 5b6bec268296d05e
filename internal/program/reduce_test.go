package program

import (
	"fmt"
	"slices"
	"testing"

	"github.com/gopyro/pyro/rng"
)

// TestRowsStandAlone: what a row is reduced to depends neither on how many rows
// there are nor, for short rows of LogSumExp, on whether they are columns.
func TestRowsStandAlone(t *testing.T) {
	for _, dtype := range []DType{Float64, Float32} {
		for _, n := range []int{1, 2, 3, 5, 15, 16, 17, 70} {
			const most = 37
			data := make([]float64, most*n)
			rng.New(1).Normals(data)
			data[0], data[n] = inf, -inf
			reduce := func(code Code, dims []int, dim int, data []float64) []float64 {
				var tape Tape
				x := tape.Emit(Cast, Attr{F: float64(dtype)}, tape.Const(NewArray(data, dims...)))
				a := tape.Value(tape.Emit(code, Attr{Dims: []int{dim}}, x))
				out := make([]float64, a.Layout.Size)
				a.CopyTo(out)
				return out
			}
			for _, code := range []Code{Sum, LogSumExp, ReduceMax} {
				name := fmt.Sprint(code, " of rows of ", n, " ", dtype)
				all := reduce(code, []int{most, n}, 1, data)
				for rows := range most {
					if got := reduce(code, []int{rows, n}, 1, data[:rows*n]); !slices.EqualFunc(got, all[:rows], same) {
						t.Fatalf("%s: %d are %v, of %d the first are %v", name, rows, got, most, all[:rows])
					}
				}
				columns := make([]float64, len(data))
				for i, v := range data {
					columns[i%n*most+i/n] = v
				}
				if got := reduce(code, []int{n, most}, 0, columns); code == LogSumExp && n < fewColumns && !slices.EqualFunc(got, all, same) {
					t.Fatalf("%s: as columns %v, as rows %v", name, got, all)
				}
			}
		}
	}
}

func BenchmarkLogSumExp(b *testing.B) {
	for _, c := range [][2]int{{1, 3}, {8, 3}, {150, 3}, {1000, 10}, {1, 15}} {
		b.Run(fmt.Sprint(c), func(b *testing.B) {
			data := make([]float64, c[0]*c[1])
			rng.New(1).Normals(data)
			x := NewArray(data, c[0], c[1])
			var t Tape
			for b.Loop() {
				t.Reset()
				t.Emit(LogSumExp, Attr{Dims: []int{1}}, t.Const(x))
			}
		})
	}
}
