package infer

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"runtime"
	"slices"

	"github.com/gopyro/pyro/rng"
)

// Starts fits from several starting points, since a loss may have several
// optima, and keeps the best.
type Starts struct {
	// New returns the fit to start with a key: guides that choose their start
	// at random take it from there. Fits must not share parameters or
	// optimisers.
	// New is called once for each start in order, before any step: what it notes
	// of each, such as its autoguide, has the index of the Start in the report.
	New func(key rng.Key) (*SVI, error)
	N   int // number of starts; default 10
	// Short is the number of steps after which all but the best Keep starts
	// are given up; 0 runs all to the end.
	Short int
	Keep  int // default 1
}

// Start reports on one start.
type Start struct {
	Loss  float64 // mean over the last tenth of the steps made; +Inf if the start failed
	Steps int
	Err   error
	Best  bool // it is the one that Run returned
}

// Run fits from each start for the given number of steps, start i with
// key.Fold(i), and returns the best fit with its losses and a report on all. The
// best has the least Start.Loss. Run fails only if every start does. When ctx
// ends, it returns the best so far with the context's error. The result does not
// depend on the number of cores.
func (s Starts) Run(ctx context.Context, key rng.Key, steps int) (best *SVI, losses []float64, report []Start, err error) {
	fits, err := s.fits(key, steps)
	if err != nil {
		return nil, nil, nil, err
	}
	first := steps
	if s.Short > 0 && s.Short < steps {
		first = s.Short
	}
	each(fits, func(f *fit) { f.advance(ctx, first) })
	if first < steps {
		each(leading(fits, max(1, s.Keep)), func(f *fit) { f.advance(ctx, steps) })
	}
	report = make([]Start, len(fits))
	for i, f := range fits {
		report[i] = Start{Loss: f.loss(), Steps: len(f.losses), Err: f.err}
	}
	top := leading(fits, 1)[0]
	if math.IsInf(top.loss(), 1) {
		return nil, nil, report, cmp.Or(top.err, errors.New("infer: no start has a finite loss"))
	}
	report[slices.Index(fits, top)].Best = true
	return top.svi, top.losses, report, ctx.Err()
}

// fits makes the fits to run.
func (s *Starts) fits(key rng.Key, steps int) ([]*fit, error) {
	n := s.N
	if n == 0 {
		n = 10
	}
	switch {
	case s.New == nil:
		return nil, errors.New("infer: Starts.New is nil")
	case n < 0 || s.Short < 0 || s.Keep < 0:
		return nil, errors.New("infer: Starts has a negative number")
	case steps <= 0:
		return nil, fmt.Errorf("infer: %d steps; the number must be positive", steps)
	}
	fits := make([]*fit, n)
	for i := range fits {
		f := &fit{key: key.Fold(i)}
		if f.svi, f.err = s.New(f.key.FoldName("start")); f.svi == nil && f.err == nil {
			f.err = errors.New("infer: Starts.New returned nil")
		}
		if f.err == nil && f.svi.Checkpoint != "" {
			f.err = errors.New("infer: Starts keeps no checkpoints; fit the best start with SVI.Run")
		}
		f.replay.svi = f.svi
		fits[i] = f
	}
	return fits, nil
}

type fit struct {
	svi    *SVI
	key    rng.Key
	replay replayer
	losses []float64
	err    error
}

// advance continues the fit up to the given number of steps.
func (f *fit) advance(ctx context.Context, steps int) {
	for len(f.losses) < steps && f.err == nil {
		if f.err = ctx.Err(); f.err != nil {
			return
		}
		i := len(f.losses)
		var loss float64
		if loss, f.err = f.replay.step(f.key.Fold(i), i, i == steps-1); f.err == nil {
			f.losses = append(f.losses, loss)
		}
	}
}

// loss is the mean of the last tenth of the losses, as single ones are noisy, or
// +Inf where the start failed.
func (f *fit) loss() float64 {
	if len(f.losses) == 0 || f.err != nil && !errors.Is(f.err, context.Canceled) && !errors.Is(f.err, context.DeadlineExceeded) {
		return math.Inf(1)
	}
	last := f.losses[len(f.losses)-(len(f.losses)+9)/10:]
	sum := 0.0
	for _, l := range last {
		sum += l
	}
	if m := sum / float64(len(last)); !math.IsNaN(m) {
		return m
	}
	return math.Inf(1)
}

// leading returns the k fits of least loss, the earlier of equal ones first.
func leading(fits []*fit, k int) []*fit {
	chosen := make([]*fit, 0, k)
	used := make([]bool, len(fits))
	for len(chosen) < min(k, len(fits)) {
		best := -1
		for i, f := range fits {
			if !used[i] && (best < 0 || f.loss() < fits[best].loss()) {
				best = i
			}
		}
		used[best] = true
		chosen = append(chosen, fits[best])
	}
	return chosen
}

// each runs f for all fits on as many goroutines as there are cores.
func each(fits []*fit, f func(*fit)) {
	parallel(len(fits), runtime.GOMAXPROCS(0), func(_, i int) bool {
		f(fits[i])
		return true
	})
}
