package hmc

import (
	"math"
	"math/rand/v2"
	"testing"
)

func TestDualAveragingQuadratic(t *testing.T) {
	d := DualAveraging{Gamma: 0.5, T0: 10, Kappa: 0.75}
	for range 10 {
		d.Add(2 * (d.X + 1)) // derivative of (x+1)²
	}
	if math.Abs(d.Average+1) > 1e-3 {
		t.Errorf("average %g after 10 steps, want -1 ± 1e-3", d.Average)
	}
}

// The average must settle where a noisy, decreasing acceptance meets its target.
func TestDualAveragingAcceptance(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	d := stepSizeAveraging()
	d.Restart(math.Log(10 * 0.05))
	accept := func(log float64) float64 { return 1 / (1 + math.Exp(2*log)) } // 0.8 at log = -0.693
	const n = 20000
	for range n {
		hit := 0.0
		if r.Float64() < accept(d.X) {
			hit = 1
		}
		d.Add(0.8 - hit)
	}
	// The mean of n hits has standard error √(0.16/n); the slope there is 0.32.
	if err := math.Abs(d.Average + math.Ln2); err > 4*math.Sqrt(0.16/n)/0.32+0.02 {
		t.Errorf("log step %g, want %g", d.Average, -math.Ln2)
	}
}
