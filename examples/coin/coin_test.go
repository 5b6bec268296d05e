package coin

import (
	"math"
	"testing"

	"github.com/gopyro/pyro/examples/examplestest"
)

func TestFigures(t *testing.T) {
	lbeta := func(a, b float64) float64 {
		x, _ := math.Lgamma(a)
		y, _ := math.Lgamma(b)
		z, _ := math.Lgamma(a + b)
		return x + y - z
	}
	loss := lbeta(10, 10) - lbeta(16, 14)                                  // -log evidence
	joint := (9+9)*math.Log(0.5) - lbeta(10, 10) + 10*math.Log(0.5)        // at fairness 0.5
	const mean, meanTol, sd, sdTol = 16.0 / 30, 0.010, 0.0896029, 0.000606 // the fit is noisy
	// alpha = mean·(mean(1-mean)/sd² - 1), and beta likewise, within these.
	lo := func(m float64) float64 { return m * (m*(1-m)/((sd+sdTol)*(sd+sdTol)) - 1) }
	hi := func(m float64) float64 { return m * (m*(1-m)/((sd-sdTol)*(sd-sdTol)) - 1) }
	examplestest.Run(t, Example, examplestest.Want{
		Figures: map[string]examplestest.Check{
			"mean":                 examplestest.Near(mean, meanTol),
			"sd":                   examplestest.Near(sd, sdTol),
			"alpha":                examplestest.Between(lo(mean-meanTol), hi(mean+meanTol)),
			"beta":                 examplestest.Between(lo(1-mean-meanTol), hi(1-mean+meanTol)),
			"exact_guide_loss_min": examplestest.Near(loss, 1e-9),
			"exact_guide_loss_max": examplestest.Near(loss, 1e-9),
			"loop_logjoint":        examplestest.Near(joint, 1e-12),
			"plate_logjoint":       examplestest.Near(joint, 1e-12),
			"us_per_step":          examplestest.Between(0, math.MaxFloat64),
		},
		Plots: map[string][]string{
			"elbo":     {"ELBO", "step", "loss"},
			"fairness": {"P(fairness | flips)", "latent_fairness", "density", "prior", "guide", "exact posterior"},
		},
	})
}
