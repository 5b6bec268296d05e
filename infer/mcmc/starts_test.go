package mcmc_test

import (
	"context"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/gopyro/pyro"
	"github.com/gopyro/pyro/dist"
	"github.com/gopyro/pyro/infer"
	"github.com/gopyro/pyro/infer/mcmc"
	"github.com/gopyro/pyro/rng"
	"github.com/gopyro/pyro/tensor"
)

// Without warm-up and with a tiny step each chain stays where it starts.
func TestChainsStartWhereTheyAreTold(t *testing.T) {
	model := func(p *pyro.P) {
		p.Sample("a", dist.Normal(0, 1))
		p.Sample("b", dist.Gamma(2, 1))
	}
	starts := []pyro.Data{{"a": tensor.Of(0.5)}, {"a": tensor.Of(-1.0), "b": tensor.Of(3.0)}}
	nuts := mcmc.NUTS{Draws: 1, Warmup: -1, Chains: 3, StepSize: 1e-9, MaxDepth: 1, Init: mcmc.Starts(starts, mcmc.Init{})}
	r, err := nuts.Run(t.Context(), rng.New(1), model)
	if err != nil {
		t.Fatal(err)
	}
	for chain, want := range []float64{0.5, -1, 0.5} {
		if got := r.Values(chain, 0)["a"].Item(); math.Abs(got-want) > 1e-6 {
			t.Errorf("chain %d is at %v, want %v", chain, got, want)
		}
	}
	if got := r.Values(1, 0)["b"].Item(); math.Abs(got-3) > 1e-6 {
		t.Errorf("b is at %v", got)
	}
	misspelt := mcmc.Starts([]pyro.Data{{"aa": tensor.Of(1.0)}}, mcmc.Init{})
	if _, err := (mcmc.NUTS{Draws: 1, Init: misspelt}).Run(t.Context(), rng.New(1), model); err == nil || !strings.Contains(err.Error(), `"aa"`) {
		t.Errorf("error %v", err)
	}
	defer func() {
		if _, ok := recover().(*mcmc.SettingsError); !ok {
			t.Error("no panic without values")
		}
	}()
	mcmc.Starts(nil, mcmc.Init{})
}

func ExampleStarts() {
	model := func(p *pyro.P) {
		w := p.Sample("weight", dist.Normal(8.5, 1))
		p.Observe("measurement", dist.Normal(w, 0.75), tensor.Of(9.5))
	}
	ctx := context.Background()
	found, err := infer.Pathfinder{Model: model}.Run(ctx, rng.New(0))
	if err != nil {
		fmt.Println(err)
		return
	}
	nuts := mcmc.NUTS{Draws: 500, Warmup: 200, Init: mcmc.Starts(found.Starts(rng.New(1), 4), mcmc.Init{})}
	r, err := nuts.Run(ctx, rng.New(2), model)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%.0f\n", r.Var("weight").Mean().Item())
	// Output: 9
}
