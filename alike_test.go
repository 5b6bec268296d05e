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
	for seed := range uint64(80) {
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
			lp := tr.LogProb().Add(m.Terms(tape, leaves[0], leaves[1]))
			look := func() { out = append(out, math.Float64bits(lp.Item())) }
			if turn%5 == 4 {
				look()
			}
			grads := [][]float64{make([]float64, 1), make([]float64, m.N)}
			tape.GradInto(grads, lp, leaves)
			look()
			if turn%7 == 6 { // what waited can be read afterwards
				for site := range tr.Sites() {
					if site.Kind == pyro.SampleSite {
						grads = append(grads, site.LogProb().Float64s())
					}
				}
			}
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

// TestLanesAlike: a recorded density gives at several points at once the bits that it gives at
// each, and those of the run.
func TestLanesAlike(t *testing.T) {
	const k = 5
	for seed := range uint64(120) {
		m := alike.New(seed)
		m.Next()
		point := make([]float64, m.N+1)
		draw := func() {
			for i := range point {
				point[i] = m.Rand.NormFloat64()
			}
		}
		tape := tensor.NewTape()
		run := func() (lp *tensor.Tensor, leaves []*tensor.Tensor) {
			tape.Reset()
			tr, err := pyro.RunOn(tape, func(p *pyro.P) {
				u, v := tape.Var(tensor.Using(point[:1])), tape.Var(tensor.Using(point[1:], m.N))
				leaves = []*tensor.Tensor{u, v}
				m.Observe(m.Plate(p), u, v)
			}, rng.New(seed))
			if err != nil {
				t.Fatalf("model %d: %v", seed, err)
			}
			return tr.LogProb().Add(m.Terms(tape, leaves[0], leaves[1])), leaves
		}
		draw()
		program := tape.Record(run())
		lanes := program.Lanes(k)
		at := make([][]float64, k)
		for i := range at {
			draw()
			at[i] = slices.Clone(point)
		}
		for leaf, from := range []int{0, 1} {
			size := []int{1, m.N}[leaf]
			all := make([]float64, 0, k*size)
			for _, x := range at {
				all = append(all, x[from:from+size]...)
			}
			lanes.Set(leaf, all, size)
		}
		lanes.Run(make([]rng.Key, k))
		values, du, dv := make([]float64, k), make([]float64, k), make([]float64, k*m.N)
		lanes.CopyOutput(0, values, 1)
		lanes.CopyOutput(1, du, 1)
		lanes.CopyOutput(2, dv, m.N)
		for i, x := range at {
			copy(point, x)
			program.Run(rng.Key{})
			one := [][]float64{{0}, make([]float64, m.N)}
			program.CopyGradients(one)
			got := append([]float64{values[i], du[i]}, dv[i*m.N:][:m.N]...)
			want := append([]float64{program.Value(), one[0][0]}, one[1]...)
			for j, g := range got {
				if math.Float64bits(g) != math.Float64bits(want[j]) {
					t.Fatalf("model %d of %v, lane %d: output %d is %v, alone %v", seed, m, i, j, g, want[j])
				}
			}
		}
	}
}
