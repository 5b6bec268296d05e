package pyro_test

import (
	"math"
	"slices"
	"testing"

	"github.com/gopyro/pyro"
	"github.com/gopyro/pyro/internal/alike"
	"github.com/gopyro/pyro/rng"
	"github.com/gopyro/pyro/tensor"
)

// TestRunsAlike: a tape that has seen run after run of a model, whose data stay,
// change and move and whose first sites are left out at times, gives the bits of a
// new tape.
func TestRunsAlike(t *testing.T) {
	for seed := range uint64(150) {
		m := alike.New(seed)
		point, turn := make([]float64, m.N+1), 0
		evaluate := func(tape *tensor.Tape) (out []uint64) {
			tape.Reset()
			var leaves []*tensor.Tensor
			tr, err := pyro.RunOn(tape, func(p *pyro.P) {
				u, v := tape.Var(tensor.Using(point[:1])), tape.Var(tensor.Using(point[1:], m.N))
				leaves = []*tensor.Tensor{u, v}
				m.Observe(m.Plate(p), u, v)
			}, rng.New(seed))
			if err != nil {
				t.Fatalf("model %d, run %d: %v", seed, turn, err)
			}
			lp := tr.LogProb()
			look := func() { out = append(out, math.Float64bits(lp.Item())) }
			if turn%5 == 4 {
				look()
			}
			grads := [][]float64{make([]float64, 1), make([]float64, m.N)}
			tape.GradInto(grads, lp, leaves)
			look()
			for _, g := range grads {
				for _, x := range g {
					out = append(out, math.Float64bits(x))
				}
			}
			return out
		}
		used := tensor.NewTape()
		for turn = range 100 {
			m.Next()
			for i := range point {
				point[i] = m.Rand.NormFloat64()
			}
			if got, want := evaluate(used), evaluate(tensor.NewTape()); !slices.Equal(got, want) {
				t.Fatalf("model %d of %v, run %d: %x on a used tape, %x on a new one", seed, m, turn, got, want)
			}
		}
	}
}
