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

// squaredWeights has, for draws of a proposal q = Normal(m, s) with s > sd/√2 and
// weights w = p/q, p the posterior: c = E w² = ∫p²/q, and the mean and variance of
// the normal density p²/q/c.
func squaredWeights(m, s float64) (c, at, v float64) {
	v = 1 / (2/(sd*sd) - 1/(s*s))
	at = v * (2*mean/(sd*sd) - m/(s*s))
	c = math.Exp(2*logNormal(at, mean, sd) - logNormal(at, m, s) + math.Log(2*math.Pi*v)/2)
	return c, at, v
}

// essFraction is the expected share of effective samples of a proposal.
func essFraction(m, s float64) float64 {
	c, _, _ := squaredWeights(m, s)
	return 1 / c
}

// standardErrors are the standard errors of log evidence, mean and standard deviation
// from n weights: those of the mean of w/E w, which is 1 and has the variance
// c-1, of w(x-μ) and of w((x-μ)²-σ²).
func standardErrors(m, s, n float64) (logEvidence, ofMean, ofSD float64) {
	c, at, v := squaredWeights(m, s)
	d := (at - mean) * (at - mean)
	fourth := 3*v*v + 6*v*d + d*d
	logEvidence = math.Sqrt((c - 1) / n)
	ofMean = math.Sqrt(c * (v + d) / n)
	ofSD = math.Sqrt(c*(fourth-2*sd*sd*(v+d)+sd*sd*sd*sd)/n) / (2 * sd)
	return logEvidence, ofMean, ofSD
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
	// The figures of the posterior are those of the last proposal, the prior.
	seEvidence, seMean, seSD := standardErrors(8.5, 1, n)
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
			// Weights of the prior are bounded, so that the share f = (Σw)²/nΣw² is
			// close to normal. Its standard error, by the delta method from the first
			// four moments of w, is 0.0037.
			"ess_fraction_prior_guide": examplestest.Near(essFraction(8.5, 1), 4.5*0.0037),
			// Those of the narrow guide have no fourth moment (p/q grows as
			// exp(0.61 x²) under exp(-2 x²)). Draws of weight 3 or more only lower the
			// share (a weight does from 2Σw²/Σw = 2.6 on), and without them it is 0.8957
			// with a standard error of 0.0026. Downwards a single large weight decides:
			// one in a thousand runs has one above 146, which with E w² = 1.28 leaves
			// 1/(1.28+146²/n) = 0.29.
			"ess_fraction_posterior_guide": examplestest.Between(0.29, 0.8957+4.5*0.0026),
			"log_evidence":                 examplestest.Near(-loss, 4.5*seEvidence),
			"ess_fraction_exact_guide":     examplestest.Near(1, 1e-9),
			"posterior_mean":               examplestest.Near(mean, 4.5*seMean),
			"posterior_sd":                 examplestest.Near(sd, 4.5*seSD),
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
