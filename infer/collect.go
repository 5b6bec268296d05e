package infer

import (
	"context"
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/gopyro/pyro/tensor"
)

// parallel calls f for i = 0, …, n-1 on several goroutines, each with a worker
// number of its own, taking up numbers in order until one call returns false. A
// panic also ends it, and is carried to the caller; the first in order if there
// are several.
func parallel(n, workers int, f func(worker, i int) bool) {
	workers = min(workers, n)
	panicked := make([]any, n)
	var next atomic.Int64
	var stop atomic.Bool
	work := func(worker int) {
		for !stop.Load() {
			i := int(next.Add(1)) - 1
			if i >= n {
				return
			}
			func() {
				defer func() {
					if panicked[i] = recover(); panicked[i] != nil {
						stop.Store(true)
					}
				}()
				if !f(worker, i) {
					stop.Store(true)
				}
			}()
		}
	}
	var wg sync.WaitGroup
	for w := 1; w < workers; w++ {
		wg.Go(func() { work(w) })
	}
	work(0)
	wg.Wait()
	for _, v := range panicked {
		if v != nil {
			panic(v)
		}
	}
}

// chunk is the number of samples that a worker takes up at a time.
const chunk = 64

// part is a run of successive samples.
type part struct {
	from, to int
	out      *Weighted
	err      error
}

// collect draws n samples, of which sample i is what draw adds to out for i
// alone, so that the result does not depend on the number of workers; 0 is
// GOMAXPROCS. The first sample is drawn alone, as it may make parameters. When
// ctx ends or a sample fails, it returns the samples before with the error.
func collect(ctx context.Context, n, workers int, draw func(tape *tensor.Tape, i int, p *part) error) (*Weighted, error) {
	if workers <= 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	parts := []*part{{from: 0, to: 1}}
	for from := 1; from < n; from += chunk {
		parts = append(parts, &part{from: from, to: min(from+chunk, n)})
	}
	workers = min(workers, len(parts))
	tapes := make([]*tensor.Tape, workers)
	for w := range tapes {
		tapes[w] = tensor.NewTape()
	}
	if parts[0].fill(ctx, tapes[0], draw) {
		parallel(len(parts)-1, workers, func(w, i int) bool { return parts[i+1].fill(ctx, tapes[w], draw) })
	}
	out := newWeighted(n)
	for _, p := range parts {
		if p.out == nil { // not begun
			break
		}
		if err := out.append(p.out); err != nil {
			return out, err
		}
		if p.err != nil {
			return out, p.err
		}
	}
	return out, nil
}

// fill draws the samples of a part; it returns false where it fails.
func (p *part) fill(ctx context.Context, tape *tensor.Tape, draw func(tape *tensor.Tape, i int, p *part) error) bool {
	p.out = newWeighted(p.to - p.from)
	for i := p.from; i < p.to; i++ {
		if p.err = ctx.Err(); p.err != nil {
			return false
		}
		tape.Reset()
		if p.err = draw(tape, i, p); p.err != nil {
			return false
		}
	}
	return true
}
