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
)

// compass has a direction in radians and some noisy bearings.
func compass(p *pyro.P) {
	k := p.Sample("k", dist.Gamma(3, 1))
	q := p.Plate("n", 3)
	a := q.Sample("a", dist.VonMises([]float64{3, -3, 0.5}, k))
	q.Observe("x", dist.Normal(a.Cos(), 1), tensor.Of([]float64{-1, -0.5, 0.2}))
}

// The density is that of the model at the angles, but for the plane: for each angle
// the density of the point less that of its angle, 1/(2π).
func TestCircularKeepsTheDensity(t *testing.T) {
	tr := runModel(t, handler.Circular(compass, "a"))
	values := pyro.Data{"k": tr.Value("k"), "a": tr.Value("a")}
	want := runModel(t, handler.Substitute(compass, values)).LogProb().Item()
	got := tr.LogProb().Sub(tr.Site("a_plane").LogProb().Sum()).Item() - 3*math.Log(2*math.Pi)
	if math.Abs(got-want) > 1e-12*(1+math.Abs(want)) {
		t.Errorf("log density %v, want %v", got, want)
	}
	if s := tr.Site("a"); s.Kind != pyro.DeterministicSite || s.Value.Size() != 3 {
		t.Errorf("a is %v of shape %v", s.Kind, s.Value.Shape())
	}
}

// The angle is that of the point everywhere, and so is its gradient.
func TestAnglesOfPoints(t *testing.T) {
	m := func(p *pyro.P) { p.Sample("a", dist.VonMises(0, 1)) }
	for _, at := range [][]float64{{1, 0}, {0, 1}, {-1, 0}, {0, -1}, {-1, 1e-9}, {-1, -1e-9}, {3, -4}, {-5, 2}, {1e-200, 1e-200}} {
		tape := tensor.NewTape()
		point := tape.Var(tensor.Of(at))
		tr, err := pyro.RunOn(tape, handler.Substitute(handler.Circular(m, "a"), pyro.Data{"a_plane": point}), rng.New(1))
		if err != nil {
			t.Fatal(err)
		}
		a := tr.Value("a")
		if want := math.Atan2(at[1], at[0]); math.Abs(a.Item()-want) > 1e-15*4 && at[0] != 1e-200 {
			t.Errorf("at %v: %v, want %v", at, a.Item(), want)
		}
		if at[0] == 1e-200 {
			continue // squares underflow
		}
		r := at[0]*at[0] + at[1]*at[1]
		g := tensor.Grad(a, point)[0]
		for i, want := range []float64{-at[1] / r, at[0] / r} {
			if math.Abs(g.At(i)-want) > 1e-14 {
				t.Errorf("at %v: gradient %v", at, g)
			}
		}
	}
}

// Draws of the prior through the plane have the moments of the angle: weighted by
// the factor, E cos a = I₁(κ)/I₀(κ).
func TestCircularDrawsTheAngle(t *testing.T) {
	m := handler.Circular(func(p *pyro.P) { p.Sample("a", dist.VonMises(1, 2)) }, "a")
	var sum, weights, squares float64
	const n = 20_000
	for i := range n {
		tr, err := pyro.Run(m, rng.New(5).Fold(i))
		if err != nil {
			t.Fatal(err)
		}
		w := math.Exp(tr.Site("a_density").LogProb().Item())
		sum += w * math.Cos(tr.Value("a").Item()-1)
		weights += w
		squares += w * w
	}
	const want = 0.6977746579640079 // I₁(2)/I₀(2), Abramowitz and Stegun 1964, table 9.8
	ess := weights * weights / squares
	if got := sum / weights; math.Abs(got-want) > 5*0.5/math.Sqrt(ess) {
		t.Errorf("E cos is %v, want %v", got, want)
	}
	if math.Abs(weights/n-1) > 5/math.Sqrt(ess) {
		t.Errorf("the mass is %v", weights/n)
	}
}

func TestRelaxed(t *testing.T) {
	model := func(p *pyro.P) {
		q := p.Plate("n", 2)
		q.Sample("b", dist.Bernoulli([]float64{0.2, 0.7}))
		q.Sample("c", dist.OneHotCategorical([]float64{0.2, 0.3, 0.5}))
	}
	m := handler.NonCentered(handler.Untransformed(handler.Relaxed(model, 0.5, "b", "c"), "b", "c"), "b_base", "c_base")
	tr := runModel(t, m)
	logit := func(p float64) float64 { return math.Log(p / (1 - p)) }
	noise := tr.Value("b_base_decentered")
	for i, p := range []float64{0.2, 0.7} {
		want := 1 / (1 + math.Exp(-(logit(p)+noise.At(i))/0.5))
		if got := tr.Value("b").At(i); math.Abs(got-want) > 1e-14 {
			t.Errorf("b[%d] is %v, want %v", i, got, want)
		}
	}
	gumbel := tr.Value("c_base_decentered")
	want := gumbel.Add(tensor.Of([]float64{0.2, 0.3, 0.5}).Log()).DivScalar(0.5).Softmax(-1)
	if d := tr.Value("c").Sub(want).Abs().Max().Item(); d > 1e-14 {
		t.Errorf("c is %v, want %v", tr.Value("c"), want)
	}
	for _, c := range []struct {
		m    pyro.Model
		want string
	}{
		{handler.Relaxed(func(p *pyro.P) { p.Sample("k", dist.Poisson(2)) }, 1, "k"), "Relaxed: Poisson(rate: 2) has no continuous relaxation"},
		{handler.Relaxed(model, 1, "d"), `site "d": Relaxed: the model has no such sample site`},
		{handler.Circular(model, "b"), "Circular: draws of Bernoulli"},
	} {
		if _, err := pyro.Run(c.m, rng.New(1)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("error %v, want …%s…", err, c.want)
		}
	}
}

func TestStrategyOfDirections(t *testing.T) {
	model := func(p *pyro.P) {
		p.Sample("heading", dist.VonMises(0, 2))
		p.Sample("axis", dist.ProjectedNormal([]float64{1, 0, 2}))
	}
	m, report, err := handler.Strategy{}.Reparam(model, rng.New(1))
	if err != nil {
		t.Fatal(err)
	}
	want := "[heading: Circular, since it is an angle axis: Untransformed, since it is a unit vector]"
	if got := fmt.Sprint(report); got != want {
		t.Errorf("report %v, want %v", got, want)
	}
	tr := runModel(t, m)
	if got := fmt.Sprint(tr.Names()); got != "[heading_plane heading_density heading axis_base axis]" {
		t.Errorf("sites %v", got)
	}
}

func ExampleCircular() {
	model := func(p *pyro.P) { p.Sample("heading", dist.VonMises(3, 5)) }
	show(handler.Block(handler.Circular(model, "heading"), handler.Names("heading_density", "heading_plane")))
	// Output: deterministic heading = -1.69952, observed false
}

func ExampleRelaxed() {
	model := func(p *pyro.P) { p.Sample("rain", dist.Bernoulli(0.6)) }
	show(handler.Relaxed(model, 0.5, "rain"))
	// Output: sample rain = 0.42651, observed false
}
