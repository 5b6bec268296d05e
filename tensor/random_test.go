package tensor_test

import (
	"testing"

	"github.com/gopyro/pyro/rng"
	"github.com/gopyro/pyro/tensor"
)

// What random numbers a tensor was computed from is told by its operations, and
// where a number was read, by all of them.
func TestComputedFromRandomNumbers(t *testing.T) {
	tape := tensor.NewTape()
	key := tape.Watch(rng.New(0))
	x := tape.Var(tensor.Ones(2))
	z := tensor.Normals(key, 2)
	for _, c := range []struct {
		name string
		x    *tensor.Tensor
		want bool
	}{
		{"a constant", tensor.Ones(2), false},
		{"a variable", x, false},
		{"of a variable", x.Exp().Sum(), false},
		{"a draw", z, true},
		{"of both", x.Mul(z.Neg()).Sum(), true},
	} {
		if c.x.Random() != c.want {
			t.Errorf("%s: %v, want %v", c.name, !c.want, c.want)
		}
	}
	if z.Sum().Item() > 100 {
		t.Fatal("unlikely")
	}
	if !x.Exp().Random() {
		t.Error("after a number was read, what follows may depend on it")
	}
}
