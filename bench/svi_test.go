package bench

import (
	"context"
	"testing"

	"github.com/gopyro/pyro/data"
	"github.com/gopyro/pyro/dist"
	"github.com/gopyro/pyro/infer"
	"github.com/gopyro/pyro/rng"
	"github.com/gopyro/pyro/tensor"
)

// workloads are those that are fitted by SVI.
var workloads = []struct {
	name string
	make func() *infer.SVI
}{
	{"Coin", Coin},
	{"Scale", Scale},
	{"Iris", Iris},
	{"HMM", HMM},
	{"Hierarchical", Hierarchical},
	{"Subsampled", func() *infer.SVI { return Subsampled(1_000_000, 1000) }},
}

// BenchmarkStep times single steps, in which the model runs anew each time.
func BenchmarkStep(b *testing.B) {
	for _, w := range workloads {
		b.Run(w.name, func(b *testing.B) {
			svi, key := w.make(), rng.New(0)
			if _, err := svi.Step(key); err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				if _, err := svi.Step(key.Fold(i)); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkRun times steps of a run, which repeat the recorded computation.
func BenchmarkRun(b *testing.B) {
	for _, w := range workloads {
		b.Run(w.name, func(b *testing.B) { benchmarkRun(b, w.make()) })
	}
}

func benchmarkRun(b *testing.B, svi *infer.SVI) {
	b.Helper()
	b.ReportAllocs()
	b.ResetTimer()
	if _, err := svi.Run(b.Context(), rng.New(0), b.N); err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(svi.Stats.Instructions), "instructions")
	if svi.Stats.Why != "" {
		b.Log(svi.Stats.Why)
	}
}

// BenchmarkImportance times a sample of workload d.
func BenchmarkImportance(b *testing.B) {
	b.ReportAllocs()
	b.ResetTimer()
	if _, err := (infer.Importance{Samples: b.N}).Run(b.Context(), rng.New(0), ScaleModel()); err != nil {
		b.Fatal(err)
	}
}

// BenchmarkBare times what a run of the model of eight schools takes at the least: making
// its distributions, and its arithmetic on a tape.
func BenchmarkBare(b *testing.B) {
	schools := data.EightSchools()
	mu, tau, eta, sd := tensor.Of(0.25), tensor.Of(0.75), tensor.Of(schools.Effect), tensor.Of(schools.StdErr)
	b.Run("distributions", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			dist.Normal(0, 5)
			dist.HalfCauchy(5)
			dist.Normal(0, 1).Expand(8)
			dist.Normal(eta, sd)
		}
	})
	b.Run("arithmetic", func(b *testing.B) {
		tape := tensor.NewTape()
		for b.Loop() {
			tape.Reset()
			tape.Var(mu).Add(tape.Var(tau).Mul(tape.Var(eta)))
		}
	})
}

// BenchmarkGradient times value and gradient of workloads e and f.
func BenchmarkGradient(b *testing.B) {
	for name, d := range map[string]*Density{"EightSchools": EightSchools(), "Logistic": Logistic(1000)} {
		b.Run(name+"/eager", func(b *testing.B) {
			for b.Loop() {
				d.Eager()
			}
		})
		d.Record()
		b.Run(name+"/replay", func(b *testing.B) {
			for b.Loop() {
				d.Replay()
			}
		})
	}
}

// TestRunAllocates: once warm, steps that repeat the recorded computation
// allocate nothing. A run that is longer by steps without a check, one in 64,
// allocates as often as a shorter one.
func TestRunAllocates(t *testing.T) {
	for _, w := range workloads {
		svi := w.make()
		if w.name == "Subsampled" {
			svi = Subsampled(10_000, 1000)
		}
		if n := replayAllocs(t, svi); n != 0 && !raceEnabled {
			t.Errorf("%s: a step allocates %v times", w.name, n)
		}
		if svi.Stats.Why != "" || svi.Stats.Replayed == 0 {
			t.Errorf("%s is not replayed: %s", w.name, svi.Stats.Why)
		}
	}
}

// replayAllocs is ReplayAllocs for tests.
func replayAllocs(t *testing.T, svi *infer.SVI) float64 {
	n, err := ReplayAllocs(context.Background(), svi)
	if err != nil {
		t.Fatal(err)
	}
	return n
}
