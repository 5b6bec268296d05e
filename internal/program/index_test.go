package program

import (
	"fmt"
	"testing"

	"github.com/gopyro/pyro/rng"
)

// TestIndexRows: rows are those picked, whatever their length and number, which
// decide how many are asked for ahead.
func TestIndexRows(t *testing.T) {
	for _, d := range []DType{Float64, Float32} {
		for _, n := range []int{1, 2, 7, 20, 95, 96, 97, 191, 192, 193, 384, 385} {
			const size = 50
			x := NewArray(make([]float64, size*n), size, n)
			for i := range x.F64 {
				x.F64[i] = float64(i)
			}
			for _, count := range []int{0, 1, 2, 9, 10, 33, 200} {
				rows := NewArray(make([]float64, count), count)
				for i := range rows.F64 {
					rows.F64[i] = float64((i*i + 3*i + 49) % size)
				}
				var tape Tape
				y := tape.Emit(Index, Attr{}, tape.Emit1(Cast, float64(d), tape.Const(x)), tape.Const(rows))
				got := make([]float64, count*n)
				tape.Value(y).CopyTo(got)
				for i, v := range got {
					if want := rows.F64[i/n]*float64(n) + float64(i%n); v != want {
						t.Fatalf("element %d of row %d is %v, want %v (%v, %d of %d numbers)", i%n, i/n, v, want, d, count, n)
					}
				}
			}
		}
	}
}

// BenchmarkIndexRows picks a thousand rows of a million, others each time.
func BenchmarkIndexRows(b *testing.B) {
	const size = 1_000_000
	for _, n := range []int{1, 20} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			x := NewArray(make([]float64, size*n), size, n)
			for i := range x.F64 {
				x.F64[i] = float64(i)
			}
			pick := func(key rng.Key, dst []float64, _ [][]float64) {
				key.Uniforms(dst)
				for i, u := range dst {
					dst[i] = float64(int(u * size))
				}
			}
			var tape Tape
			p := tape.Record([]Ref{tape.Emit(Index, Attr{}, tape.Const(x), tape.Draw(rng.New(1).Trace(b), pick, []int{1000}))})
			for i := 0; b.Loop(); i++ {
				p.Run(rng.New(uint64(i)))
			}
		})
	}
}
