package baseball

import (
	"math"
	"testing"

	"github.com/gopyro/pyro/data"
	"github.com/gopyro/pyro/examples/examplestest"
)

func TestFigures(t *testing.T) {
	b := data.Baseball()
	raw, one := make([]float64, len(b.Hits)), make([]float64, len(b.Hits))
	hits, atBats := 0.0, 0.0
	for i := range raw {
		raw[i] = b.Hits[i] / b.AtBats[i]
		hits, atBats = hits+b.Hits[i], atBats+b.AtBats[i]
	}
	for i := range one {
		one[i] = hits / atBats
	}
	examplestest.Run(t, Example, examplestest.Want{
		Figures: examplestest.Join(examplestest.Chains("", nil, nil, 1.01, 400), map[string]examplestest.Check{
			"rmse_by_himself": examplestest.Near(rmse(raw, b.RemainderAverage), 1e-15),
			"rmse_all_as_one": examplestest.Near(rmse(one, b.RemainderAverage), 1e-15),
			// Better than both: the reason for partial pooling.
			"rmse_partly_pooled": examplestest.Between(0, rmse(one, b.RemainderAverage)),
		}),
		Plots: map[string][]string{
			"shrinkage": {"shrinkage", "batting average", "first 45 at-bats", "estimate", "rest of the season"},
			"averages":  {"batting averages", "hits per at-bat", "Clemente", "Alvis"},
		},
		Also: func(t *testing.T, f map[string]any) {
			means := f["means"].([]float64)[2:]
			for i, m := range means {
				if math.Abs(m-one[i]) > math.Abs(raw[i]-one[i])+0.005 {
					t.Errorf("the estimate of player %d, %v, is further from %v than his average %v", i, m, one[i], raw[i])
				}
			}
		},
	})
}
