package tensor_test

import (
	"testing"

	"github.com/gopyro/pyro/rng"
	"github.com/gopyro/pyro/tensor"
)

func TestDependents(t *testing.T) {
	tape := tensor.NewTape()
	a := tape.Var(tensor.Of(2.0))
	z := tensor.Normals(tape.Watch(rng.New(1)), 3)
	table := tape.Lift(tensor.Of([]float64{1, 2, 3, 4}))
	on := tape.Dependents(z)
	index := z.MulScalar(0).Floor()
	for _, c := range []struct {
		name string
		y    *tensor.Tensor
		want bool
	}{
		{"itself", z, true},
		{"sum", z.Sum().Add(a), true},
		{"detached", z.Detach().Exp(), true},
		{"index", table.Index(index), true},
		{"many operands", tensor.Cat(0, table, table, table, table, z), true},
		{"variable", a.Square(), false},
		{"constant", table.Sum(), false},
		{"off the tape", tensor.Of(1.0), false},
	} {
		on = tape.Dependents(z)
		if got := on(c.y); got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
	if late := z.Neg(); on(late) {
		t.Error("a tensor made after the call is not known to it")
	}
}
