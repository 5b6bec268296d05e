package hmc

import (
	"context"
	"errors"
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

// Chain runs one kernel from one start. All that changes between transitions is in
// State: encoded and decoded at any time between two, it continues with [Resume].
//
// A chain does not evaluate its density but asks for it, so that those of several
// chains can be evaluated together; [Chain.Draws] answers a single one.
type Chain struct {
	State ChainState

	cfg    Config
	kernel Kernel
	source Source

	ask       *State // where the density is asked for; nil between transitions
	r         *rand.Rand
	search    search
	searching bool // the question is that of search
	learned   int  // draws behind the metric that it is for
	draw      Draw
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
func Start(k Kernel, cfg Config, source Source, s *State) (*Chain, error) {
	if cfg.Draws < 0 {
		return nil, &ConfigError{fmt.Sprintf("%d draws", cfg.Draws)}
	}
	c := &Chain{cfg: cfg, kernel: k, source: source}
	c.State.Point = State{append([]float64(nil), s.X...), append([]float64(nil), s.Grad...), s.LogP}
	a, err := newAdaptation(cfg.Warmup, &c.State.Point, cfg.Tuning)
	if err != nil {
		return nil, err
	}
	c.State.Adaptation = *a
	return c, nil
}

// Resume continues from a stored state, which the chain takes over. The other
// arguments must be those the chain was started with.
func Resume(k Kernel, cfg Config, source Source, state ChainState) *Chain {
	return &Chain{State: state, cfg: cfg, kernel: k, source: source}
}

// Draws runs the chain on f to its end, or to where the loop breaks: a later loop
// goes on from there. When ctx ends the last pair has its error, and a later loop
// goes on too. When the density fails the last pair has its error; the state is that
// before the failed transition, unless it was warm-up's search for a step size that
// failed.
func (c *Chain) Draws(ctx context.Context, f LogDensity) iter.Seq2[Draw, error] {
	return func(yield func(Draw, error) bool) {
		for {
			if c.ask == nil && ctx.Err() != nil && !c.Done() {
				yield(Draw{}, ctx.Err())
				return
			}
			at := c.Ask()
			if at == nil {
				return
			}
			d, err := c.Answer(f(at.X, at.Grad))
			if err != nil {
				yield(Draw{}, err)
				return
			}
			if d != nil && !yield(*d, nil) {
				return
			}
		}
	}
}

// Done reports whether the chain is at its end.
func (c *Chain) Done() bool {
	return c.ask == nil && c.State.Transitions == c.cfg.Warmup.Iterations+c.cfg.Draws
}

// Between reports whether the chain is between transitions, so that State is whole.
func (c *Chain) Between() bool { return c.ask == nil }

// Ask returns the point where the chain needs the density to go on; nil at its end.
func (c *Chain) Ask() *State {
	s := &c.State
	switch {
	case c.ask != nil || c.Done():
	case !s.Adaptation.ready():
		c.r = c.source(0)
		c.seek()
	default:
		c.r = c.source(s.Transitions + 1)
		c.ask = c.kernel.Begin(c.r, &s.Point, &s.Adaptation.Tuning)
	}
	return c.ask
}

// seek begins the search for a step size.
func (c *Chain) seek() {
	s := &c.State
	t := &s.Adaptation.Tuning
	c.searching = true
	c.ask = c.search.begin(c.r, &s.Point, &t.Metric, t.StepSize)
}

// Answer goes on from the point of Ask, into whose Grad the gradient was written,
// with what a [LogDensity] returns there. It returns a draw where one is complete
// that Config asks for, and nil otherwise.
func (c *Chain) Answer(logp float64, err error) (*Draw, error) {
	logp, err = settle(c.ask.X, logp, err)
	if err != nil && !(c.searching && errors.Is(err, errInfinite)) {
		c.ask, c.searching = nil, false
		return nil, err
	}
	c.ask.LogP = logp
	if c.searching {
		return c.answerSearch()
	}
	if c.ask = c.kernel.Next(); c.ask != nil {
		return nil, nil
	}
	s := &c.State
	a := &s.Adaptation
	c.draw.Info = c.kernel.Info()
	if s.Transitions < c.cfg.Warmup.Iterations {
		c.learned = a.update(&s.Point, &c.draw.Info)
		switch {
		case c.learned > 0 && c.cfg.Warmup.StepSize > 0:
			a.restart(c.cfg.Warmup.StepSize)
			a.note(s.Transitions, c.learned)
		case c.learned > 0:
			c.seek()
			return nil, nil
		}
		a.finish()
	}
	return c.moved(), nil
}

// answerSearch goes on with a search.
func (c *Chain) answerSearch() (*Draw, error) {
	var err error
	if c.ask, err = c.search.next(); c.ask != nil {
		return nil, nil
	}
	c.searching = false
	s := &c.State
	a := &s.Adaptation
	a.Report.Leapfrogs += c.search.Leapfrogs
	if err != nil {
		return nil, err
	}
	first := !a.ready()
	a.restart(c.search.eps)
	if first {
		a.note(-1, 0)
		return nil, nil
	}
	a.note(s.Transitions, c.learned)
	a.finish()
	return c.moved(), nil
}

// moved ends a transition.
func (c *Chain) moved() *Draw {
	s, d := &c.State, &c.draw
	warm, n := c.cfg.Warmup.Iterations, s.Transitions
	s.Transitions++
	d.X, d.LogP = s.Point.X, s.Point.LogP
	if d.Index, d.Warmup = n-warm, n < warm; d.Warmup {
		d.Index = n
	}
	if d.Warmup && !c.cfg.KeepWarmup {
		return nil
	}
	return d
}
