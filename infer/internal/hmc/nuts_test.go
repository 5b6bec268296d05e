package hmc

import (
	"context"
	"math"
	"math/rand/v2"
	"testing"
)

// keyed returns a source whose generators depend on seed and transition alone.
func keyed(seed uint64) Source {
	pcg := &rand.PCG{}
	r := rand.New(pcg)
	return func(n int) *rand.Rand {
		pcg.Seed(seed, uint64(n)*0x9e3779b97f4a7c15+1)
		return r
	}
}

// normal returns the log density of independent normals with the given sds.
func normal(sd ...float64) LogDensity {
	return func(x, g []float64) (float64, error) {
		lp := 0.0
		for i, s := range sd {
			g[i] = -x[i] / (s * s)
			lp += x[i] * g[i] / 2
		}
		return lp, nil
	}
}

func TestSmoke(t *testing.T) {
	f := normal(1, 10, .1)
	s, err := Uniform(f, rand.New(rand.NewPCG(1, 1)), 3, 100, 2)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range []Estimate{FromDraws, FromGradients} {
		for _, kind := range []Kind{DiagonalKind, DenseKind, LowRankKind} {
			c, err := Start(f, NewNUTS(f, 3, 10), Config{Warmup: Warmup{Iterations: 1000, Estimate: e, Metric: kind}, Draws: 4000}, keyed(1), s)
			if err != nil {
				t.Log(err)
				continue
			}
			var sum, sq [3]float64
			n, leaps, acc := 0, 0, 0.0
			for d, err := range c.Draws(context.Background()) {
				if err != nil {
					t.Fatal(err)
				}
				n++
				leaps += d.Info.Leapfrogs
				acc += d.Info.Accept
				for i, x := range d.X {
					sum[i] += x
					sq[i] += x * x
				}
			}
			for i := range sum {
				t.Log(sum[i]/float64(n), math.Sqrt(sq[i]/float64(n)))
			}
			t.Log(e, kind, float64(leaps)/float64(n), acc/float64(n), c.State.Adaptation.Report.StepSize, c.State.Adaptation.Report.Leapfrogs)
		}
	}
}
