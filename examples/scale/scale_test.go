package scale

import (
	"math"
	"testing"

	"github.com/gopyro/pyro"
	"github.com/gopyro/pyro/examples/examplestest"
	"github.com/gopyro/pyro/infer"
	"github.com/gopyro/pyro/optim"
	"github.com/gopyro/pyro/rng"
)

// logNormal is the density of Normal(mu, sigma).
func logNormal(x, mu, sigma float64) float64 {
	z := (x - mu) / sigma
	return -z*z/2 - math.Log(sigma) - math.Log(2*math.Pi)/2
}

// The exact posterior of weight is Normal(9.14, 0.6), and that of the reading
// before it is made Normal(8.5, 1.25).
const mean, sd = 9.14, 0.6

// essFraction is the expected share of effective samples of a proposal
// Normal(m, s): 1/∫p²/q, with p the posterior, which is finite for s > sd/√2.
func essFraction(m, s float64) float64 {
	v := 1 / (2/(sd*sd) - 1/(s*s)) // p²/q is, up to a factor, a normal density of this variance
	at := v * (2*mean/(sd*sd) - m/(s*s))
	logC := 2*logNormal(at, mean, sd) - logNormal(at, m, s) + math.Log(2*math.Pi*v)/2
	return math.Exp(-logC)
}

func TestESSFraction(t *testing.T) {
	for _, c := range [][3]float64{{8.5, 1, 0.5986}, {9, 0.5, 0.7807}, {mean, sd, 1}} {
		if got := essFraction(c[0], c[1]); math.Abs(got-c[2]) > 5e-5 {
			t.Errorf("proposal Normal(%v, %v): %.5f; want %v", c[0], c[1], got, c[2])
		}
	}
}

func TestFigures(t *testing.T) {
	const n = 10_000
	loss := -logNormal(9.5, 8.5, 1.25)
	// Self-normalised weights: the squared error of the mean is ∫(p²/q)(x-μ)²/n.
	// With q = Normal(9, 0.5) that is 0.9895/n, and for the variance 1.7036/n.
	seMean, seSD := math.Sqrt(0.9895/n), math.Sqrt(1.7036/n)/(2*sd)
	joint := logNormal(1, 8.5, 1) + logNormal(0.5, 0, 1) + logNormal(1, 1, 0.5)
	examplestest.Run(t, Example, examplestest.Want{
		Figures: map[string]examplestest.Check{
			"conditioned_return":  examplestest.Equal(9.5),
			"logjoint_nested_1":   examplestest.Near(joint, 1e-12),
			"logjoint_nested_2":   examplestest.Near(joint, 1e-12),
			"logjoint_dict":       examplestest.Near(joint, 1e-12),
			"p_condition":         examplestest.Near(0.72, 1e-12),
			"p_do":                examplestest.Near(0.60, 1e-12),
			"prior_marginal_mean": examplestest.Near(8.5, 4*1.25/math.Sqrt(n)),
			"prior_marginal_sd":   examplestest.Near(1.25, 4*1.25/math.Sqrt(2*n)),
			// Weights of the prior are bounded; simulating 20,000 times gave
			// shares from 0.584 to 0.616.
			"ess_fraction_prior_guide": examplestest.Near(essFraction(8.5, 1), 0.018),
			// Those of the narrow guide have no fourth moment (p/q grows as
			// exp(0.61 x²) under exp(-2 x²)), so that a rare weight can be large: of
			// 20,000 simulations one in a thousand gave a share below 0.345 (or an
			// evidence outside these), and none one above 0.858.
			"ess_fraction_posterior_guide": examplestest.Between(0.345, 0.858),
			"log_evidence":                 examplestest.Between(-1.4775, -1.4438),
			"ess_fraction_exact_guide":     examplestest.Near(1, 1e-9),
			"posterior_mean":               examplestest.Near(mean, 4*seMean),
			"posterior_sd":                 examplestest.Near(sd, 4*seSD),
			"exact_guide_loss_min":         examplestest.Near(loss, 1e-9),
			"exact_guide_loss_max":         examplestest.Near(loss, 1e-9),
			"svi_a":                        examplestest.Near(mean, 0.075),
			"svi_b":                        examplestest.Near(sd, 0.06),
			"manual_a":                     examplestest.Near(9.10, 0.07),
			"manual_b":                     examplestest.Near(0.61, 0.06),
			"ess_fraction_trained_guide":   examplestest.Between(0.9, 1),
		},
		Plots: map[string][]string{
			"measurement":    {"P(measurement | guess)", "weight", "#"},
			"weight":         {"P(weight | measurement, guess)", "weight", "#"},
			"weight_trained": {"P(weight | measurement, guess)", "weight", "#"},
			"weight_guide":   {"P(weight | measurement, guess)", "weight", "#"},
			"svi_elbo":       {"ELBO", "step", "loss"},
			"svi_params":     {"a", "b"},
			"manual_elbo":    {"ELBO", "step", "loss"},
			"manual_params":  {"a", "b"},
		},
		Also: func(t *testing.T, f map[string]any) {
			a, b := f["svi_a"].(float64), f["svi_b"].(float64)
			want := essFraction(a, b)
			if got := f["ess_fraction_trained_guide"].(float64); math.Abs(got-want) > 0.02 {
				t.Errorf("trained guide Normal(%v, %v): share of effective samples %v; expected %v", a, b, got, want)
			}
		},
	})
}

// A positive parameter is stored unconstrained and stays positive.
func TestConstrainedGuide(t *testing.T) {
	svi := &infer.SVI{
		Model: deferred(reading, guess),
		Guide: func(p *pyro.P) { guideConstrained(p, guess) },
		Optim: &optim.SGD{LR: 0.001, Momentum: 0.1},
	}
	path, err := svi.Follow(t.Context(), rng.New(0), 2500)
	if err != nil {
		t.Fatal(err)
	}
	for i, b := range path.Scalar("b") {
		if !(b > 0) {
			t.Fatalf("b is %v after step %d", b, i+1)
		}
	}
	a, b, leaf := svi.Params.Get("a").Item(), svi.Params.Get("b").Item(), svi.Params.Unconstrained("b").Item()
	if math.Abs(a-mean) > 0.075 || math.Abs(b-sd) > 0.06 || math.Abs(leaf-math.Log(b)) > 1e-12 {
		t.Errorf("a = %v, b = %v from the leaf %v", a, b, leaf)
	}
}
