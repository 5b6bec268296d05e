package mcmc

import (
	"context"
	"fmt"
	"iter"
	"math"
	"runtime"
	"time"

	"github.com/gopyro/pyro"
	"github.com/gopyro/pyro/infer/internal/hmc"
	"github.com/gopyro/pyro/rng"
)

// NUTS is the no-U-turn sampler (Hoffman and Gelman 2014; Betancourt 2017). The
// zero value has the settings of Stan, and a metric estimated from draws and
// gradients.
type NUTS struct {
	Draws        int     // of each chain, after warm-up; default 1000
	Warmup       int     // transitions of each chain that tune it; default 1000, negative for none
	Chains       int     // default 4
	TargetAccept float64 // mean acceptance that the step size is tuned to, in (0, 1), more where steps diverge; default 0.8
	MaxDepth     int     // a trajectory has at most 2^MaxDepth - 1 steps; default 10
	Metric       Metric  // default Auto
	FromDraws    bool    // warm up as Stan does: estimate the metric from draws alone, and keep TargetAccept
	StepSize     float64 // where tuning of the step size starts; default: found by doubling and halving
	Init         Init    // where chains start; default Uniform(2)
	Workers      int     // goroutines that chains run on; default GOMAXPROCS
	Lanes        int     // chains of a worker that move together, their gradients computed at once; default: all up to 16 if a measurement says so, else 1
	Discrete     bool    // draw the discrete sites too, and what depends on them, given each draw of the others

	// Checkpoint names a file to which the state of all chains is written every
	// few seconds. A run that finds it goes on from there, to the same bits as a
	// run that was never stopped. Settings, key and model must be the same.
	Checkpoint      string
	CheckpointEvery time.Duration // for each chain; default 2 s

	// Streaming keeps running moments of each variable only, no draws.
	Streaming bool

	// OnDraw is called after each transition, warm-up included, from one
	// goroutine at a time. It must not keep the draw.
	OnDraw func(Draw)
}

// HMC is Hamiltonian Monte Carlo with trajectories of given length, for
// comparison with NUTS. Its other settings are those of NUTS but for MaxDepth.
type HMC struct {
	Time   float64 // length of a trajectory; default π/2, a quarter turn of a standard normal
	Jitter float64 // the time is uniform in Time·(1 ± Jitter), in (0, 1]; default 0.2
	NUTS
}

// Metric is the form of the inverse mass matrix.
type Metric int

const (
	// Auto is dense up to 64 dimensions, low rank up to 20,000 and diagonal above, and
	// diagonal where that leaves all directions within a factor of two of a unit
	// variance; diagonal with FromDraws.
	Auto Metric = iota
	Diagonal
	Dense
	LowRank // plus diagonal
)

// sampler is a kernel with the settings of a run.
type sampler struct {
	NUTS
	name   string
	kernel func(dim int) hmc.Kernel
	extra  string // settings of the kernel, for checkpoints
}

func (n NUTS) sampler() (*sampler, error) {
	if err := n.defaults(); err != nil {
		return nil, err
	}
	depth := n.MaxDepth
	return &sampler{
		NUTS: n, name: "NUTS", extra: fmt.Sprint(depth),
		kernel: func(dim int) hmc.Kernel { return hmc.NewNUTS(dim, depth) },
	}, nil
}

func (h HMC) sampler() (*sampler, error) {
	if err := h.defaults(); err != nil {
		return nil, err
	}
	if h.Time == 0 {
		h.Time = math.Pi / 2
	}
	if h.Jitter == 0 {
		h.Jitter = 0.2
	}
	if !(h.Time > 0) || !(h.Jitter > 0 && h.Jitter <= 1) {
		return nil, &SettingsError{fmt.Sprintf("HMC: time %g must be positive, and jitter %g in (0, 1]", h.Time, h.Jitter)}
	}
	return &sampler{
		NUTS: h.NUTS, name: "HMC", extra: fmt.Sprint(h.Time, h.Jitter),
		kernel: func(dim int) hmc.Kernel { return hmc.NewStatic(dim, h.Time, h.Jitter) },
	}, nil
}

// defaults fills zero fields in and checks the others.
func (n *NUTS) defaults() error {
	for _, f := range []struct {
		name  string
		value *int
		zero  int
	}{{"Draws", &n.Draws, 1000}, {"Chains", &n.Chains, 4}, {"MaxDepth", &n.MaxDepth, 10}, {"Workers", &n.Workers, runtime.GOMAXPROCS(0)}} {
		if *f.value == 0 {
			*f.value = f.zero
		}
		if *f.value < 0 {
			return &SettingsError{fmt.Sprintf("%s is %d; it must be positive", f.name, *f.value)}
		}
	}
	if n.Warmup == 0 {
		n.Warmup = 1000
	}
	n.Warmup = max(n.Warmup, 0)
	if n.Lanes < 0 {
		return &SettingsError{fmt.Sprintf("Lanes is %d; it must be positive, or 0 to measure", n.Lanes)}
	}
	if n.CheckpointEvery == 0 {
		n.CheckpointEvery = 2 * time.Second
	}
	if n.TargetAccept == 0 {
		n.TargetAccept = 0.8
	}
	switch {
	case !(n.TargetAccept > 0 && n.TargetAccept < 1):
		return &SettingsError{fmt.Sprintf("TargetAccept is %g; it must be in (0, 1)", n.TargetAccept)}
	case n.Metric < Auto || n.Metric > LowRank:
		return &SettingsError{fmt.Sprintf("there is no Metric %d", n.Metric)}
	case !(n.StepSize >= 0) || math.IsInf(n.StepSize, 1):
		return &SettingsError{fmt.Sprintf("StepSize is %g; it must be positive, or 0 to find one", n.StepSize)}
	case n.MaxDepth > 24:
		return &SettingsError{fmt.Sprintf("MaxDepth is %d; more than 24 doublings is 16 million steps", n.MaxDepth)}
	case n.FromDraws && n.Metric == LowRank:
		return &SettingsError{"a LowRank metric needs gradients; it does not go with FromDraws"}
	case n.Streaming && (n.Checkpoint != "" || n.Discrete):
		return &SettingsError{"Streaming does not go with Checkpoint or Discrete"}
	}
	return nil
}

// config is the part of the settings that a chain takes.
func (s *sampler) config() hmc.Config {
	w := hmc.Warmup{Iterations: s.Warmup, TargetAccept: s.TargetAccept, StepSize: s.StepSize, Metric: hmc.Kind(s.Metric)}
	if s.FromDraws {
		w.Estimate = hmc.FromDraws
	}
	return hmc.Config{Warmup: w, Draws: s.Draws, KeepWarmup: true}
}

// Run draws from the posterior of m. Chain c has the random numbers of
// key.Fold(c): the draws do not depend on Workers and Lanes.
//
// While it runs, m must be a fixed function of its latent sites: once two
// evaluations have computed alike, further ones repeat the recorded computation,
// which is compared with m at growing distances. A model that looks at the values
// it draws is run every time; Result.Stats tells. Points where a parameter of a
// distribution is off its set, or the density is NaN, count as points of density
// zero; Result.Diagnose speaks up where they are many.
//
// When ctx ends, Run returns the draws so far with its error. Other errors: a
// *pyro.SiteError for a mistake in the model, a *StartError or *GradientError
// where no start is found, a *ChangedError, a *SettingsError.
func (n NUTS) Run(ctx context.Context, key rng.Key, m pyro.Model) (*Result, error) {
	s, err := n.sampler()
	if err != nil {
		return nil, err
	}
	return s.run(ctx, key, m)
}

// Run is NUTS.Run with trajectories of given length.
func (h HMC) Run(ctx context.Context, key rng.Key, m pyro.Model) (*Result, error) {
	s, err := h.sampler()
	if err != nil {
		return nil, err
	}
	return s.run(ctx, key, m)
}

// All yields the draws after warm-up: draw 0 of each chain, then draw 1, and so
// on, the same ones as Run. The chains run side by side, each some draws ahead.
// Breaking off the loop stops them. An error is yielded once, last.
func (n NUTS) All(ctx context.Context, key rng.Key, m pyro.Model) iter.Seq2[Draw, error] {
	s, err := n.sampler()
	return s.all(ctx, key, m, err)
}

// All is NUTS.All with trajectories of given length.
func (h HMC) All(ctx context.Context, key rng.Key, m pyro.Model) iter.Seq2[Draw, error] {
	s, err := h.sampler()
	return s.all(ctx, key, m, err)
}
