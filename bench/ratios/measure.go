package main

import (
	"slices"
	"time"

	"golang.org/x/sys/unix"
)

// clock is the processor time of this process, garbage collection included,
// which leaves out what other programs take.
func clock() time.Duration {
	var now unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_PROCESS_CPUTIME_ID, &now); err != nil {
		panic(err)
	}
	return time.Duration(now.Nano())
}

// turns is how often each side of a comparison is timed.
const turns = 31

// callsIn is the number of calls of f that take about d.
func callsIn(d time.Duration, f func()) int {
	f()
	for n := 1; ; n *= 2 {
		start := clock()
		for range n {
			f()
		}
		if took := clock() - start; took > d/2 {
			return max(1, int(float64(n)*float64(d)/float64(took)))
		}
	}
}

// inTurns returns the median time of a call of each function, in nanoseconds.
// They run one after the other, for d each, again and again.
func inTurns(d time.Duration, fs ...func()) []float64 {
	calls := make([]int, len(fs))
	for i, f := range fs {
		calls[i] = callsIn(d, f)
	}
	times := make([][]float64, len(fs))
	for range turns {
		for i, f := range fs {
			start := clock()
			for range calls[i] {
				f()
			}
			times[i] = append(times[i], float64(clock()-start)/float64(calls[i]))
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
