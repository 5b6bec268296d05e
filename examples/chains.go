package examples

import (
	"math"

	"github.com/gopyro/pyro/infer/mcmc"
)

// Chains reports what Markov chains found of the named sites, or of all, and how
// far they can be trusted, as figures whose names begin with prefix.
func (r *Run) Chains(prefix string, result *mcmc.Result, sites ...string) {
	table := result.Summary(sites...)
	var names []string
	var means, sds []float64
	rhat, bulk, tail := 0.0, math.Inf(1), math.Inf(1)
	for _, row := range table.Rows {
		names = append(names, row.Name)
		means, sds = append(means, row.Mean), append(sds, row.SD)
		rhat, bulk, tail = max(rhat, row.Rhat), min(bulk, row.ESSBulk), min(tail, row.ESSTail)
	}
	seconds := 0.0
	for _, w := range result.Warmup {
		seconds += (w.Time + w.Sampling).Seconds()
	}
	gradients := float64(result.Gradients())
	r.Figure(prefix+"sites", names)
	r.Figure(prefix+"means", means)
	r.Figure(prefix+"sds", sds)
	r.Figure(prefix+"rhat_max", rhat)
	r.Figure(prefix+"ess_bulk_min", bulk)
	r.Figure(prefix+"ess_tail_min", tail)
	r.Figure(prefix+"divergences", result.Divergences())
	r.Figure(prefix+"leapfrogs", result.Gradients())
	r.Figure(prefix+"us_per_leapfrog", 1e6*seconds/gradients)
	r.Figure(prefix+"ess_per_second", bulk/seconds)
	r.Printf("%v\n%v\n", table, result.Diagnose())
}

// ChainProgress is an OnDraw that reports progress, for samplers with the given
// chains and transitions of each.
func (r *Run) ChainProgress(part string, chains, transitions int) func(mcmc.Draw) {
	done := 0
	return func(mcmc.Draw) {
		if done++; done%200 == 0 || done == chains*transitions {
			r.Step(part, done, chains*transitions)
		}
	}
}
