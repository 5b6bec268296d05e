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

// density runs m on a tape at a point, which has the number and then the vector, and returns
// the trace, the log density with the terms that follow, and what it depends on.
func density(t *testing.T, m *alike.Model, tape *tensor.Tape, point []float64) (tr *pyro.Trace, lp *tensor.Tensor, leaves []*tensor.Tensor) {
	t.Helper()
	tape.Reset()
	u, v := tape.Var(tensor.Using(point[:1])), tape.Var(tensor.Using(point[1:], m.N))
	tr, err := pyro.RunOn(tape, func(p *pyro.P) { m.Observe(m.Plate(p), u, v) }, rng.New(0))
	if err != nil {
		t.Fatalf("model of %v: %v", m, err)
	}
	return tr, tr.LogProb().Add(m.Terms(tape, u, v)), []*tensor.Tensor{u, v}
}

// TestRunsAlike: a tape that has seen run after run of a model, whose data stay,
// change and move and whose first sites are left out at times, gives the bits of a
// new tape.
func TestRunsAlike(t *testing.T) {
	for seed := range uint64(80) {
		m := alike.New(seed)
		point, turn := make([]float64, m.N+1), 0
		evaluate := func(tape *tensor.Tape) (out []uint64) {
			tr, lp, leaves := density(t, m, tape, point)
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
// each of them alone.
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
		draw()
		tape := tensor.NewTape()
		_, lp, leaves := density(t, m, tape, point)
		program := tape.Record(lp, leaves)
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
