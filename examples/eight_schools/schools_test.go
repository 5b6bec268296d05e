package eightschools

import (
	"fmt"
	"math"
	"testing"

	"github.com/gopyro/pyro/examples/examplestest"
)

// TestFigures compares with the reference draws of posteriordb
// (eight_schools-eight_schools_noncentered), within 4.5 errors at the least
// effective size.
func TestFigures(t *testing.T) {
	const least = 1000
	means := []float64{4.411, 3.602, 6.151, 4.940, 3.906, 4.796, 3.614, 4.051, 6.317, 4.884}
	sds := []float64{3.31, 3.20, 5.62, 4.65, 5.28, 4.77, 4.61, 4.80, 5.00, 5.32}
	tolerance := make([]float64, len(sds))
	for i, s := range sds {
		tolerance[i] = 4.5 * s / math.Sqrt(least)
	}
	examplestest.Run(t, Example, examplestest.Want{
		Figures: examplestest.Join(
			examplestest.Chains("centred_", nil, nil, 1.3, 10),
			examplestest.Chains("", examplestest.Each(means, tolerance), nil, 1.01, least)),
		Plots: map[string][]string{
			"centred":      {"theta[0]", "log tau"},
			"standardized": {"theta[0]", "log tau"},
			"effects":      {"effect of coaching", "points", "school A", "school H", "mu"},
			"chains":       {"centred", "standardized", "draw", "rank of tau", "energy"},
		},
		Also: func(t *testing.T, f map[string]any) {
			if want := "[mu tau theta[0] theta[1] theta[2] theta[3] theta[4] theta[5] theta[6] theta[7]]"; fmt.Sprint(f["sites"]) != want {
				t.Errorf("sites %v", f["sites"])
			}
			// The funnel shows: its chains are worth far less.
			if f["centred_ess_bulk_min"].(float64) > f["ess_bulk_min"].(float64)/2 {
				t.Errorf("effective sizes %v centred and %v standardized", f["centred_ess_bulk_min"], f["ess_bulk_min"])
			}
		},
	})
}
