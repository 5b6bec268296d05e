package autoguide_test

import (
	"context"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/gopyro/pyro"
	"github.com/gopyro/pyro/constraint"
	"github.com/gopyro/pyro/dist"
	"github.com/gopyro/pyro/handler"
	"github.com/gopyro/pyro/infer/autoguide"
	"github.com/gopyro/pyro/infer/mcmc"
	"github.com/gopyro/pyro/rng"
	"github.com/gopyro/pyro/tensor"
)

// warped is a guide that NeuTra takes, away from its start.
type warped struct {
	guide interface {
		autoguide.Part
		autoguide.Warp
		autoguide.Posterior
	}
	params *pyro.Params
}

func allWarped(t *testing.T, model pyro.Model) map[string]*warped {
	t.Helper()
	out := map[string]*warped{
		"Normal":             {guide: &autoguide.Normal{Model: model}},
		"Structured":         {guide: &autoguide.Structured{Model: model}},
		"DiagonalNormal":     {guide: &autoguide.DiagonalNormal{Model: model}},
		"MultivariateNormal": {guide: &autoguide.MultivariateNormal{Model: model}},
		"LowRankNormal":      {guide: &autoguide.LowRankNormal{Model: model}},
		"Flow":               {guide: &autoguide.Flow{Model: model}},
	}
	for _, w := range out {
		w.params = pyro.NewParams()
		if _, err := pyro.Run(w.params.Bind(w.guide.Guide), rng.New(1)); err != nil {
			t.Fatal(err)
		}
		w.params.Update(func(name string, x *tensor.Tensor) *tensor.Tensor {
			return x.Add(tensor.Normals(rng.New(3).FoldName(name), x.Shape()...).MulScalar(0.2))
		})
	}
	return out
}

// The density in the coordinates z of a guide is log p(x) + log |dx/dz|, and log q
// of the guide at x is log N(z) - log |dx/dz|: their sum is that of log p(x) and
// log N(z), whatever the guide.
func TestNeuTraChangesCoordinates(t *testing.T) {
	for name, w := range allWarped(t, mixed) {
		m := autoguide.NeuTra(mixed, w.guide, w.params)
		for seed := range uint64(5) {
			tr, err := pyro.Run(m, rng.New(seed))
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			values := pyro.Data{}
			for _, site := range []string{"w", "s", "z"} {
				if tr.Site(site).Kind != pyro.DeterministicSite {
					t.Errorf("%s: %s is a %v site", name, site, tr.Site(site).Kind)
				}
				values[site] = tr.Value(site)
			}
			logq, err := w.guide.LogDensity(w.params, values)
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			plain, err := pyro.Run(handler.Substitute(mixed, values), rng.New(0))
			if err != nil {
				t.Fatal(err)
			}
			logp, z := plain.LogProb().Item(), tr.Value("neutra")
			normal := -0.5*z.Square().Sum().Item() - float64(z.Size())/2*math.Log(2*math.Pi)
			// The trace holds log N(z) once as a site.
			got := tr.LogProb().Item() + logq
			if want := logp + normal; math.Abs(got-want) > 1e-9*(1+math.Abs(logp)+math.Abs(logq)) {
				t.Errorf("%s: %v, want %v", name, got, want)
			}
		}
	}
}

// With the exact posterior as guide the density of z is the standard normal one
// times the evidence.
func TestNeuTraOfTheExactGuide(t *testing.T) {
	g := &autoguide.MultivariateNormal{Model: walk}
	params := pyro.NewParams()
	if _, err := pyro.Run(params.Bind(g.Guide), rng.New(1)); err != nil {
		t.Fatal(err)
	}
	params.Set("auto.loc", tensor.Of([]float64{0.3, 0.6}), constraint.RealVector)
	params.Set("auto.factor", tensor.Of([][]float64{{math.Sqrt(2. / 3), 0}, {1 / math.Sqrt(6), math.Sqrt(0.5)}}), constraint.LowerCholesky)
	evidence := -0.5*0.81/3 - 0.5*math.Log(2*math.Pi*3) // x ~ N(0, 3)
	m := autoguide.NeuTra(walk, g, params)
	for seed := range uint64(5) {
		tr, err := pyro.Run(m, rng.New(seed))
		if err != nil {
			t.Fatal(err)
		}
		if got := tr.LogProb().Sub(tr.Site("neutra").LogProb()).Item(); math.Abs(got-evidence) > 1e-12 {
			t.Errorf("log evidence %v, want %v", got, evidence)
		}
	}
}

func TestNeuTraRefuses(t *testing.T) {
	g := &autoguide.MultivariateNormal{Model: walk}
	params := pyro.NewParams()
	if _, err := pyro.Run(params.Bind(g.Guide), rng.New(1)); err != nil {
		t.Fatal(err)
	}
	other := func(p *pyro.P) {
		walk(p)
		p.Sample("c", dist.Normal(0, 1))
	}
	if _, err := pyro.Run(autoguide.NeuTra(other, g, params), rng.New(1)); err == nil || !strings.Contains(err.Error(), `site "c": NeuTra: the guide lacks`) {
		t.Errorf("error %v", err)
	}
	less := func(p *pyro.P) { p.Sample("a", dist.Normal(0, 1)) }
	if _, err := pyro.Run(autoguide.NeuTra(less, g, params), rng.New(1)); err == nil || !strings.Contains(err.Error(), `site "b": NeuTra: the model has no such latent site`) {
		t.Errorf("error %v", err)
	}
	defer func() {
		if e, ok := recover().(*pyro.SiteError); !ok || !strings.Contains(e.Error(), "has not run yet") {
			t.Errorf("panic %v", e)
		}
	}()
	autoguide.NeuTra(walk, &autoguide.Flow{Model: walk}, params)
}

// NUTS in the coordinates of a fitted guide draws from the posterior.
func ExampleNeuTra() {
	guide := &autoguide.MultivariateNormal{Model: walk}
	params := fitted(guide.Guide)
	r, err := mcmc.NUTS{Draws: 500, Warmup: 300, Chains: 2}.Run(context.Background(), rng.New(1), autoguide.NeuTra(walk, guide, params))
	if err != nil {
		fmt.Println(err)
		return
	}
	b := r.Var("b")
	mean := b.Mean().Item()
	variance := b.SubScalar(mean).Square().Mean().Item()
	fmt.Println(math.Abs(mean-0.6) < 0.15, math.Abs(variance-2./3) < 0.15)
	// Output: true true
}
