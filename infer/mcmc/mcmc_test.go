package mcmc_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/gopyro/pyro"
	"github.com/gopyro/pyro/constraint"
	"github.com/gopyro/pyro/diag"
	"github.com/gopyro/pyro/dist"
	"github.com/gopyro/pyro/handler"
	"github.com/gopyro/pyro/infer/mcmc"
	"github.com/gopyro/pyro/rng"
	"github.com/gopyro/pyro/tensor"
)

var (
	schoolY     = tensor.Of([]float64{28, 8, -3, 7, -1, 1, 18, 12})
	schoolSigma = tensor.Of([]float64{15, 10, 16, 11, 9, 11, 10, 18})
)

func schools(p *pyro.P) {
	mu := p.Sample("mu", dist.Normal(0, 5))
	tau := p.Sample("tau", dist.HalfCauchy(5))
	school := p.Plate("school", 8)
	theta := school.Sample("theta", dist.Normal(mu, tau))
	school.Observe("y", dist.Normal(theta, schoolSigma), schoolY)
}

// mustRun runs a sampler that must not fail.
// shift gives the verification other random numbers: it is to pass with several.
var shift = flag.Uint64("seed", 0, "shifts the seeds of all runs")

func shifted(seed uint64) rng.Key { return rng.New(seed + 1_000_003**shift) }

func mustRun(t testing.TB, n mcmc.NUTS, seed uint64, m pyro.Model) *mcmc.Result {
	t.Helper()
	r, err := n.Run(context.Background(), shifted(seed), m)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// near checks the posterior mean of a number within z Monte Carlo errors.
func near(t *testing.T, r *mcmc.Result, name string, mean, sd float64) {
	t.Helper()
	const z = 4.5 // about 1 in 150,000 for a right sampler
	site, _, _ := strings.Cut(name, "[")
	for _, row := range r.Summary(site).Rows {
		if row.Name != name {
			continue
		}
		if d := math.Abs(row.Mean - mean); !(d <= z*row.MCSEMean) {
			t.Errorf("mean of %s is %v, want %v (error %v)", name, row.Mean, mean, row.MCSEMean)
		}
		if d := math.Abs(row.SD - sd); !(d <= z*row.MCSESD) {
			t.Errorf("sd of %s is %v, want %v (error %v)", name, row.SD, sd, row.MCSESD)
		}
		return
	}
	t.Errorf("no %s in the result", name)
}

// TestSchools compares with the reference draws of posteriordb, whose own error
// is a tenth of ours.
func TestSchools(t *testing.T) {
	r := mustRun(t, mcmc.NUTS{TargetAccept: 0.95}, 1, handler.NonCentered(schools, "theta"))
	near(t, r, "mu", 4.411, 3.31)
	near(t, r, "tau", 3.602, 3.20)
	near(t, r, "theta[0]", 6.151, 5.62)
	near(t, r, "theta[7]", 4.884, 5.32)
	if d := r.Diagnose(); !d.OK() {
		t.Error(d)
	}
	if got := r.Names(); !slices.Equal(got, []string{"mu", "tau", "theta_decentered", "theta"}) {
		t.Errorf("names %q", got)
	}
	if got := r.Dims("theta"); !slices.Equal(got, []string{"chain", "draw", "school"}) {
		t.Errorf("dims %q", got)
	}
	if got := r.Var("theta").Shape(); !slices.Equal(got, []int{4, 1000, 8}) {
		t.Errorf("shape %v", got)
	}
	if v := r.Values(2, 7)["theta"].At(3); v != r.Var("theta").At(2, 7, 3) || v != r.Scalar("theta[3]")[2][7] {
		t.Error("Values, Var and Scalar differ")
	}
	names := []string{}
	for name, x := range r.Stats.All() {
		names = append(names, name)
		if len(x) != 4 || len(x[0]) != 1000 {
			t.Errorf("%s has shape [%d, %d]", name, len(x), len(x[0]))
		}
	}
	if want := []string{"lp", "acceptance_rate", "step_size", "energy", "tree_depth", "n_steps", "diverging", "reached_max_treedepth"}; !slices.Equal(names, want) {
		t.Errorf("statistics %q", names)
	}
	for c, w := range r.Warmup {
		if w.Metric != mcmc.Diagonal || !(w.StepSize > 0.1 && w.StepSize < 2) || len(w.Variances) != 10 || w.Gradients < 1000 || len(w.Windows) == 0 {
			t.Errorf("warm-up of chain %d: %+v", c, w)
		}
		if s := r.Compute[c]; s.Why != "" || s.Replayed < 100*s.Eager {
			t.Errorf("gradients of chain %d: %+v", c, s)
		}
	}
}

// TestUnknownName asks for a site that is not there.
func TestUnknownName(t *testing.T) {
	r := mustRun(t, mcmc.NUTS{Draws: 10, Warmup: 10, Chains: 1}, 1, schools)
	defer func() {
		e, ok := recover().(*pyro.SiteError)
		if want := `pyro: site "thetas": the result has no such site; did you mean "theta"?`; !ok || e.Error() != want {
			t.Errorf("panic %v", e)
		}
	}()
	r.Var("thetas")
}

// TestCorrelated draws from a normal with a known covariance, by each metric.
func TestCorrelated(t *testing.T) {
	// x ~ N(0, 1), y ~ N(3x, 0.5): sd of y is √9.25.
	m := func(p *pyro.P) {
		x := p.Sample("x", dist.Normal(0, 1))
		p.Sample("y", dist.Normal(x.MulScalar(3), 0.5))
	}
	for _, n := range []mcmc.NUTS{
		{},
		{Metric: mcmc.Diagonal},
		{Metric: mcmc.Dense, FromDraws: true},
		{Metric: mcmc.LowRank},
		{Init: mcmc.Prior()},
		{Init: mcmc.Median(15)},
		{Init: mcmc.Values(pyro.Data{"x": tensor.Of(0.3)}, mcmc.Prior())},
	} {
		n.Chains = 2
		r := mustRun(t, n, 5, m)
		near(t, r, "x", 0, 1)
		near(t, r, "y", 0, math.Sqrt(9.25))
	}
	r, err := mcmc.HMC{Time: 2, NUTS: mcmc.NUTS{Chains: 2}}.Run(context.Background(), rng.New(1), m)
	if err != nil {
		t.Fatal(err)
	}
	near(t, r, "x", 0, 1)
	near(t, r, "y", 0, math.Sqrt(9.25))
}

// TestNoWarmup keeps the step size and the unit metric that it begins with.
func TestNoWarmup(t *testing.T) {
	m := func(p *pyro.P) { p.Plate("dims", 3).Sample("x", dist.Normal(0, 1)) }
	r := mustRun(t, mcmc.NUTS{Warmup: -1, StepSize: 0.7}, 1, m)
	near(t, r, "x[1]", 0, 1)
	for c, w := range r.Warmup {
		if r.Stats.StepSize[c][999] != 0.7 || !slices.Equal(w.Variances, []float64{1, 1, 1}) || len(w.Windows) != 0 {
			t.Errorf("chain %d: %+v", c, w)
		}
	}
}

// TestUnnormalised draws from N(1, 0.5) given without its constant.
func TestUnnormalised(t *testing.T) {
	m := func(p *pyro.P) {
		x := p.Sample("x", dist.ImproperUniform(constraint.Real))
		p.Factor("w", x.AddScalar(-1).Square().MulScalar(-2).AddScalar(700))
	}
	near(t, mustRun(t, mcmc.NUTS{}, 2, m), "x", 1, 0.5)
}

// mixture has weights, means, and labels that are summed out.
func mixture(data *tensor.Tensor) pyro.Model {
	return func(p *pyro.P) {
		w := p.Sample("w", dist.Beta(2, 2))
		mu := p.Sample("mu", dist.Normal(1, 1))
		points := p.Plate("points", data.Len())
		z := points.Sample("z", dist.Bernoulli(w))
		loc := points.Deterministic("loc", z.Mul(mu))
		points.Observe("x", dist.Normal(loc, 0.5), data)
	}
}

// TestDiscrete sums labels out, as a mixture written by hand does, and draws them.
func TestDiscrete(t *testing.T) {
	data := tensor.Of([]float64{-0.4, 0.1, 1.1, 0.6, 1.4})
	byHand := func(p *pyro.P) {
		w := p.Sample("w", dist.Beta(2, 2))
		mu := p.Sample("mu", dist.Normal(1, 1))
		a := dist.Normal(0, 0.5).LogProb(data).Add(w.Neg().Log1p())
		b := dist.Normal(mu, 0.5).LogProb(data).Add(w.Log())
		p.Deterministic("responsibility", b.Sub(a).Sigmoid())
		p.Factor("x", a.LogAddExp(b).Sum())
	}
	n := mcmc.NUTS{Chains: 2, Discrete: true}
	r := mustRun(t, n, 4, mixture(data))
	hand := mustRun(t, n, 5, byHand)
	for _, name := range []string{"w", "mu"} {
		a, b := r.Summary(name).Rows[0], hand.Summary(name).Rows[0]
		if d := math.Abs(a.Mean - b.Mean); d > 4.5*math.Hypot(a.MCSEMean, b.MCSEMean) {
			t.Errorf("%s: mean %v, by hand %v", name, a.Mean, b.Mean)
		}
	}
	// The mean of z is the mean responsibility.
	resp := hand.Summary("responsibility").Rows
	for i, row := range r.Summary("z").Rows {
		if d := math.Abs(row.Mean - resp[i].Mean); d > 4.5*math.Hypot(row.MCSEMean, resp[i].MCSEMean) {
			t.Errorf("%s: mean %v, by hand %v", row.Name, row.Mean, resp[i].Mean)
		}
	}
	z, loc, mu := r.Var("z"), r.Var("loc"), r.Var("mu")
	for i := range 100 {
		if loc.At(1, i, 2) != z.At(1, i, 2)*mu.At(1, i) {
			t.Fatal("loc is not z·mu")
		}
	}
	count := 0
	for d, err := range n.All(context.Background(), shifted(4), mixture(data)) {
		if err != nil {
			t.Fatal(err)
		}
		if got := d.Value("z"); got == nil || !slices.Equal(got.Float64s(), z.Select(0, d.Chain).Select(0, d.Index).Float64s()) {
			t.Fatalf("draw %d of chain %d has z = %v with All", d.Index, d.Chain, got)
		}
		if count++; count == 50 {
			break
		}
	}
	n.Checkpoint = "here"
	for _, err := range n.All(context.Background(), shifted(4), mixture(data)) {
		var settings *mcmc.SettingsError
		if !errors.As(err, &settings) {
			t.Errorf("All with a checkpoint: %v", err)
		}
	}
	n.Checkpoint = ""
	if got := r.Dims("z"); !slices.Equal(got, []string{"chain", "draw", "points"}) {
		t.Errorf("dims %q", got)
	}
	plain := mustRun(t, mcmc.NUTS{Draws: 20, Warmup: 20, Chains: 1}, 4, mixture(data))
	if got := plain.Names(); !slices.Equal(got, []string{"w", "mu"}) || !slices.Equal(plain.Summed, []string{"z"}) {
		t.Errorf("names %q, summed out %q", got, plain.Summed)
	}
}

// TestWorkers has the same bits with any number of workers, and from All.
func TestWorkers(t *testing.T) {
	n := mcmc.NUTS{Draws: 100, Warmup: 100, Chains: 5, Workers: 1}
	one := mustRun(t, n, 7, schools).Var("theta").Float64s()
	n.Workers = 8
	if eight := mustRun(t, n, 7, schools).Var("theta").Float64s(); !slices.Equal(one, eight) {
		t.Error("draws depend on the number of workers")
	}
	var all []float64
	count := 0
	for d, err := range n.All(context.Background(), shifted(7), schools) {
		if err != nil {
			t.Fatal(err)
		}
		if d.Chain != count%5 || d.Index != count/5 {
			t.Fatalf("draw %d is %d of chain %d", count, d.Index, d.Chain)
		}
		count++
		if d.Chain == 0 {
			all = append(all, d.Value("theta").Float64s()...)
		}
	}
	if !slices.Equal(all, one[:len(one)/5]) {
		t.Error("All has other draws than Run")
	}
	for range n.All(context.Background(), shifted(7), schools) {
		break
	}
}

// TestCancel returns what there is.
func TestCancel(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	n := mcmc.NUTS{Draws: 1_000_000, Warmup: 50, Chains: 2, Workers: 2, OnDraw: func(d mcmc.Draw) {
		if !d.Warmup && d.Index == 200 {
			cancel()
		}
	}}
	r, err := n.Run(ctx, rng.New(1), schools)
	if !errors.Is(err, context.Canceled) {
		t.Fatalf("the error is %v", err)
	}
	if r.Chains < 1 || r.Draws < 1 || len(r.Stats.LP[0]) != r.Draws || r.Var("mu").Shape()[1] != r.Draws {
		t.Errorf("%d chains of %d draws", r.Chains, r.Draws)
	}
}

// TestCancelEarly has a result without draws.
func TestCancelEarly(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	r, err := mcmc.NUTS{OnDraw: func(mcmc.Draw) { cancel() }}.Run(ctx, rng.New(1), schools)
	if !errors.Is(err, context.Canceled) || r == nil || r.Chains != 0 || r.Draws != 0 {
		t.Fatalf("the error is %v", err)
	}
	if d := r.Diagnose(); d.OK() || len(r.Summary().Rows) != 0 || r.Var("theta").Size() != 0 {
		t.Error(d)
	}
}

// TestMemory keeps no more than the draws, 8 numbers each, and 42 bytes of
// statistics for each.
func TestMemory(t *testing.T) {
	const draws, sites = 100_000, 8
	m := func(p *pyro.P) {
		for i := range sites {
			p.Sample(fmt.Sprint("x", i), dist.Normal(0, 1))
		}
	}
	heap := func() uint64 {
		runtime.GC()
		var s runtime.MemStats
		runtime.ReadMemStats(&s)
		return s.HeapAlloc
	}
	before := heap()
	r := mustRun(t, mcmc.NUTS{Draws: draws, Warmup: 100, Chains: 1}, 1, m)
	kept := heap() - before
	if want := uint64(draws * (sites*8 + 42)); kept > want+want/20 {
		t.Errorf("%d bytes are kept for draws of %d", kept, want)
	}
	runtime.KeepAlive(r)
}

// TestStreaming compares running moments with those of the draws.
func TestStreaming(t *testing.T) {
	n := mcmc.NUTS{Draws: 2000}
	full := mustRun(t, n, 3, handler.NonCentered(schools, "theta"))
	n.Streaming = true
	lean := mustRun(t, n, 3, handler.NonCentered(schools, "theta"))
	want := full.Summary().Rows
	for i, row := range lean.Summary().Rows {
		w := want[i]
		if math.Abs(row.Mean-w.Mean) > 1e-12*w.SD || math.Abs(row.SD-w.SD) > 1e-12*w.SD {
			t.Errorf("%s: %v ± %v, want %v ± %v", row.Name, row.Mean, row.SD, w.Mean, w.SD)
		}
		// Batch means know the variance of a mean to about 1 in √(2·4·32) = 1/16.
		if r := row.ESSBulk / diag.ESSMean(full.Scalars()[i].Draws); r < 0.5 || r > 2 {
			t.Errorf("%s: effective size %v, want %v", row.Name, row.ESSBulk, w.ESSBulk)
		}
		if !(row.Rhat < 1.02 && row.Rhat > 0.99) {
			t.Errorf("%s: R-hat %v", row.Name, row.Rhat)
		}
	}
}

// TestForeignPanic carries a model's own panic to the caller.
func TestForeignPanic(t *testing.T) {
	var calls atomic.Int64
	m := func(p *pyro.P) {
		p.Sample("mu", dist.Normal(0, 1))
		if calls.Add(1) == 2 {
			panic("of the model")
		}
	}
	defer func() {
		if v := recover(); v != "of the model" {
			t.Errorf("panic %v", v)
		}
	}()
	_, err := mcmc.NUTS{}.Run(context.Background(), rng.New(0), m)
	t.Errorf("no panic, but %v", err)
}

// TestParams takes the values that parameters are bound to.
func TestParams(t *testing.T) {
	m := func(p *pyro.P) {
		loc := p.Param("loc", tensor.Of(2.0))
		p.Sample("x", dist.Normal(loc, 1))
	}
	near(t, mustRun(t, mcmc.NUTS{}, 1, m), "x", 2, 1)
	params := pyro.NewParams()
	params.Set("loc", tensor.Of(-7.0), constraint.Real)
	near(t, mustRun(t, mcmc.NUTS{}, 1, params.Bind(m)), "x", -7, 1)
}
