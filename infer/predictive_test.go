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
	"github.com/gopyro/pyro/handler"
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

// A fit that summed its labels out: predictions draw them from their posterior given
// the fitted values and the data, jointly with what follows them. The frequencies of
// n draws stay within √(2p(1-p)L/n) + L/3n of p but for a chance of 2exp(-L)
// (Bernstein).
func TestPredictiveDrawsSummedOutSites(t *testing.T) {
	const n, bound = 5000, 25.0
	x, weights := []float64{-0.6, 0.4, 2.5}, []float64{.5, .3, .2}
	model := func(p *pyro.P) {
		loc := p.Sample("loc", dist.Normal(0, 1))
		a := p.Sample("a", dist.Bernoulli(0.4))
		q := p.Plate("data", 3)
		z := q.Sample("z", dist.Categorical(weights))
		q.Observe("x", dist.Normal(z.Add(loc).Add(a), 1), tensor.Of(x))
		q.Deterministic("sum", z.Add(a))
		q.Sample("y", dist.Normal(z.MulScalar(10), 0.1)) // no evidence for z, whatever is drawn
	}
	const at = 0.2
	// p(a, z₀, z₁, z₂ | x, loc)
	prob, total := map[string]float64{}, 0.0
	for a := range 2 {
		for i := range 27 {
			z := []int{i % 3, i / 3 % 3, i / 9}
			w := bernoulliAt(a, 0.4)
			for k := range z {
				w *= weights[z[k]] * normalAt(x[k], float64(z[k]+a)+at)
			}
			prob[fmt.Sprint(a, z)] = w
			total += w
		}
	}
	guide := drawing("loc", dist.Delta(at))
	locs := pyro.Data{"loc": tensor.Full(at, n)}
	for name, pr := range map[string]infer.Predictive{"guide": {Guide: guide, N: n}, "draws": {Draws: locs}} {
		s := predict(t, pr, rng.New(1), model)
		count := map[string]float64{}
		for i := range n {
			z := []int{int(s.Var("z").At(i, 0)), int(s.Var("z").At(i, 1)), int(s.Var("z").At(i, 2))}
			a := int(s.Var("a").At(i))
			count[fmt.Sprint(a, z)]++
			for k, v := range z { // 10 deviations
				if got := int(s.Var("sum").At(i, k)); got != a+v {
					t.Fatalf("%s: the sum is %d of %v and %v", name, got, a, v)
				}
				if y := s.Var("y").At(i, k); math.Abs(y-10*float64(v)) > 1 {
					t.Fatalf("%s: y is %v at z = %v", name, y, v)
				}
			}
		}
		for key, w := range prob {
			p := w / total
			if tol := math.Sqrt(2*p*(1-p)*bound/n) + bound/(3*n); math.Abs(count[key]/n-p) > tol {
				t.Errorf("%s: %s has frequency %v, want %v ± %v", name, key, count[key]/n, p, tol)
			}
		}
	}
	// Without data, and for sites that are not to be summed out, from the model.
	prior := predict(t, infer.Predictive{Guide: guide, N: n}, rng.New(1), handler.Uncondition(model))
	marked := predict(t, infer.Predictive{Guide: guide, N: n}, rng.New(1), handler.Config(model, func(s *pyro.Site) { s.Enumerate = pyro.EnumNever }))
	for what, s := range map[string]*infer.Samples{"without data": prior, "marked": marked} {
		for k, p := range weights {
			f := s.Var("z").Equal(tensor.Of(k)).Mean(0).At(0)
			if tol := math.Sqrt(2*p*(1-p)*bound/n) + bound/(3*n); math.Abs(f-p) > tol {
				t.Errorf("%s: %d has frequency %v, want %v ± %v", what, k, f, p, tol)
			}
		}
	}
}

// Of a chain of summed-out states the draws have the posterior's marginals.
func TestPredictiveOfSummedOutChain(t *testing.T) {
	model, _, _ := noisyChain()
	both := func(p *pyro.P) {
		p.Sample("u", dist.Normal(0, 1))
		model(p)
	}
	margins, err := infer.DiscreteMarginals(model, rng.New(0))
	if err != nil {
		t.Fatal(err)
	}
	const n, bound = 200, 25.0
	s := predict(t, infer.Predictive{Guide: drawing("u", dist.Normal(0, 1)), N: n, Sites: []string{"z0", "z17", "z39"}}, rng.New(3), both)
	for _, site := range s.Sites() {
		for seq := range 2 {
			for k := range 3 {
				p := margins[site].Probs.At(seq, k)
				f := s.Var(site).Select(1, seq).Equal(tensor.Of(k)).Mean(0).Item()
				if tol := math.Sqrt(2*p*(1-p)*bound/n) + bound/(3*n); math.Abs(f-p) > tol {
					t.Errorf("%s of sequence %d is %d with frequency %v, want %v ± %v", site, seq, k, f, p, tol)
				}
			}
		}
	}
}
