package main

import (
	"context"
	"math"

	"github.com/gopyro/pyro/bench"
	"github.com/gopyro/pyro/bench/clock"
	"github.com/gopyro/pyro/infer"
	"github.com/gopyro/pyro/rng"
)

// operations are the workloads whose single operations are timed.
var operations = []workload{
	{name: "coin", steps: 1000, run: fit(bench.Coin)},
	{name: "scale", steps: 3000, run: fit(bench.Scale)},
	{name: "iris", steps: 1000, run: fit(bench.Iris)},
	{name: "hier", steps: 1000, run: fit(bench.Hierarchical)},
	{name: "logreg_subsample", steps: 400, run: fit(million)},
	{name: "logreg_own_indices", steps: 400, run: fit(million)},
	{name: "importance", steps: 5000, run: importance},
	{name: "grad_eight_schools", steps: 2000, run: gradient(bench.EightSchools)},
	{name: "grad_logreg", steps: 2000, run: gradient(func() *bench.Density { return bench.Logistic(1000) })},
}

func million() *infer.SVI { return bench.Subsampled(1_000_000, 1000) }

// measureFor is the processor time, in seconds, that a timed stretch takes about.
const measureFor = 0.5

// callsFor is the number of calls that take measureFor, when n took seconds.
func callsFor(n int, seconds float64) int {
	return max(n, int(float64(n)*measureFor/max(seconds, 1e-6)))
}

// fit makes as many steps as the peers to compare losses, and then times a run
// from the start: recording, checks and all.
func fit(make func() *infer.SVI) runner {
	return func(ctx context.Context, o *options, r *report) error {
		key := rng.New(uint64(o.seed))
		start := clock.Processor()
		losses, err := make().Run(ctx, key, o.steps)
		if err != nil {
			return err
		}
		took := (clock.Processor() - start).Seconds()
		r.Check = map[string]value{"loss": mean(losses[o.steps/2:])}
		svi := make()
		n := callsFor(o.steps, took)
		start = clock.Processor()
		if _, err := svi.Run(ctx, key.Fold(1), n); err != nil {
			return err
		}
		r.Micros = (clock.Processor() - start).Seconds() / float64(n) * 1e6
		r.Note = svi.Stats.Why
		return nil
	}
}

// mean of losses with its standard error. Losses without noise have at least the
// relative error of peers in single precision, some 2e-5 for sums of this size.
func mean(x []float64) value {
	m, v := 0.0, 0.0
	for _, y := range x {
		m += y / float64(len(x))
	}
	for _, y := range x {
		v += (y - m) * (y - m) / float64(len(x)-1)
	}
	return value{m, max(math.Sqrt(v/float64(len(x))), 2e-5*math.Abs(m))}
}

// importance draws from the prior of the scale.
func importance(ctx context.Context, o *options, r *report) error {
	model, key := bench.ScaleModel(), rng.New(uint64(o.seed))
	start := clock.Processor()
	draws, err := infer.Importance{Samples: o.steps}.Run(ctx, key, model)
	if err != nil {
		return err
	}
	took := (clock.Processor() - start).Seconds()
	ess := draws.ESS()
	r.Check = map[string]value{
		"weight": {draws.Mean("weight").Item(), draws.SD("weight").Item() / math.Sqrt(ess)},
		// The variance of the mean weight over its square is 1/ess - 1/n.
		"log_evidence": {draws.LogEvidence(), math.Sqrt(1/ess - 1/float64(o.steps))},
	}
	n := callsFor(o.steps, took)
	start = clock.Processor()
	if _, err := (infer.Importance{Samples: n}).Run(ctx, key.Fold(1), model); err != nil {
		return err
	}
	r.Micros = (clock.Processor() - start).Seconds() / float64(n) * 1e6
	return nil
}

// gradient evaluates the log density and its gradient at a point.
func gradient(make func() *bench.Density) runner {
	return func(_ context.Context, o *options, r *report) error {
		d := make()
		for i := range d.X {
			d.X[i] = 0.1 * float64(i%5)
		}
		d.Record()
		start := clock.Processor()
		lp := d.Replay()
		for range o.steps {
			d.Replay()
		}
		n := callsFor(o.steps, (clock.Processor() - start).Seconds())
		sum := 0.0
		for i, g := range d.Grad {
			sum += g * float64(i+1)
		}
		// Peers add up in single precision.
		r.Check = map[string]value{"log_density": {lp, 2e-6 * math.Abs(lp)}, "gradient": {sum, 2e-6 * math.Abs(lp) * float64(len(d.X))}}
		start = clock.Processor()
		for range n {
			d.Replay()
		}
		r.Micros = (clock.Processor() - start).Seconds() / float64(n) * 1e6
		return nil
	}
}
