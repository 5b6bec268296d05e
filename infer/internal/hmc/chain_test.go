package hmc

import (
	"bytes"
	"context"
	"encoding/gob"
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// record runs a chain to its end and returns every number it yields.
func record(t *testing.T, c *Chain, f LogDensity) []float64 {
	t.Helper()
	var out []float64
	for d, err := range c.Draws(context.Background(), f) {
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, d.X...)
		out = append(out, d.LogP, d.Info.StepSize, d.Info.Accept, d.Info.Energy, float64(d.Info.Leapfrogs), float64(d.Index))
	}
	return out
}

// A chain that is stored, forgotten and loaded at any transition repeats the bits
// of the unbroken one, in warm-up as after it.
func TestResumeExactly(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	const dim = 5
	g := newGaussian(t, make([]float64, dim), rotated(r, []float64{100, 10, 1, 1, 0.01}))
	for _, w := range []Warmup{
		{Iterations: 200},
		{Iterations: 200, Metric: LowRankKind},
		{Iterations: 200, Metric: DiagonalKind},
		{Iterations: 200, Metric: DenseKind, Estimate: FromDraws},
		{Iterations: 200, Estimate: FromDraws},
	} {
		cfg := Config{Warmup: w, Draws: 60, KeepWarmup: true}
		s, err := Init(g.logDensity, []float64{1, 1, 1, 1, 1})
		if err != nil {
			t.Fatal(err)
		}
		kernel := func() Kernel { return NewNUTS(dim, 10) }
		whole, err := Start(kernel(), cfg, keyed(7), s)
		if err != nil {
			t.Fatal(err)
		}
		want := record(t, whole, g.logDensity)
		for _, stop := range []int{1, 37, 91, 170, 200, 233} {
			c, err := Start(kernel(), cfg, keyed(7), s)
			if err != nil {
				t.Fatal(err)
			}
			n := 0
			for _, err := range c.Draws(context.Background(), g.logDensity) {
				if err != nil {
					t.Fatal(err)
				}
				if n++; n == stop {
					break
				}
			}
			var file bytes.Buffer
			if err := gob.NewEncoder(&file).Encode(c.State); err != nil {
				t.Fatal(err)
			}
			var state ChainState
			if err := gob.NewDecoder(&file).Decode(&state); err != nil {
				t.Fatal(err)
			}
			rest := record(t, Resume(kernel(), cfg, keyed(7), state), g.logDensity)
			if tail := want[stop*len(want)/260:]; !slices.Equal(rest, tail) {
				t.Errorf("%v from %v, stopped after %d: the rest differs", w.Metric, w.Estimate, stop)
			}
		}
	}
}

// Chains whose questions are answered by turns repeat the bits of chains alone; a
// question stays the same until it is answered, and the state is whole in between.
func TestQuestionsByTurns(t *testing.T) {
	f := normal(1, 3, 0.2)
	cfg := Config{Warmup: Warmup{Iterations: 100}, Draws: 50, KeepWarmup: true}
	kernels := map[string]func() Kernel{
		"NUTS": func() Kernel { return NewNUTS(3, 10) }, "static": func() Kernel { return NewStatic(3, 2, 0.5) },
		"Metropolis": func() Kernel { return NewMetropolis(3) }, "slice": func() Kernel { return NewSlice(3, 10) },
	}
	for name, kernel := range kernels {
		open := func(seed uint64) *Chain {
			s, err := Init(f, []float64{1, float64(seed), 0.1})
			if err != nil {
				t.Fatal(err)
			}
			c, err := Start(kernel(), cfg, keyed(seed), s)
			if err != nil {
				t.Fatal(err)
			}
			return c
		}
		const n = 3
		var chains [n]*Chain
		var got [n][]float64
		for i := range chains {
			chains[i] = open(uint64(i))
		}
		for left := n; left > 0; {
			left = 0
			for i, c := range chains {
				at := c.Ask()
				if at == nil {
					continue
				}
				left++
				if c.Ask() != at || c.Between() || c.Done() {
					t.Fatalf("%s: a chain that asks is between transitions", name)
				}
				d, err := c.Answer(f(at.X, at.Grad))
				if err != nil {
					t.Fatal(err)
				}
				if d == nil {
					continue
				}
				if !c.Between() || c.State.Transitions != d.Index+1 && d.Warmup {
					t.Fatalf("%s: draw %d after %d transitions", name, d.Index, c.State.Transitions)
				}
				got[i] = append(got[i], d.X...)
				got[i] = append(got[i], d.LogP, d.Info.StepSize, d.Info.Accept, d.Info.Energy, float64(d.Info.Leapfrogs), float64(d.Index))
			}
		}
		for i := range chains {
			if want := record(t, open(uint64(i)), f); !chains[i].Done() || !slices.Equal(got[i], want) {
				t.Errorf("%s: chain %d differs from one alone", name, i)
			}
		}
	}
}

func TestReport(t *testing.T) {
	f := normal(1, 5, 0.2)
	s, err := Init(f, []float64{1, 1, 1})
	if err != nil {
		t.Fatal(err)
	}
	c, err := Start(NewNUTS(3, 10), Config{Warmup: Warmup{Iterations: 300}, Draws: 5}, keyed(1), s)
	if err != nil {
		t.Fatal(err)
	}
	leaps := 0
	c.cfg.KeepWarmup = true
	for d, err := range c.Draws(context.Background(), f) {
		if err != nil {
			t.Fatal(err)
		}
		if d.Warmup {
			leaps += d.Info.Leapfrogs
		} else if d.Info.StepSize != c.State.Adaptation.Report.StepSize {
			t.Error("step size still moves")
		}
	}
	rep := c.State.Adaptation.Report
	if rep.Metric != DiagonalKind || rep.StepSize <= 0 || rep.Leapfrogs <= leaps || len(rep.Updates) != len(rep.Windows)+1 {
		t.Errorf("%+v", rep)
	}
	if u := rep.Updates[0]; u.Iteration != -1 || u.Draws != 0 {
		t.Errorf("start: %+v", u)
	}
	last, w := rep.Updates[len(rep.Updates)-1], rep.Windows
	if n := len(w); last.Iteration != w[n-1].Last || last.Draws != w[n-1].Last-w[n-2].First+1 {
		t.Errorf("last update %+v, windows %v", last, w[n-2:])
	}
}

// TestShortWarmup: a warm-up in which dual averaging hardly begins leaves a step size with
// which chains move, but where few draws made a metric that is far off. By its average 912
// of the 3,200 were stuck, all of 7 to 13 iterations with gradients among them.
func TestShortWarmup(t *testing.T) {
	stuck := 0
	run := func(seed uint64, w Warmup, sd ...float64) {
		f := normal(sd...)
		s, err := Init(f, make([]float64, len(sd)))
		if err != nil {
			t.Fatal(err)
		}
		c, err := Start(NewNUTS(len(sd), 10), Config{Warmup: w, Draws: 50}, keyed(seed), s)
		if err != nil {
			t.Fatal(err)
		}
		accept := 0.0
		for d, err := range c.Draws(context.Background(), f) {
			if err != nil {
				t.Fatal(err)
			}
			accept += d.Info.Accept / 50
		}
		if accept < 0.2 {
			stuck++
			t.Logf("%v, %+v, seed %d: mean acceptance %.2f, step size %g", sd, w, seed, accept, c.State.Adaptation.Report.StepSize)
		}
	}
	for n := 1; n <= 40; n++ {
		for _, estimate := range []Estimate{FromGradients, FromDraws} {
			for seed := range uint64(20) {
				w := Warmup{Iterations: n, Estimate: estimate}
				run(seed, w, 0.01)
				run(seed, w, 1, 5, 0.02)
			}
		}
	}
	if stuck > 16 {
		t.Errorf("%d chains of 3,200 are stuck", stuck)
	}
}

// A step size that is given is kept where warm-up is too short to tune it.
func TestShortWarmupKeepsStep(t *testing.T) {
	f := normal(2)
	for n := 1; n < begun; n++ {
		s, err := Init(f, []float64{1})
		if err != nil {
			t.Fatal(err)
		}
		c, err := Start(NewNUTS(1, 10), Config{Warmup: Warmup{Iterations: n, StepSize: 0.25}, Draws: 1}, keyed(1), s)
		if err != nil {
			t.Fatal(err)
		}
		record(t, c, f)
		if got := c.State.Adaptation.Report.StepSize; got != 0.25 {
			t.Errorf("%d iterations of warm-up: step size %g", n, got)
		}
	}
}

// Whether a dense metric is worth its products depends on correlations, unless it
// is asked for.
func TestDenseWhereItMatters(t *testing.T) {
	for _, c := range []struct {
		rho   float64
		asked Kind
		want  Kind
	}{{0.1, Auto, DiagonalKind}, {0.9, Auto, DenseKind}, {0.1, DenseKind, DenseKind}} {
		g := newGaussian(t, []float64{0, 0}, matrix{2, 2, []float64{1, c.rho, c.rho, 1}})
		r := sample(t, g.logDensity, 2, 1, Warmup{Iterations: 100, Metric: c.asked})
		if got := r.reports[0].Metric; got != c.want {
			t.Errorf("correlation %v, %v asked for: %v, want %v", c.rho, c.asked, got, c.want)
		}
	}
}

// Divergences of the last windows raise the target, but not those of a chain that
// has just renewed its metric, nor with Stan's warm-up.
func TestCaution(t *testing.T) {
	plan := newAdaptationOf(t, Warmup{Iterations: 1000})
	w := plan.Report.Windows
	late := w[len(w)-watched].First
	for _, c := range []struct {
		name             string
		estimate         Estimate
		iteration, count int
		divergences      int
		want             float64
	}{
		{"early", FromGradients, late - 1, 1000, 5, 0.8},
		{"once", FromGradients, late, settled, 1, 0.9},
		{"twice", FromGradients, 999, 1000, 2, 0.95},
		{"often", FromGradients, 999, 1000, 9, 0.975},
		{"unsettled", FromGradients, 999, settled - 1, 9, 0.8},
		{"Stan", FromDraws, 999, 1000, 9, 0.8},
	} {
		a := newAdaptationOf(t, Warmup{Iterations: 1000, Estimate: c.estimate})
		a.Step.Count = c.count
		for range c.divergences {
			a.caution(c.iteration)
		}
		if math.Abs(a.Target-c.want) > 1e-15 || a.Report.Target != a.Target {
			t.Errorf("%s: target %v (reported %v), want %v", c.name, a.Target, a.Report.Target, c.want)
		}
	}
}

func newAdaptationOf(t *testing.T, w Warmup) *Adaptation {
	t.Helper()
	f := normal(1, 2)
	s, err := Init(f, []float64{1, 1})
	if err != nil {
		t.Fatal(err)
	}
	a, err := newAdaptation(w, s, Tuning{})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func TestGivenTuning(t *testing.T) {
	f := normal(2)
	s, err := Init(f, []float64{1})
	if err != nil {
		t.Fatal(err)
	}
	tuning := Tuning{StepSize: 0.25, Metric: Diagonal([]float64{4})}
	c, err := Start(NewNUTS(1, 10), Config{Draws: 3, Tuning: tuning}, keyed(1), s)
	if err != nil {
		t.Fatal(err)
	}
	for d, err := range c.Draws(context.Background(), f) {
		if err != nil || d.Info.StepSize != 0.25 || d.Warmup {
			t.Errorf("%+v %v", d, err)
		}
	}
	if c.State.Adaptation.Tuning.Metric.Scale[0] != 2 {
		t.Error("metric changed without warm-up")
	}
}

func TestAutoKind(t *testing.T) {
	for _, c := range []struct {
		e    Estimate
		dim  int
		want Kind
	}{
		{FromDraws, 10, DiagonalKind},
		{FromGradients, 1, DiagonalKind},
		{FromGradients, 2, DenseKind},
		{FromGradients, 64, DenseKind},
		{FromGradients, 65, LowRankKind},
		{FromGradients, 20000, LowRankKind},
		{FromGradients, 20001, DiagonalKind},
	} {
		a := Adaptation{Settings: Warmup{Estimate: c.e}}
		if got := a.kind(c.dim); got != c.want {
			t.Errorf("%v, %d dimensions: %v, want %v", c.e, c.dim, got, c.want)
		}
	}
}

func TestCancel(t *testing.T) {
	f := normal(1)
	s, err := Init(f, []float64{1})
	if err != nil {
		t.Fatal(err)
	}
	c, err := Start(NewNUTS(1, 10), Config{Draws: 100}, keyed(1), s)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	n := 0
	var last error
	for _, err := range c.Draws(ctx, f) {
		if last = err; err == nil {
			n++
		}
		if n == 10 {
			cancel()
		}
	}
	if n != 10 || !errors.Is(last, context.Canceled) {
		t.Errorf("%d draws, %v", n, last)
	}
	for _, err := range c.Draws(context.Background(), f) { // the chain goes on
		if err != nil {
			t.Fatal(err)
		}
		n++
	}
	if n != 100 {
		t.Errorf("%d draws in all", n)
	}
}

// Half a line: points outside are refused and the chain goes on.
func TestRejectedPoints(t *testing.T) {
	exponential := func(x, g []float64) (float64, error) {
		if x[0] < 0 {
			return 0, ErrReject
		}
		g[0] = -1
		return -x[0], nil
	}
	nan := func(x, g []float64) (float64, error) {
		logp, err := exponential(x, g)
		if err != nil {
			return math.NaN(), nil
		}
		return logp, nil
	}
	for name, f := range map[string]LogDensity{"error": exponential, "NaN": nan} {
		s, err := Init(f, []float64{1})
		if err != nil {
			t.Fatal(err)
		}
		c, err := Start(NewNUTS(1, 10), Config{Warmup: Warmup{Iterations: 200}, Draws: 500}, keyed(2), s)
		if err != nil {
			t.Fatal(err)
		}
		diverged := 0
		for d, err := range c.Draws(context.Background(), f) {
			if err != nil {
				t.Fatal(err)
			}
			if v := d.Info.Divergence; v != nil {
				diverged++
				if !math.IsInf(v.Error, 1) || v.From[0] < 0 || v.To[0] >= 0 {
					t.Errorf("%s: divergence %+v", name, v)
				}
			}
			if d.X[0] < 0 {
				t.Fatalf("%s: draw %g outside", name, d.X[0])
			}
		}
		if diverged == 0 {
			t.Errorf("%s: no trajectory met the edge", name)
		}
	}
}

// Errors that end a run: whole messages, and the point where the density failed.
func TestFatalErrors(t *testing.T) {
	broken := errors.New("disk on fire")
	failing := func(at float64, logp float64, err error) LogDensity {
		return func(x, g []float64) (float64, error) {
			if math.Abs(x[0]) > at {
				return logp, err
			}
			g[0] = -x[0]
			return -x[0] * x[0] / 2, nil
		}
	}
	for want, f := range map[string]LogDensity{
		"hmc: log density: disk on fire":        failing(1.5, 0, broken),
		"hmc: log density: the density is +Inf": failing(1.5, math.Inf(1), nil),
	} {
		for name, k := range map[string]Kernel{
			"NUTS": NewNUTS(1, 10), "static": NewStatic(1, 2, 0),
			"Metropolis": NewMetropolis(1), "slice": NewSlice(1, 10),
		} {
			s, err := Init(f, []float64{0.1})
			if err != nil {
				t.Fatal(err)
			}
			c, err := Start(k, Config{Draws: 1000, Tuning: Tuning{StepSize: 0.5, Metric: Identity(1)}}, keyed(1), s)
			if err != nil {
				t.Fatal(err)
			}
			var last error
			for _, err := range c.Draws(context.Background(), f) {
				last = err
			}
			var e *DensityError
			at, grad := c.State.Point, make([]float64, 1)
			if logp, err := f(at.X, grad); err != nil || logp != at.LogP || grad[0] != at.Grad[0] {
				t.Errorf("%s: state %+v is not whole after the error", name, at)
			}
			if !errors.As(last, &e) || e.Error() != want || math.Abs(e.X[0]) <= 1.5 {
				t.Errorf("%s: %v, want %s", name, last, want)
			}
		}
	}
}

func TestStartErrors(t *testing.T) {
	nowhere := func(x, g []float64) (float64, error) { return 0, ErrReject }
	steep := func(x, g []float64) (float64, error) { g[0] = math.NaN(); return 0, nil }
	mixed := func(x, g []float64) (float64, error) {
		if x[0] < 0 {
			return nowhere(x, g)
		}
		return steep(x, g)
	}
	_, err := Uniform(mixed, rand.New(rand.NewPCG(1, 1)), 1, 100, 2)
	var e *StartError
	if !errors.As(err, &e) || len(e.Tried) != 100 || !strings.HasPrefix(err.Error(), "hmc: no start among 100 points: density zero or NaN at ") {
		t.Errorf("%v", err)
	}
	if _, err := Init(steep, []float64{1}); err == nil || err.Error() != "hmc: no start among 1 points: density zero or NaN at 0, gradient not finite at 1" {
		t.Errorf("%v", err)
	}
	broken := errors.New("no data")
	if _, err := Uniform(func(x, g []float64) (float64, error) { return 0, broken }, rand.New(rand.NewPCG(1, 1)), 1, 5, 2); !errors.Is(err, broken) {
		t.Errorf("%v", err)
	}
}

func TestConfigErrors(t *testing.T) {
	f := normal(1)
	s, err := Init(f, []float64{1})
	if err != nil {
		t.Fatal(err)
	}
	for want, cfg := range map[string]Config{
		"hmc: -1 draws":                                                                 {Draws: -1},
		"hmc: -3 warm-up iterations":                                                    {Warmup: Warmup{Iterations: -3}},
		"hmc: target acceptance 1.2, want it in (0, 1)":                                 {Warmup: Warmup{TargetAccept: 1.2}},
		"hmc: step size -1, want it positive, or 0 to find one":                         {Warmup: Warmup{StepSize: -1}},
		"hmc: metric of dimension 2 for a density of dimension 1":                       {Tuning: Tuning{Metric: Identity(2)}},
		"hmc: a low-rank metric needs gradients: short directions do not show in draws": {Warmup: Warmup{Estimate: FromDraws, Metric: LowRankKind}},
	} {
		if _, err := Start(NewNUTS(1, 10), cfg, keyed(1), s); err == nil || err.Error() != want {
			t.Errorf("%v, want %s", err, want)
		}
	}
}
