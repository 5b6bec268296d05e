package mcmc

import (
	"context"
	"errors"
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
	begin  time.Time
	layout *layout
	hmc    *hmc.Chain
	draw   []float64
	stats  Stats
	out    *record

	// What it asks for in this round, and the answer.
	at   *hmc.State
	logp float64
	err  error
}

// transition is a draw without values.
func (c *chain) transition(h *hmc.Draw) Draw {
	return Draw{
		Chain: c.id, Index: h.Index, Warmup: h.Warmup, LogProb: h.LogP, AcceptanceRate: h.Info.Accept,
		StepSize: h.Info.StepSize, Energy: h.Info.Energy, TreeDepth: h.Info.Depth, Steps: h.Info.Leapfrogs,
		Diverging: h.Info.Divergence != nil, ReachedMax: h.Info.Saturated, layout: c.layout,
	}
}

// run runs all chains, as many at a time as there are workers or more.
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
	var wait sync.WaitGroup
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	t := &recording{s: s, chains: r.chains, file: file, errs: make([]error, s.Chains), stop: stop}
	var foreign panicked
	for range min(s.Workers, s.Chains) {
		wait.Go(func() {
			defer foreign.catch(stop)
			s.group(l, key).run(ctx, t)
		})
	}
	wait.Wait()
	foreign.raise()
	err = first(t.errs)
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

// recording is the task of Run: the transitions of all chains go to their records.
type recording struct {
	s      *sampler
	chains []*record
	file   *checkpoint
	errs   []error // by chain
	stop   func()  // all chains
	opened atomic.Int64
	onDraw sync.Mutex
}

// next implements task.
func (t *recording) next(ctx context.Context, g *group) *chain {
	for {
		id := int(t.opened.Add(1)) - 1
		if id >= len(t.chains) {
			return nil
		}
		c, err := t.open(ctx, g, id)
		if err == nil {
			return c
		}
		t.fail(id, err)
	}
}

func (t *recording) open(ctx context.Context, g *group, id int) (*chain, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	saved, err := t.file.chain(id)
	if err != nil {
		return nil, err
	}
	if saved != nil {
		t.chains[id].load(saved)
	}
	c, err := g.open(ctx, id, saved)
	if err != nil {
		return nil, err
	}
	c.out = t.chains[id]
	return c, nil
}

// fail notes the error of a chain, which ends the others unless it was told to end.
func (t *recording) fail(id int, err error) {
	t.errs[id] = err
	if !errors.Is(err, context.Canceled) {
		t.stop()
	}
}

// ready implements task.
func (t *recording) ready(*chain) bool { return true }

// wait implements task.
func (t *recording) wait(context.Context) bool { return false }

// take implements task.
func (t *recording) take(c *chain, d Draw) error {
	if d.Warmup {
		c.out.warm(c.begin)
	} else {
		c.out.add(d)
	}
	if t.s.OnDraw != nil {
		t.onDraw.Lock()
		t.s.OnDraw(d)
		t.onDraw.Unlock()
	}
	t.file.keep(c, false)
	return nil
}

// over implements task.
func (t *recording) over(c *chain, err error) {
	if err != nil {
		t.fail(c.id, err)
	}
	c.out.time(c.begin)
	c.out.compute = c.stats
	c.out.report = c.hmc.State.Adaptation.Report
	c.out.metric = c.hmc.State.Adaptation.Tuning.Metric
	t.file.keep(c, true)
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
