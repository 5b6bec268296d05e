package docs

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/gopyro/pyro"
	"github.com/gopyro/pyro/constraint"
	"github.com/gopyro/pyro/data"
	"github.com/gopyro/pyro/dist"
	"github.com/gopyro/pyro/handler"
	"github.com/gopyro/pyro/infer"
	"github.com/gopyro/pyro/infer/autoguide"
	"github.com/gopyro/pyro/infer/mcmc"
	"github.com/gopyro/pyro/optim"
	"github.com/gopyro/pyro/rng"
	"github.com/gopyro/pyro/tensor"
)

// What the tutorials need and the examples do not show; tutorials.md says which
// requirement each of these is for.

func run(t *testing.T, m pyro.Model, key rng.Key) *pyro.Trace {
	t.Helper()
	tr, err := pyro.Run(m, key)
	if err != nil {
		t.Fatal(err)
	}
	return tr
}

func near(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tolerance) {
		t.Errorf("%s is %v; want %v ± %v", what, got, want, tolerance)
	}
}

var reading = pyro.Data{"measurement": tensor.Of(9.5)}

func TestVectorsAndScalarsAreParameters(t *testing.T) {
	mu, sigma := tensor.Zeros(1), tensor.Ones(1)
	if d := dist.Normal(mu, sigma); len(d.BatchShape()) != 1 || d.Sample(rng.New(0)).Len() != 1 {
		t.Errorf("batch shape %v", d.BatchShape())
	}
	if d := dist.Normal(0, 1); len(d.BatchShape()) != 0 {
		t.Errorf("batch shape %v", d.BatchShape())
	}
}

func TestDistributionOutsideModels(t *testing.T) {
	const n = 100_000
	x := dist.Normal(0, 1).Sample(rng.New(0), n)
	near(t, "mean", x.Mean().Item(), 0, 4/math.Sqrt(n))
	near(t, "variance", x.Square().Mean().Item(), 1, 4*math.Sqrt(2.0/n))
	near(t, "log density", dist.Normal(0, 1).LogProb(tensor.Of(0.0)).Item(), -0.9189385332046727, 1e-15)
}

func TestSampleWithoutHandlers(t *testing.T) {
	tr := run(t, func(p *pyro.P) { p.Sample("my_sample", dist.Normal(0, 1)) }, rng.New(0))
	if tr.Value("my_sample") == nil {
		t.Error("no value")
	}
}

func TestImportanceWithoutObservations(t *testing.T) {
	runs := 0
	im := infer.Importance{Samples: 100, Workers: 1}
	post, err := im.Run(context.Background(), rng.New(0), func(p *pyro.P) { runs++; scale(p, 8.5) })
	if err != nil {
		t.Fatal(err)
	}
	before := runs
	for _, w := range post.LogWeights {
		near(t, "log weight", w, 0, 0)
	}
	near(t, "effective samples", post.ESS(), 100, 1e-9)
	marginal, sum := post.Marginal("measurement"), 0.0
	for i := range 100 {
		sum += marginal.Sample(rng.New(1).Fold(i)).Item() / 100
	}
	near(t, "mean of 100 draws", sum, 8.5, 0.55)
	if runs != before || before == 0 || post.Len() != 100 {
		t.Errorf("%d runs of the model, then %d", before, runs)
	}
}

func TestMarginalOfChosenSites(t *testing.T) {
	m := handler.Condition(func(p *pyro.P) { scale(p, 8.5) }, reading)
	im := infer.Importance{Samples: 100, Sites: []string{"weight"}}
	post, err := im.Run(context.Background(), rng.New(0), m)
	if err != nil {
		t.Fatal(err)
	}
	if sites := post.Sites(); len(sites) != 1 || sites[0] != "weight" {
		t.Errorf("sites %v", sites)
	}
	near(t, "mean of 100 draws", post.Marginal("weight").Sample(rng.New(1), 100).Mean().Item(), 9.14, 0.30)
}

func TestConditionLeavesTheModel(t *testing.T) {
	m := func(p *pyro.P) { scale(p, 8.5) }
	c := handler.Condition(m, pyro.Data{"measurement": tensor.Of(8.5)})
	if s := run(t, c, rng.New(0)).Site("measurement"); !s.Observed || s.Value.Item() != 8.5 {
		t.Errorf("observed %v at %v", s.Observed, s.Value)
	}
	if s := run(t, m, rng.New(0)).Site("measurement"); s.Observed {
		t.Error("the model itself is conditioned")
	}
}

func TestWaysToCondition(t *testing.T) {
	deferred := func(measurement, guess float64) pyro.Model {
		return handler.Condition(func(p *pyro.P) { scale(p, guess) }, pyro.Data{"measurement": tensor.Of(measurement)})
	}
	inline := func(p *pyro.P) {
		weight := p.Sample("weight", dist.Normal(8.5, 1))
		p.Observe("measurement", dist.Normal(weight, 0.75), tensor.Of(9.5))
	}
	at := pyro.Data{"weight": tensor.Of(6.746636867523193)}
	for name, m := range map[string]pyro.Model{
		"condition": handler.Condition(func(p *pyro.P) { scale(p, 8.5) }, reading),
		"deferred":  deferred(9.5, 8.5),
		"inline":    inline,
	} {
		tr := run(t, handler.Substitute(m, at), rng.New(0))
		near(t, name, tr.LogProb().Item(), -9.826010, 5e-7)
		if got := fmt.Sprint(tr.Site("weight").Dist, tr.Site("measurement").Observed); got != "Normal(loc: 8.5, scale: 1) true" {
			t.Errorf("%s: %s", name, got)
		}
	}
}

func TestSecondInitIsIgnored(t *testing.T) {
	ps := pyro.NewParams()
	for _, init := range []float64{1, 2} {
		m := ps.Bind(func(p *pyro.P) {
			near(t, "a", p.Param("a", tensor.Of(init), constraint.Positive).Item(), 1, 1e-15)
		})
		run(t, m, rng.New(0))
	}
	near(t, "the leaf", ps.Unconstrained("a").Item(), 0, 0)
}

// A guide that starts at random places still finds the posterior.
func TestRandomStarts(t *testing.T) {
	svi := &infer.SVI{
		Model: handler.Condition(func(p *pyro.P) { scale(p, 8.5) }, reading),
		Guide: func(p *pyro.P) {
			random := func(name string, loc float64) func() *tensor.Tensor {
				return func() *tensor.Tensor { return dist.Normal(loc, 1).Sample(p.Key().FoldName(name)) }
			}
			a := p.ParamFunc("a", random("a", 8.5))
			b := p.ParamFunc("b", random("b", 0))
			p.Sample("weight", dist.Normal(a, b.Abs()))
		},
		Optim: &optim.Adam{LR: 0.01},
	}
	losses, err := svi.Run(context.Background(), rng.New(3), 3000)
	if err != nil {
		t.Fatal(err)
	}
	mean := 0.0
	for _, l := range losses[2500:] {
		mean += l / 500
	}
	// Within the tolerance for parameters the loss exceeds 1.4621, minus the log
	// evidence, by less than 0.02.
	near(t, "loss", mean, 1.4620821, 0.02)
	if names := svi.Params.Names(); len(names) != 2 {
		t.Errorf("parameters %v", names)
	}
}

// A guide drawn on a vector of readings.
func TestGuideOfManyReadings(t *testing.T) {
	readings := tensor.Of([]float64{9.5, 9.0, 9.2})
	m := func(p *pyro.P) {
		weight := p.Sample("weight", dist.Normal(8.5, 1))
		p.Plate("readings", 3).Observe("measurement", dist.Normal(weight, 0.75), readings)
	}
	guide := func(p *pyro.P) {
		n := float64(readings.Len())
		p.Sample("weight", dist.Normal((8.5+readings.Sum().Item())/(n+1), 1/(n+1)))
	}
	post, err := infer.Importance{Samples: 20_000, Guide: guide}.Run(context.Background(), rng.New(0), m)
	if err != nil {
		t.Fatal(err)
	}
	v := 0.75 * 0.75
	// The guide is narrower than the posterior, so that weights have heavy tails.
	near(t, "mean", post.Mean("weight").Item(), (v*8.5+27.7)/(v+3), 0.05)
}

func TestCoinStart(t *testing.T) {
	var alpha, beta float64
	ps := pyro.NewParams()
	guide := ps.Bind(func(p *pyro.P) {
		a := p.Param("alpha_q", tensor.Of(15.0), constraint.Positive)
		b := p.Param("beta_q", tensor.Of(15.0), constraint.Positive)
		alpha, beta = a.Item(), b.Item()
		p.Sample("latent_fairness", dist.Beta(a, b))
	})
	model := func(p *pyro.P) {
		f := p.Sample("latent_fairness", dist.Beta(10, 10))
		p.Plate("flips", 10).Observe("obs", dist.Bernoulli(f), tensor.Of([]float64{1, 1, 1, 1, 1, 1, 0, 0, 0, 0}))
	}
	if !dist.HasRSample(dist.Beta(15, 15)) {
		t.Error("draws of Beta carry no gradient")
	}
	const n = 4000
	tape, sum, squares := tensor.NewTape(), 0.0, 0.0
	for i := range n {
		loss, err := infer.TraceELBO{}.Loss(tape, rng.New(0).Fold(i), model, guide)
		if err != nil {
			t.Fatal(err)
		}
		sum += loss.Item()
		squares += loss.Item() * loss.Item()
		if i == 0 {
			for name, g := range ps.Grad(loss) {
				if g.Item() == 0 {
					t.Errorf("the gradient of %s is 0", name)
				}
			}
		}
		tape.Reset()
	}
	near(t, "alpha_q", alpha, 15, 1e-14)
	near(t, "beta_q", beta, 15, 1e-14)
	// -log evidence + KL(guide, posterior)
	kl, ok := dist.KL(dist.Beta(15, 15), dist.Beta(16, 14))
	if !ok {
		t.Fatal("no closed form")
	}
	mean := sum / n
	near(t, "loss", mean, 7.0693745+kl.Item(), 4*math.Sqrt((squares/n-mean*mean)/n))
}

// A guide must draw the sites of the model, by their names.
func TestGuideSites(t *testing.T) {
	model := handler.Condition(func(p *pyro.P) { scale(p, 8.5) }, reading)
	for _, name := range []string{"wieght", ""} {
		svi := &infer.SVI{Model: model, Optim: &optim.Adam{}, Guide: func(p *pyro.P) {
			if a := p.Param("a", tensor.Of(1.0)); name != "" {
				p.Sample(name, dist.Normal(a, 1))
			}
		}}
		_, err := svi.Step(rng.New(0))
		var wrong *pyro.SiteError
		if !errors.As(err, &wrong) || !strings.Contains(err.Error(), name) || name == "" && wrong.Site != "weight" {
			t.Errorf("guide with %q: %v", name, err)
		}
	}
}

// Nothing closed: the scale reads the square of the weight.
func TestNonlinearModel(t *testing.T) {
	model := func(p *pyro.P) {
		weight := p.Sample("weight", dist.Normal(3, 1))
		p.Observe("measurement", dist.Normal(weight.Square(), 0.75), tensor.Of(9.5))
	}
	guide := &autoguide.Normal{Model: model}
	svi := &infer.SVI{Model: model, Guide: guide.Guide, Optim: &optim.Adam{LR: 0.01}}
	if _, err := svi.Run(context.Background(), rng.New(0), 2000); err != nil {
		t.Fatal(err)
	}
	im := infer.Importance{Samples: 20_000, Guide: svi.Params.Bind(guide.Guide)}
	post, err := im.Run(context.Background(), rng.New(1), model)
	if err != nil {
		t.Fatal(err)
	}
	// By quadrature.
	var z, first float64
	for x := -9.0; x < 15; x += 1e-3 {
		w := math.Exp(-(x-3)*(x-3)/2 - (9.5-x*x)*(9.5-x*x)/(2*0.75*0.75))
		z, first = z+w, first+w*x
	}
	sd := post.SD("weight").Item()
	near(t, "weighted mean", post.Mean("weight").Item(), first/z, 5*sd/math.Sqrt(post.ESS()))
	near(t, "guide", guide.Median(svi.Params)["weight"].Item(), first/z, sd)
}

// One model, unchanged, under Hamiltonian Monte Carlo and, as exact check, by its
// conjugate posterior Beta(16, 14); the example fits it by SVI.
func TestCoinByNUTS(t *testing.T) {
	model := func(p *pyro.P) {
		f := p.Sample("latent_fairness", dist.Beta(10, 10))
		for i, x := range []float64{1, 1, 1, 1, 1, 1, 0, 0, 0, 0} {
			p.Observe(fmt.Sprintf("obs_%d", i), dist.Bernoulli(f), tensor.Of(x))
		}
	}
	result, err := mcmc.NUTS{Draws: 1000}.Run(context.Background(), rng.New(0), model)
	if err != nil {
		t.Fatal(err)
	}
	x := result.Var("latent_fairness")
	sd := math.Sqrt(16 * 14 / (30.0 * 30 * 31))
	// Four standard errors with at least a tenth of the draws effective.
	se := sd / math.Sqrt(float64(x.Size())/10)
	near(t, "mean", x.Mean().Item(), 16.0/30, 4*se)
	near(t, "deviation", math.Sqrt(x.SubScalar(16.0/30).Square().Mean().Item()), sd, 4*se)
}

func TestPetals(t *testing.T) {
	x := data.Iris().PetalLength
	if len(x) != 150 {
		t.Fatalf("%d values", len(x))
	}
	sum := 0.0
	for i, v := range x[:50] {
		if v < 1.0 || v > 1.9 {
			t.Errorf("value %d is %v", i, v)
		}
		sum += v / 50
	}
	near(t, "mean of the first 50", sum, 1.462, 1e-12)
	single := tensor.Of(x).To(tensor.Float32)
	near(t, "the first in 32 bits", single.At(0), float64(float32(1.4)), 0)
}

func mixture(p *pyro.P) {
	petals := tensor.Of(data.Iris().PetalLength)
	probs := p.Sample("p", dist.Dirichlet(tensor.Ones(2)))
	cluster := p.Plate("cluster_param_plate", 2)
	mu := cluster.Sample("mu", dist.Normal(0, 10))
	sigma := cluster.Sample("sigma", dist.InverseGamma(1, 1))
	obs := p.Plate("data_plate", petals.Len())
	z := obs.Sample("z", dist.Categorical(probs))
	obs.Observe("x", dist.Normal(mu.Index(z), sigma.Index(z)), petals)
}

func TestMixturePrior(t *testing.T) {
	tr := run(t, mixture, rng.New(0))
	p := tr.Value("p")
	near(t, "sum of p", p.Sum().Item(), 1, 1e-12)
	if p.Len() != 2 || tr.Value("z").Len() != 150 {
		t.Errorf("shapes %v and %v", p.Shape(), tr.Value("z").Shape())
	}
	for i, z := range tr.Value("z").Float64s() {
		if z != 0 && z != 1 {
			t.Errorf("z[%d] is %v", i, z)
		}
	}
}

func TestPointGuideRefusesDiscreteSites(t *testing.T) {
	guide := &autoguide.Delta{Model: mixture}
	svi := &infer.SVI{Model: mixture, Guide: guide.Guide, Optim: &optim.Adam{}, Loss: infer.TraceEnumELBO{}}
	_, err := svi.Step(rng.New(0))
	var wrong *pyro.SiteError
	if !errors.As(err, &wrong) || wrong.Site != "z" {
		t.Errorf("the error is %v", err)
	}
}

// Before the first step a point guide has its start values.
func TestPointGuideStart(t *testing.T) {
	start := pyro.Data{"p": tensor.Of([]float64{0.5, 0.5}), "mu": tensor.Of([]float64{4.0607, 2.8959}), "sigma": tensor.Of([]float64{1.3613, 1.6182})}
	guide := &autoguide.Delta{Model: handler.Expose(mixture, "p", "mu", "sigma"), Init: autoguide.Values(start, nil)}
	ps := pyro.NewParams()
	tr := run(t, ps.Bind(guide.Guide), rng.New(0))
	for name, v := range start {
		for i := range v.Len() {
			near(t, name, tr.Value(name).At(i), v.At(i), 1e-14)
			near(t, name, guide.Values(ps)[name].At(i), v.At(i), 1e-14)
		}
	}
	replayed := run(t, handler.Replay(handler.Config(mixture, pyro.NoEnum), tr), rng.New(1))
	if !strings.Contains(replayed.Value("mu").String(), "4.0607") {
		t.Errorf("replayed mu is %v", replayed.Value("mu"))
	}
}
