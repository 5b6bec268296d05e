package iris

import (
	"fmt"
	"math"
	"testing"

	"github.com/gopyro/pyro/data"
	"github.com/gopyro/pyro/examples/examplestest"
)

// leastLoss is the minimum of -log p(x, p, μ, σ) over p, μ and σ by expectation
// and conditional maximisation (Meng and Rubin 1993) to the last bit: p and each
// μ are weighted means, of which μ has its prior Normal(0, 10), and the density
// σ^-(n+2) exp(-1/σ - s/2σ²) is largest at the positive root of
// (n+2)σ² - σ - s.
func leastLoss(x []float64) float64 {
	p, mu, sigma := [2]float64{0.7, 0.3}, [2]float64{5, 1.5}, [2]float64{1, 0.2}
	normal := func(x, mu, sigma float64) float64 {
		z := (x - mu) / sigma
		return math.Exp(-z*z/2) / (sigma * math.Sqrt(2*math.Pi))
	}
	least := math.Inf(1)
	for {
		loss := 0.0
		var n, sum, square [2]float64
		r := make([][2]float64, len(x))
		for i, v := range x {
			a, b := p[0]*normal(v, mu[0], sigma[0]), p[1]*normal(v, mu[1], sigma[1])
			loss -= math.Log(a + b)
			r[i] = [2]float64{a / (a + b), b / (a + b)}
			for k, w := range r[i] {
				n[k] += w
				sum[k] += w * v
			}
		}
		for k := range 2 { // Dirichlet(1, 1) has the density 1
			loss -= math.Log(normal(mu[k], 0, 10)) - 2*math.Log(sigma[k]) - 1/sigma[k]
		}
		if !(loss < least) {
			return least
		}
		least = loss
		for k := range 2 {
			p[k] = n[k] / float64(len(x))
			mu[k] = sum[k] / (n[k] + sigma[k]*sigma[k]/100)
			for i, v := range x {
				square[k] += r[i][k] * (v - mu[k]) * (v - mu[k])
			}
			sigma[k] = (1 + math.Sqrt(1+4*(n[k]+2)*square[k])) / (2 * (n[k] + 2))
		}
	}
}

// The fit from the tutorial's start has no noise. The losses are those of Pyro
// 1.8.6 in 64-bit arithmetic, to five decimals, and the estimates those after
// 3,000 steps.
func TestFigures(t *testing.T) {
	least := leastLoss(data.Iris().PetalLength)
	want := map[string]examplestest.Check{
		"p":     examplestest.All([]float64{0.66685, 1 - 0.66685}, 6e-6),
		"mu":    examplestest.All([]float64{4.90484, 1.46179}, 6e-6),
		"sigma": examplestest.All([]float64{0.81969, 0.17833}, 6e-6),
		"sites": examplestest.Equal([]string{"p", "cluster_param_plate", "mu", "sigma", "data_plate", "z", "x"}),
		// Without noise a descent of two thousand steps ends at the minimum, but for
		// the rounding of a sum of 150 terms, 150·2⁻⁵³·210 = 3.5e-12, or some of it.
		"best_loss":   examplestest.Near(least, 1e-10),
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
