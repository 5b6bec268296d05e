package autoguide_test

import (
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/gopyro/pyro"
	"github.com/gopyro/pyro/dist"
	"github.com/gopyro/pyro/handler"
	"github.com/gopyro/pyro/infer"
	"github.com/gopyro/pyro/infer/autoguide"
	"github.com/gopyro/pyro/optim"
	"github.com/gopyro/pyro/rng"
	"github.com/gopyro/pyro/tensor"
)

// guide is what all guides offer.
type guide interface {
	autoguide.Part
	autoguide.Posterior
}

// every makes each guide of continuous sites.
func every(m pyro.Model, init autoguide.Init) map[string]guide {
	return map[string]guide{
		"Delta":              &autoguide.Delta{Model: m, Init: init},
		"Normal":             &autoguide.Normal{Model: m, Init: init},
		"Structured":         &autoguide.Structured{Model: m, Init: init},
		"DiagonalNormal":     &autoguide.DiagonalNormal{Model: m, Init: init},
		"MultivariateNormal": &autoguide.MultivariateNormal{Model: m, Init: init},
		"LowRankNormal":      &autoguide.LowRankNormal{Model: m, Init: init},
		"Laplace":            &autoguide.Laplace{Model: m, Init: init},
		"Flow":               &autoguide.Flow{Model: m, Init: init},
	}
}

// Each mistake is an error that names the site, of each guide.
func TestMistakesOfEveryGuide(t *testing.T) {
	discrete := func(p *pyro.P) {
		walk(p)
		p.Sample("k", dist.Bernoulli(0.5))
	}
	outside := autoguide.Values(pyro.Data{"s": tensor.Of(-1.0)}, nil)
	misspelt := autoguide.Values(pyro.Data{"aa": tensor.Of(1.0)}, nil)
	for _, c := range []struct {
		model pyro.Model
		init  autoguide.Init
		want  string
	}{
		{nil, nil, ".Model is nil"},
		{discrete, nil, `site "k": autoguide.%s cannot guide a discrete site`},
		{walk, misspelt, `site "aa": autoguide.Values: the model has no such latent site`},
		{mixed, outside, `site "s": start value -1 is not in`},
		{walk, autoguide.Values(pyro.Data{"a": tensor.Zeros(2)}, nil), `site "a": start value has shape [2]`},
		{handler.Expose(walk, "c"), nil, `site "c": Expose`},
	} {
		for name, g := range every(c.model, c.init) {
			want := strings.ReplaceAll(c.want, "%s", name)
			for range 2 {
				_, err := pyro.Run(g.Guide, rng.New(1))
				var site *pyro.SiteError
				if !errors.As(err, &site) || !strings.Contains(err.Error(), want) {
					t.Errorf("%s: error %v, want …%s…", name, err, want)
				}
			}
			func() {
				defer func() {
					if e, ok := recover().(*pyro.SiteError); !ok || !strings.Contains(e.Error(), "has not run yet") {
						t.Errorf("%s: the median of a guide without a model is %v", name, e)
					}
				}()
				g.Median(pyro.NewParams())
			}()
		}
	}
}

// A site that comes or goes later is an error that names it.
func TestChangingSitesOfEveryGuide(t *testing.T) {
	for _, first := range []bool{false, true} {
		late := false
		model := func(p *pyro.P) {
			walk(p)
			if late != first {
				p.Sample("late", dist.Normal(0, 1))
			}
		}
		for name, g := range every(model, nil) {
			late = false
			svi := &infer.SVI{Model: model, Guide: g.Guide, Optim: &optim.Adam{}}
			if _, err := svi.Step(rng.New(1)); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			late = true
			_, err := svi.Step(rng.New(2))
			var site *pyro.SiteError
			if !errors.As(err, &site) || site.Site != "late" {
				t.Errorf("%s: error %v", name, err)
			}
		}
	}
}

// A step that replays allocates nothing, with any guide.
func TestStepsOfEveryGuideAllocateNothing(t *testing.T) {
	guides := every(mixed, nil)
	guides["List"] = &autoguide.List{Model: mixed, Parts: []autoguide.Part{
		&autoguide.Normal{Model: handler.Block(mixed, handler.Names("z"))},
		&autoguide.Structured{Model: handler.Block(mixed, handler.Names("w", "s"))},
	}}
	guides["Discrete"] = &autoguide.Discrete{Model: labels}
	for name, g := range guides {
		model := mixed
		if name == "Discrete" {
			model = labels
		}
		svi := &infer.SVI{Model: model, Guide: g.Guide, Optim: &optim.Adam{}}
		// What a step allocates is in every stretch of eight between checks; what the
		// runtime does now and then is not.
		least := ^uint64(0)
		var before, now runtime.MemStats
		for step, err := range svi.Steps(t.Context(), rng.New(0), 1000) {
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if step.N < 14 || (step.N-14)%8 != 0 {
				continue
			}
			runtime.ReadMemStats(&now)
			if step.N > 14 {
				least = min(least, now.Mallocs-before.Mallocs)
			}
			if step.N == 62 {
				break
			}
			before = now
		}
		if least != 0 && !raceEnabled || svi.Stats.Why != "" { // the race detector empties pools
			t.Errorf("%s: eight steps made %d allocations or more; %+v", name, least, svi.Stats)
		}
	}
}

// The log density is that of the trace of a run, the auxiliary sites and the maps
// included, and draws have it as entropy on average where they are of one family.
func TestLogDensityOfEveryGuide(t *testing.T) {
	for name, g := range every(mixed, nil) {
		if name == "Delta" || name == "Laplace" {
			continue
		}
		params := pyro.NewParams()
		for seed := range uint64(3) {
			tr, err := pyro.Run(params.Bind(g.Guide), rng.New(seed))
			if err != nil {
				t.Fatal(err)
			}
			values := pyro.Data{}
			for s := range tr.Latents() {
				if !s.Aux {
					values[s.Name] = s.Value
				}
			}
			got, err := g.LogDensity(params, values)
			want := tr.LogProb().Item()
			if err != nil || !(abs(got-want) <= 1e-9*(1+abs(want))) {
				t.Errorf("%s: log density %v, that of the trace is %v (%v)", name, got, want, err)
			}
			delete(values, "s")
			if _, err := g.LogDensity(params, values); err == nil || !strings.Contains(err.Error(), `site "s"`) {
				t.Errorf("%s: error %v for a missing site", name, err)
			}
		}
		for site, shape := range map[string]string{"w": "[5 3]", "s": "[5]", "z": "[5 4]"} {
			if got := fmt.Sprint(g.Sample(params, rng.New(2), 5)[site].Shape()); got != shape {
				t.Errorf("%s: draws of %s have shape %v", name, site, got)
			}
		}
		low, mid, high := g.Quantile(params, 0.1)["s"].Item(), g.Median(params)["s"].Item(), g.Quantile(params, 0.9)["s"].Item()
		if !(low < mid && mid < high) {
			t.Errorf("%s: quantiles %v %v %v", name, low, mid, high)
		}
	}
	for _, name := range []string{"Delta", "Laplace"} {
		g, params := every(mixed, nil)[name], pyro.NewParams()
		if _, err := pyro.Run(params.Bind(g.Guide), rng.New(1)); err != nil {
			t.Fatal(err)
		}
		at := g.Median(params)
		if lp, err := g.LogDensity(params, at); err != nil || lp != 0 {
			t.Errorf("%s: log density %v at the point (%v)", name, lp, err)
		}
		at["s"] = at["s"].AddScalar(1)
		if lp, err := g.LogDensity(params, at); err != nil || lp > -1e300 {
			t.Errorf("%s: log density %v off the point (%v)", name, lp, err)
		}
	}
}

func abs(x float64) float64 { return max(x, -x) }
