package program

import (
	"math/rand/v2"
	"testing"

	"github.com/gopyro/pyro/rng"
)

// longProgram puts a random program on arrays of n numbers on the tape: element by
// element, with single numbers, views, rows by constant indices, what was cut and
// put together. It returns its value.
func longProgram(t *Tape, seed uint64, n int, vars []Ref, idx Ref) Ref {
	r := rand.New(rand.NewPCG(seed, 1))
	arrays, numbers := []Ref{vars[0], vars[1]}, []Ref{vars[2], vars[3]}
	array := func() Ref { return arrays[r.IntN(len(arrays))] }
	number := func() Ref { return numbers[r.IntN(len(numbers))] }
	whole := Attr{Dims: t.Ints([]int{0})}
	for range 25 {
		var y Ref
		switch r.IntN(10) {
		case 0, 1:
			y = t.Emit2([]Code{Add, Sub, Mul, Less}[r.IntN(4)], array(), array())
		case 2, 3:
			y = t.Emit2([]Code{Add, Sub, Mul, Div}[r.IntN(4)], array(), number())
		case 4:
			y = t.Emit1([]Code{Neg, Abs, Square}[r.IntN(3)], 0, array())
		case 5:
			y = t.Emit1(MulScalar, r.Float64()-0.5, array())
		case 6:
			y = t.Emit(Index, Attr{}, array(), idx)
		case 7:
			x := t.Emit(Reshape, Attr{Dims: t.Ints([]int{1, n})}, array())
			y = t.Emit(Reshape, Attr{Dims: t.Ints([]int{n})}, t.Emit2(Add, x, number()))
		case 8:
			k := 1 + r.IntN(n-1)
			x := t.Emit(Slice, Attr{Dims: t.Ints([]int{0, 0, k, 1})}, array())
			y = t.Emit(Cat, Attr{Dims: t.Ints([]int{0})}, x, t.Emit(Slice, Attr{Dims: t.Ints([]int{0, k, n, 1})}, array()))
		case 9:
			numbers = append(numbers, t.Emit1(Sigmoid, 0, t.Emit1(MulScalar, 0.01, t.Emit(Sum, whole, array()))))
			continue
		}
		arrays = append(arrays, t.Emit1(Sigmoid, 0, y))
		if r.IntN(2) == 0 {
			arrays[len(arrays)-1] = y
		}
	}
	y := t.Scalar(0)
	for _, x := range arrays[len(arrays)/2:] {
		y = t.Emit2(Add, y, t.Emit(Sum, whole, x))
	}
	return y
}

// TestLong: recorded programs on arrays that loops go along have the bits of new
// evaluations at other points, with their gradients.
func TestLong(t *testing.T) {
	for seed := range uint64(150) {
		r := rand.New(rand.NewPCG(seed, 2))
		n := 65 + r.IntN(80)
		rows := make([]float64, n)
		for i := range rows {
			rows[i] = float64(r.IntN(n) * i / n)
		}
		data := [][]float64{make([]float64, n), make([]float64, n), make([]float64, 1), make([]float64, 1)}
		run := func(tape *Tape) []Ref {
			var vars []Ref
			for i, x := range data {
				if i < 2 {
					vars = append(vars, tape.Var(NewArray(x, n)))
				} else {
					vars = append(vars, tape.Var(NewArray(x)))
				}
			}
			y := longProgram(tape, seed, n, vars, tape.Const(NewArray(rows, n)))
			return append([]Ref{y}, tape.Grad(y, vars, false)...)
		}
		var recording Tape
		var p *Recorded
		for point := range 3 {
			for _, x := range data {
				for i := range x {
					x[i] = r.NormFloat64()
				}
			}
			if point == 0 {
				p = recording.Record(run(&recording))
				continue
			}
			var fresh Tape
			outs := run(&fresh)
			p.Run(rng.New(0))
			for i, out := range outs {
				want, got := make([]float64, n), make([]float64, n)
				fresh.Value(out).CopyTo(want[:fresh.Layout(out).Size])
				p.CopyOutput(i, got)
				for j := range want {
					if bitsOf(want[j]) != bitsOf(got[j]) {
						t.Fatalf("program %d: element %d of output %d is %v, want %v", seed, j, i, got[j], want[j])
					}
				}
			}
		}
	}
}
