package mcmc_test

import (
	"context"
	"errors"
	"math"
	"testing"

	"github.com/gopyro/pyro"
	"github.com/gopyro/pyro/dist"
	"github.com/gopyro/pyro/infer/mcmc"
	"github.com/gopyro/pyro/rng"
	"github.com/gopyro/pyro/tensor"
)

// far is a regression whose coefficients are a long way from 0 in units of their
// posterior deviations, and strongly correlated.
func far(p *pyro.P) {
	x := tensor.Linspace(90, 110, 200)
	a, b := p.Sample("a", dist.Normal(0, 1000)), p.Sample("b", dist.Normal(0, 1000))
	p.Plate("data", 200).Observe("y", dist.Normal(a.Add(b.Mul(x)), 0.01), x.MulScalar(30).AddScalar(-500))
}

// TestClimbed starts on the plateau where its chains stay: the log density of a
// normal in two dimensions is within 40 of its peak but for once in e⁴⁰ times.
func TestClimbed(t *testing.T) {
	first := func(init mcmc.Init) (worst float64) {
		n := mcmc.NUTS{Draws: 200, Warmup: 300, Chains: 2, Init: init}
		worst = math.Inf(1)
		n.OnDraw = func(d mcmc.Draw) {
			if d.Warmup && d.Index == 0 {
				worst = min(worst, d.LogProb)
			}
		}
		r := mustRun(t, n, 1, far)
		if s := r.Summary(); s.Rows[0].Rhat > 1.05 {
			t.Errorf("%v", s)
		}
		top := math.Inf(-1)
		for _, lp := range r.Stats.LP[0] {
			top = max(top, lp)
		}
		return worst - top
	}
	if d := first(mcmc.Climbed(100, mcmc.Uniform(2))); d < -40 {
		t.Errorf("after a climb the first log density is %v from the highest", d)
	}
	if d := first(mcmc.Uniform(2)); d > -40 {
		t.Errorf("without a climb it is %v: the test says nothing", d)
	}
}

// TestMoved sees the points that it is given and goes where it is sent.
func TestMoved(t *testing.T) {
	m := func(p *pyro.P) { p.Sample("x", dist.LogNormal(0, 1)) }
	var starts []float64
	to := func(_ context.Context, key rng.Key, density func(x, grad []float64) (float64, error), x []float64) ([]float64, error) {
		grad := make([]float64, 1)
		lp, err := density(x, grad)
		if want := -x[0]*x[0]/2 - math.Log(2*math.Pi)/2; err != nil || math.Abs(lp-want) > 1e-12 || math.Abs(grad[0]+x[0]) > 1e-12 {
			t.Errorf("density %v, gradient %v, %v at %v", lp, grad, err, x)
		}
		starts = append(starts, x[0])
		return []float64{7 + key.Rand().Float64()}, nil
	}
	var at []float64
	n := mcmc.NUTS{Draws: 1, Warmup: -1, Chains: 2, Workers: 1, StepSize: 1e-9, MaxDepth: 1}
	n.Init = mcmc.Moved(mcmc.Values(pyro.Data{"x": tensor.Of(1.0)}, mcmc.Uniform(2)), to)
	r := mustRun(t, n, 1, m)
	for _, c := range r.Scalar("x") {
		at = append(at, math.Log(c[0]))
	}
	if len(starts) != 2 || starts[0] != 0 || starts[1] != 0 {
		t.Errorf("moved from %v", starts)
	}
	if !(at[0] > 6.9 && at[0] < 8.1) || at[0] == at[1] {
		t.Errorf("chains start at %v", at)
	}
	n.Init = mcmc.Moved(mcmc.Uniform(1), func(context.Context, rng.Key, func(x, grad []float64) (float64, error), []float64) ([]float64, error) {
		return nil, nil
	})
	var settings *mcmc.SettingsError
	if _, err := n.Run(context.Background(), rng.New(1), m); !errors.As(err, &settings) {
		t.Errorf("a move to another dimension: %v", err)
	}
}
