package mcmc

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/gopyro/pyro"
	"github.com/gopyro/pyro/constraint"
	"github.com/gopyro/pyro/diag"
	"github.com/gopyro/pyro/dist"
	"github.com/gopyro/pyro/handler"
	"github.com/gopyro/pyro/infer/internal/hmc"
	"github.com/gopyro/pyro/rng"
	"github.com/gopyro/pyro/tensor"
)

func hierarchy(p *pyro.P) {
	mu := p.Sample("mu", dist.Normal(0, 5))
	tau := p.Sample("tau", dist.HalfCauchy(5))
	school := p.Plate("school", 8)
	theta := school.Sample("theta", dist.Normal(mu, tau))
	school.Observe("y", dist.Normal(theta, tensor.Of([]float64{15, 10, 16, 11, 9, 11, 10, 18})),
		tensor.Of([]float64{28, 8, -3, 7, -1, 1, 18, 12}))
}

// supports has a site on each kind of set, one of which depends on another site.
func supports(p *pyro.P) {
	top := p.Sample("top", dist.Gamma(3, 1))
	p.Sample("below", dist.Uniform(0, top))
	w := p.Sample("weights", dist.Dirichlet([]float64{2, 3, 4}))
	p.Sample("corr", dist.LKJCholesky(3, 2))
	p.Sample("ordered", dist.Custom(dist.Density{
		Support: constraint.Ordered, Event: []int{3},
		LogProb: func(x *tensor.Tensor) *tensor.Tensor { return x.Square().Sum(-1).MulScalar(-0.5) },
	}))
	rows := p.Plate("rows", 4)
	z := rows.Sample("z", dist.Categorical(w))
	loc := p.Plate("parts", 3).Sample("loc", dist.StudentT(5, 0, 1))
	rows.Observe("x", dist.Normal(loc.Index(z), 1), tensor.Of([]float64{-1, 0, 1, 2}))
}

// below has a latent site whose distribution depends on one that is summed out.
func below(p *pyro.P) {
	rows := p.Plate("rows", 2)
	z := rows.Sample("z", dist.Bernoulli(0.25))
	rows.Sample("x", dist.Normal(z.MulScalar(3).AddScalar(-1), 1))
}

// TestBelow compares with the density of a mixture written by hand.
func TestBelow(t *testing.T) {
	l, err := discover(below, rng.New(1), false)
	if err != nil {
		t.Fatal(err)
	}
	x, grad := []float64{-0.3, 1.7}, make([]float64, 2)
	got, err := newPotential(l).density(x, grad)
	if err != nil || l.dim != 2 {
		t.Fatal(err, l.dim)
	}
	want := 0.0
	for i, v := range x {
		a, b := 0.75*math.Exp(-(v+1)*(v+1)/2), 0.25*math.Exp(-(v-2)*(v-2)/2)
		want += math.Log(a+b) - math.Log(2*math.Pi)/2
		if g := (-a*(v+1) - b*(v-2)) / (a + b); math.Abs(grad[i]-g) > 1e-14 {
			t.Errorf("gradient %v, want %v", grad[i], g)
		}
	}
	if math.Abs(got-want) > 1e-14 {
		t.Errorf("log density %v, want %v", got, want)
	}
}

// TestGradient compares gradients with central differences of the density, before
// and after it was recorded.
func TestGradient(t *testing.T) {
	for name, m := range map[string]pyro.Model{
		"hierarchy": hierarchy, "supports": supports,
		"reparameterized": handler.NonCentered(hierarchy, "theta"),
	} {
		l, err := discover(m, rng.New(1), false)
		if err != nil {
			t.Fatal(name, err)
		}
		p := newPotential(l)
		x, grad, scratch := make([]float64, l.dim), make([]float64, l.dim), make([]float64, l.dim)
		for round := range 4 {
			uniform(rng.New(uint64(round)).Rand(), x, 1)
			if _, err := p.density(x, grad); err != nil {
				t.Fatal(name, err)
			}
			for i := range x {
				// The error of a central difference of step h is h²f'''/6, and that of
				// rounding ε|f|/h; with h = 1e-5 both are below 1e-8 for third derivatives
				// and values up to some hundreds.
				const h = 1e-5
				at := x[i]
				x[i] = at + h
				up, _ := p.density(x, scratch)
				x[i] = at - h
				down, _ := p.density(x, scratch)
				x[i] = at
				if d := (up - down) / (2 * h); math.Abs(d-grad[i]) > 1e-6*max(1, math.Abs(d)) {
					t.Errorf("%s round %d: gradient of %s is %v, want %v", name, round, l.siteAt(i), grad[i], d)
				}
			}
		}
		if p.Program() == nil || p.Stats.Why != "" {
			t.Errorf("%s is not repeated: %q", name, p.Stats.Why)
		}
	}
}

// TestHand compares with the density of the hierarchy written by hand.
func TestHand(t *testing.T) {
	l, err := discover(hierarchy, rng.New(1), false)
	if err != nil {
		t.Fatal(err)
	}
	p := newPotential(l)
	y := []float64{28, 8, -3, 7, -1, 1, 18, 12}
	sigma := []float64{15, 10, 16, 11, 9, 11, 10, 18}
	normal := func(x, m, s float64) float64 {
		return -(x-m)*(x-m)/(2*s*s) - math.Log(s) - math.Log(2*math.Pi)/2
	}
	x, grad := make([]float64, 10), make([]float64, 10)
	for round := range 5 {
		uniform(rng.New(uint64(round)).Rand(), x, 2)
		got, err := p.density(x, grad)
		if err != nil {
			t.Fatal(err)
		}
		mu, tau := x[0], math.Exp(x[1])
		want := normal(mu, 0, 5) + math.Log(2/(math.Pi*5)) - math.Log1p(tau*tau/25) + x[1]
		for j := range y {
			want += normal(x[2+j], mu, tau) + normal(y[j], x[2+j], sigma[j])
		}
		if math.Abs(got-want) > 1e-13*math.Abs(want) {
			t.Errorf("log density %v, want %v", got, want)
		}
	}
}

// TestSteady counts allocations of a gradient once it is recorded.
func TestSteady(t *testing.T) {
	for name, m := range map[string]pyro.Model{"hierarchy": hierarchy, "supports": supports} {
		l, err := discover(m, rng.New(1), false)
		if err != nil {
			t.Fatal(err)
		}
		p := newPotential(l)
		x, grad := make([]float64, l.dim), make([]float64, l.dim)
		call := func() {
			if _, err := p.density(x, grad); err != nil {
				t.Fatal(err)
			}
		}
		for range 80 {
			call()
		}
		if n := testing.AllocsPerRun(40, call); n > 0 { // the next check is at 128
			t.Errorf("%s: %v allocations a gradient", name, n)
		}
	}
}

// TestDynamic runs a model that looks at its values: it has the same bits as one
// that is recorded.
func TestDynamic(t *testing.T) {
	looks := func(p *pyro.P) {
		hierarchy(p)
		tau := p.Sample("extra", dist.Normal(0, 1))
		if tau.Item() > 100 {
			panic("never")
		}
	}
	blind := func(p *pyro.P) {
		hierarchy(p)
		p.Sample("extra", dist.Normal(0, 1))
	}
	n := NUTS{Draws: 50, Warmup: 50, Chains: 1}
	a, err := n.Run(context.Background(), rng.New(2), looks)
	if err != nil {
		t.Fatal(err)
	}
	b, err := n.Run(context.Background(), rng.New(2), blind)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := a.Compute[0].Why, `the model reads a value with Item near site "extra"`; got != want {
		t.Errorf("why: %q, want %q", got, want)
	}
	if a.Compute[0].Replayed > 0 || b.Compute[0].Eager > 20 || b.Compute[0].Why != "" {
		t.Errorf("computed %+v and %+v", a.Compute[0], b.Compute[0])
	}
	sameDraws(t, a, b)
}

// sameDraws compares bits.
func sameDraws(t *testing.T, a, b *Result) {
	t.Helper()
	if a.Draws != b.Draws || a.Chains != b.Chains {
		t.Fatalf("%d × %d draws and %d × %d", a.Chains, a.Draws, b.Chains, b.Draws)
	}
	for c := range a.chains {
		for j := range a.chains[c].Values {
			for i, v := range a.chains[c].Values[j] {
				if w := b.chains[c].Values[j][i]; math.Float64bits(v) != math.Float64bits(w) {
					t.Fatalf("chain %d, draw %d, number %d: %v and %v", c, i, j, v, w)
				}
			}
		}
		for i, e := range a.chains[c].Energy {
			if e != b.chains[c].Energy[i] {
				t.Fatalf("chain %d, draw %d: energies %v and %v", c, i, e, b.chains[c].Energy[i])
			}
		}
	}
}

// TestChanged changes data under a running chain.
func TestChanged(t *testing.T) {
	data := 1.0
	m := func(p *pyro.P) {
		mu := p.Sample("mu", dist.Normal(0, 1))
		p.Observe("x", dist.Normal(mu, 1), tensor.Of(data))
	}
	n := NUTS{Draws: 1000, Chains: 1, OnDraw: func(d Draw) { data = 1 + float64(d.Index/100) }}
	_, err := n.Run(context.Background(), rng.New(1), m)
	var changed *ChangedError
	if !errors.As(err, &changed) {
		t.Fatalf("the error is %v", err)
	}
	want := fmt.Sprintf("mcmc: the model changed during the run, found at gradient %d: constant 1, of shape [], which goes into Sub, differs between runs\n"+
		"\tto repair it: a model must be a fixed function of its latent sites; do not change what it captures while chains run", changed.Evaluation)
	if err.Error() != want {
		t.Errorf("got\n%v\nwant\n%v", err, want)
	}
}

// TestRequired leaves the set of a parameter where the log density stays finite:
// a recorded computation refuses the point as the model does.
func TestRequired(t *testing.T) {
	m := func(p *pyro.P) {
		a := p.Sample("a", dist.Normal(2, 1))
		p.Observe("x", dist.Beta(a, 2), tensor.Of(0.3))
	}
	l, err := discover(m, rng.New(1), false)
	if err != nil {
		t.Fatal(err)
	}
	p := newPotential(l)
	grad := make([]float64, 1)
	for range 5 {
		if _, err := p.density([]float64{1.5}, grad); err != nil {
			t.Fatal(err)
		}
	}
	if p.Program() == nil {
		t.Fatal(p.Stats.Why)
	}
	if _, err := p.density([]float64{-0.5}, grad); !errors.Is(err, hmc.ErrReject) {
		t.Errorf("a negative concentration gives the error %v", err)
	}
	if p.Stats.Refused != 1 {
		t.Errorf("%d points refused", p.Stats.Refused)
	}
	if _, err := p.density([]float64{1.5}, grad); err != nil || p.Stats.Eager != 3 {
		t.Errorf("afterwards the model was run %d times, error %v", p.Stats.Eager, err)
	}
}

// TestRefusalsAreTold: half of the prior's mass is where the density is zero, or a
// value or a parameter is off its set; the diagnosis says how often, and why.
func TestRefusalsAreTold(t *testing.T) {
	for want, factor := range map[string]func(p *pyro.P, x *tensor.Tensor){
		"the log density is -Inf":                    func(p *pyro.P, x *tensor.Tensor) { p.Factor("bound", x.GreaterScalar(0).Log()) },
		`site "y": value NaN is outside the support`: func(p *pyro.P, x *tensor.Tensor) { p.Observe("y", dist.Normal(0, 1), x.Sqrt()) },
		`site "y": Exponential: parameter rate`:      func(p *pyro.P, x *tensor.Tensor) { p.Observe("y", dist.Exponential(x), tensor.Of(0.1)) },
	} {
		m := func(p *pyro.P) { factor(p, p.Sample("x", dist.Normal(0, 1))) }
		r, err := NUTS{Chains: 2, Warmup: 100, Draws: 100}.Run(t.Context(), rng.New(1), m)
		if err != nil {
			t.Errorf("%s: %v", want, err)
			continue
		}
		told := slices.IndexFunc(r.Diagnose(), func(v diag.Verdict) bool {
			return v.Check == "refused points" && v.Value > 0 && strings.Contains(v.Text, want)
		})
		if told < 0 {
			t.Errorf("%s: not said:\n%v", want, r.Diagnose())
		}
	}
}
