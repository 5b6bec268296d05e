// Package coin infers the fairness of a coin from ten flips by stochastic
// variational inference.
package coin

import (
	"context"
	"fmt"
	"math"
	"time"

	"github.com/gopyro/pyro"
	"github.com/gopyro/pyro/constraint"
	"github.com/gopyro/pyro/dist"
	"github.com/gopyro/pyro/examples"
	"github.com/gopyro/pyro/handler"
	"github.com/gopyro/pyro/infer"
	"github.com/gopyro/pyro/optim"
	"github.com/gopyro/pyro/plot"
	"github.com/gopyro/pyro/tensor"
)

// model flips the coin once per datum, each flip a site of its own.
func model(p *pyro.P, data []*tensor.Tensor) {
	f := p.Sample("latent_fairness", dist.Beta(10, 10))
	for i, x := range data {
		p.Observe(fmt.Sprintf("obs_%d", i), dist.Bernoulli(f), x)
	}
}

// modelPlate flips all coins at once.
func modelPlate(p *pyro.P, data *tensor.Tensor) {
	f := p.Sample("latent_fairness", dist.Beta(10, 10))
	flips := p.Plate("flips", data.Len())
	flips.Observe("obs", dist.Bernoulli(f), data)
}

// guide is the variational family: a beta distribution.
func guide(p *pyro.P) {
	alpha := p.Param("alpha_q", tensor.Of(15.0), constraint.Positive)
	beta := p.Param("beta_q", tensor.Of(15.0), constraint.Positive)
	p.Sample("latent_fairness", dist.Beta(alpha, beta))
}

// exact is the posterior: Beta(10 + heads, 10 + tails).
func exact(p *pyro.P) { p.Sample("latent_fairness", dist.Beta(16, 14)) }

// Example is this program.
var Example = examples.Example{Name: "coin", Run: run,
	About: "the fairness of a coin by variational inference"}

func run(ctx context.Context, r *examples.Run) error {
	flips := []float64{1, 1, 1, 1, 1, 1, 0, 0, 0, 0} // six heads, four tails
	var data []*tensor.Tensor
	for _, x := range flips {
		data = append(data, tensor.Of(x))
	}
	loop := func(p *pyro.P) { model(p, data) }
	plate := func(p *pyro.P) { modelPlate(p, tensor.Of(flips)) }

	svi := &infer.SVI{
		Model: loop,
		Guide: guide,
		Optim: &optim.Adam{LR: 0.0005, Betas: [2]float64{0.90, 0.999}},
		Loss:  infer.TraceELBO{},
	}
	const steps = 5000
	var losses []float64
	start := time.Now()
	for step, err := range svi.Steps(ctx, r.Key(), steps) {
		if err != nil {
			return err
		}
		losses = append(losses, step.Loss)
		if step.N%100 == 0 {
			r.Step("coin", step.N, steps)
		}
	}
	r.Figure("us_per_step", float64(time.Since(start).Microseconds())/steps)

	alpha, beta := svi.Params.Get("alpha_q").Item(), svi.Params.Get("beta_q").Item()
	mean := alpha / (alpha + beta)
	sd := mean * math.Sqrt(beta/(alpha*(1+alpha+beta)))
	r.Figure("alpha", alpha)
	r.Figure("beta", beta)
	r.Figure("mean", mean)
	r.Figure("sd", sd)
	r.Printf("based on the data and our prior belief, the fairness of the coin is %.3f +- %.3f\n", mean, sd)

	// With the exact posterior as guide the loss has no noise.
	lo, hi, err := examples.LossRange(r.Key(), loop, exact, 1000)
	if err != nil {
		return err
	}
	r.Figure("exact_guide_loss_min", lo)
	r.Figure("exact_guide_loss_max", hi)
	r.Printf("the loss of the exact guide is %.7f on every draw\n", lo)

	// A plate may replace the loop.
	for name, m := range map[string]pyro.Model{"loop_logjoint": loop, "plate_logjoint": plate} {
		tr, err := pyro.Run(handler.Substitute(m, pyro.Data{"latent_fairness": tensor.Of(0.5)}), r.Key())
		if err != nil {
			return err
		}
		r.Figure(name, tr.LogProb().Item())
	}

	x := tensor.Linspace(0.001, 0.999, 500)
	density := func(a, b float64) []float64 { return dist.Beta(a, b).LogProb(x).Exp().Float64s() }
	fig := &plot.Figure{Title: "P(fairness | flips)", XLabel: "latent_fairness", YLabel: "density"}
	fig.Curve(x.Float64s(), density(10, 10), "prior").Curve(x.Float64s(), density(alpha, beta), "guide").
		Curve(x.Float64s(), density(16, 14), "exact posterior", plot.Dashed())
	if err := r.Save("fairness", fig); err != nil {
		return err
	}
	return r.Save("elbo", (&plot.Figure{Title: "ELBO", XLabel: "step", YLabel: "loss"}).Line(losses, ""))
}
