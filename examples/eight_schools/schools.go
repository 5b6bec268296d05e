// Package eightschools estimates the effects of coaching in eight schools
// (Rubin 1981) twice: with the effects drawn directly, which chains cannot
// explore, and standardized. The diagnostics tell them apart.
package eightschools

import (
	"context"
	"fmt"
	"math"

	"github.com/gopyro/pyro"
	"github.com/gopyro/pyro/data"
	"github.com/gopyro/pyro/dist"
	"github.com/gopyro/pyro/examples"
	"github.com/gopyro/pyro/handler"
	"github.com/gopyro/pyro/infer/mcmc"
	"github.com/gopyro/pyro/plot"
	"github.com/gopyro/pyro/tensor"
)

// model says that effects vary around mu by tau, and that each was measured with
// a known error.
func model(p *pyro.P, effect, stdErr *tensor.Tensor) {
	mu := p.Sample("mu", dist.Normal(0, 5))
	tau := p.Sample("tau", dist.HalfCauchy(5))
	school := p.Plate("school", effect.Len())
	theta := school.Sample("theta", dist.Normal(mu, tau))
	school.Observe("y", dist.Normal(theta, stdErr), effect)
}

// Example is this program.
var Example = examples.Example{
	Name: "eight_schools", Run: run,
	About: "effects of coaching in eight schools by NUTS, centred and not",
}

func run(ctx context.Context, r *examples.Run) error {
	table := data.EightSchools()
	centred := func(p *pyro.P) { model(p, tensor.Of(table.Effect), tensor.Of(table.StdErr)) }

	r.Printf("effects drawn directly:\n\n")
	funnel, err := mcmc.NUTS{OnDraw: r.ChainProgress("centred", 4, 2000)}.Run(ctx, r.Key("centred"), centred)
	if err != nil {
		return err
	}
	r.Chains("centred_", funnel, "mu", "tau", "theta")

	r.Printf("effects standardized:\n\n")
	nuts := mcmc.NUTS{TargetAccept: 0.95, OnDraw: r.ChainProgress("standardized", 4, 2000)}
	good, err := nuts.Run(ctx, r.Key("standardized"), handler.NonCentered(centred, "theta"))
	if err != nil {
		return err
	}
	r.Chains("", good, "mu", "tau", "theta")
	return plots(r, table, funnel, good)
}

// plots shows where the centred chains diverge, and what the others found.
func plots(r *examples.Run, table data.SchoolsTable, funnel, good *mcmc.Result) error {
	names := []string{"theta[0]", "log tau"}
	var divergent []bool
	for _, chain := range funnel.Stats.Diverging {
		divergent = append(divergent, chain...)
	}
	pairs := plot.Pairs(names, [][]float64{pooled(funnel, "theta[0]"), logs(pooled(funnel, "tau"))}, divergent)
	if err := r.Save("centred", pairs); err != nil {
		return err
	}
	pairs = plot.Pairs(names, [][]float64{pooled(good, "theta[0]"), logs(pooled(good, "tau"))}, nil)
	if err := r.Save("standardized", pairs); err != nil {
		return err
	}

	var groups []plot.Group
	for i, school := range table.School {
		groups = append(groups, plot.Group{Label: "school " + school, Xs: pooled(good, fmt.Sprintf("theta[%d]", i))})
	}
	groups = append(groups, plot.Group{Label: "mu", Xs: pooled(good, "mu")})
	forest := (&plot.Figure{Title: "effect of coaching", XLabel: "points"}).Forest(0.89, groups...)
	if err := r.Save("effects", forest); err != nil {
		return err
	}
	trace := func(title string, res *mcmc.Result) *plot.Figure {
		return (&plot.Figure{Title: title, XLabel: "draw", YLabel: "tau"}).Trace(res.Scalar("tau"))
	}
	ranks := func(title string, res *mcmc.Result) *plot.Figure {
		return (&plot.Figure{Title: title, XLabel: "rank of tau"}).Ranks(res.Scalar("tau"), 20)
	}
	energy := func(title string, res *mcmc.Result) *plot.Figure {
		return (&plot.Figure{Title: title, XLabel: "energy"}).Energy(res.Stats.Energy)
	}
	return r.Save("chains", plot.Grid(2,
		trace("centred", funnel), trace("standardized", good),
		ranks("centred", funnel), ranks("standardized", good),
		energy("centred", funnel), energy("standardized", good)))
}

// pooled returns the draws of a number in all chains.
func pooled(r *mcmc.Result, name string) (out []float64) {
	for _, chain := range r.Scalar(name) {
		out = append(out, chain...)
	}
	return out
}

func logs(x []float64) []float64 {
	for i, v := range x {
		x[i] = math.Log(v)
	}
	return x
}
