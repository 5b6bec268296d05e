package regression

import (
	"context"
	"maps"

	"github.com/gopyro/pyro"
	"github.com/gopyro/pyro/examples"
	"github.com/gopyro/pyro/infer"
	"github.com/gopyro/pyro/infer/autoguide"
	"github.com/gopyro/pyro/infer/mcmc"
	"github.com/gopyro/pyro/optim"
)

// compare fits a model by each method and reports means and standard deviations
// of its sites. It returns the draws by method and site.
func compare(ctx context.Context, r *examples.Run, name string, model pyro.Model, sites ...string) (map[string]pyro.Data, error) {
	nuts := mcmc.NUTS{OnDraw: r.ChainProgress(name, 4, 2000)}
	result, err := nuts.Run(ctx, r.Key(name+"_nuts"), model)
	if err != nil {
		return nil, err
	}
	r.Chains(name+"_nuts_", result, sites...)

	// Guides start at the means of the priors, which are wide: a draw of the slope
	// would be far off.
	out := map[string]pyro.Data{"nuts": result.Pooled()}
	for _, guide := range []struct {
		name string
		autoguide.Part
	}{
		{"normal", &autoguide.Normal{Model: model, Init: autoguide.Mean()}},
		{"multivariate", &autoguide.MultivariateNormal{Model: model, Init: autoguide.Mean()}},
	} {
		part := name + "_" + guide.name
		draws, err := fit(ctx, r, part, model, guide.Guide)
		if err != nil {
			return nil, err
		}
		out[guide.name] = draws
		var means, sds []float64
		for _, site := range sites {
			mean := draws[site].Mean()
			means = append(means, mean.Item())
			sds = append(sds, draws[site].Sub(mean).Square().Mean().Sqrt().Item())
		}
		report(r, part, means, sds)
	}
	return out, nil
}

// report reports means and standard deviations of the sites.
func report(r *examples.Run, part string, means, sds []float64) {
	r.Figure(part+"_means", means)
	r.Figure(part+"_sds", sds)
	r.Printf("%-22s", part)
	for i := range means {
		r.Printf("%12.3f ± %6.3f", means[i], sds[i])
	}
	r.Printf("\n")
}

// steps and rate are those of the fits of guides; the rate falls along a cosine,
// so that the noise of the gradients dies out.
const steps, rate = 10_000, 0.1

// fit trains a guide and draws from it.
func fit(ctx context.Context, r *examples.Run, part string, model, guide pyro.Model) (pyro.Data, error) {
	svi := &infer.SVI{
		Model: model,
		Guide: guide,
		Optim: &optim.Adam{LR: rate, Schedule: optim.Cosine(steps, 0)},
	}
	for step, err := range svi.Steps(ctx, r.Key(part), steps) {
		if err != nil {
			return nil, err
		}
		if step.N%1000 == 0 {
			r.Step(part, step.N, steps)
		}
	}
	trained := svi.Params.Bind(guide)
	trust, err := infer.Check(ctx, r.Key(part+"_check"), model, trained, 4000)
	if err != nil {
		return nil, err
	}
	r.Printf("%v\n", trust)
	draws, err := infer.Predictive{Guide: trained, N: 4000}.Run(ctx, r.Key(part+"_draws"), model)
	if err != nil {
		return nil, err
	}
	return maps.Collect(draws.All()), nil
}
