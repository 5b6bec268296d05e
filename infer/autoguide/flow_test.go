package autoguide_test

import (
	"math"
	"strings"
	"testing"

	"github.com/gopyro/pyro"
	"github.com/gopyro/pyro/dist"
	"github.com/gopyro/pyro/infer"
	"github.com/gopyro/pyro/infer/autoguide"
	"github.com/gopyro/pyro/rng"
	"github.com/gopyro/pyro/tensor"
)

// bent has a banana for a posterior, and no data.
func bent(p *pyro.P) {
	a := p.Sample("a", dist.Normal(0, 1))
	p.Sample("b", dist.Normal(a.Square(), 0.5))
}

func TestFlowIsADensity(t *testing.T) {
	g := &autoguide.Flow{Model: bent, Scale: 1, Steps: 3}
	svi := fit(t, bent, g.Guide, infer.PathELBO{}, 30) // some parameters that are not the start
	tr, err := pyro.Run(svi.Params.Bind(g.Guide), rng.New(4))
	if err != nil {
		t.Fatal(err)
	}
	want := tr.LogProb().Item()
	got, err := g.LogDensity(svi.Params, pyro.Data{"a": tr.Value("a"), "b": tr.Value("b")})
	if err != nil || math.Abs(got-want) > 1e-10*(1+math.Abs(want)) {
		t.Errorf("log density %v, the trace has %v (%v)", got, want, err)
	}
	// The rectangle rule is exact to many digits for a smooth density that falls
	// to nothing at the edges.
	total := 0.0
	const h = 0.2
	for a := -5.0; a < 5; a += h {
		for b := -5.0; b < 10; b += h {
			lp, err := g.LogDensity(svi.Params, pyro.Data{"a": tensor.Of(a), "b": tensor.Of(b)})
			if err != nil {
				t.Fatal(err)
			}
			total += h * h * math.Exp(lp)
		}
	}
	if math.Abs(total-1) > 1e-6 {
		t.Errorf("the density integrates to %v", total)
	}
	if s := g.Sample(svi.Params, rng.New(1), 7)["b"].Shape(); len(s) != 1 || s[0] != 7 {
		t.Errorf("draws have shape %v", s)
	}
}

func TestFlowBeatsTheNormal(t *testing.T) {
	loss := func(guide pyro.Model) float64 {
		svi := fit(t, bent, guide, infer.TraceELBO{Particles: 8}, 3000)
		sum := 0.0
		for i := range 500 {
			l, err := svi.Evaluate(rng.New(9).Fold(i))
			if err != nil {
				t.Fatal(err)
			}
			sum += l / 500
		}
		return sum
	}
	flow := loss((&autoguide.Flow{Model: bent, Scale: 1, Steps: 4, Hidden: 16}).Guide)
	normal := loss((&autoguide.MultivariateNormal{Model: bent}).Guide)
	// The model has no data: the divergence itself is the loss, 0 at the best.
	t.Logf("divergence %.3f, of a normal guide %.3f", flow, normal)
	if flow > normal/2 || flow < -0.05 {
		t.Errorf("the flow's divergence is %v, the normal's %v", flow, normal)
	}
}

func TestFlowOfOneNumber(t *testing.T) {
	one := func(p *pyro.P) { p.Sample("s", dist.Gamma(3, 2)) }
	g := &autoguide.Flow{Model: one}
	svi := fit(t, one, g.Guide, nil, 2000)
	m := g.Sample(svi.Params, rng.New(1), 4000)["s"].Mean().Item()
	if math.Abs(m-1.5) > 0.1 { // the flow of one number is log-normal
		t.Errorf("mean %v, want 1.5", m)
	}
	discrete := func(p *pyro.P) { p.Sample("k", dist.Poisson(2)) }
	if _, err := pyro.Run((&autoguide.Flow{Model: discrete}).Guide, rng.New(1)); err == nil || !strings.Contains(err.Error(), `site "k"`) {
		t.Errorf("error %v", err)
	}
}
