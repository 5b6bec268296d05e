package hmc

import (
	"context"
	"fmt"
	"iter"
	"math/rand/v2"
)

// Source returns the generator of one transition: 0 sets a chain up, n ≥ 1 is the
// nth transition, warm-up included. It is asked once for each, in order, and may
// return the same generator reseeded. A function of its argument alone makes a
// resumed chain repeat the bits of an unbroken one.
type Source func(transition int) *rand.Rand

// Config describes a chain.
type Config struct {
	Warmup     Warmup
	Draws      int    // transitions after warm-up
	KeepWarmup bool   // yield the states of warm-up too
	Tuning     Tuning // first step size and metric; zero fields are found
}

// Chain runs one kernel from one start. All that changes is in State: encoded and
// decoded at any time between transitions, it continues with [Resume].
type Chain struct {
	State ChainState

	cfg    Config
	f      LogDensity
	kernel Kernel
	source Source
}

// ChainState is plain data; its slices belong to the chain, so a copy must be deep.
type ChainState struct {
	Transitions int // taken, warm-up included
	Point       State
	Adaptation  Adaptation
}

// Draw is a state of the chain. Its slices, and those of Info, are views that hold
// until the next iteration.
type Draw struct {
	Index  int // 0-based within its phase
	Warmup bool
	X      []float64
	LogP   float64
	Info   Info
}

// Start prepares a chain at s, which it copies.
func Start(f LogDensity, k Kernel, cfg Config, source Source, s *State) (*Chain, error) {
	if cfg.Draws < 0 {
		return nil, &ConfigError{fmt.Sprintf("%d draws", cfg.Draws)}
	}
	c := &Chain{cfg: cfg, f: f, kernel: k, source: source}
	c.State.Point = State{append([]float64(nil), s.X...), append([]float64(nil), s.Grad...), s.LogP}
	a, err := newAdaptation(cfg.Warmup, f, source(0), &c.State.Point, cfg.Tuning)
	if err != nil {
		return nil, err
	}
	c.State.Adaptation = *a
	return c, nil
}

// Resume continues from a stored state, which the chain takes over. The other
// arguments must be those the chain was started with.
func Resume(f LogDensity, k Kernel, cfg Config, source Source, state ChainState) *Chain {
	return &Chain{State: state, cfg: cfg, f: f, kernel: k, source: source}
}

// Draws runs the chain to its end, or to where the loop breaks: a later loop goes
// on from there. When ctx ends the last pair has its error, and a later loop goes
// on too. When the density fails the last pair has its error; the state is that
// before the failed transition, unless it was warm-up's search for a step size that
// failed.
func (c *Chain) Draws(ctx context.Context) iter.Seq2[Draw, error] {
	return func(yield func(Draw, error) bool) {
		warm := c.cfg.Warmup.Iterations
		for s := &c.State; s.Transitions < warm+c.cfg.Draws; {
			if err := ctx.Err(); err != nil {
				yield(Draw{}, err)
				return
			}
			info, err := c.step()
			if err != nil {
				yield(Draw{}, err)
				return
			}
			n := s.Transitions - 1
			d := Draw{Index: n - warm, X: s.Point.X, LogP: s.Point.LogP, Info: info}
			if n < warm {
				d.Index, d.Warmup = n, true
			}
			if (!d.Warmup || c.cfg.KeepWarmup) && !yield(d, nil) {
				return
			}
		}
	}
}

// step takes one transition.
func (c *Chain) step() (Info, error) {
	s := &c.State
	r := c.source(s.Transitions + 1)
	info, err := c.kernel.Step(r, &s.Point, &s.Adaptation.Tuning)
	if err != nil {
		return Info{}, err
	}
	if s.Transitions < c.cfg.Warmup.Iterations {
		if err := s.Adaptation.update(c.f, r, &s.Point, &info); err != nil {
			return Info{}, err
		}
	}
	s.Transitions++
	return info, nil
}
