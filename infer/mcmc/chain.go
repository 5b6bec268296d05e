package mcmc

import (
	"context"
	"errors"
	"iter"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gopyro/pyro"
	"github.com/gopyro/pyro/infer/internal/hmc"
	"github.com/gopyro/pyro/rng"
	"github.com/gopyro/pyro/tensor"
)

// Draw is one transition of a chain.
type Draw struct {
	Chain, Index   int // from 0; Index counts within warm-up and within the draws
	Warmup         bool
	LogProb        float64 // log density on the unconstrained scale
	AcceptanceRate float64
	StepSize       float64
	Energy         float64
	TreeDepth      int
	Steps          int // gradients
	Diverging      bool
	ReachedMax     bool // the trajectory was stopped by MaxDepth

	layout    *layout
	values    []float64
	recovered bool // what needs discrete sites is there too
}

// Value returns the value of a latent or deterministic site, a copy; nil where
// there is no such site, during warm-up, and for what needs discrete sites unless
// the draw is one of All with Discrete.
func (d Draw) Value(name string) *tensor.Tensor {
	if d.values == nil {
		return nil
	}
	for _, v := range d.layout.vars {
		if v.name == name && (d.recovered || !v.discrete) {
			return tensor.New(d.values[v.at:v.at+v.n], v.shape...)
		}
	}
	return nil
}

// chain is one chain at work.
type chain struct {
	id     int
	p      *potential
	values *values
	hmc    *hmc.Chain
	draw   []float64
	out    *record
}

// open prepares chain id.
func (s *sampler) open(ctx context.Context, l *layout, key rng.Key, id int, saved *savedChain) (*chain, error) {
	c := &chain{id: id, p: newPotential(l), draw: make([]float64, l.size)}
	c.values = &values{p: c.p}
	key = key.Fold(id)
	source := func(n int) *rand.Rand { return key.Fold(n).Rand() }
	kernel := s.kernel(c.p.density, l.dim)
	if saved != nil {
		c.hmc = hmc.Resume(c.p.density, kernel, s.config(), source, saved.State)
		return c, c.values.prepare(saved.State.Point.X)
	}
	state, err := c.p.start(ctx, &s.Init, key.FoldName("start"), id)
	if err != nil {
		return nil, err
	}
	if err := c.values.prepare(state.X); err != nil {
		return nil, err
	}
	c.hmc, err = hmc.Start(c.p.density, kernel, s.config(), source, state)
	return c, chainError(err, id)
}

// all yields the transitions of the chain. The values of a draw are views.
func (c *chain) all(ctx context.Context) iter.Seq2[Draw, error] {
	return func(yield func(Draw, error) bool) {
		for h, err := range c.hmc.Draws(ctx) {
			if err != nil {
				yield(Draw{Chain: c.id}, chainError(err, c.id))
				return
			}
			d := Draw{
				Chain: c.id, Index: h.Index, Warmup: h.Warmup, LogProb: h.LogP, AcceptanceRate: h.Info.Accept,
				StepSize: h.Info.StepSize, Energy: h.Info.Energy, TreeDepth: h.Info.Depth, Steps: h.Info.Leapfrogs,
				Diverging: h.Info.Divergence != nil, ReachedMax: h.Info.Saturated, layout: c.p.layout,
			}
			if !h.Warmup {
				if err := c.values.at(h.X, c.draw); err != nil {
					yield(d, err)
					return
				}
				d.values = c.draw
			}
			if !yield(d, nil) {
				return
			}
		}
	}
}

// run runs all chains, as many at a time as there are workers.
func (s *sampler) run(ctx context.Context, key rng.Key, m pyro.Model) (*Result, error) {
	begin := time.Now()
	l, err := discover(m, key.FoldName("discover"), s.Discrete)
	if err != nil {
		return nil, err
	}
	file, err := s.openCheckpoint(key, l)
	if err != nil {
		return nil, err
	}
	r := newResult(s, key, l)
	errs := make([]error, s.Chains)
	var next atomic.Int64
	var wait sync.WaitGroup
	var onDraw sync.Mutex
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	var foreign panicked
	for range min(s.Workers, s.Chains) {
		wait.Go(func() {
			defer foreign.catch(stop)
			for c := int(next.Add(1)) - 1; c < s.Chains; c = int(next.Add(1)) - 1 {
				errs[c] = s.runChain(ctx, l, key, c, r.chains[c], file, &onDraw)
				if errs[c] != nil && !errors.Is(errs[c], context.Canceled) {
					stop()
				}
			}
		})
	}
	wait.Wait()
	foreign.raise()
	err = first(errs)
	if e := file.close(); err == nil {
		err = e
	}
	if e := r.finish(key); err == nil {
		err = e
	}
	r.Total = time.Since(begin)
	if err != nil && !errors.Is(err, context.Canceled) && !errors.Is(err, context.DeadlineExceeded) {
		return nil, err
	}
	return r, err
}

// panicked carries the first panic of goroutines to the one that waits for them.
type panicked struct {
	once  sync.Once
	value any
}

// catch is deferred by a goroutine; it calls stop for the others.
func (p *panicked) catch(stop func()) {
	if v := recover(); v != nil {
		p.once.Do(func() { p.value = v })
		stop()
	}
}

// raise panics with what was caught.
func (p *panicked) raise() {
	if p.value != nil {
		panic(p.value)
	}
}

// first returns the error of the first chain that has one of its own, or else
// that of the context.
func first(errs []error) (err error) {
	for _, e := range errs {
		if e != nil && (err == nil || errors.Is(err, context.Canceled)) {
			err = e
		}
	}
	return err
}

// runChain runs one chain into out.
func (s *sampler) runChain(ctx context.Context, l *layout, key rng.Key, id int, out *record, file *checkpoint, onDraw *sync.Mutex) error {
	begin := time.Now()
	saved, err := file.chain(id)
	if err != nil {
		return err
	}
	if saved != nil {
		out.load(saved)
	}
	c, err := s.open(ctx, l, key, id, saved)
	if err != nil {
		return err
	}
	c.out = out
	defer func() {
		out.compute = Stats(c.p.Stats)
		out.report = c.hmc.State.Adaptation.Report
		out.metric = c.hmc.State.Adaptation.Tuning.Metric
	}()
	for d, err := range c.all(ctx) {
		if err != nil {
			out.time(begin)
			file.keep(c, true)
			return err
		}
		if d.Warmup {
			out.warm(begin)
		} else {
			out.add(d)
		}
		if s.OnDraw != nil {
			onDraw.Lock()
			s.OnDraw(d)
			onDraw.Unlock()
		}
		file.keep(c, false)
	}
	out.time(begin)
	file.keep(c, true)
	return nil
}
