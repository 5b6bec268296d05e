package autoguide_test

import (
	"context"
	"fmt"
	"math"
	"slices"
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

// supports has a latent site for each kind of support, in and out of plates.
func supports(p *pyro.P) {
	p.Sample("real", dist.Normal(3, 2))
	p.Sample("positive", dist.HalfCauchy(2)) // without a mean
	p.Sample("unit", dist.Beta(2, 5))
	p.Sample("interval", dist.Uniform(-3, -1))
	p.Sample("simplex", dist.Dirichlet([]float64{1, 2, 3}))
	p.Sample("vector", dist.Independent(dist.Normal(tensor.Zeros(4), 1), 1))
	p.Sample("correlation", dist.LKJCholesky(3, 1))
	rows := p.Plate("rows", 2)
	rows.Sample("in plate", dist.Gamma(2, 1))
	rows.Plate("columns", 3).Sample("simplices", dist.Dirichlet([]float64{1, 1}))
	rows.Sample("matrices", dist.LKJCholesky(2, 1))
	sub := p.Plate("big", 100, pyro.Subsample(5))
	sub.Sample("local", dist.LogNormal(0, 1))
	for i, p := range p.Each("turns", 2) {
		p.Sample(fmt.Sprintf("turn %d", i), dist.Normal(0, 1))
	}
}

var shapes = map[string][]int{
	"real": {}, "positive": {}, "unit": {}, "interval": {}, "simplex": {3}, "vector": {4},
	"correlation": {3, 3}, "in plate": {2}, "simplices": {3, 2, 2}, "matrices": {2, 2, 2}, "local": {100}, "turn 0": {}, "turn 1": {},
}

// Every strategy starts every site inside its support, with the shape of the
// full plates, for both guides.
func TestStartsAreInTheSupport(t *testing.T) {
	tr, err := pyro.Run(supports, rng.New(0))
	if err != nil {
		t.Fatal(err)
	}
	for name, init := range map[string]autoguide.Init{
		"default": nil, "Sample": autoguide.Sample(), "Median": autoguide.Median(4), "Mean": autoguide.Mean(),
		"Feasible": autoguide.Feasible(), "Uniform": autoguide.Uniform(2), "Generated": autoguide.Generated(func(rng.Key) autoguide.Init { return autoguide.Uniform(1) }), "Values": autoguide.Values(pyro.Data{"real": tensor.Of(-1.0)}, nil),
	} {
		delta := &autoguide.Delta{Model: supports, Init: init}
		normal := &autoguide.Normal{Model: supports, Init: init}
		ps, qs := pyro.NewParams(), pyro.NewParams()
		for _, run := range []pyro.Model{ps.Bind(delta.Guide), qs.Bind(normal.Guide)} {
			if _, err := pyro.Run(run, rng.New(7)); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
		}
		for what, values := range map[string]pyro.Data{"Delta": delta.Values(ps), "Normal": normal.Median(qs)} {
			if len(values) != len(shapes) {
				t.Errorf("%s: %d sites", name, len(values))
			}
			for site, v := range values {
				if !slices.Equal(v.Shape(), shapes[site]) {
					t.Errorf("%s, %s: %q has shape %v, want %v", what, name, site, v.Shape(), shapes[site])
				}
				if _, ok := tr.Site(site).Support().Check(v); !ok || v.Find(math.IsNaN) >= 0 || v.Find(func(x float64) bool { return math.IsInf(x, 0) }) >= 0 {
					t.Errorf("%s, %s: %q starts at %v", what, name, site, v)
				}
			}
		}
	}
}

func TestWhereStartsAre(t *testing.T) {
	start := func(init autoguide.Init) pyro.Data {
		g := &autoguide.Delta{Model: supports, Init: init}
		ps := pyro.NewParams()
		if _, err := pyro.Run(ps.Bind(g.Guide), rng.New(7)); err != nil {
			t.Fatal(err)
		}
		return g.Values(ps)
	}
	near := func(what string, v *tensor.Tensor, want ...float64) {
		t.Helper()
		for i, x := range v.Float64s() {
			if math.Abs(x-want[i%len(want)]) > 1e-12 {
				t.Errorf("%s starts at %v, want %v", what, v, want)
				return
			}
		}
	}
	mean := start(autoguide.Mean())
	near("mean real", mean["real"], 3)
	near("mean unit", mean["unit"], 2./7)
	near("mean simplex", mean["simplex"], 1./6, 2./6, 3./6)
	near("mean in plate", mean["in plate"], 2)
	feasible := start(autoguide.Feasible())
	near("feasible real", feasible["real"], 0)
	near("feasible positive", feasible["positive"], 1)
	near("feasible interval", feasible["interval"], -2)
	near("feasible simplex", feasible["simplex"], 1./3)
	// Generated once for all sites: the same draw is in two of them.
	calls := 0
	together := start(autoguide.Generated(func(key rng.Key) autoguide.Init {
		calls++
		draw := tensor.Normals(key)
		return autoguide.Values(pyro.Data{"real": draw, "positive": draw.Exp()}, autoguide.Feasible())
	}))
	near("generated positive", together["positive"].Log(), together["real"].Item())
	near("generated interval", together["interval"], -2)
	if calls != 1 || together["real"].Item() == 0 {
		t.Errorf("generated %d times, at %v", calls, together["real"])
	}
	near("given real", start(autoguide.Values(pyro.Data{"real": tensor.Of(-1.0)}, nil))["real"], -1)
}

// A guide of a subsampled plate holds all its elements, and draws those that a
// run is about.
func TestGuidesUnderSubsampling(t *testing.T) {
	const steps = 30_000 // an element is in one of ten, and up to 49 away
	truth := tensor.Arange(50)
	m := func(p *pyro.P) {
		p = p.Plate("data", 50, pyro.Subsample(5))
		z := p.Sample("z", dist.Normal(0, 100))
		p.Observe("x", dist.Normal(z, 1), p.Subsample(truth, 0))
	}
	delta, normal := &autoguide.Delta{Model: m}, &autoguide.Normal{Model: m}
	for _, g := range []struct {
		name   string
		guide  pyro.Model
		values func(*pyro.Params) pyro.Data
	}{{"Delta", delta.Guide, delta.Values}, {"Normal", normal.Guide, normal.Median}} {
		svi := &infer.SVI{Model: m, Guide: g.guide, Optim: &optim.Adam{LR: 0.1, Schedule: optim.Cosine(steps, 0)}}
		if _, err := svi.Run(t.Context(), rng.New(0), steps); err != nil {
			t.Fatal(err)
		}
		for i, v := range g.values(svi.Params)["z"].Float64s() {
			if math.Abs(v-float64(i)) > 1 {
				t.Errorf("%s: element %d is at %v", g.name, i, v)
			}
		}
	}
}

// Independent normals are fitted exactly: at the optimum the divergence is 0.
func TestNormalFitsNormals(t *testing.T) {
	m := func(p *pyro.P) {
		p.Sample("x", dist.Normal(-.2, 1.2))
		p.Sample("y", dist.Normal(.2, .7))
		p.Sample("s", dist.LogNormal(.5, .4)) // normal on the unconstrained scale
	}
	g := &autoguide.Normal{Model: m}
	svi := &infer.SVI{Model: m, Guide: g.Guide, Optim: &optim.ClippedAdam{LR: 0.02, Schedule: optim.Cosine(4000, 0)}}
	if _, err := svi.Run(t.Context(), rng.New(0), 4000); err != nil {
		t.Fatal(err)
	}
	// Quantiles at one deviation below and above, and the median.
	for _, q := range []struct{ q, z float64 }{{0.15865525393145707, -1}, {0.5, 0}, {0.8413447460685429, 1}} {
		got := g.Quantile(svi.Params, q.q)
		for _, c := range []struct{ got, loc, sd float64 }{
			{got["x"].Item(), -.2, 1.2}, {got["y"].Item(), .2, .7}, {math.Log(got["s"].Item()), .5, .4},
		} {
			// √0.02 deviations are a divergence of 0.01.
			if want := c.loc + c.sd*q.z; math.Abs(c.got-want) > 0.14*c.sd {
				t.Errorf("the %v-quantile is %v, want %v", q.q, c.got, want)
			}
		}
	}
	median := g.Median(svi.Params)
	if got := g.Quantile(svi.Params, 0.5); got["s"].Item() != median["s"].Item() {
		t.Error("the median is not the 0.5-quantile")
	}
	for _, q := range []float64{0, 1, math.NaN()} {
		func() {
			defer func() {
				if e, ok := recover().(*pyro.SiteError); !ok || e.Error() != fmt.Sprintf("pyro: Quantile: %v is not between 0 and 1", q) {
					t.Errorf("Quantile of %v: %v", q, e)
				}
			}()
			g.Quantile(svi.Params, q)
		}()
	}
}

// The loss of a guide on the unconstrained scale is that of the transformed
// density: with the exact posterior it is constant.
func TestNormalIsExactForLogNormal(t *testing.T) {
	m := func(p *pyro.P) { p.Sample("s", dist.LogNormal(.5, .1)) }
	g := &autoguide.Normal{Model: m, Init: autoguide.Values(pyro.Data{"s": tensor.Of(math.Exp(.5))}, nil), Scale: 0.1}
	svi := &infer.SVI{Model: m, Guide: g.Guide, Optim: &optim.SGD{}}
	for i := range 100 {
		if loss, err := svi.Evaluate(rng.New(1).Fold(i)); err != nil || math.Abs(loss) > 1e-12 {
			t.Fatalf("loss %v, %v", loss, err)
		}
	}
}

func ExampleNormal() {
	model := func(p *pyro.P) {
		w := p.Sample("weight", dist.Normal(8.5, 1))
		p.Observe("measurement", dist.Normal(w, 0.75), tensor.Of(9.5))
	}
	guide := &autoguide.Normal{Model: model}
	svi := &infer.SVI{Model: model, Guide: guide.Guide, Optim: &optim.Adam{LR: 0.02, Schedule: optim.Cosine(3000, 0)}}
	if _, err := svi.Run(context.Background(), rng.New(0), 3000); err != nil {
		fmt.Println(err)
	}
	fmt.Printf("%.1f\n", guide.Median(svi.Params)["weight"].Item())
	// Output: 9.1
}

func ExampleDelta() {
	model := func(p *pyro.P) {
		z := p.Plate("data", 2).Sample("z", dist.Bernoulli(p.Sample("p", dist.Beta(5, 2))))
		p.Plate("data", 2).Observe("x", dist.Normal(z, 0.1), tensor.Of([]float64{0, 1}))
	}
	guide := &autoguide.Delta{Model: handler.Expose(model, "p")}
	svi := &infer.SVI{Model: model, Guide: guide.Guide, Loss: infer.TraceEnumELBO{}, Optim: &optim.Adam{LR: 0.05}}
	if _, err := svi.Run(context.Background(), rng.New(0), 1000); err != nil {
		fmt.Println(err)
	}
	fmt.Printf("%.4f\n", guide.Values(svi.Params)["p"].Item()) // (5 + 1 - 1)/(5 + 2 + 2 - 2)
	// Output: 0.7143
}
