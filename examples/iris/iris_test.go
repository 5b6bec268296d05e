package iris

import (
	"fmt"
	"math"
	"testing"

	"github.com/gopyro/pyro/examples/examplestest"
)

// The fit from the tutorial's start has no noise. The losses are those of Pyro
// 1.8.6 in 64-bit arithmetic, to five decimals, and the estimates those after
// 3,000 steps.
func TestFigures(t *testing.T) {
	want := map[string]examplestest.Check{
		"p":     examplestest.All([]float64{0.66685, 1 - 0.66685}, 6e-6),
		"mu":    examplestest.All([]float64{4.90484, 1.46179}, 6e-6),
		"sigma": examplestest.All([]float64{0.81969, 0.17833}, 6e-6),
		"sites": examplestest.Equal([]string{"p", "cluster_param_plate", "mu", "sigma", "data_plate", "z", "x"}),
		// The optimum, found by another optimiser from data in 32 bits, is 210.20632.
		"best_loss":   examplestest.Between(210.2063, 210.2064),
		"starts":      examplestest.Equal(20),
		"us_per_step": examplestest.Between(0, math.MaxFloat64),
	}
	for step, loss := range map[int]float64{
		1: 309.91876, 100: 307.27203, 300: 306.28708, 500: 302.17903, 700: 275.38268,
		1000: 241.45074, 1500: 215.88046, 2000: 210.51753, 3000: 210.20633,
	} {
		want[fmt.Sprintf("loss_%d", step)] = examplestest.Near(loss, 6e-6)
	}
	z := make([]int, 150) // the first 50 are the small ones
	for i := range 50 {
		z[i] = 1
	}
	want["assignments"] = examplestest.Equal(z)
	examplestest.Run(t, Example, examplestest.Want{
		Figures: want,
		Plots: map[string][]string{
			"petals":   {"petal_length"},
			"loss":     {"Loss", "0", "3000"},
			"density":  {"z=0", "z=1", "0", "10"},
			"clusters": {"petal_length", "z", "z=0", "z=1"},
		},
	})
}
