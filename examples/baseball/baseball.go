// Package baseball predicts the season of eighteen players from their first 45
// at-bats (Efron and Morris 1975): each by himself, all as one, and in between,
// by a hierarchical model that learns how much players differ.
package baseball

import (
	"context"
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

// partlyPooled says that the log odds of a hit vary among players by scale.
func partlyPooled(p *pyro.P, atBats, hits *tensor.Tensor) {
	loc := p.Sample("loc", dist.Normal(-1, 1))
	scale := p.Sample("scale", dist.HalfNormal(1))
	player := p.Plate("player", hits.Len())
	logit := player.Sample("logit", dist.Normal(loc, scale))
	player.Deterministic("average", logit.Sigmoid())
	player.Observe("hits", dist.BinomialLogits(atBats, logit), hits)
}

// Example is this program.
var Example = examples.Example{
	Name: "baseball", Run: run,
	About: "batting averages of a season from 45 at-bats by partial pooling",
}

func run(ctx context.Context, r *examples.Run) error {
	b := data.Baseball()
	atBats, hits := tensor.Of(b.AtBats), tensor.Of(b.Hits)
	model := handler.NonCentered(func(p *pyro.P) { partlyPooled(p, atBats, hits) }, "logit")
	nuts := mcmc.NUTS{TargetAccept: 0.9, OnDraw: r.ChainProgress("baseball", 4, 2000)}
	result, err := nuts.Run(ctx, r.Key("nuts"), model)
	if err != nil {
		return err
	}
	r.Chains("", result, "loc", "scale", "average")

	n := len(b.Player)
	raw, one, estimate := make([]float64, n), make([]float64, n), make([]float64, n)
	total := hits.Sum().Item() / atBats.Sum().Item()
	for i, row := range result.Summary("average").Rows {
		raw[i], one[i], estimate[i] = b.Hits[i]/b.AtBats[i], total, row.Mean
	}
	r.Printf("%-14s %9s %9s %9s\n", "player", "45 at-bats", "estimate", "season")
	for i, name := range b.Player {
		r.Printf("%-14s %9.3f %9.3f %9.3f\n", name, raw[i], estimate[i], b.RemainderAverage[i])
	}
	for _, e := range []struct {
		name  string
		guess []float64
	}{{"rmse_by_himself", raw}, {"rmse_all_as_one", one}, {"rmse_partly_pooled", estimate}} {
		r.Figure(e.name, rmse(e.guess, b.RemainderAverage))
		r.Printf("%s %.4f\n", e.name, rmse(e.guess, b.RemainderAverage))
	}
	return plots(r, b, result, raw, estimate)
}

// rmse is the root of the mean squared difference.
func rmse(a, b []float64) float64 {
	sum := 0.0
	for i := range a {
		sum += (a[i] - b[i]) * (a[i] - b[i])
	}
	return math.Sqrt(sum / float64(len(a)))
}

// plots shows how far each average shrinks, and the estimates with what came.
func plots(r *examples.Run, b data.BaseballTable, result *mcmc.Result, raw, estimate []float64) error {
	levels := func(y float64) []float64 {
		out := make([]float64, len(raw))
		for i := range out {
			out[i] = y
		}
		return out
	}
	fig := &plot.Figure{Title: "shrinkage", XLabel: "batting average", HideY: true, YLim: [2]float64{-0.3, 2.5}, Width: 7}
	for i := range raw {
		fig.Curve([]float64{raw[i], estimate[i], b.RemainderAverage[i]}, []float64{2, 1, 0}, "", plot.Color("gray"), plot.Width(0.8))
	}
	fig.Points(raw, levels(2), "first 45 at-bats").Points(estimate, levels(1), "estimate").
		Points(b.RemainderAverage, levels(0), "rest of the season")
	if err := r.Save("shrinkage", fig); err != nil {
		return err
	}
	averages := result.Pooled("average")["average"]
	var groups []plot.Group
	for i, name := range b.Player {
		groups = append(groups, plot.Group{Label: name, Xs: averages.Select(1, i).Float64s()})
	}
	return r.Save("averages", (&plot.Figure{Title: "batting averages", XLabel: "hits per at-bat"}).Forest(0.89, groups...))
}
