package causal

import (
	"math"
	"testing"

	"github.com/gopyro/pyro/examples/examplestest"
)

// TestFigures compares with the published counts. The effect has a posterior of
// independent beta distributions, whose moments are known; the draws are within
// 4.5 errors at the least effective size.
func TestFigures(t *testing.T) {
	const small, large = 87 + 270, 263 + 80
	const all = small + large
	const least = 1000
	mean, sd := effect()
	tolerance := 4.5 * sd / math.Sqrt(least)
	near := func(p float64) examplestest.Check { return examplestest.Near(p, 1e-14) }
	examplestest.Run(t, Example, examplestest.Want{
		Figures: examplestest.Join(
			examplestest.Chains("effect_", examplestest.Near(mean, tolerance), examplestest.Near(sd, tolerance/math.Sqrt2), 1.01, least),
			map[string]examplestest.Check{
				// Charig et al.: 83 % against 78 %.
				"p_recovery_given_percutaneous": near(289.0 / 350),
				"p_recovery_given_surgery":      near(273.0 / 350),
				"p_recovery_do_percutaneous":    near(small*(234.0/270)/all + large*(55.0/80)/all),
				"p_recovery_do_surgery":         near(small*(81.0/87)/all + large*(192.0/263)/all),
			}),
		Plots: map[string][]string{
			"recovery": {"recovery from kidney stones", "given small stones", "do(treatment)", "open surgery", "percutaneous"},
			"effect":   {"effect of open surgery on the recovery", "density", "none", "difference that is seen"},
		},
	})
}

// effect is the exact mean and sd of (1-l)·a + l·b, where l, the share of large
// stones, and a and b, the differences of the rates of recovery at small and
// large stones, are independent given the counts.
func effect() (mean, sd float64) {
	beta := func(hits, n float64) (m, v float64) { // from a uniform prior
		m = (hits + 1) / (n + 2)
		return m, m * (1 - m) / (n + 3)
	}
	difference := func(hits1, n1, hits0, n0 float64) (m, v float64) {
		m1, v1 := beta(hits1, n1)
		m0, v0 := beta(hits0, n0)
		return m1 - m0, v1 + v0
	}
	l, lv := beta(263+80, 700)
	a, av := difference(81, 87, 234, 270)
	b, bv := difference(192, 263, 55, 80)
	mean = (1-l)*a + l*b
	square := ((1-l)*(1-l)+lv)*(a*a+av) + (l*l+lv)*(b*b+bv) + 2*(l*(1-l)-lv)*a*b
	return mean, math.Sqrt(square - mean*mean)
}
