package infer_test

import (
	"errors"
	"fmt"
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

// pond has sites of several shapes in plates and out of them, data, a factor, a
// subsample, a mask and a scale.
func pond(p *pyro.P) {
	w := p.Sample("w", dist.Dirichlet([]float64{2, 3, 4}))
	s := p.Sample("s", dist.Gamma(3, 2))
	q := p.Plate("n", 4)
	z := q.Sample("z", dist.LogNormal(0, s))
	q.Mask(tensor.Of([]bool{true, true, false, true})).Observe("x", dist.Normal(z, 1), tensor.Of([]float64{1, 2, 0.5, 1.5}))
	sub := p.Scale(tensor.Of(2.0)).Plate("big", 6, pyro.Subsample(2))
	v := sub.Sample("v", dist.Independent(dist.Normal(tensor.Zeros(2), 1), 1))
	sub.Observe("y", dist.Independent(dist.Normal(v, s.Unsqueeze(-1)), 1), sub.Subsample(tensor.Linspace(-1, 1, 12).Reshape(6, 2), 1))
	p.Observe("k", dist.Categorical(w), tensor.Of(1))
	p.Factor("f", s.Log().Neg())
}

// Particles side by side are what they are one after the other, with every guide
// and every loss that takes them.
func TestVectorizedParticles(t *testing.T) {
	type guide interface{ Guide(p *pyro.P) }
	for name, build := range map[string]func() guide{
		"Delta":              func() guide { return &autoguide.Delta{Model: pond} },
		"Normal":             func() guide { return &autoguide.Normal{Model: pond} },
		"Structured":         func() guide { return &autoguide.Structured{Model: pond} },
		"DiagonalNormal":     func() guide { return &autoguide.DiagonalNormal{Model: pond} },
		"MultivariateNormal": func() guide { return &autoguide.MultivariateNormal{Model: pond} },
		"LowRankNormal":      func() guide { return &autoguide.LowRankNormal{Model: pond} },
		"Flow":               func() guide { return &autoguide.Flow{Model: pond} },
	} {
		for _, l := range []infer.Loss{infer.TraceELBO{}, infer.TraceMeanFieldELBO{}, infer.PathELBO{}, infer.TraceEnumELBO{}, &infer.TraceGraphELBO{}} {
			svi := &infer.SVI{Model: pond, Guide: build().Guide, Loss: &infer.Vectorized{Of: l, Particles: 5}, Optim: &optim.Adam{LR: 0.01}}
			// The first, second, fourth, … call compare with single runs.
			losses, err := svi.Run(t.Context(), rng.New(1), 100)
			if err != nil || len(losses) != 100 || svi.Stats.Replayed < 80 {
				t.Errorf("%s, %T: %v; %+v", name, l, err, svi.Stats)
			}
		}
	}
}

// The loss and its gradient are those of particles one by one on average, through
// draws, by the score function and with sites summed out.
func TestVectorizedIsTheMean(t *testing.T) {
	model := func(p *pyro.P) {
		a := p.Sample("a", dist.Normal(0.5, 1))
		k := p.Sample("k", dist.Bernoulli(0.4))
		q := p.Plate("n", 3)
		b := q.Sample("b", dist.Bernoulli(a.Sigmoid()))
		q.Observe("x", dist.Normal(a.Add(b).Add(k), 1), tensor.Of([]float64{0.3, 1.2, 2}))
	}
	guide := func(p *pyro.P) {
		a := p.Sample("a", dist.Normal(p.Param("m", tensor.Of(0.3)), 0.8))
		q := p.Plate("n", 3)
		q.Sample("b", dist.BernoulliLogits(a.Mul(p.Param("w", tensor.Of(0.5)))))
	}
	complete := func(p *pyro.P) {
		guide(p)
		p.Sample("k", dist.BernoulliLogits(p.Param("l", tensor.Of(-0.5))))
	}
	for _, c := range []struct {
		of    infer.Loss
		guide pyro.Model
	}{{infer.TraceELBO{}, complete}, {&infer.TraceGraphELBO{}, complete}, {infer.TraceEnumELBO{}, guide}} {
		want, wantSE := average(t, 4000, c.of, pyro.NewParams(), model, c.guide)
		got, se := average(t, 1000, &infer.Vectorized{Of: c.of, Particles: 4}, pyro.NewParams(), model, c.guide)
		for name := range want {
			if d := got[name] - want[name]; d*d > 25*(se[name]*se[name]+wantSE[name]*wantSE[name]) {
				t.Errorf("%T: %q is %v ± %v, want %v ± %v", c.of, name, got[name], se[name], want[name], wantSE[name])
			}
		}
	}
}

// A model that mixes particles is found out, and the site named.
func TestVectorizedFindsMixedParticles(t *testing.T) {
	for name, c := range map[string]struct {
		model pyro.Model
		site  string
	}{
		"a sum over everything": {func(p *pyro.P) {
			z := p.Plate("n", 3).Sample("z", dist.Normal(0, 1))
			p.Observe("x", dist.Normal(z.Sum(), 1), tensor.Of(1.0))
		}, "x"},
		"a value that steers": {func(p *pyro.P) {
			z := p.Plate("n", 3).Sample("z", dist.Normal(0, 1))
			p.Observe("x", dist.Normal(z.Max().Item(), 1), tensor.Of(1.0))
		}, "x"},
	} {
		guide := &autoguide.Normal{Model: c.model}
		svi := &infer.SVI{Model: c.model, Guide: guide.Guide, Loss: &infer.Vectorized{Particles: 3}, Optim: &optim.Adam{}}
		_, err := svi.Step(rng.New(1))
		var site *pyro.SiteError
		if !errors.As(err, &site) || site.Site != c.site || !strings.Contains(err.Error(), "Vectorized: the log probability of particle") {
			t.Errorf("%s: error %v", name, err)
		}
	}
	for _, l := range []infer.Loss{infer.RenyiELBO{}, infer.TraceELBO{Particles: 2}, infer.TraceEnumELBO{Sequential: true}} {
		svi := &infer.SVI{Model: pond, Guide: noGuide, Loss: &infer.Vectorized{Of: l}, Optim: &optim.Adam{}}
		if _, err := svi.Step(rng.New(1)); err == nil || !strings.Contains(err.Error(), "Vectorized has 10 particles of") {
			t.Errorf("error %v", err)
		}
	}
	// A mistake in the model is that of the model.
	misspelt := handler.Expose(pond, "zz")
	svi := &infer.SVI{Model: misspelt, Guide: noGuide, Loss: &infer.Vectorized{}, Optim: &optim.Adam{}}
	if _, err := svi.Step(rng.New(1)); err == nil || !strings.Contains(err.Error(), `site "zz": Expose`) {
		t.Errorf("error %v", err)
	}
}

// BenchmarkParticles compares 16 particles side by side with one after the other.
func BenchmarkParticles(b *testing.B) {
	for _, l := range []infer.Loss{infer.TraceELBO{Particles: 16}, &infer.Vectorized{Particles: 16}} {
		b.Run(fmt.Sprintf("%T", l), func(b *testing.B) {
			g := &autoguide.Normal{Model: pond}
			svi := &infer.SVI{Model: pond, Guide: g.Guide, Loss: l, Optim: &optim.Adam{LR: 0.001}}
			b.ReportAllocs()
			b.ResetTimer()
			if _, err := svi.Run(b.Context(), rng.New(1), b.N); err != nil {
				b.Fatal(err)
			}
		})
	}
}
