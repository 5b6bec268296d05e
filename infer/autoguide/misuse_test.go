package autoguide_test

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/gopyro/pyro"
	"github.com/gopyro/pyro/constraint"
	"github.com/gopyro/pyro/dist"
	"github.com/gopyro/pyro/handler"
	"github.com/gopyro/pyro/infer"
	"github.com/gopyro/pyro/infer/autoguide"
	"github.com/gopyro/pyro/optim"
	"github.com/gopyro/pyro/rng"
	"github.com/gopyro/pyro/tensor"
)

// names checks that an error is about a site, and says what.
func names(t *testing.T, what string, err error, site, want string) {
	t.Helper()
	var e *pyro.SiteError
	if !errors.As(err, &e) || e.Site != site || !strings.Contains(err.Error(), want) {
		t.Errorf("%s: error %v, want one of site %q …%s…", what, err, site, want)
	}
}

// A model whose structure is random, or that moves a support, is refused when the
// guide is first used, whatever it draws then.
func TestEveryGuideRefusesRandomStructure(t *testing.T) {
	comes := func(p *pyro.P) {
		if p.Sample("a", dist.Normal(0, 1)).Item() > 0 {
			p.Sample("b", dist.Normal(0, 1))
		}
	}
	grows := func(p *pyro.P) {
		n := 2
		if p.Sample("a", dist.Normal(0, 1)).Item() > 0 {
			n = 3
		}
		p.Sample("b", dist.Independent(dist.Normal(tensor.Zeros(n), 1), 1))
	}
	moves := func(p *pyro.P) {
		a := p.Sample("a", dist.Gamma(3, 2))
		p.Sample("b", dist.Uniform(0, a))
	}
	bounds := tensor.Arange(100).AddScalar(1)
	depends := func(p *pyro.P) { // on the subsample
		q := p.Plate("n", 100, pyro.Subsample(2))
		q.Sample("b", dist.Uniform(0, q.Subsample(bounds, 0)))
	}
	for _, c := range []struct {
		model pyro.Model
		want  string
	}{
		{comes, "the site is not in every run of the model"},
		{grows, "shape ["}, // in one of two runs, or at the start
		{moves, "the support of the site is [0, "},
		{depends, "the support of the site is [0, "},
	} {
		for name := range every(c.model, nil) {
			refused := 0
			for seed := range uint64(8) {
				_, err := pyro.Run(every(c.model, nil)[name].Guide, rng.New(seed))
				if err == nil {
					continue // all runs were alike
				}
				names(t, name, err, "b", c.want)
				refused++
			}
			if refused == 0 {
				t.Errorf("%s never refuses: …%s…", name, c.want)
			}
		}
	}
}

// A model that changes later, during a run of recorded steps or before one, is an
// error that names the site.
func TestEveryGuideFindsAChangedModel(t *testing.T) {
	for _, c := range []struct {
		site, want string
		change     func(p *pyro.P)
	}{
		{"late", "the model's latent site is not in the guide", func(p *pyro.P) {
			walk(p)
			p.Sample("late", dist.Normal(0, 1))
		}},
		{"b", "the guide draws a site that the model lacks", func(p *pyro.P) { p.Sample("a", dist.Normal(0, 1)) }},
		{"b", "", func(p *pyro.P) {
			p.Sample("a", dist.Normal(0, 1))
			p.Sample("b", dist.Independent(dist.Normal(tensor.Zeros(2), 1), 1))
		}},
		{"b", "", func(p *pyro.P) {
			p.Sample("a", dist.Normal(0, 1))
			p.Plate("n", 3).Sample("b", dist.Normal(0, 1))
		}},
	} {
		for name := range every(walk, nil) {
			for _, recorded := range []bool{false, true} {
				changed := false
				model := func(p *pyro.P) {
					if changed {
						c.change(p)
					} else {
						walk(p)
					}
				}
				svi := &infer.SVI{Model: model, Guide: every(model, nil)[name].Guide, Optim: &optim.Adam{}}
				var err error
				if recorded {
					for step, e := range svi.Steps(t.Context(), rng.New(1), 100) {
						changed, err = step.N >= 20, e
					}
				} else if _, err = svi.Step(rng.New(1)); err == nil {
					changed = true
					_, err = svi.Step(rng.New(2))
				}
				names(t, fmt.Sprint(name, ", recorded ", recorded), err, c.site, c.want)
			}
		}
	}
}

// Start values that are no numbers, and parameters of another model, are errors
// that name site or parameter.
func TestEveryGuideRefusesWrongNumbers(t *testing.T) {
	nan := autoguide.Values(pyro.Data{"a": tensor.Of(math.NaN())}, nil)
	for name, g := range every(walk, nan) {
		_, err := pyro.Run(g.Guide, rng.New(1))
		names(t, name, err, "a", "start value NaN is not in real")
	}
	misspelt := autoguide.Generated(func(rng.Key) autoguide.Init { return autoguide.Values(pyro.Data{"aa": tensor.Of(0.0)}, nil) })
	for name, g := range every(walk, misspelt) {
		_, err := pyro.Run(g.Guide, rng.New(1))
		names(t, name, err, "aa", "the model has no such latent site")
	}
	huge := autoguide.Values(pyro.Data{"b": tensor.Of(1e200)}, nil)
	for name, g := range every(walk, huge) {
		_, err := pyro.Run(g.Guide, rng.New(1))
		names(t, name, err, "b", "autoguide."+name+": the log density is -Inf at the start values")
	}
	for name := range every(walk, nil) {
		first, params := every(walk, nil)[name], pyro.NewParams()
		if _, err := pyro.Run(params.Bind(first.Guide), rng.New(1)); err != nil {
			t.Fatal(err)
		}
		longer := func(p *pyro.P) { // the same sites in a plate
			q := p.Plate("n", 3)
			q.Sample("b", dist.Normal(q.Sample("a", dist.Normal(0, 1)), 1))
		}
		_, err := pyro.Run(params.Bind(every(longer, nil)[name].Guide), rng.New(1))
		var e *pyro.SiteError
		if !errors.As(err, &e) || !strings.HasPrefix(e.Site, "auto.") || !strings.Contains(err.Error(), "the guide of this model needs") {
			t.Errorf("%s takes the parameters of another model: %v", name, err)
		}
	}
}

// What a guide cannot do under subsampling is refused, and names the site.
func TestWholePlatesAreNeeded(t *testing.T) {
	model := func(p *pyro.P) {
		p.Plate("n", 4, pyro.Subsample(2)).Sample("z", dist.Normal(0, 1))
	}
	params := pyro.NewParams()
	laplace := &autoguide.Laplace{Model: model}
	if _, err := pyro.Run(params.Bind(laplace.Guide), rng.New(1)); err != nil {
		t.Fatal(err)
	}
	_, _, err := laplace.Fit(params)
	names(t, "Laplace.Fit", err, "z", `plate "n" is subsampled`)
	for name, g := range every(model, nil) {
		w, ok := g.(autoguide.Warp)
		if !ok {
			continue
		}
		ps := pyro.NewParams()
		if _, err := pyro.Run(ps.Bind(g.Guide), rng.New(1)); err != nil {
			t.Fatal(err)
		}
		err := pyro.Guard(func() { autoguide.NeuTra(model, w, ps) })
		names(t, "NeuTra of "+name, err, "z", `plate "n" is subsampled`)
	}
	err = pyro.Guard(func() { autoguide.Func(model).Sample(pyro.NewParams(), rng.New(1), 2) })
	names(t, "Func", err, "z", `plate "n" is subsampled`)
}

// Guides that have a part of the model are told what it lacks, by name.
func TestMisspeltSites(t *testing.T) {
	step := func(m, g pyro.Model) error {
		_, err := (&infer.SVI{Model: m, Guide: g, Optim: &optim.Adam{}}).Step(rng.New(1))
		return err
	}
	for name := range every(walk, nil) {
		names(t, name, step(walk, every(handler.Expose(walk, "a", "bb"), nil)[name].Guide), "bb", "Expose")
		names(t, name, step(walk, every(handler.Expose(walk, "a"), nil)[name].Guide), "b", "is not in the guide")
		list := &autoguide.List{Model: walk, Parts: []autoguide.Part{
			every(handler.Expose(walk, "a"), nil)[name],
			autoguide.Func(func(p *pyro.P) { p.Sample("bb", dist.Normal(0, 1)) }),
		}}
		names(t, "List of "+name, step(walk, list.Guide), "b", "no part draws this site")
		other := func(p *pyro.P) { p.Sample("A", dist.Normal(0, 1)) }
		names(t, name+" of another model", step(walk, every(other, nil)[name].Guide), "A", `the model lacks`)
	}
	names(t, "Discrete", step(labels, (&autoguide.Discrete{Model: handler.Expose(labels, "zz")}).Guide), "zz", "Expose")
}

// Priors without draws, which cannot be run as they are, are guided from a point in
// their support; one that has no unconstrained scale is refused.
func TestEveryGuideOfImproperPriors(t *testing.T) {
	model := func(p *pyro.P) {
		mu := p.Sample("mu", dist.ImproperUniform(constraint.Real))
		sd := p.Sample("sd", dist.ImproperUniform(constraint.Positive))
		p.Plate("n", 3).Observe("x", dist.Normal(mu, sd), tensor.Of([]float64{1, 2, 4}))
	}
	for name, g := range every(model, nil) {
		svi := &infer.SVI{Model: model, Guide: g.Guide, Optim: &optim.Adam{LR: 0.01}}
		if _, err := svi.Run(t.Context(), rng.New(0), 20); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// The tail-adaptive loss needs the gradient of the density through draws alone,
// which a flow does not tell.
func TestTailAdaptiveRefusesFlows(t *testing.T) {
	svi := &infer.SVI{Model: walk, Guide: (&autoguide.Flow{Model: walk}).Guide, Loss: infer.TailAdaptive{}, Optim: &optim.Adam{}}
	_, err := svi.Step(rng.New(1))
	names(t, "Flow", err, "auto.joint", "through its draws alone")
}
