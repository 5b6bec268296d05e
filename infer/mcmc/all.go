package mcmc

import (
	"context"
	"iter"
	"sync"

	"github.com/gopyro/pyro"
	"github.com/gopyro/pyro/rng"
)

// ahead is how many draws a chain of All runs ahead.
const ahead = 32

// step is a draw, or what ended its chain.
type step struct {
	draw Draw
	err  error
}

// all implements All.
func (s *sampler) all(ctx context.Context, key rng.Key, m pyro.Model, err error) iter.Seq2[Draw, error] {
	return func(yield func(Draw, error) bool) {
		var l *layout
		if err == nil && (s.Checkpoint != "" || s.Streaming || s.OnDraw != nil) {
			err = &SettingsError{"Checkpoint, Streaming and OnDraw go with Run; All hands out each draw and keeps none"}
		}
		if err == nil {
			l, err = discover(m, key.FoldName("discover"), s.Discrete)
		}
		if err != nil {
			yield(Draw{}, err)
			return
		}
		ctx, stop := context.WithCancel(ctx)
		var wait sync.WaitGroup
		var foreign panicked
		defer foreign.raise()
		defer wait.Wait()
		defer stop()
		lanes, warm := make([]chan step, s.Chains), make([]chan struct{}, s.Chains)
		for id := range lanes {
			lane := make(chan step, ahead)
			lanes[id], warm[id] = lane, make(chan struct{})
			wait.Go(func() {
				defer close(lane)
				warmed := sync.OnceFunc(func() { close(warm[id]) })
				defer warmed()
				defer foreign.catch(stop)
				if id >= s.Workers { // no more chains than that warm up at a time, in order
					<-warm[id-s.Workers]
				}
				for d, err := range s.draws(ctx, l, key, id) {
					warmed()
					select {
					case lane <- step{d, err}:
					case <-ctx.Done():
						return
					}
				}
			})
		}
		for range s.Draws {
			for _, lane := range lanes {
				next, ok := <-lane
				if !ok && foreign.value != nil {
					return
				}
				if !ok {
					next.err = ctx.Err()
				}
				if !yield(next.draw, next.err) || next.err != nil {
					return
				}
			}
		}
	}
}

// draws yields the draws of a chain after warm-up, with values of their own.
func (s *sampler) draws(ctx context.Context, l *layout, key rng.Key, id int) iter.Seq2[Draw, error] {
	return func(yield func(Draw, error) bool) {
		c, err := s.open(ctx, l, key, id, nil)
		if err != nil {
			yield(Draw{Chain: id}, err)
			return
		}
		for d, err := range c.all(ctx) {
			if d.Warmup && err == nil {
				continue
			}
			d.values = append([]float64(nil), d.values...)
			if s.Discrete && err == nil {
				d.recovered = true
				err = l.recover(d.values, discreteKey(key, id, d.Index))
			}
			if !yield(d, err) || err != nil {
				return
			}
		}
	}
}
