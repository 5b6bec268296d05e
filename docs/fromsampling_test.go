package docs

import (
	"bytes"
	"context"
	"math"
	"strings"
	"testing"

	"github.com/gopyro/pyro"
	"github.com/gopyro/pyro/diag"
	"github.com/gopyro/pyro/dist"
	"github.com/gopyro/pyro/handler"
	"github.com/gopyro/pyro/infer"
	"github.com/gopyro/pyro/infer/mcmc"
	"github.com/gopyro/pyro/optim"
	"github.com/gopyro/pyro/rng"
	"github.com/gopyro/pyro/tensor"
)

// The Go forms of the tables of sampling and of discrete sites, running.
func TestSampling(t *testing.T) {
	ctx, key := context.Background(), rng.New(2)
	model := handler.Condition(func(p *pyro.P) { scale(p, 8.5) }, pyro.Data{"measurement": tensor.Of(9.5)})
	result, err := mcmc.NUTS{Draws: 300, Warmup: 200, Chains: 4}.Run(ctx, key, model)
	if err != nil {
		t.Fatal(err)
	}
	// The exact posterior is normal with mean 9.14 and standard deviation 0.6.
	draws, ess := result.Var("weight"), diag.ESSMean(result.Scalar("weight"))
	if mean := draws.Mean().Item(); math.Abs(mean-9.14) > 5*0.6/math.Sqrt(ess) {
		t.Errorf("mean %v of %.0f effective draws", mean, ess)
	}
	if table := result.Summary().String(); !strings.Contains(table, "weight") || result.Divergences() > 0 || len(result.Diagnose()) == 0 {
		t.Errorf("%d divergences\n%s%v", result.Divergences(), table, result.Diagnose())
	}
	if _, err := (mcmc.HMC{Time: 1.5, NUTS: mcmc.NUTS{Draws: 10, Warmup: 10}}.Run(ctx, key, model)); err != nil {
		t.Error(err)
	}
	again, err := infer.Predictive{Draws: result.Pooled()}.Run(ctx, key, handler.Uncondition(model))
	if err != nil {
		t.Fatal(err)
	}
	if n := again.Var("measurement").Len(); n != 1200 {
		t.Errorf("%d predictions", n)
	}

	guide := func(p *pyro.P) { p.Sample("weight", dist.Normal(p.Param("a", tensor.Of(8.5)), 0.6)) }
	svi := &infer.SVI{Model: model, Guide: guide, Optim: &optim.ClippedAdam{LR: 0.01, Decay: 0.999}}
	if _, err := svi.Run(ctx, key, 500); err != nil {
		t.Fatal(err)
	}
	if _, err := (infer.Predictive{Guide: svi.Params.Bind(guide), N: 800}.Run(ctx, key, model)); err != nil {
		t.Error(err)
	}
	trust, err := infer.Check(ctx, key, model, svi.Params.Bind(guide), 1000)
	if err != nil || !trust.Good() {
		t.Errorf("%v (%v)", trust, err)
	}
	svi.Optim = &optim.Adam{LR: 0.01, Schedule: optim.Exponential(0.999)}
	if _, err := svi.Step(key); err != nil {
		t.Error(err)
	}
	var file bytes.Buffer
	if err := svi.Params.Save(&file); err != nil {
		t.Fatal(err)
	}
	if params, err := pyro.LoadParams(&file); err != nil || !params.Has("a") {
		t.Errorf("%v (%v)", params.Names(), err)
	}
}

func TestDiscreteSites(t *testing.T) {
	key := rng.New(3)
	data := tensor.Of([]float64{-1, -1.2, 2, 2.1})
	rows, means := tensor.Of([][]float64{{0.9, 0.1}, {0.2, 0.8}}), tensor.Of([]float64{-1, 2})
	model := func(p *pyro.P) {
		z := tensor.Of(0.0)
		for t, p := range p.Markov("t", data.Len()) {
			p = p.Scope(string(rune('a' + t)))
			z = p.Sample("z", dist.Categorical(rows.Index(z)))
			p.Observe("x", dist.Normal(means.Index(z), 1), tensor.Of(data.At(t)))
		}
	}
	marginals, err := infer.DiscreteMarginals(model, key)
	if err != nil || len(marginals) != 4 {
		t.Fatalf("%d marginals (%v)", len(marginals), err)
	}
	for _, m := range []pyro.Model{infer.Discrete(model), infer.DiscreteSample(model)} {
		if _, err := pyro.Run(m, key); err != nil {
			t.Error(err)
		}
	}

	// One site for all steps has the evidence of the chain.
	initial := tensor.Of([]float64{0, math.Inf(-1)})
	chain := dist.DiscreteHMM(initial, rows.Log(), dist.Normal(means, 1), data.Len())
	svi := &infer.SVI{Model: model, Guide: func(*pyro.P) {}, Loss: infer.TraceEnumELBO{}}
	loss, err := svi.Evaluate(key)
	if got := chain.LogProb(data).Item(); err != nil || math.Abs(got+loss) > 1e-12*math.Abs(loss) {
		t.Errorf("log density %v, loss %v (%v)", got, loss, err)
	}

	// Its states given the first two steps.
	hmm := chain.(dist.StateSpace)
	x := data.Slice(0, 0, 2)
	if s := hmm.SampleStates(key, x).Shape(); len(s) != 1 || s[0] != 2 {
		t.Errorf("states of shape %v", s)
	}
	rest := hmm.Condition(x).LogProb(data.Slice(0, 2, 4)).Item()
	observation, mask := dist.Normal(means, 1), tensor.Of([][]float64{{1}, {1}, {0}, {0}})
	short := dist.DiscreteHMM(initial, rows.Log(), dist.Masked(observation, mask), data.Len()).LogProb(data).Item()
	if got := chain.LogProb(data).Item(); math.Abs(short+rest-got) > 1e-12*math.Abs(got) {
		t.Errorf("log densities %v and %v of the halves, %v of all", short, rest, got)
	}
	last := tensor.Of(1.0)
	if a, b := hmm.Filter(x).LogProb(last).Item(), hmm.Smooth(x).LogProb(last).At(1); math.Abs(a-b) > 1e-12 {
		t.Errorf("the last state has log probability %v filtered, %v smoothed", a, b)
	}
}

func TestMoreHandlers(t *testing.T) {
	key := rng.New(4)
	v := tensor.Of([]float64{1, 2, 3, 4})
	model := func(p *pyro.P) {
		m := p.Param("m", tensor.Of(0.0))
		obs := p.Plate("data", v.Len(), pyro.Subsample(2))
		obs.Observe("x", dist.Normal(m, 1), obs.Subsample(v, 0))
		p.Deterministic("twice", m.MulScalar(2))
		p.Factor("penalty", m.Square().Neg())
	}
	plain, err := pyro.Run(handler.Seed(model, key), key)
	if err != nil {
		t.Fatal(err)
	}
	half, err := pyro.Run(handler.Seed(handler.Scale(model, tensor.Of(0.5)), key), key)
	if err != nil {
		t.Fatal(err)
	}
	if a, b := plain.LogProb().Item(), half.LogProb().Item(); a == 0 || math.Abs(a-2*b) > 1e-12*math.Abs(a) {
		t.Errorf("log probabilities %v and %v", a, b)
	}
	masked, err := pyro.Run(handler.Mask(model, tensor.Of(false)), key)
	if err != nil {
		t.Fatal(err)
	}
	if lp := masked.LogProb().Item(); lp != 0 {
		t.Errorf("masked: %v", lp)
	}
	runs(t, handler.Lift(model, map[string]dist.Distribution{"m": dist.Normal(0, 1)}), "m")
	runs(t, handler.Scope(model, "part"), "part.x")
	runs(t, func(p *pyro.P) { model(p.Scope("part")) }, "part.x")
	parts, err := pyro.Run(func(p *pyro.P) {
		p.Scale(tensor.Of(3.0)).Sample("a", dist.Bernoulli(0.5))
		p.Mask(tensor.Of(false)).Sample("b", dist.Normal(0, 1))
	}, key)
	if err != nil {
		t.Fatal(err)
	}
	if lp := parts.LogProb().Item(); math.Abs(lp-3*math.Log(0.5)) > 1e-15 {
		t.Errorf("scaled and masked: %v", lp)
	}
}
