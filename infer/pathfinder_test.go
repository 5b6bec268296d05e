package infer_test

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/gopyro/pyro"
	"github.com/gopyro/pyro/dist"
	"github.com/gopyro/pyro/infer"
	"github.com/gopyro/pyro/rng"
	"github.com/gopyro/pyro/tensor"
)

// The conjugate posteriors, by weighted draws: 4000 of which most count.
func TestPathfinderFindsConjugatePosteriors(t *testing.T) {
	for _, c := range conjugates() {
		found, err := infer.Pathfinder{Model: c.model}.Run(t.Context(), rng.New(1))
		if err != nil {
			t.Fatal(err)
		}
		post := c.family(c.exact[0], c.exact[1]).(dist.Moments)
		ess := found.ESS()
		if ess < 1000 || found.K > 0.7 {
			t.Errorf("%s: %v effective draws, k %v", c.name, ess, found.K)
		}
		// Weights w have mean evidence and variance evidence²·(n/ESS - 1), so that
		// the evidence is known to 1/√ESS of itself.
		if got := found.LogEvidence(); math.Abs(got-c.evidence) > 5/math.Sqrt(ess) {
			t.Errorf("%s: log evidence %v, want %v", c.name, got, c.evidence)
		}
		mean, sd, variance := found.Mean(c.site).Float64s(), found.SD(c.site).Float64s(), post.Variance().Float64s()
		for i, want := range post.Mean().Float64s() {
			dev := math.Sqrt(variance[i])
			if math.Abs(mean[i]-want) > 5*dev/math.Sqrt(ess) || math.Abs(sd[i]/dev-1) > 0.1 {
				t.Errorf("%s: mean %v, deviation %v, want %v, %v", c.name, mean, sd, want, dev)
			}
		}
		for _, p := range found.Paths {
			if p.Err != nil || p.Stats.Replayed == 0 || p.Best >= len(p.ELBO) {
				t.Errorf("%s: %+v", c.name, p)
			}
		}
	}
}

func TestPathfinderDoesNotDependOnWorkers(t *testing.T) {
	model := conjugates()[0].model
	one, err := infer.Pathfinder{Model: model, Workers: 1, Draws: 50}.Run(t.Context(), rng.New(3))
	if err != nil {
		t.Fatal(err)
	}
	four, err := infer.Pathfinder{Model: model, Workers: 4, Draws: 50}.Run(t.Context(), rng.New(3))
	if err != nil || !slices.Equal(one.Unconstrained.Float64s(), four.Unconstrained.Float64s()) || !slices.Equal(one.LogWeights, four.LogWeights) {
		t.Errorf("other draws with other workers (%v)", err)
	}
	starts := one.Starts(rng.New(4), 3)
	if len(starts) != 3 || starts[0]["mu"].Size() != 2 {
		t.Errorf("starts %v", starts)
	}
}

// Paths from all over a density of two modes find both. Each mode then weighs in
// proportion to the paths that end in it.
func TestPathfinderFindsBothModes(t *testing.T) {
	// ⅓ N(-4, ½²) + ⅔ N(4, ½²)
	model := func(p *pyro.P) {
		a := p.Sample("a", dist.Normal(0, 100))
		logp := dist.Normal(-4, 0.5).LogProb(a).AddScalar(math.Log(1. / 3)).
			LogAddExp(dist.Normal(4, 0.5).LogProb(a).AddScalar(math.Log(2. / 3)))
		p.Factor("modes", logp)
	}
	found, err := infer.Pathfinder{Model: model, Paths: 12, Radius: 6, Draws: 500}.Run(t.Context(), rng.New(2))
	if err != nil {
		t.Fatal(err)
	}
	var left, total float64
	for i, a := range found.Values("a").Float64s() {
		w := math.Exp(found.LogWeights[i] - slices.Max(found.LogWeights))
		total += w
		if a < 0 {
			left += w
		}
	}
	if left == 0 || left == total {
		t.Errorf("only one mode was found: %v of %v", left, total)
	}
}

func TestPathfinderRefuses(t *testing.T) {
	z := func(p *pyro.P) { p.Sample("z", dist.Normal(0, 1)) }
	part := func(p *pyro.P) { p.Plate("n", 4, pyro.Subsample(2)).Sample("z", dist.Normal(0, 1)) }
	never := func(p *pyro.P) {
		z(p)
		p.Factor("f", tensor.Of(math.Inf(-1)))
	}
	for _, c := range []struct {
		f    infer.Pathfinder
		want string
	}{
		{infer.Pathfinder{}, "Pathfinder.Model is nil"},
		{infer.Pathfinder{Model: z, Paths: -1}, "negative number: -1 paths"},
		{infer.Pathfinder{Model: part}, `site "z" in plate "n": Pathfinder needs all the data at once`},
		{infer.Pathfinder{Model: never}, `not finite at the start: the log probability of site "f" is -Inf`},
	} {
		if _, err := c.f.Run(t.Context(), rng.New(1)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("error %v, want …%s…", err, c.want)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := (infer.Pathfinder{Model: z}).Run(ctx, rng.New(1)); err != context.Canceled {
		t.Errorf("error %v", err)
	}
}

func ExamplePathfinder() {
	model := func(p *pyro.P) {
		w := p.Sample("weight", dist.Normal(8.5, 1))
		p.Observe("measurement", dist.Normal(w, 0.75), tensor.Of(9.5))
	}
	found, err := infer.Pathfinder{Model: model}.Run(context.Background(), rng.New(0))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%.1f %.1f %v\n", found.Mean("weight").Item(), found.SD("weight").Item(), found.K < 0.7)
	// Output: 9.1 0.6 true
}
