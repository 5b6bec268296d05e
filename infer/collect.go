package infer

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"sync/atomic"
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

// chunk is the number of samples that a worker takes up at a time. The last of
// them is compared with the model where the others repeat what was recorded.
const chunk = 64

// part is a run of successive samples.
type part struct {
	from, to int
	out      *Weighted
	err      error
}

// collect draws all samples, in parts, so that the result does not depend on the
// number of workers. The first sample is drawn alone, as it may make parameters.
// When ctx ends or a sample fails, it returns the samples before with the error.
func (sp *sampling) collect(ctx context.Context) (*Weighted, error) {
	workers := sp.workers
	if workers <= 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	parts := []part{{from: 0, to: 1}}
	for from := 1; from < sp.n; from += chunk {
		parts = append(parts, part{from: from, to: min(from+chunk, sp.n)})
	}
	samplers := make([]*sampler, min(workers, len(parts)))
	for w := range samplers {
		samplers[w] = newSampler(sp)
	}
	if samplers[0].fill(ctx, &parts[0]) {
		parallel(len(parts)-1, len(samplers), func(w, i int) bool { return samplers[w].fill(ctx, &parts[i+1]) })
	}
	out := newWeighted(sp.n)
	for _, s := range samplers {
		out.Stats.add(s.stats)
	}
	for i := range parts {
		p := &parts[i]
		if p.out == nil { // not begun
			break
		}
		if err := out.append(p.out); err != nil {
			return out, err
		}
		if p.err != nil {
			return out, p.err
		}
		p.out = nil
	}
	return out, nil
}

// fill draws the samples of a part; it returns false where it fails. Samples of
// which it is not known whether the model has changed before are not kept.
func (s *sampler) fill(ctx context.Context, p *part) bool {
	p.out = newWeighted(p.to - p.from)
	p.err = s.draw(ctx, p)
	if err := s.verify(p); err != nil {
		p.out = newWeighted(0)
		if p.err != nil {
			err = errors.Join(p.err, err)
		}
		p.err = err
	}
	return p.err == nil
}

// draw draws the samples of a part: by running the model until it is recorded.
func (s *sampler) draw(ctx context.Context, p *part) error {
	for i := p.from; i < p.to; {
		if err := ctx.Err(); err != nil {
			return err
		}
		n := 1
		if s.agreed {
			n = min(s.k, p.to-i)
			if s.replay(i, n, p.out) {
				i += n
				continue
			}
		}
		for range n {
			if err := s.run(i, func(x *sample, logw float64) error { return p.out.add(p.from, logw, x.p, s.of.keep) }); err != nil {
				return err
			}
			s.stats.Eager++
			i++
		}
	}
	return nil
}
