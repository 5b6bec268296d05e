// Package coinmcmc infers the fairness of a coin from ten flips by the no-U-turn
// sampler, and compares with the exact posterior.
package coinmcmc

import (
	"context"

	"github.com/gopyro/pyro"
	"github.com/gopyro/pyro/dist"
	"github.com/gopyro/pyro/examples"
	"github.com/gopyro/pyro/infer/mcmc"
	"github.com/gopyro/pyro/plot"
	"github.com/gopyro/pyro/tensor"
)

// model flips a coin of unknown fairness.
func model(p *pyro.P, data *tensor.Tensor) {
	f := p.Sample("latent_fairness", dist.Beta(10, 10))
	p.Plate("flips", data.Len()).Observe("obs", dist.Bernoulli(f), data)
}

// Example is this program.
var Example = examples.Example{
	Name: "coin_mcmc", Run: run,
	About: "the fairness of a coin by NUTS",
}

func run(ctx context.Context, r *examples.Run) error {
	flips := tensor.Of([]float64{1, 1, 1, 1, 1, 1, 0, 0, 0, 0}) // six heads, four tails
	nuts := mcmc.NUTS{OnDraw: r.ChainProgress("coin", 4, 2000)}
	result, err := nuts.Run(ctx, r.Key("nuts"), func(p *pyro.P) { model(p, flips) })
	if err != nil {
		return err
	}
	r.Chains("", result)

	exact := dist.Beta(16, 14) // 10 + heads, 10 + tails
	row := result.Summary().Rows[0]
	r.Printf("fairness %.3f +- %.3f; exactly 0.533 +- 0.090\n", row.Mean, row.SD)

	x := tensor.Linspace(0.1, 0.95, 400)
	draws := result.Pooled()["latent_fairness"].Float64s()
	fig := &plot.Figure{Title: "P(fairness | flips)", XLabel: "latent_fairness", YLabel: "density"}
	fig.Density(draws, "draws", plot.Filled()).
		Curve(x.Float64s(), exact.LogProb(x).Exp().Float64s(), "exact", plot.Dashed())
	if err := r.Save("fairness", fig); err != nil {
		return err
	}
	trace := &plot.Figure{Title: "chains", XLabel: "draw", YLabel: "latent_fairness", Width: 7}
	return r.Save("trace", trace.Trace(result.Scalar("latent_fairness")))
}
