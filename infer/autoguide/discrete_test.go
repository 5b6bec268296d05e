package autoguide_test

import (
	"context"
	"fmt"
	"math"
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

// labels has a label for each datum, whose posteriors are independent.
func labels(p *pyro.P) {
	q := p.Plate("n", 3)
	z := q.Sample("z", dist.Categorical([]float64{0.2, 0.3, 0.5}))
	q.Observe("x", dist.Normal(z, 1), tensor.Of([]float64{-0.9, 2.3, 0.7}))
}

func labelPosterior() (probs []float64) {
	for _, x := range []float64{-0.9, 2.3, 0.7} {
		w, sum := [3]float64{}, 0.0
		for k, prior := range []float64{0.2, 0.3, 0.5} {
			w[k] = prior * math.Exp(-0.5*(x-float64(k))*(x-float64(k)))
			sum += w[k]
		}
		for k := range w {
			probs = append(probs, w[k]/sum)
		}
	}
	return probs
}

func TestDiscreteFindsThePosterior(t *testing.T) {
	g := &autoguide.Discrete{Model: labels}
	svi := fit(t, labels, g.Guide, &infer.TraceGraphELBO{Particles: 10}, 2000)
	want := labelPosterior()
	near(t, "probabilities", g.Probs(svi.Params)["z"], 0.02, want...)
	near(t, "modes", g.Mode(svi.Params)["z"], 0, 0, 2, 1)
	near(t, "medians", g.Median(svi.Params)["z"], 0, 0, 2, 1)
	near(t, "0.95-quantiles", g.Quantile(svi.Params, 0.95)["z"], 0, 1, 2, 2)
	lp, err := g.LogDensity(svi.Params, pyro.Data{"z": tensor.Of([]int{0, 2, 1})})
	if exact := math.Log(want[0]) + math.Log(want[5]) + math.Log(want[7]); err != nil || math.Abs(lp-exact) > 0.1 {
		t.Errorf("log probability %v, want %v (%v)", lp, exact, err)
	}
	// Frequencies of 20,000 draws, to five standard errors.
	p := g.Probs(svi.Params)["z"].At(0, 0)
	freq := g.Sample(svi.Params, rng.New(1), 20_000)["z"].Select(-1, 0).EqualScalar(0).Mean().Item()
	if math.Abs(freq-p) > 5*math.Sqrt(p*(1-p)/20_000) {
		t.Errorf("frequency %v, want %v", freq, p)
	}
}

func TestDiscreteKeepsEveryElement(t *testing.T) {
	data := tensor.Of([]float64{-0.9, 2.3, 0.7})
	model := func(p *pyro.P) {
		q := p.Plate("n", 3, pyro.Subsample(1))
		z := q.Sample("z", dist.OneHotCategorical([]float64{0.2, 0.3, 0.5}))
		q.Observe("x", dist.Normal(z.MatMul(tensor.Of([]float64{0, 1, 2}).Unsqueeze(-1)).Squeeze(-1), 1), q.Subsample(data, 0))
	}
	g := &autoguide.Discrete{Model: model}
	svi := fit(t, model, g.Guide, &infer.TraceGraphELBO{Particles: 10}, 4000)
	near(t, "probabilities", g.Probs(svi.Params)["z"], 0.03, labelPosterior()...)
	near(t, "mode", g.Mode(svi.Params)["z"], 0, 1, 0, 0, 0, 0, 1, 0, 1, 0)
}

func TestDiscreteAsAPart(t *testing.T) {
	model := func(p *pyro.P) {
		mu := p.Sample("mu", dist.Normal(0, 1))
		z := p.Sample("z", dist.Bernoulli(0.3))
		p.Observe("x", dist.Normal(mu, 1), tensor.Of(1.0))
		p.Observe("y", dist.Normal(z, 1), tensor.Of(1.0))
	}
	g := &autoguide.List{Model: model, Parts: []autoguide.Part{
		&autoguide.Normal{Model: handler.Block(model, handler.Names("z"))},
		&autoguide.Discrete{Model: handler.Block(model, handler.Names("mu"))},
	}}
	svi := fit(t, model, g.Guide, &infer.TraceGraphELBO{Particles: 4}, 3000)
	odds := 0.3 / 0.7 * math.Exp(0.5)
	near(t, "probabilities", svi.Params.Get("auto.z.probs"), 0.03, 1/(1+odds), odds/(1+odds))
	near(t, "median of mu", g.Median(svi.Params)["mu"], 0.05, 0.5)
	lp, err := g.LogDensity(svi.Params, pyro.Data{"mu": tensor.Of(0.5), "z": tensor.Of(1.0)})
	if want := -0.5*math.Log(math.Pi) + math.Log(odds/(1+odds)); err != nil || math.Abs(lp-want) > 0.1 {
		t.Errorf("log density %v, want %v (%v)", lp, want, err)
	}
}

func TestDiscreteRefuses(t *testing.T) {
	guide := func(m pyro.Model) pyro.Model { return (&autoguide.Discrete{Model: m}).Guide }
	for _, c := range []struct {
		guide pyro.Model
		want  string
	}{
		{guide(nil), "autoguide.Discrete.Model is nil"},
		{guide(walk), `site "a": autoguide.Discrete cannot guide a continuous site`},
		{guide(func(p *pyro.P) { p.Sample("k", dist.Poisson(3)) }), `site "k": autoguide.Discrete: Poisson(rate: 3) has no finite support`},
		{guide(func(p *pyro.P) { p.Sample("k", dist.Multinomial(2, []float64{0.5, 0.5})) }), `site "k": autoguide.Discrete guides sites whose values are 0, 1, …`},
		{guide(handler.Expose(labels, "y")), `"y"`},
		{guide(func(p *pyro.P) {}), "no latent site"},
	} {
		if _, err := pyro.Run(c.guide, rng.New(1)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("error %v, want …%s…", err, c.want)
		}
	}
	g := &autoguide.Discrete{Model: labels}
	params := pyro.NewParams()
	if _, err := pyro.Run(params.Bind(g.Guide), rng.New(1)); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		values pyro.Data
		want   string
	}{
		{nil, `site "z" in plate "n": the values lack this site`},
		{pyro.Data{"z": tensor.Of(1.0)}, "the value has shape []"},
		{pyro.Data{"z": tensor.Of([]int{0, 1, 3})}, "(element 2)"},
	} {
		if _, err := g.LogDensity(params, c.values); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("error %v, want …%s…", err, c.want)
		}
	}
}

// A function tells of its sites by running.
func TestFuncTellsOfItsSites(t *testing.T) {
	params := pyro.NewParams()
	f := autoguide.Func(func(p *pyro.P) {
		p.Sample("a", dist.Normal(p.Param("m", tensor.Of(2.0)), 0.5))
	})
	// The rank of 10,000 draws is off by 0.005, five times of which are 0.06
	// deviations at the median.
	near(t, "median", f.Median(params)["a"], 0.5*0.063, 2)
	lp, err := f.LogDensity(params, pyro.Data{"a": tensor.Of(2.5), "other": tensor.Of(1.0)})
	if want := -0.5 - 0.5*math.Log(2*math.Pi) - math.Log(0.5); err != nil || math.Abs(lp-want) > 1e-14 {
		t.Errorf("log density %v, want %v (%v)", lp, want, err)
	}
	if _, err := f.LogDensity(params, nil); err == nil || !strings.Contains(err.Error(), `site "a": the values lack`) {
		t.Errorf("error %v", err)
	}
	aux := autoguide.Func(func(p *pyro.P) { p.Sample("u", dist.Normal(0, 1), pyro.Aux) })
	if _, err := aux.LogDensity(params, nil); err == nil || !strings.Contains(err.Error(), `site "u": autoguide.Func: the site is auxiliary`) {
		t.Errorf("error %v", err)
	}
}

func ExampleDiscrete() {
	guide := &autoguide.Discrete{Model: labels}
	svi := &infer.SVI{Model: labels, Guide: guide.Guide, Loss: &infer.TraceGraphELBO{Particles: 10}, Optim: &optim.Adam{LR: 0.05}}
	if _, err := svi.Run(context.Background(), rng.New(0), 500); err != nil {
		fmt.Println(err)
	}
	fmt.Println(guide.Mode(svi.Params)["z"])
	// Output: [0 2 1]
}
