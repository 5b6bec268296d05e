package bench

import (
	"testing"

	"github.com/gopyro/pyro/infer"
	"github.com/gopyro/pyro/rng"
)

// benchmarkSteps times single steps, in which the model runs anew each time.
func benchmarkSteps(b *testing.B, svi *infer.SVI) {
	b.Helper()
	key := rng.New(0)
	if _, err := svi.Step(key); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		if _, err := svi.Step(key.Fold(i)); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkStepCoin(b *testing.B)  { benchmarkSteps(b, Coin()) }
func BenchmarkStepScale(b *testing.B) { benchmarkSteps(b, Scale()) }

// benchmarkRun times steps of a run, which repeat the recorded computation.
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

func BenchmarkRunCoin(b *testing.B)  { benchmarkRun(b, Coin()) }
func BenchmarkRunScale(b *testing.B) { benchmarkRun(b, Scale()) }
