package infer_test

import (
	"math"
	"testing"

	"github.com/gopyro/pyro"
	"github.com/gopyro/pyro/dist"
	"github.com/gopyro/pyro/infer"
	"github.com/gopyro/pyro/infer/mcmc"
	"github.com/gopyro/pyro/optim"
	"github.com/gopyro/pyro/rng"
	"github.com/gopyro/pyro/tensor"
)

// The conjugate posteriors by importance sampling, from the prior with 10,000
// samples and from the start of the fits with 5,000. For weights w of mean 1 that
// are nearly independent of the values, means of ESS draws have the posterior's
// deviation over √ESS; six of these allow for what dependence adds.
func TestImportanceFindsConjugatePosteriors(t *testing.T) {
	for _, c := range conjugates() {
		start := pyro.NewParams().Bind(c.guide(c.start[0], c.start[1]))
		for name, im := range map[string]infer.Importance{
			"prior": {Samples: 10_000}, "guide": {Samples: 5_000, Guide: start},
		} {
			w := importance(t, im, rng.New(1), c.model)
			ess := w.ESS()
			if ess < 100 {
				t.Errorf("%s, %s: %v effective samples", c.name, name, ess)
			}
			c.compare(t, name, w.Mean(c.site), w.SD(c.site), 6/math.Sqrt(ess), 6/math.Sqrt(2*ess)*math.Sqrt2)
			// (n/ESS - 1) is the relative variance of a weight.
			if n := float64(w.Len()); math.Abs(w.LogEvidence()-c.evidence) > 6*math.Sqrt((n/ess-1)/n) {
				t.Errorf("%s, %s: log evidence %v, want %v", c.name, name, w.LogEvidence(), c.evidence)
			}
		}
	}
}

// compare checks mean and standard deviation of a posterior, in units of the
// exact deviation.
func (c *conjugate) compare(t *testing.T, by string, mean, sd *tensor.Tensor, tolMean, tolSD float64) {
	t.Helper()
	d := c.family(c.exact[0], c.exact[1]).(dist.Moments)
	want, dev := d.Mean().Float64s(), d.Variance().Sqrt().Float64s()
	for i := range want {
		m, s := mean.Float64s()[i], sd.Float64s()[i]
		if !(math.Abs(m-want[i]) <= tolMean*dev[i]) || !(math.Abs(s-dev[i]) <= tolSD*dev[i]) {
			t.Errorf("%s by %s: mean %v, deviation %v, want %v, %v", c.name, by, m, s, want[i], dev[i])
		}
	}
}

// The same by NUTS, within 4.5 Monte Carlo errors: about 1 in 150,000 for a right
// sampler.
func TestNUTSFindsConjugatePosteriors(t *testing.T) {
	for _, c := range conjugates() {
		r, err := mcmc.NUTS{Chains: 2}.Run(t.Context(), rng.New(1), c.model)
		if err != nil {
			t.Fatal(err)
		}
		d := c.family(c.exact[0], c.exact[1]).(dist.Moments)
		mean, variance := d.Mean().Float64s(), d.Variance().Float64s()
		rows := r.Summary(c.site).Rows
		if len(rows) != len(mean) {
			t.Fatalf("%s: %d rows", c.name, len(rows))
		}
		for i, row := range rows {
			if math.Abs(row.Mean-mean[i]) > 4.5*row.MCSEMean || math.Abs(row.SD-math.Sqrt(variance[i])) > 4.5*row.MCSESD {
				t.Errorf("%s: %+v, want mean %v, deviation %v", c.name, row, mean[i], math.Sqrt(variance[i]))
			}
		}
	}
}

// The same by SVGD: 100 particles stand for a distribution of one dim about as
// well as its quantiles at (i - ½)/100, whose deviation falls short by less than 2 %
// for all of these. From a prior that is 16 times as wide they have far to go.
func TestSVGDFindsConjugatePosteriors(t *testing.T) {
	for _, c := range conjugates() {
		s := &infer.SVGD{
			Model: c.model, Univariate: true, Bandwidth: func(int) float64 { return 5 },
			Optim: &optim.Adam{LR: 0.1, Schedule: optim.Cosine(800, 0)},
		}
		w, err := s.Run(t.Context(), rng.New(1), 800)
		if err != nil {
			t.Fatal(err)
		}
		c.compare(t, "SVGD", w.Mean(c.site), w.SD(c.site), 0.02, 0.04)
	}
}
