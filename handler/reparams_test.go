package handler_test

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/gopyro/pyro"
	"github.com/gopyro/pyro/dist"
	"github.com/gopyro/pyro/handler"
	"github.com/gopyro/pyro/rng"
	"github.com/gopyro/pyro/tensor"
	"github.com/gopyro/pyro/transform"
)

func runModel(t *testing.T, m pyro.Model) *pyro.Trace {
	t.Helper()
	tr, err := pyro.Run(m, rng.New(1))
	if err != nil {
		t.Fatal(err)
	}
	return tr
}

// hierarchy has groups around a common level.
func hierarchy(p *pyro.P) {
	mu := p.Sample("mu", dist.Normal(0, 5))
	tau := p.Sample("tau", dist.LogNormal(0.5, 1))
	theta := p.Plate("groups", 3).Sample("theta", dist.Independent(dist.Normal(mu, tau).Expand(3, 2), 1))
	p.Plate("groups", 3).Observe("y", dist.Independent(dist.Normal(theta, 1), 1), tensor.Ones(3, 2))
}

// TestPartlyCenteredKeepsTheDensity checks the change of variables: the density
// of the site is that of the decentred one over the derivative, scale^(1-c).
func TestPartlyCenteredKeepsTheDensity(t *testing.T) {
	for _, c := range []float64{0, 0.3, 1} {
		tr := runModel(t, handler.PartlyCentered(hierarchy, c, "theta"))
		values := pyro.Data{}
		for _, name := range []string{"mu", "tau", "theta"} {
			values[name] = tr.Value(name)
		}
		want := runModel(t, handler.Substitute(hierarchy, values)).LogProb().Item()
		got := tr.LogProb().Item() - 6*(1-c)*math.Log(values["tau"].Item())
		if math.Abs(got-want) > 1e-12*(1+math.Abs(want)) {
			t.Errorf("c = %v: log density %v, want %v", c, got, want)
		}
		if s := tr.Site("theta"); s.Kind != pyro.DeterministicSite || s.Value.Dim(0) != 3 {
			t.Errorf("theta is %v of shape %v", s.Kind, s.Value.Shape())
		}
	}
}

func TestPartlyCenteredEnds(t *testing.T) {
	centred := runModel(t, handler.PartlyCentered(hierarchy, 1, "theta"))
	if d := centred.Value("theta").Sub(centred.Value("theta_decentered")).Abs().Max().Item(); d > 1e-12 {
		t.Errorf("at 1 the site is not the decentred one: %v", d)
	}
	free := runModel(t, handler.PartlyCentered(hierarchy, 0, "theta"))
	none := runModel(t, handler.NonCentered(hierarchy, "theta"))
	// One is drawn by way of the other's scale.
	if d := free.LogProb().Sub(none.LogProb()).Abs().Item(); d > 1e-11 {
		t.Errorf("at 0 the log density differs from NonCentered's by %v", d)
	}
}

func TestLearnedCentered(t *testing.T) {
	params := pyro.NewParams()
	m := params.Bind(handler.LearnedCentered(hierarchy, "theta"))
	tr := runModel(t, m)
	if c := params.Get("theta_centered").Item(); c != 0.5 {
		t.Errorf("the centredness starts at %v", c)
	}
	tape := tensor.NewTape()
	on, err := pyro.RunOn(tape, handler.Replay(m, tr), rng.New(1))
	if err != nil {
		t.Fatal(err)
	}
	if g := params.Grad(on.LogProb())["theta_centered"].Item(); g == 0 || g-g != 0 {
		t.Errorf("the gradient in the centredness is %v", g)
	}
}

func TestUntransformedKeepsTheDensity(t *testing.T) {
	model := func(p *pyro.P) {
		p.Sample("a", dist.LogNormal(1, 0.5))
		p.Plate("n", 2).Sample("w", dist.Transformed(dist.Normal([]float64{0, 1, 2}, 1).Expand(2, 3), transform.StickBreaking))
	}
	tr := runModel(t, handler.Untransformed(model, "a", "w"))
	values := pyro.Data{"a": tr.Value("a"), "w": tr.Value("w")}
	want := runModel(t, handler.Substitute(model, values)).LogProb().Item()
	x := tr.Value("w_base")
	det := transform.StickBreaking.LogAbsDet(x, values["w"]).Sum().Item() + tr.Value("a_base").Item()
	if got := tr.LogProb().Item() - det; math.Abs(got-want) > 1e-11*(1+math.Abs(want)) {
		t.Errorf("log density %v, want %v", got, want)
	}
}

func TestNormalMixtureOfObserved(t *testing.T) {
	data := tensor.Of([]float64{1, 2, -8})
	model := func(p *pyro.P) {
		m := p.Sample("m", dist.Normal(0, 1))
		p.Plate("n", 3).Observe("x", dist.StudentT(4, m, 0.5), data)
	}
	tr := runModel(t, handler.NormalMixture(model, "x"))
	y, m := tr.Value("x_mixing"), tr.Value("m")
	want := dist.Normal(m, tensor.Of(0.5).Div(y.Sqrt())).LogProb(data).Sum().
		Add(dist.Gamma(2, 2).LogProb(y).Sum()).Add(dist.Normal(0, 1).LogProb(m)).Item()
	if got := tr.LogProb().Item(); math.Abs(got-want) > 1e-13*(1+math.Abs(want)) || !tr.Site("x").Observed || tr.Site("x_mixing").Observed {
		t.Errorf("log density %v, want %v", got, want)
	}
}

func TestStrategySaysWhatItDid(t *testing.T) {
	model := func(p *pyro.P) {
		hierarchy(p)
		p.Sample("rate", dist.LogNormal(p.Sample("level", dist.Normal(0, 1)), 1))
		p.Sample("free", dist.LogNormal(0, 1))
	}
	m, report, err := handler.Strategy{}.Reparam(model, rng.New(1))
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		`theta: NonCentered, since its location or scale depends on "mu"`,
		`rate: Untransformed, since it is an image of what depends on "level"`,
		`rate_base: NonCentered, since its location or scale depends on "level"`,
	}
	if got := fmt.Sprint(report); got != fmt.Sprint(want) {
		t.Errorf("report %v", got)
	}
	tr := runModel(t, m)
	for _, name := range []string{"theta_decentered", "rate_base_decentered"} {
		if s := tr.Site(name); s == nil || s.Kind != pyro.SampleSite {
			t.Errorf("there is no site %s:\n%v", name, tr)
		}
	}
	learnt, _, err := handler.Strategy{Learn: true}.Reparam(model, rng.New(1))
	if err != nil || runModel(t, learnt).Site("theta_centered") == nil {
		t.Errorf("the centredness is not learnt (%v)", err)
	}
}

func TestReparamsRefuse(t *testing.T) {
	z := func(p *pyro.P) { p.Sample("z", dist.Gamma(1, 1)) }
	seen := func(p *pyro.P) { p.Observe("z", dist.Normal(0, 1), tensor.Of(1.0)) }
	for _, c := range []struct {
		m    pyro.Model
		want string
	}{
		{handler.PartlyCentered(z, 0.5, "z"), "PartlyCentered: Gamma(concentration: 1, rate: 1) is not a location-scale distribution"},
		{handler.PartlyCentered(seen, 0.5, "z"), "PartlyCentered: the site has a value already"},
		{handler.LearnedCentered(z, "y"), `site "y": LearnedCentered: the model has no such sample site`},
		{handler.Untransformed(z, "z"), "Untransformed: Gamma(concentration: 1, rate: 1) is no image"},
		{handler.NormalMixture(z, "z"), "NormalMixture: Gamma(concentration: 1, rate: 1) is not a mixture"},
	} {
		if _, err := pyro.Run(c.m, rng.New(1)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("error %v, want …%s…", err, c.want)
		}
	}
	defer func() {
		if _, ok := recover().(*tensor.Error); !ok {
			t.Error("a centredness of 2 is accepted")
		}
	}()
	handler.PartlyCentered(z, 2, "z")
}

func ExampleStrategy() {
	model := func(p *pyro.P) {
		scale := p.Sample("scale", dist.HalfNormal(1))
		p.Plate("groups", 8).Sample("effect", dist.Normal(0, scale))
	}
	_, report, err := handler.Strategy{}.Reparam(model, rng.New(0))
	fmt.Println(report, err)
	// Output: [effect: NonCentered, since its location or scale depends on "scale"] <nil>
}
