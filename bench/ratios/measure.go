package main

import (
	"math/rand/v2"
	"slices"
	"time"

	"github.com/gopyro/pyro/bench/clock"
)

// turns is how often each side of a comparison is timed.
const turns = 31

// callsIn is the number of calls of f that take about d.
func callsIn(d time.Duration, f func()) int {
	f()
	for n := 1; ; n *= 2 {
		start := clock.Processor()
		for range n {
			f()
		}
		if took := clock.Processor() - start; took > d/2 {
			return max(1, int(float64(n)*float64(d)/float64(took)))
		}
	}
}

// inTurns returns the median time of a call of each function, in nanoseconds.
// They run one after the other, for d each, again and again, in an order that is drawn each
// time, lest collections of garbage keep falling into the turn of the same one.
func inTurns(d time.Duration, fs ...func()) []float64 {
	calls := make([]int, len(fs))
	for i, f := range fs {
		calls[i] = callsIn(d, f)
	}
	times := make([][]float64, len(fs))
	order := rand.New(rand.NewPCG(1, 2))
	for range turns {
		for _, i := range order.Perm(len(fs)) {
			start := clock.Processor()
			for range calls[i] {
				fs[i]()
			}
			times[i] = append(times[i], float64(clock.Processor()-start)/float64(calls[i]))
		}
	}
	medians := make([]float64, len(fs))
	for i, t := range times {
		slices.Sort(t)
		medians[i] = t[len(t)/2]
	}
	return medians
}

// turn is long enough for the clock and short enough for both sides to meet the
// same neighbours.
const turn = 2 * time.Millisecond
