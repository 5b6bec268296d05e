package infer

import (
	"context"
	"errors"
	"math"
	"runtime"
	"sync"

	"github.com/gopyro/pyro/rng"
)

// Starts fits from several starting points, since a loss may have several
// optima, and keeps the best.
type Starts struct {
	// New returns the fit to start with a key: guides that choose their start
	// at random take it from there. Fits must not share parameters or
	// optimisers.
	New func(key rng.Key) (*SVI, error)
	N   int // number of starts; default 10
	// Short is the number of steps after which all but the best Keep starts
	// are given up; 0 runs all to the end.
	Short int
	Keep  int // default 1
}

// Start reports on one start.
type Start struct {
	Loss  float64 // the last one; +Inf if the start failed
	Steps int
	Err   error
}

// Run fits from each start for the given number of steps, start i with
// key.Fold(i), and returns the best fit with its losses and a report on all. It
// fails only if every start does.
func (s Starts) Run(ctx context.Context, key rng.Key, steps int) (best *SVI, losses []float64, report []Start, err error) {
	n := s.N
	if n <= 0 {
		n = 10
	}
	fits := make([]*fit, n)
	for i := range fits {
		fits[i] = &fit{key: key.Fold(i)}
		fits[i].svi, fits[i].err = s.New(fits[i].key.FoldName("start"))
		fits[i].replay.svi = fits[i].svi
	}
	first := steps
	if s.Short > 0 && s.Short < steps {
		first = s.Short
	}
	each(fits, func(f *fit) { f.advance(ctx, first) })
	if first < steps {
		each(leading(fits, max(1, s.Keep)), func(f *fit) { f.advance(ctx, steps) })
	}
	report = make([]Start, n)
	for i, f := range fits {
		report[i] = Start{Loss: f.loss(), Steps: len(f.losses), Err: f.err}
	}
	top := leading(fits, 1)[0]
	if top.err != nil && len(top.losses) == 0 {
		return nil, nil, report, top.err
	}
	return top.svi, top.losses, report, ctx.Err()
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

// loss is the last loss, or +Inf where the start failed.
func (f *fit) loss() float64 {
	if len(f.losses) == 0 || f.err != nil && !errors.Is(f.err, context.Canceled) && !errors.Is(f.err, context.DeadlineExceeded) {
		return math.Inf(1)
	}
	return f.losses[len(f.losses)-1]
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
	var wg sync.WaitGroup
	next := make(chan *fit)
	var mu sync.Mutex
	var foreign any
	for range min(runtime.GOMAXPROCS(0), len(fits)) {
		wg.Go(func() {
			for x := range next {
				func() {
					defer func() {
						if v := recover(); v != nil {
							mu.Lock()
							foreign = v
							mu.Unlock()
						}
					}()
					f(x)
				}()
			}
		})
	}
	for _, x := range fits {
		next <- x
	}
	close(next)
	wg.Wait()
	if foreign != nil {
		panic(foreign)
	}
}
