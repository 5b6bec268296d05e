package scale

import (
	"context"

	"github.com/gopyro/pyro"
	"github.com/gopyro/pyro/examples"
	"github.com/gopyro/pyro/infer"
)

// importance weights draws from the prior and from guides.
func importance(ctx context.Context, r *examples.Run) error {
	const n = 10_000
	prior, err := infer.Importance{Samples: n}.Run(ctx, r.Key("prior"), func(p *pyro.P) { scale(p, guess) })
	if err != nil {
		return err
	}
	r.Figure("prior_marginal_mean", prior.Mean("measurement").Item())
	r.Figure("prior_marginal_sd", prior.SD("measurement").Item())
	if err := histogram(r, "measurement", "P(measurement | guess)", prior.Marginal("measurement")); err != nil {
		return err
	}

	var post *infer.Weighted
	for _, proposal := range []struct {
		name  string
		guide pyro.Model
	}{
		{"exact_guide", func(p *pyro.P) { perfectGuide(p, reading, guess) }},
		{"posterior_guide", func(p *pyro.P) { posteriorGuide(p, []float64{reading}, guess) }},
		{"prior_guide", func(p *pyro.P) { priorGuide(p, guess) }}, // wide: its weights are bounded
	} {
		post, err = infer.Importance{Samples: n, Guide: proposal.guide}.Run(ctx, r.Key(proposal.name), deferred(reading, guess))
		if err != nil {
			return err
		}
		r.Figure("ess_fraction_"+proposal.name, post.ESS()/n)
	}
	mean, sd := post.Mean("weight").Item(), post.SD("weight").Item()
	r.Figure("log_evidence", post.LogEvidence())
	r.Figure("posterior_mean", mean)
	r.Figure("posterior_sd", sd)
	r.Printf("importance sampling: weight %.3f ± %.3f (exact 9.14 ± 0.6)\n", mean, sd)
	return histogram(r, "weight", "P(weight | measurement, guess)", post.Marginal("weight"))
}
