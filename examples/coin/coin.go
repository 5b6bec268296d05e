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
	"github.com/gopyro/pyro/infer"
	"github.com/gopyro/pyro/optim"
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

// guide is the variational family: beta distributions.
func guide(p *pyro.P) {
	alpha := p.Param("alpha_q", tensor.Of(15.0), constraint.Positive)
	beta := p.Param("beta_q", tensor.Of(15.0), constraint.Positive)
	p.Sample("latent_fairness", dist.Beta(alpha, beta))
}

// exact is the posterior: Beta(10 + heads, 10 + tails).
func exact(p *pyro.P) { p.Sample("latent_fairness", dist.Beta(16, 14)) }

// Example is this program.
var Example = examples.Example{
	Name: "coin", Run: run,
	About: "the fairness of a coin, by variational inference",
}

func run(ctx context.Context, r *examples.Run) error {
	flips := tensor.Of([]float64{1, 1, 1, 1, 1, 1, 0, 0, 0, 0}) // six heads, four tails
	data := make([]*tensor.Tensor, flips.Len())
	for i := range data {
		data[i] = tensor.Of(flips.At(i))
	}
	loop := func(p *pyro.P) { model(p, data) }
	plate := func(p *pyro.P) { modelPlate(p, flips) }

	svi := &infer.SVI{
		Model: loop,
		Guide: guide,
		Optim: &optim.Adam{LR: 0.0005, Betas: [2]float64{0.90, 0.999}},
		Loss:  infer.TraceELBO{},
	}
	const steps = 5000
	losses := make([]float64, 0, steps)
	start := time.Now()
	for step, err := range svi.Steps(ctx, r.Key("fit"), steps) {
		if err != nil {
			return err
		}
		losses = append(losses, step.Loss)
		if step.N%100 == 0 {
			r.Step("svi", step.N, steps)
		}
	}
	r.Figure("us_per_step", float64(time.Since(start).Nanoseconds())/1000/steps)

	alpha, beta := svi.Params.Get("alpha_q").Item(), svi.Params.Get("beta_q").Item()
	mean := alpha / (alpha + beta)
	sd := mean * math.Sqrt(beta/(alpha*(1+alpha+beta)))
	r.Figure("alpha", alpha)
	r.Figure("beta", beta)
	r.Figure("mean", mean)
	r.Figure("sd", sd)
	r.Printf("based on the data and our prior belief, the fairness of the coin is %.3f +- %.3f\n", mean, sd)

	// With the exact posterior for a guide the loss has no noise.
	lo, hi, err := examples.LossRange(r.Key("exact"), loop, exact, 1000)
	if err != nil {
		return err
	}
	r.Figure("exact_guide_loss_min", lo)
	r.Figure("exact_guide_loss_max", hi)
	r.Printf("the loss of the exact guide is %.7f on every draw\n", lo)

	// The loop and the plate are the same model.
	fair := pyro.Data{"latent_fairness": tensor.Of(0.5)}
	for name, m := range map[string]pyro.Model{"loop_logjoint": loop, "plate_logjoint": plate} {
		logp, err := examples.LogJoint(m, fair)
		if err != nil {
			return err
		}
		r.Figure(name, logp)
	}
	return plots(r, losses, alpha, beta)
}
