package mcmc

import (
	"context"
	"iter"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/gopyro/pyro"
	"github.com/gopyro/pyro/rng"
)

// ahead is how many draws a chain of All runs ahead.
const ahead = 32

// step is a draw, or what ended its chain.
type step struct {
	draw Draw
	err  error
	room chan struct{} // of the group that the chain is in
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
		shared := &queues{s: s, l: l, key: key, of: make([]chan step, s.Chains)}
		for id := range shared.of {
			shared.of[id] = make(chan step, ahead)
		}
		workers := min(s.Workers, s.Chains)
		shared.working.Store(int64(workers))
		for range workers {
			wait.Go(func() {
				defer shared.leave()
				defer foreign.catch(stop)
				s.group(l, key).run(ctx, &streaming{queues: shared, room: make(chan struct{}, 1)})
			})
		}
		for range s.Draws {
			for _, queue := range shared.of {
				next, ok := <-queue
				if !ok && foreign.value != nil {
					return
				}
				if !ok {
					next.err = ctx.Err()
				} else {
					select {
					case next.room <- struct{}{}:
					default:
					}
				}
				if !yield(next.draw, next.err) || next.err != nil {
					return
				}
			}
		}
	}
}

// queues are the draws of chains that are still to be yielded, which all workers
// add to.
type queues struct {
	s       *sampler
	l       *layout
	key     rng.Key
	of      []chan step // by chain
	opened  atomic.Int64
	working atomic.Int64
}

// leave ends the queues once the last worker has left.
func (q *queues) leave() {
	if q.working.Add(-1) == 0 {
		for _, c := range q.of {
			close(c)
		}
	}
}

// streaming is the task of All: a chain moves while there is room in its queue.
type streaming struct {
	*queues
	room chan struct{} // there may be room again in a queue
}

// next implements task.
func (t *streaming) next(ctx context.Context, g *group) *chain {
	id := int(t.opened.Add(1)) - 1
	if id >= len(t.of) || ctx.Err() != nil {
		return nil
	}
	c, err := g.open(ctx, id, nil)
	if err != nil {
		t.send(step{draw: Draw{Chain: id}, err: err})
		return nil
	}
	return c
}

// send never waits: a chain moves while there is room.
func (t *streaming) send(s step) {
	s.room = t.room
	t.of[s.draw.Chain] <- s
}

// ready implements task.
func (t *streaming) ready(c *chain) bool { return len(t.of[c.id]) < ahead }

// wait implements task.
func (t *streaming) wait(ctx context.Context) bool {
	select {
	case <-t.room:
		return true
	case <-ctx.Done():
		return false
	}
}

// take implements task.
func (t *streaming) take(c *chain, d Draw) error {
	if d.Warmup {
		return nil
	}
	d.values = slices.Clone(d.values)
	if t.s.Discrete {
		d.recovered = true
		if err := t.l.recover(d.values, discreteKey(t.key, c.id, d.Index)); err != nil {
			return err
		}
	}
	t.send(step{draw: d})
	return nil
}

// over implements task.
func (t *streaming) over(c *chain, err error) {
	if err != nil && t.ready(c) {
		t.send(step{draw: Draw{Chain: c.id}, err: err})
	}
}
