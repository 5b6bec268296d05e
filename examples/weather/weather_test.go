package weather

import (
	"math"
	"testing"

	"github.com/gopyro/pyro/examples/examplestest"
)

// The tolerances of means and variances are z standard errors of the 10,000
// runs (100,000 for products), computed from the exact moments; z is 3 for the
// weather and 4 for the others.
func TestFigures(t *testing.T) {
	const n = 10_000
	se := func(variance, n float64) float64 { return math.Sqrt(variance / n) }
	// Temperature: 0.3 Normal(55, 10) + 0.7 Normal(75, 15).
	const mean = 0.3*55 + 0.7*75
	var m2, m4 float64
	for _, c := range [][3]float64{{0.3, 55 - mean, 10 * 10}, {0.7, 75 - mean, 15 * 15}} {
		w, d2, v := c[0], c[1]*c[1], c[2]
		m2 += w * (d2 + v)
		m4 += w * (d2*d2 + 6*d2*v + 3*v*v)
	}
	sd := math.Sqrt(m2)
	// Products of two normals with variance 2 and covariance 1: by Isserlis, the
	// raw moments are 1, 6, 42, 456, so the variance is 5 and the fourth central
	// moment 456 - 4·42 + 6·6 - 3 = 321.
	examplestest.Run(t, Example, examplestest.Want{
		Figures: map[string]examplestest.Check{
			"p_cloudy":       examplestest.Near(0.3, 3*se(0.3*0.7, n)),
			"mean_temp":      examplestest.Near(mean, 3*se(m2, n)),
			"sd_temp":        examplestest.Near(sd, 3*se(m4-m2*m2, n)/(2*sd)),
			"geometric_mean": examplestest.Near(1, 4*se(2, n)),
			// No run of 10,000 has more than m sites with probability
			// (1 - 2^-m)^10000, which leaves 3e-9 below 10 and 1e-6 above 33.
			"geometric_max_sites": examplestest.Between(10, 33),
			"product_mean":        examplestest.Near(1, 4*se(5, 10*n)),
			"product_var":         examplestest.Near(5, 4*se(321-25, 10*n)),
		},
		Plots: map[string][]string{"temperature": {"temperature", "°F", "#"}},
	})
}
