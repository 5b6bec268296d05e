package pyro_test

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/gopyro/pyro"
	"github.com/gopyro/pyro/constraint"
	"github.com/gopyro/pyro/data"
	"github.com/gopyro/pyro/dist"
	"github.com/gopyro/pyro/rng"
	"github.com/gopyro/pyro/tensor"
)

// bits returns the values of all sample sites, exactly.
func bits(tr *pyro.Trace) map[string][]uint64 {
	out := map[string][]uint64{}
	for s := range tr.Sites() {
		if s.Kind != pyro.SampleSite {
			continue
		}
		for _, v := range s.Value.Float64s() {
			out[s.Name] = append(out[s.Name], math.Float64bits(v))
		}
	}
	return out
}

// within reports whether got is want up to rounding: a relative error of n
// units in the last place.
func within(got, want float64, n int) bool {
	return math.Abs(got-want) <= float64(n)*0x1p-52*math.Abs(want)
}

// iris is a mixture of two normals.
func iris(p *pyro.P, data *tensor.Tensor) {
	probs := p.Sample("p", dist.Dirichlet(tensor.Ones(2)))
	cluster := p.Plate("cluster_param_plate", 2)
	mu := cluster.Sample("mu", dist.Normal(0, 10))
	sigma := cluster.Sample("sigma", dist.InverseGamma(1, 1))
	obs := p.Plate("data_plate", data.Len())
	z := obs.Sample("z", dist.Categorical(probs))
	obs.Observe("x", dist.Normal(mu.Index(z), sigma.Index(z)), data)
}

func TestTraceOrderKindsAndShapes(t *testing.T) {
	petals := tensor.Of(data.Iris().PetalLength)
	tr := trace(func(p *pyro.P) { iris(p, petals) })
	want := []struct {
		name     string
		kind     pyro.Kind
		observed bool
		shape    []int
		plate    string
	}{
		{"p", pyro.SampleSite, false, []int{2}, ""},
		{"cluster_param_plate", pyro.PlateSite, false, nil, ""},
		{"mu", pyro.SampleSite, false, []int{2}, "cluster_param_plate"},
		{"sigma", pyro.SampleSite, false, []int{2}, "cluster_param_plate"},
		{"data_plate", pyro.PlateSite, false, nil, ""},
		{"z", pyro.SampleSite, false, []int{150}, "data_plate"},
		{"x", pyro.SampleSite, true, []int{150}, "data_plate"},
	}
	if tr.Len() != len(want) {
		t.Fatalf("sites %v", tr.Names())
	}
	i := 0
	for s := range tr.Sites() {
		w := want[i]
		i++
		if s.Name != w.name || s.Kind != w.kind || s.Observed != w.observed {
			t.Errorf("site %d is %s, %v, observed %v; want %+v", i, s.Name, s.Kind, s.Observed, w)
		}
		if w.shape != nil && !slices.Equal(s.Value.Shape(), w.shape) {
			t.Errorf("%s has shape %v, want %v", s.Name, s.Value.Shape(), w.shape)
		}
		if w.plate != "" && (len(s.Plates) != 1 || s.Plates[0].Name != w.plate) {
			t.Errorf("%s is in plates %v", s.Name, s.Plates)
		}
	}
	if at, ok := constraint.Simplex.Check(tr.Value("p")); !ok {
		t.Errorf("p is not a simplex at %d", at)
	}
	sum := 0.0
	for s := range tr.Sites() {
		if s.Kind == pyro.SampleSite {
			sum += s.LogProb().Sum().Item()
		}
	}
	if got := tr.LogProb().Item(); !within(got, sum, 8) {
		t.Errorf("log joint %v, want %v", got, sum)
	}
	golden(t, "iris_trace.txt", tr.String())
}

// Many sites are found by name as few are.
func TestTraceOfManySites(t *testing.T) {
	const n = 100
	tr := trace(func(p *pyro.P) {
		for i := range n {
			p.Deterministic(fmt.Sprint("d", i), tensor.Of(i))
		}
	})
	for i := range n {
		if v := tr.Value(fmt.Sprint("d", i)); v == nil || v.Item() != float64(i) {
			t.Fatalf("d%d is %v", i, v)
		}
	}
	if tr.Site("d100") != nil || tr.Value("d100") != nil {
		t.Error("a site that does not exist")
	}
}

// A trace read in part stops there.
func TestTraceBreak(t *testing.T) {
	tr := trace(scale)
	n := 0
	for range tr.Sites() {
		n++
		break
	}
	for range tr.Latents() {
		n++
		break
	}
	if n != 2 {
		t.Errorf("%d turns", n)
	}
}

func TestObserveIsConditioning(t *testing.T) {
	model := func(v *tensor.Tensor) pyro.Model {
		return func(p *pyro.P) {
			w := p.Sample("weight", dist.Normal(8.5, 1))
			if got := p.Observe("measurement", dist.Normal(w, 0.75), v); v != nil && got.Item() != 9.5 {
				t.Errorf("Observe returned %v", got)
			}
		}
	}
	latent, observed := trace(model(nil)), trace(model(tensor.Of(9.5)))
	if latent.Site("measurement").Observed || !observed.Site("measurement").Observed {
		t.Error("nil data are latent, others observed")
	}
	if a, b := latent.Value("weight").Item(), observed.Value("weight").Item(); a != b {
		t.Errorf("weight %v changed to %v", a, b)
	}
}

// Equal keys give equal bits, and no site changes the draws of others.
func TestDrawsDependOnKeyAndNameAlone(t *testing.T) {
	petals := tensor.Of(data.Iris().PetalLength)
	plain := func(p *pyro.P) { iris(p, petals) }
	more := func(p *pyro.P) {
		p.Sample("before", dist.Gamma(0.3, 1))
		iris(p, petals)
		p.Plate("other", 7).Sample("after", dist.Normal(0, 1))
	}
	a, b, c := bits(trace(plain)), bits(trace(plain)), bits(trace(more))
	for name, v := range a {
		if !slices.Equal(v, b[name]) {
			t.Errorf("%s differs between two runs", name)
		}
		if !slices.Equal(v, c[name]) {
			t.Errorf("%s differs in a model with more sites", name)
		}
	}
	other, err := pyro.Run(plain, rng.New(1))
	if err != nil {
		t.Fatal(err)
	}
	if slices.Equal(a["mu"], bits(other)["mu"]) {
		t.Error("another key gives the same draws")
	}
	tape := tensor.NewTape()
	on, err := pyro.RunOn(tape, plain, rng.New(0))
	if err != nil {
		t.Fatal(err)
	}
	for name, v := range bits(on) {
		if !slices.Equal(v, a[name]) {
			t.Errorf("%s differs on a tape", name)
		}
	}
}

// geometric draws ones until the first zero.
func geometric(p *pyro.P, prob float64, depth int) int {
	if p.Sample(fmt.Sprintf("x_%d", depth), dist.Bernoulli(prob)).Item() == 0 {
		return 0
	}
	return 1 + geometric(p, prob, depth+1)
}

func TestRecursion(t *testing.T) {
	for seed := range uint64(50) {
		k := 0
		tr, err := pyro.Run(func(p *pyro.P) { k = geometric(p, 0.7, 0) }, rng.New(seed))
		if err != nil {
			t.Fatal(err)
		}
		if tr.Len() != k+1 {
			t.Fatalf("%d ones in %d sites", k, tr.Len())
		}
		want := float64(k)*math.Log(0.7) + math.Log1p(-0.7)
		if got := tr.LogProb().Item(); !within(got, want, 4*(k+1)) {
			t.Errorf("log probability %v, want %v", got, want)
		}
	}
}

// A model may branch on what it draws.
func TestBranches(t *testing.T) {
	seen := map[string]bool{}
	for seed := range uint64(20) {
		tr, err := pyro.Run(func(p *pyro.P) {
			if p.Sample("cloudy", dist.Bernoulli(0.3)).Item() == 1 {
				p.Sample("rain", dist.Exponential(1))
				return
			}
			p.Sample("temperature", dist.Normal(75, 15))
		}, rng.New(seed))
		if err != nil {
			t.Fatal(err)
		}
		seen[strings.Join(tr.Names(), " ")] = true
	}
	if len(seen) != 2 || !seen["cloudy rain"] || !seen["cloudy temperature"] {
		t.Errorf("paths %v", seen)
	}
}

// A model may return a random function, which makes further sites.
func TestClosuresReturned(t *testing.T) {
	makeNormal := func(p *pyro.P) func(sigma float64) *tensor.Tensor {
		mu := p.Sample("mu_latent", dist.Normal(0, 1))
		return func(sigma float64) *tensor.Tensor {
			return p.Sample("z1", dist.Normal(mu, sigma)).Mul(p.Sample("z2", dist.Normal(mu, sigma)))
		}
	}
	tr := trace(func(p *pyro.P) { p.Deterministic("y", makeNormal(p)(1)) })
	if want := []string{"mu_latent", "z1", "z2", "y"}; !slices.Equal(tr.Names(), want) {
		t.Errorf("sites %v", tr.Names())
	}
	if got, want := tr.Value("y").Item(), tr.Value("z1").Item()*tr.Value("z2").Item(); got != want {
		t.Errorf("y is %v, want %v", got, want)
	}
}

func TestFactor(t *testing.T) {
	tr := trace(func(p *pyro.P) {
		p.Factor("a", tensor.Of(-2.5))
		p.Plate("data", 3).Factor("b", tensor.Of([]float64{1, 2, 3}))
		p.Plate("data", 3).Factor("c", tensor.Of(10))
		p.Factor("d", tensor.Of(math.Inf(-1)))
	})
	for name, want := range map[string]float64{"a": -2.5, "b": 6, "c": 30, "d": math.Inf(-1)} {
		if got := tr.Site(name).LogProb().Sum().Item(); got != want {
			t.Errorf("factor %s counts %v, want %v", name, got, want)
		}
		if !tr.Site(name).Observed {
			t.Errorf("factor %s is latent", name)
		}
	}
}

// NaN is missing where the site says so: the rest counts as if it were alone.
func TestMissing(t *testing.T) {
	value := tensor.Of([]float64{1, nan, 3, nan})
	tr := trace(func(p *pyro.P) {
		p.Plate("data", 4).Observe("x", dist.Normal(1, 2), value, pyro.Missing)
	})
	want := trace(func(p *pyro.P) { p.Plate("data", 2).Observe("x", dist.Normal(1, 2), tensor.Of([]float64{1, 3})) })
	if got, want := tr.LogProb().Item(), want.LogProb().Item(); got != want {
		t.Errorf("log probability %v, want %v", got, want)
	}
	if v := tr.Value("x"); v.At(0) != 1 || v.At(2) != 3 || math.IsNaN(v.At(1)) {
		t.Errorf("value %v", v)
	}

	// The gradient is that of what is there.
	tape := tensor.NewTape()
	ps := pyro.NewParams()
	on, err := pyro.RunOn(tape, ps.Bind(func(p *pyro.P) {
		p.Plate("data", 4).Observe("x", dist.Normal(p.Param("mu", tensor.Of(0.0)), 1), value, pyro.Missing)
	}), rng.New(0))
	if err != nil {
		t.Fatal(err)
	}
	if g := ps.Grad(on.LogProb())["mu"].Item(); g != 4 {
		t.Errorf("gradient %v, want 4", g)
	}

	// The log probability does not depend on what is drawn.
	for _, d := range []dist.Distribution{
		dist.Normal(0, 1), dist.Gamma(2, 1), dist.Poisson(3), dist.Bernoulli(0.4), dist.Uniform(0, tensor.Of([]float64{9, 2, 9, 4})),
	} {
		model := func(p *pyro.P) {
			p.Plate("data", 4).Observe("x", d, tensor.Of([]float64{nan, 1, nan, 1}), pyro.Missing)
		}
		on, err := pyro.RunOn(tape, model, rng.New(1))
		if err != nil {
			t.Fatal(err)
		}
		if lp := on.LogProb(); lp.Random() || math.IsInf(lp.Item(), 0) || math.IsNaN(lp.Item()) {
			t.Errorf("%v: log probability %v, random %v", d, lp, lp.Random())
		}
		if v := on.Value("x"); v.At(0) == v.At(2) && !d.Support().Discrete() {
			t.Errorf("%v: the missing values %v were not drawn", d, v)
		}
		tape.Reset()
	}

	// Of vectors, one with a NaN is missing as a whole; the mask stays.
	tr = trace(func(p *pyro.P) {
		rows := tensor.Of([][]float64{{1, 2}, {nan, 2}, {3, 4}})
		d := dist.Independent(dist.Normal(tensor.Zeros(3, 2), 1), 1)
		p.Plate("data", 3).Mask(tensor.Of([]float64{1, 1, 0})).Observe("x", d, rows, pyro.Missing)
	})
	if got, want := tr.LogProb().Item(), -2.5-math.Log(2*math.Pi); !within(got, want, 8) {
		t.Errorf("log probability %v, want %v", got, want)
	}
}

func TestScaleAndMaskMultiply(t *testing.T) {
	v := tensor.Of([]float64{0.5, -1, 2})
	lp := func(x float64) float64 { return -0.5*x*x - 0.5*math.Log(2*math.Pi) }
	tr := trace(func(p *pyro.P) {
		q := p.Scale(tensor.Of(2)).Plate("data", 3).Mask(tensor.Of([]bool{true, false, true})).Scale(tensor.Of([]float64{3, 5, 0.5}))
		q.Observe("x", dist.Normal(0, 1), v)
		q.Mask(tensor.Of([]bool{false, true, true})).Observe("y", dist.Normal(0, 1), v)
		p.Plate("data", 3).Observe("z", dist.Normal(0, 1), v)
	})
	for name, want := range map[string][]float64{
		"x": {6 * lp(0.5), 0, lp(2)},
		"y": {0, 0, lp(2)},
		"z": {lp(0.5), lp(-1), lp(2)},
	} {
		for i, w := range want {
			if got := tr.Site(name).LogProb().At(i); !within(got, w, 8) {
				t.Errorf("%s[%d] counts %v, want %v", name, i, got, w)
			}
		}
	}
	// A masked element that is impossible does not count either.
	tr = trace(func(p *pyro.P) {
		p.Plate("data", 2).Mask(tensor.Of([]float64{1, 0})).Factor("f", tensor.Of([]float64{1, math.Inf(-1)}))
	})
	if got := tr.LogProb().Item(); got != 1 {
		t.Errorf("log probability %v, want 1", got)
	}
	if got := tr.Site("f").Unscaled().Sum().Item(); got != 1 {
		t.Errorf("unscaled %v, want 1", got)
	}
}

func TestScopes(t *testing.T) {
	tr := trace(func(p *pyro.P) {
		scale(p)
		scale(p.Scope("left"))
		scale(p.Scope("left").Scope("inner"))
		q := p.Scope("right")
		q.Plate("data", 2).Sample("x", dist.Normal(0, 1))
		q.Plate("data", 2).Sample("y", dist.Normal(0, 1)) // the same plate
		p.Plate("data", 3).Sample("x", dist.Normal(0, 1)) // another one
		q.Param("a", tensor.Of(1))
		q.Deterministic("d", tensor.Of(1))
	})
	want := []string{
		"weight", "measurement", "left.weight", "left.measurement", "left.inner.weight",
		"left.inner.measurement", "right.data", "right.x", "right.y", "data", "x", "right.a", "right.d",
	}
	if !slices.Equal(tr.Names(), want) {
		t.Errorf("sites %v\nwant %v", tr.Names(), want)
	}
	seen := map[float64]string{}
	for s := range tr.Latents() {
		for _, v := range s.Value.Float64s() {
			if seen[v] != "" {
				t.Errorf("%s and %s have the same draw", s.Name, seen[v])
			}
			seen[v] = s.Name
		}
	}
	if pl := tr.Site("right.x").Plates[0].Name; pl != "right.data" {
		t.Errorf("plate %q", pl)
	}
}

// linear is a network of one layer.
type linear struct{ in, out int }

func (l linear) Forward(p *pyro.P, x *tensor.Tensor) *tensor.Tensor {
	w := p.Param("weight", tensor.Ones(l.in, l.out))
	return x.MatMul(w).Add(p.Param("bias", tensor.Zeros(l.out)))
}

func TestModule(t *testing.T) {
	ps := pyro.NewParams()
	tr := trace(ps.Bind(func(p *pyro.P) {
		net := p.Module("net", linear{3, 2})
		x := tensor.Ones(4, 3)
		p.Deterministic("y", net(x).Add(net(x)))
	}))
	if want := []string{"net.weight", "net.bias"}; !slices.Equal(ps.Names(), want) {
		t.Errorf("parameters %v, want %v", ps.Names(), want)
	}
	if want := []string{"net.weight", "net.bias", "y"}; !slices.Equal(tr.Names(), want) {
		t.Errorf("sites %v, want %v", tr.Names(), want)
	}
	if v := tr.Value("y"); v.At(3, 1) != 6 {
		t.Errorf("value %v", v)
	}
}

func TestKindString(t *testing.T) {
	for k, want := range map[pyro.Kind]string{
		pyro.SampleSite: "sample", pyro.ParamSite: "param",
		pyro.PlateSite: "plate", pyro.DeterministicSite: "deterministic",
	} {
		if k.String() != want {
			t.Errorf("kind %d is %q", k, k)
		}
	}
}
