package infer_test

import (
	"context"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/gopyro/pyro"
	"github.com/gopyro/pyro/dist"
	"github.com/gopyro/pyro/infer"
	"github.com/gopyro/pyro/optim"
	"github.com/gopyro/pyro/rng"
	"github.com/gopyro/pyro/tensor"
)

// A step's gradient norm is that of the formula: for N(z; 0, 1) with the guide
// N(m, 1) the gradient of the loss in m is z.
func TestStepsTellTheGradientNorm(t *testing.T) {
	model := func(p *pyro.P) { p.Sample("z", dist.Normal(0, 1)) }
	guide := func(p *pyro.P) { p.Sample("z", dist.Normal(p.Param("m", tensor.Of(3.0)), 1)) }
	svi := &infer.SVI{Model: model, Guide: guide, Optim: optim.ClipNorm(&optim.SGD{LR: 0.01}, 0.1)}
	key := rng.New(1)
	for step, err := range svi.Steps(t.Context(), key, 100) {
		if err != nil {
			t.Fatal(err)
		}
		m := 3 - 0.001*float64(step.N-1) // each step is clipped to 0.1
		tr, err := pyro.Run(func(p *pyro.P) { p.Sample("z", dist.Normal(m, 1)) }, key.Fold(step.N-1).Fold(0))
		if err != nil {
			t.Fatal(err)
		}
		if z := tr.Value("z").Item(); z > 0.1 {
			within(t, "gradient norm", step.GradNorm, z, 1e-12)
		} else {
			break // no longer clipped in the same direction
		}
	}
}

func TestGradientReport(t *testing.T) {
	// The gradient of the loss in m is z ~ N(3, 1); unused has none, and exact is
	// without noise.
	model := func(p *pyro.P) {
		p.Sample("z", dist.Normal(0, 1))
		p.Observe("x", dist.Normal(p.Param("exact", tensor.Of(2.0)), 1), tensor.Of(-1.5))
		p.Param("unused", tensor.Of([]float64{1, 2}))
	}
	guide := func(p *pyro.P) { p.Sample("z", dist.Normal(p.Param("m", tensor.Of(3.0)), 1)) }
	svi := &infer.SVI{Model: model, Guide: guide}
	const n = 2000
	report, err := svi.Gradients(rng.New(1), n)
	if err != nil {
		t.Fatal(err)
	}
	by := map[string]infer.Gradient{}
	for _, g := range report {
		by[g.Param] = g
	}
	if g := by["exact"]; g.Norm != 3.5 || g.Noise != 0 || !math.IsInf(g.Signal(), 1) {
		t.Errorf("exact: %+v", g)
	}
	if g := by["unused"]; g.Norm != 0 || g.Size != 2 || g.Signal() != 0 {
		t.Errorf("unused: %+v", g)
	}
	// Standard errors are 1/√n of the mean and 1/√(2n) of the deviation.
	if g := by["m"]; math.Abs(g.Norm-3) > 5/math.Sqrt(n) || math.Abs(g.Noise-1) > 5/math.Sqrt(2*n) {
		t.Errorf("m: %+v", g)
	}
	if s := report.String(); !strings.HasPrefix(s, "parameter") || !strings.Contains(s, "unused     2     0") {
		t.Errorf("table:\n%s", s)
	}
	if _, err := svi.Gradients(rng.New(1), 1); err == nil {
		t.Error("one estimate has a noise")
	}
	if _, err := (&infer.SVI{Model: func(p *pyro.P) { p.Factor("f", tensor.Of(math.Inf(-1))) }, Guide: noGuide}).Gradients(rng.New(1), 2); err == nil || !strings.Contains(err.Error(), `"f"`) {
		t.Errorf("error %v", err)
	}
}

// The rate that is found serves: where there is a way to go, a hundred steps at it
// come further than at a hundredth of it, and than at a hundred times it.
func TestRateSearchServes(t *testing.T) {
	tried := 0
	for _, c := range conjugates() {
		if kl, _ := dist.KL(c.family(c.start[0], c.start[1]), c.family(c.exact[0], c.exact[1])); kl.Item() < 0.3 {
			continue
		}
		fit := &infer.SVI{Model: c.model, Guide: c.guide(c.start[0], c.start[1])}
		before, err := fit.Evaluate(rng.New(1))
		if err != nil {
			t.Fatal(err)
		}
		rates, err := infer.RateSearch{}.Run(t.Context(), rng.New(2), fit)
		if err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		if after, err := fit.Evaluate(rng.New(1)); err != nil || after != before {
			t.Errorf("%s: the search moved the fit", c.name)
		}
		reach := func(rate float64) float64 {
			svi := &infer.SVI{Model: c.model, Guide: c.guide(c.start[0], c.start[1]), Optim: &optim.Adam{LR: rate}}
			if _, err := svi.Run(t.Context(), rng.New(3), 100); err != nil {
				return math.Inf(1)
			}
			kl, _ := dist.KL(c.family(svi.Params.Get("a"), svi.Params.Get("b")), c.family(c.exact[0], c.exact[1]))
			return kl.Item()
		}
		tried++
		best, slow, fast := reach(rates.Best), reach(rates.Best/100), reach(rates.Best*100)
		if !(best < slow && best < fast) {
			t.Errorf("%s: rate %v leaves a divergence of %v, a hundredth of it %v, a hundredfold %v", c.name, rates.Best, best, slow, fast)
		}
		t.Logf("%s: rate %v leaves a divergence of %v, a hundredth of it %v, a hundredfold %v", c.name, rates.Best, best, slow, fast)
	}
	if tried < 3 {
		t.Errorf("only %d fits have a way to go", tried)
	}
}

func TestRateSearchRefuses(t *testing.T) {
	c := conjugates()[5]
	fit := &infer.SVI{Model: c.model, Guide: c.guide(c.start[0], c.start[1])}
	for _, r := range []infer.RateSearch{{Low: 1, High: 0.1}, {Low: -1}, {Steps: 3}} {
		if _, err := r.Run(t.Context(), rng.New(1), fit); err == nil || !strings.Contains(err.Error(), "0 < Low < High") {
			t.Errorf("error %v", err)
		}
	}
	still := &infer.SVI{
		Model: func(p *pyro.P) { p.Observe("x", dist.Normal(p.Param("m", tensor.Of(1.0)), 1), tensor.Of(1.0)) },
		Guide: noGuide,
	}
	if r, err := (infer.RateSearch{}).Run(t.Context(), rng.New(1), still); err == nil || r.Best != 0 || !strings.Contains(err.Error(), "falls at no rate") {
		t.Errorf("%+v (%v)", r, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := (infer.RateSearch{}).Run(ctx, rng.New(1), fit); err != context.Canceled {
		t.Errorf("error %v", err)
	}
}

func ExampleRateSearch() {
	model := func(p *pyro.P) {
		w := p.Sample("weight", dist.Normal(8.5, 1))
		p.Observe("measurement", dist.Normal(w, 0.75), tensor.Of(9.5))
	}
	guide := func(p *pyro.P) { p.Sample("weight", dist.Normal(p.Param("a", tensor.Of(2.0)), 1)) }
	fit := &infer.SVI{Model: model, Guide: guide}
	rates, err := infer.RateSearch{}.Run(context.Background(), rng.New(0), fit)
	if err != nil {
		fmt.Println(err)
		return
	}
	fit.Optim = &optim.Adam{LR: rates.Best}
	fmt.Println(rates.Best > 0.01 && rates.Best < 10)
	// Output: true
}
