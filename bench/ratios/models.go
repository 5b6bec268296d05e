package main

import (
	"context"
	"fmt"
	"runtime"
	"slices"

	"github.com/gopyro/pyro/bench"
	"github.com/gopyro/pyro/bench/clock"
	"github.com/gopyro/pyro/infer"
	"github.com/gopyro/pyro/rng"
)

// densities are the times of value and gradient through the modelling language,
// over those of hand-written code.
func densities(out map[string]float64) {
	hand, d := bench.NewHandEightSchools(), bench.EightSchools()
	d.Record()
	copy(hand.X[:], d.X)
	const k = 8
	lanes := d.Lanes(k)
	t := inTurns(turn, func() { d.Eager() }, func() { d.Replay() }, lanes.Eval, func() { hand.Eval() })
	out["eight_schools_eager"], out["eight_schools_replay"] = t[0]/t[3], t[1]/t[3]
	out["eight_schools_lanes8"] = t[2] / k / t[3] // of one position
	for _, n := range []int{1_000, 100_000} {
		hand, d := bench.NewHandLogistic(n), bench.Logistic(n)
		d.Record()
		t := inTurns(turn, func() { d.Eager() }, func() { d.Replay() }, func() { hand.Eval() })
		if n == 1_000 {
			out["logreg_1k_eager"] = t[0] / t[2]
		}
		out[fmt.Sprintf("logreg_%dk_replay", n/1000)] = t[1] / t[2]
	}
}

// fits are the times of steps of SVI in runs, and of samples, and what a step
// allocates.
func fits(ctx context.Context, out map[string]float64) error {
	for _, w := range []struct {
		name  string
		make  func() *infer.SVI
		steps int
	}{
		{"coin", bench.Coin, 20_000},
		{"scale", bench.Scale, 50_000},
		{"iris", bench.Iris, 5_000},
		{"hmm", bench.HMM, 500},
		{"hier", bench.Hierarchical, 2_000},
		{"logreg_subsample", func() *infer.SVI { return bench.Subsampled(1_000_000, 1000) }, 500},
	} {
		svi := w.make()
		allocs, err := bench.ReplayAllocs(ctx, svi)
		if err != nil {
			return err
		}
		out["svi_"+w.name+"_allocs"] = allocs
		us, err := median(func() error { _, err := svi.Run(ctx, rng.New(0), w.steps); return err }, w.steps)
		if err != nil {
			return err
		}
		out["svi_"+w.name+"_us"] = us
		runtime.GC()
	}
	const samples = 10_000
	us, err := median(func() error {
		_, err := infer.Importance{Samples: samples}.Run(ctx, rng.New(0), bench.ScaleModel())
		return err
	}, samples)
	out["importance_us"] = us
	return err
}

// median is the median time in microseconds of one of n parts of f.
func median(f func() error, n int) (float64, error) {
	var times []float64
	for range 5 {
		start := clock.Processor()
		if err := f(); err != nil {
			return 0, err
		}
		times = append(times, float64((clock.Processor()-start).Nanoseconds())/1e3/float64(n))
	}
	slices.Sort(times)
	return times[len(times)/2], nil
}
