package program

import (
	"slices"
	"testing"

	"github.com/gopyro/pyro/rng"
)

// TestWhatHoldsOfAllData: checks of a minibatch are not computed where they hold of all
// data, and are where they do not; the results are the same.
func TestWhatHoldsOfAllData(t *testing.T) {
	length := map[string]int{} // of the program
	for name, data := range map[string][]float64{
		"booleans": {0, 1, 1, 0, 1, 0},
		"a half":   {0, 1, 0.5, 0, 1, 0},
		"a two":    {0, 1, 2, 0, 1, 0},
	} {
		run := func(t *Tape, key rng.Key) (Ref, Ref) {
			x := t.Var(NewArray([]float64{0.25}))
			index := t.Draw(key, func(key rng.Key, dst []float64, _ [][]float64) {
				s := key.Stream(0)
				for i := range dst {
					dst[i] = float64(int(6 * s.Uniform()))
				}
			}, []int{4})
			y := t.Emit(Index, Attr{}, t.Const(NewArray(data, 6)), index)
			out := t.Emit2(Add, t.Emit(Outside, Attr{}, y, t.Scalar(0), t.Scalar(1)), t.Emit2(Less, t.Emit1(Floor, 0, y), y))
			in := t.EmitWhere(out, t.Scalar(0), y)
			lp := t.EmitWhere(out, t.Scalar(-7), t.Emit2(Mul, in, x))
			return t.Emit(Sum, Attr{Dims: t.Ints([]int{0})}, lp), x
		}
		var tape Tape
		key := rng.New(1).Trace(t)
		y, x := run(&tape, key)
		p := tape.Record(append([]Ref{y}, tape.Grad(y, []Ref{x}, false)...))
		length[name] = p.Len()
		for i := range 20 {
			k := rng.New(uint64(i))
			p.Run(k)
			var eager Tape
			y, x := run(&eager, k)
			g := []float64{0}
			eager.GradInto([][]float64{g}, y, []Ref{x})
			v, _ := eager.Number(y)
			if got, want := []float64{p.Output(0).F64[0], p.Output(1).F64[0]}, []float64{v, g[0]}; !slices.Equal(got, want) {
				t.Fatalf("%s: %v by the program, %v by the run", name, got, want)
			}
		}
	}
	if n := length["booleans"]; n >= length["a half"] || n >= length["a two"] || n > 5 { // the draw, Index, two products, a sum
		t.Errorf("operations of the programs: %v", length)
	}
}
