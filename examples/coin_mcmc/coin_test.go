package coinmcmc

import (
	"math"
	"testing"

	"github.com/gopyro/pyro/examples/examplestest"
)

// TestFigures compares with the exact posterior, Beta(16, 14), within 4.5 errors
// at the least effective size.
func TestFigures(t *testing.T) {
	const least = 1000
	sd := math.Sqrt(16 * 14 / (30.0 * 30 * 31))
	errorOf := sd / math.Sqrt(least)
	examplestest.Run(t, Example, examplestest.Want{
		Figures: examplestest.Chains("", examplestest.All([]float64{16.0 / 30}, 4.5*errorOf),
			examplestest.All([]float64{sd}, 4.5*errorOf/math.Sqrt2), 1.01, least),
		Plots: map[string][]string{
			"fairness": {"P(fairness | flips)", "latent_fairness", "density", "draws", "exact"},
			"trace":    {"chains", "draw", "latent_fairness"},
		},
	})
}
