package tensor_test

import (
	"testing"

	"github.com/gopyro/pyro/rng"
	"github.com/gopyro/pyro/tensor"
)

// TestReplayView repeats a gradient in which a view is taken of a value that the
// program joins with another one: of a product with the ones that Sum passes
// back, which is the factor itself.
func TestReplayView(t *testing.T) {
	x := []float64{1, 2, 3, 4, 5, 6}
	leaf := tensor.Using(x, 2, 3)
	c := tensor.New([]float64{1, 5, 2, 4, 3, 3}, 3, 2)
	f := func(v *tensor.Tensor) *tensor.Tensor { return c.Add(v.T()).LogSumExp(-1).Sum() }
	tape := tensor.NewTape()
	tape.Watch(rng.New(0))
	v := tape.Var(leaf)
	program := tape.Record(f(v), []*tensor.Tensor{v})
	for round := range 3 {
		for i := range x {
			x[i] = float64((i+1)*(round+2)%5) / 2
		}
		want := make([]float64, 6)
		v := tape.Var(leaf)
		tape.GradInto([][]float64{want}, f(v), []*tensor.Tensor{v})
		tape.Reset()
		program.Run(rng.New(0))
		got := make([]float64, 6)
		program.CopyOutput(1, got)
		for i := range got {
			if got[i] != want[i] {
				t.Fatalf("round %d: gradient %v, want %v", round, got, want)
			}
		}
	}
}
