package infer_test

import (
	"errors"
	"fmt"
	"math"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/gopyro/pyro"
	"github.com/gopyro/pyro/dist"
	"github.com/gopyro/pyro/infer"
	"github.com/gopyro/pyro/rng"
	"github.com/gopyro/pyro/tensor"
)

func predict(t *testing.T, pr infer.Predictive, key rng.Key, m pyro.Model) *infer.Samples {
	t.Helper()
	s, err := pr.Run(t.Context(), key, m)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// moments checks mean and deviation of n normal draws within 5 of their own
// deviations, sd/√n and sd/√(2n).
func moments(t *testing.T, what string, x []float64, mean, sd float64) {
	t.Helper()
	n := float64(len(x))
	var m, v float64
	for _, y := range x {
		m += y / n
	}
	for _, y := range x {
		v += (y - m) * (y - m) / n
	}
	if math.Abs(m-mean) > 5*sd/math.Sqrt(n) || math.Abs(math.Sqrt(v)-sd) > 5*sd/math.Sqrt(2*n) {
		t.Errorf("%s: mean %v and deviation %v, want %v and %v", what, m, math.Sqrt(v), mean, sd)
	}
}

func TestPredictive(t *testing.T) {
	guide := drawing("weight", dist.Normal(9.14, 0.6))
	prior := predict(t, infer.Predictive{N: 5000}, rng.New(0), scale)
	if prior.Len() != 5000 || !slices.Equal(prior.Sites(), []string{"weight", "measurement"}) {
		t.Errorf("%d runs of %v", prior.Len(), prior.Sites())
	}
	moments(t, "prior", prior.Var("measurement").Float64s(), 8.5, 1.25)

	post := predict(t, infer.Predictive{N: 5000, Guide: guide, Sites: []string{"measurement"}}, rng.New(0), scale)
	moments(t, "guide", post.Var("measurement").Float64s(), 9.14, math.Hypot(0.6, 0.75))
	if !slices.Equal(post.Sites(), []string{"measurement"}) {
		t.Errorf("sites %v", post.Sites())
	}

	draws := pyro.Data{"weight": tensor.Linspace(1, 2, 4000)}
	at := predict(t, infer.Predictive{Draws: draws}, rng.New(0), scale)
	if !slices.Equal(at.Var("weight").Float64s(), draws["weight"].Float64s()) {
		t.Error("the draws are not those given")
	}
	moments(t, "draws", at.Var("measurement").Sub(draws["weight"]).Float64s(), 0, 0.75)
	if n := predict(t, infer.Predictive{Draws: draws, N: 10}, rng.New(0), scale).Len(); n != 10 {
		t.Errorf("%d runs, want 10", n)
	}

	// Data stay, unless the model leaves them out.
	fixed := predict(t, infer.Predictive{N: 3, Guide: guide}, rng.New(0), measured(9.5))
	if got := fixed.Var("measurement").Float64s(); !slices.Equal(got, []float64{9.5, 9.5, 9.5}) {
		t.Errorf("observed values %v", got)
	}
	// From posterior draws of importance sampling.
	w := importance(t, infer.Importance{Samples: 20_000}, rng.New(1), measured(9.5)).Resample(rng.New(2), 2000)
	pp := predict(t, infer.Predictive{Draws: pyro.Data{"weight": w.Values("weight")}}, rng.New(3), scale)
	moments(t, "resampled", pp.Var("measurement").Float64s(), 9.14, math.Hypot(0.6, 0.75))
}

// Local sites that neither guide nor draws have are drawn, shapes follow the
// plates, and factors are no values.
func TestPredictiveShapes(t *testing.T) {
	m := func(p *pyro.P) {
		mu := p.Sample("mu", dist.Normal(0, 1))
		d := p.Plate("data", 3)
		z := d.Sample("z", dist.Categorical([]float64{0.5, 0.5}))
		d.Sample("x", dist.Independent(dist.Normal(mu.Add(z).Unsqueeze(-1).Expand(3, 2), 1), 1))
		p.Deterministic("twice", mu.MulScalar(2))
		p.Factor("f", mu)
	}
	s := predict(t, infer.Predictive{Guide: drawing("mu", dist.Delta(4)), N: 7}, rng.New(0), m)
	want := map[string][]int{"mu": {7}, "z": {7, 3}, "x": {7, 3, 2}, "twice": {7}}
	n := 0
	for name, v := range s.All() {
		n++
		if !slices.Equal(v.Shape(), want[name]) {
			t.Errorf("%s has shape %v, want %v", name, v.Shape(), want[name])
		}
	}
	if n != len(want) || s.Var("twice").At(6) != 8 {
		t.Errorf("%d sites, twice is %v", n, s.Var("twice"))
	}
	message(t, panics(func() { s.Var("mew") }), `pyro: site "mew": there are no draws of such a site; there are ["mu" "z" "x" "twice"]`)
}

func TestPredictiveDoesNotDependOnWorkers(t *testing.T) {
	run := func(workers, cores int) string {
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(cores))
		s := predict(t, infer.Predictive{N: 300, Workers: workers}, rng.New(0), sometimes)
		out := ""
		for name, v := range s.All() {
			out += fmt.Sprintf("%s%v %x ", name, v.Shape(), v.Float64s())
		}
		return out
	}
	want := run(1, 1)
	if run(3, 2) != want || run(0, 2) != want {
		t.Error("the draws differ")
	}
}

// Draws by chain are told from draws in a row.
func TestPredictiveOfChains(t *testing.T) {
	_, err := infer.Predictive{Draws: pyro.Data{"mu": tensor.Zeros(4, 100)}}.Run(t.Context(), rng.New(0), latent)
	var e *pyro.SiteError
	if !errors.As(err, &e) || e.Site != "mu" || !strings.Contains(err.Error(), "give what Pooled returns") {
		t.Errorf("%#v", err)
	}
}
