package mcmc_test

import (
	"errors"
	"maps"
	"slices"
	"testing"

	"github.com/gopyro/pyro"
	"github.com/gopyro/pyro/dist"
	"github.com/gopyro/pyro/handler"
	"github.com/gopyro/pyro/infer"
	"github.com/gopyro/pyro/infer/mcmc"
	"github.com/gopyro/pyro/rng"
	"github.com/gopyro/pyro/tensor"
)

func TestPooled(t *testing.T) {
	model := func(p *pyro.P) {
		mu := p.Sample("mu", dist.Normal(0, 1))
		group := p.Plate("group", 3)
		theta := group.Sample("theta", dist.Normal(mu, 1))
		p.Deterministic("double", mu.MulScalar(2))
		group.Observe("x", dist.Normal(theta, 1), tensor.Of([]float64{1, 2, 3}))
	}
	res, err := mcmc.NUTS{Draws: 20, Warmup: 50, Chains: 2}.Run(t.Context(), rng.New(0), model)
	if err != nil {
		t.Fatal(err)
	}
	all := res.Pooled()
	if names := slices.Sorted(maps.Keys(all)); !slices.Equal(names, []string{"mu", "theta"}) {
		t.Errorf("sites %v", names)
	}
	if shape := all["theta"].Shape(); !slices.Equal(shape, []int{40, 3}) {
		t.Fatalf("shape %v", shape)
	}
	for i := range 40 { // chain i/20, draw i%20
		for j := range 3 {
			if got, want := all["theta"].At(i, j), res.Var("theta").At(i/20, i%20, j); got != want {
				t.Fatalf("theta[%d] of %d is %v, want %v", j, i, got, want)
			}
		}
	}
	if double := res.Pooled("double")["double"]; double.At(25) != 2*all["mu"].At(25) {
		t.Errorf("double %v", double.At(25))
	}
	// These are what predictions are made of: mu and double agree in each run.
	next, err := infer.Predictive{Draws: all}.Run(t.Context(), rng.New(1), handler.Uncondition(model))
	if err != nil {
		t.Fatal(err)
	}
	if next.Len() != 40 || next.Var("double").At(7) != 2*all["mu"].At(7) {
		t.Errorf("%d runs; double %v in one where mu is %v", next.Len(), next.Var("double").At(7), all["mu"].At(7))
	}
	defer func() {
		var e *pyro.SiteError
		if err, ok := recover().(error); !ok || !errors.As(err, &e) || e.Site != "nu" {
			t.Errorf("panic with %v", err)
		}
	}()
	res.Pooled("nu")
}
