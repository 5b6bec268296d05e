package autoguide_test

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/gopyro/pyro"
	"github.com/gopyro/pyro/dist"
	"github.com/gopyro/pyro/handler"
	"github.com/gopyro/pyro/infer"
	"github.com/gopyro/pyro/infer/autoguide"
	"github.com/gopyro/pyro/rng"
	"github.com/gopyro/pyro/tensor"
)

// Every guide tells of its posterior.
var (
	_ autoguide.Posterior = (*autoguide.Delta)(nil)
	_ autoguide.Posterior = (*autoguide.Normal)(nil)
	_ autoguide.Posterior = (*autoguide.DiagonalNormal)(nil)
	_ autoguide.Posterior = (*autoguide.MultivariateNormal)(nil)
	_ autoguide.Posterior = (*autoguide.LowRankNormal)(nil)
	_ autoguide.Posterior = (*autoguide.Laplace)(nil)
	_ autoguide.Posterior = (*autoguide.Flow)(nil)
	_ autoguide.Posterior = (*autoguide.Structured)(nil)
	_ autoguide.Posterior = (*autoguide.Discrete)(nil)
	_ autoguide.Posterior = (*autoguide.List)(nil)
	_ autoguide.Posterior = autoguide.Func(nil)
)

func TestStructuredFindsTheWalk(t *testing.T) {
	g := &autoguide.Structured{Model: walk}
	svi := fit(t, walk, g.Guide, infer.PathELBO{}, 3000)
	if got := fmt.Sprint(g.Parents()); got != "map[a:[] b:[a]]" {
		t.Errorf("parents %v", got)
	}
	m := g.Median(svi.Params)
	near(t, "a", m["a"], 1e-3, 0.3)
	near(t, "b", m["b"], 1e-3, 0.6)
	high := g.Quantile(svi.Params, 0.8413447460685429)
	near(t, "a, one deviation up", high["a"], 2e-3, 0.3+math.Sqrt(2./3))
	near(t, "b, one deviation up", high["b"], 2e-3, 0.6+math.Sqrt(2./3))
	// The density at (1, 1) knows the correlation.
	got, err := g.LogDensity(svi.Params, pyro.Data{"a": tensor.Of(1.0), "b": tensor.Of(1.0)})
	want := -0.5*(2*0.7*0.7-2*0.7*0.4+2*0.4*0.4) + 0.5*math.Log(3) - math.Log(2*math.Pi)
	if err != nil || math.Abs(got-want) > 5e-3 {
		t.Errorf("log density %v, want %v (%v)", got, want, err)
	}
	// 20,000 draws: the covariance, 1/3, to five standard errors of
	// √((1/9 + 4/9)/20,000).
	draws := g.Sample(svi.Params, rng.New(3), 20_000)
	cov := draws["a"].SubScalar(0.3).Mul(draws["b"].SubScalar(0.6)).Mean().Item()
	if math.Abs(cov-1./3) > 5*math.Sqrt(5./9/20_000) {
		t.Errorf("covariance %v, want 1/3", cov)
	}
}

// groups has two levels of plates, and a sum at the end that depends on all.
func groups(p *pyro.P) {
	top := p.Sample("top", dist.Normal(0, 1))
	outer := p.Plate("outer", 2)
	mid := outer.Sample("mid", dist.Independent(dist.Normal(top, 1).Expand(2, 3), 1))
	inner := outer.Plate("inner", 4)
	low := inner.Sample("low", dist.Normal(mid.Sum(-1), 1))
	sum := p.Sample("sum", dist.Normal(low.Sum(), 1))
	p.Observe("x", dist.Normal(sum.Add(top), 1), tensor.Of(3.0))
}

// Weights have a row for each element of the site and a column for each element
// that it sees, and a draw has the density that LogDensity says it has.
func TestStructuredSeesPlates(t *testing.T) {
	g := &autoguide.Structured{Model: groups}
	params := pyro.NewParams()
	if _, err := pyro.Run(params.Bind(g.Guide), rng.New(1)); err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(g.Parents()); got != "map[low:[top mid] mid:[top] sum:[top low] top:[]]" {
		t.Errorf("parents %v", got)
	}
	for name, shape := range map[string]string{
		"auto.mid.on.top": "[2 3 1]", "auto.low.on.mid": "[4 2 1 3]", "auto.low.on.top": "[4 2 1 1]", "auto.sum.on.low": "[1 8]",
	} {
		if got := fmt.Sprint(params.Get(name).Shape()); got != shape {
			t.Errorf("%s has shape %v, want %v", name, got, shape)
		}
	}
	for i, name := range params.Names() {
		params.Update(func(n string, x *tensor.Tensor) *tensor.Tensor {
			if n != name {
				return x
			}
			return x.Add(tensor.Normals(rng.New(5).Fold(i), x.Shape()...).MulScalar(0.3))
		})
	}
	tr, err := pyro.Run(params.Bind(g.Guide), rng.New(2))
	if err != nil {
		t.Fatal(err)
	}
	values := pyro.Data{}
	for s := range tr.Latents() {
		values[s.Name] = s.Value
	}
	got, err := g.LogDensity(params, values)
	if want := tr.LogProb().Item(); err != nil || math.Abs(got-want) > 1e-11*(1+math.Abs(want)) {
		t.Errorf("log density %v, that of the trace is %v (%v)", got, want, err)
	}
}

// chainOf is a Gaussian chain of n sites with one datum at its end: a structured
// guide is exact, with the parameters of n - 1 links.
func chainOf(n int) pyro.Model {
	return func(p *pyro.P) {
		x := tensor.Of(0.0)
		for i := range n {
			x = p.Sample(fmt.Sprintf("x%d", i), dist.Normal(x, 1))
		}
		p.Observe("y", dist.Normal(x, 1), tensor.Of(float64(n+1)))
	}
}

func TestStructuredIsExactForChains(t *testing.T) {
	const n = 5
	model := chainOf(n)
	g := &autoguide.Structured{Model: model, Scale: 1}
	svi := fit(t, model, g.Guide, infer.PathELBO{}, 8000)
	m := g.Median(svi.Params)
	high := g.Quantile(svi.Params, 0.8413447460685429)
	for i := range n {
		// A Brownian bridge to n + 1 at time n + 1: mean t, variance t(1 - t/(n+1)).
		name, at := fmt.Sprintf("x%d", i), float64(i+1)
		sd := math.Sqrt(at * (1 - at/(n+1)))
		near(t, "mean of "+name, m[name], 0.02, at)
		near(t, "deviation of "+name, high[name].Sub(m[name]), 0.02, sd)
		if want := max(0, min(i, 1)); len(g.Parents()[name]) != want {
			t.Errorf("parents of %s: %v", name, g.Parents()[name])
		}
	}
}

func TestStructuredUnderSubsampling(t *testing.T) {
	data := tensor.Of([]float64{2, -1, 0, 3})
	model := func(p *pyro.P) {
		mu := p.Sample("mu", dist.Normal(0, 1))
		q := p.Plate("n", 4, pyro.Subsample(2))
		z := q.Sample("z", dist.Normal(mu, 1))
		q.Observe("x", dist.Normal(z, 1), q.Subsample(data, 0))
	}
	g := &autoguide.Structured{Model: model}
	svi := fit(t, model, g.Guide, infer.PathELBO{Particles: 2}, 6000)
	// x given mu is N(mu, 2): mu given x has precision 1 + 4/2 and mean 2/3; z
	// given mu and x is normal with mean (mu + x)/2 and variance ½.
	m := g.Median(svi.Params)
	near(t, "mu", m["mu"], 0.05, 2./3)
	near(t, "z", m["z"], 0.05, 4./3, -1./6, 1./3, 11./6)
	high := g.Quantile(svi.Params, 0.8413447460685429)
	near(t, "deviation of mu", high["mu"].Sub(m["mu"]), 0.05, math.Sqrt(1./3))
	sd := math.Sqrt(0.5 + 0.25/3)
	near(t, "deviation of z", high["z"].Sub(m["z"]), 0.05, sd, sd, sd, sd)
	if got := fmt.Sprint(g.Parents()); got != "map[mu:[] z:[mu]]" {
		t.Errorf("parents %v", got)
	}
	// A site after the plate cannot see a subsample of it.
	last := &autoguide.Structured{Model: func(p *pyro.P) {
		q := p.Plate("n", 4, pyro.Subsample(2))
		z := q.Sample("z", dist.Normal(0, 1))
		p.Sample("sum", dist.Normal(z.Sum(), 1))
	}}
	if _, err := pyro.Run(last.Guide, rng.New(1)); err != nil || len(last.Parents()["sum"]) != 0 {
		t.Errorf("parents %v (%v)", last.Parents(), err)
	}
}

func TestStructuredOfAModelThatLooks(t *testing.T) {
	model := func(p *pyro.P) {
		a := p.Sample("a", dist.Normal(0, 1))
		scale := 1.0
		if a.Item() > 0 {
			scale = 2
		}
		p.Sample("b", dist.Normal(0, scale))
		p.Sample("c", dist.Normal(0, 1))
	}
	g := &autoguide.Structured{Model: model}
	if _, err := pyro.Run(g.Guide, rng.New(1)); err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(g.Parents()); got != "map[a:[] b:[a] c:[a b]]" {
		t.Errorf("parents %v", got)
	}
}

func TestEveryGuideRefusesAnImpossibleStart(t *testing.T) {
	never := func(p *pyro.P) {
		walk(p)
		p.Factor("never", tensor.Of(math.Inf(-1)))
	}
	for name, g := range map[string]pyro.Model{
		"Delta":              (&autoguide.Delta{Model: never}).Guide,
		"Normal":             (&autoguide.Normal{Model: never}).Guide,
		"Structured":         (&autoguide.Structured{Model: never}).Guide,
		"DiagonalNormal":     (&autoguide.DiagonalNormal{Model: never}).Guide,
		"MultivariateNormal": (&autoguide.MultivariateNormal{Model: never}).Guide,
		"LowRankNormal":      (&autoguide.LowRankNormal{Model: never}).Guide,
		"Flow":               (&autoguide.Flow{Model: never}).Guide,
		"Laplace":            (&autoguide.Laplace{Model: never}).Guide,
	} {
		want := `site "never": autoguide.` + name + ": the log density is -Inf at the start values"
		for range 2 { // the second run says it, too
			if _, err := pyro.Run(g, rng.New(1)); err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("error %v, want …%s…", err, want)
			}
		}
	}
	// A hidden draw may make the data impossible: that is not the start's fault.
	hidden := handler.Block(func(p *pyro.P) {
		p.Factor("x", p.Sample("z", dist.Bernoulli(0.5)).Log())
		p.Sample("a", dist.Normal(0, 1))
	}, handler.Names("z"))
	for seed := range uint64(4) {
		if _, err := pyro.Run((&autoguide.Normal{Model: hidden}).Guide, rng.New(seed)); err != nil {
			t.Error(err)
		}
	}
}

// matrices in a subsampled plate: their events have two dims, their unconstrained
// values one.
func TestMatricesUnderSubsampling(t *testing.T) {
	model := func(p *pyro.P) {
		p.Plate("n", 5, pyro.Subsample(2)).Sample("L", dist.LKJCholesky(3, 1))
	}
	for name, g := range map[string]interface {
		autoguide.Part
		autoguide.Posterior
	}{
		"normal": &autoguide.Normal{Model: model}, "joint": &autoguide.MultivariateNormal{Model: model},
		"structured": &autoguide.Structured{Model: model}, "delta": &autoguide.Delta{Model: model}, "flow": &autoguide.Flow{Model: model},
	} {
		params := pyro.NewParams()
		tr, err := pyro.Run(params.Bind(g.Guide), rng.New(1))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got := fmt.Sprint(tr.Value("L").Shape(), g.Median(params)["L"].Shape(), g.Sample(params, rng.New(1), 2)["L"].Shape()); got != "[2 3 3] [5 3 3] [2 5 3 3]" {
			t.Errorf("%s: shapes %s", name, got)
		}
		if lp, err := g.LogDensity(params, g.Median(params)); err != nil || math.IsNaN(lp) {
			t.Errorf("%s: log density %v (%v)", name, lp, err)
		}
	}
}

func ExampleStructured() {
	guide := &autoguide.Structured{Model: walk}
	params := fitted(guide.Guide)
	fmt.Println(guide.Parents())
	fmt.Printf("%.2f %.2f\n", guide.Median(params)["b"].Item(), guide.Quantile(params, 0.975)["b"].Item())
	// Output:
	// map[a:[] b:[a]]
	// 0.60 2.20
}
