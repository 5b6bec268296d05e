package mcmc_test

import (
	"context"
	"fmt"
	"math"
	"testing"

	"github.com/gopyro/pyro"
	"github.com/gopyro/pyro/dist"
	"github.com/gopyro/pyro/infer"
	"github.com/gopyro/pyro/infer/mcmc"
	"github.com/gopyro/pyro/rng"
	"github.com/gopyro/pyro/tensor"
)

// Moved by Pathfinder, chains start at draws from near the posterior: N(9.14, 0.6)
// here, though their first points are 7 to 11 deviations away.
func TestChainsStartAtPathfindersDraws(t *testing.T) {
	model := func(p *pyro.P) {
		w := p.Sample("weight", dist.Normal(8.5, 1))
		p.Observe("measurement", dist.Normal(w, 0.75), tensor.Of(9.5))
	}
	// Without warm-up and with a tiny step each chain stays where it starts.
	nuts := mcmc.NUTS{
		Draws: 1, Warmup: -1, Chains: 200, StepSize: 1e-9, MaxDepth: 1,
		Init: mcmc.Moved(mcmc.Uniform(2), infer.Pathfinder{}.Move),
	}
	r, err := nuts.Run(t.Context(), rng.New(1), model)
	if err != nil {
		t.Fatal(err)
	}
	w := r.Var("weight")
	mean := w.Mean().Item()
	sd := math.Sqrt(w.SubScalar(mean).Square().Mean().Item())
	// Five standard errors of 200 draws.
	if math.Abs(mean-9.14) > 5*0.6/math.Sqrt(200) || math.Abs(sd/0.6-1) > 5/math.Sqrt(400) {
		t.Errorf("starts have mean %v and deviation %v, want 9.14, 0.6", mean, sd)
	}
}

func ExampleMoved() {
	model := func(p *pyro.P) {
		w := p.Sample("weight", dist.Normal(8.5, 1))
		p.Observe("measurement", dist.Normal(w, 0.75), tensor.Of(9.5))
	}
	nuts := mcmc.NUTS{Draws: 500, Warmup: 200, Init: mcmc.Moved(mcmc.Uniform(2), infer.Pathfinder{}.Move)}
	r, err := nuts.Run(context.Background(), rng.New(2), model)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%.0f\n", r.Var("weight").Mean().Item())
	// Output: 9
}
