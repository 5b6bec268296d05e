package autoguide_test

import (
	"slices"
	"testing"

	"github.com/gopyro/pyro"
	"github.com/gopyro/pyro/constraint"
	"github.com/gopyro/pyro/dist"
	"github.com/gopyro/pyro/infer"
	"github.com/gopyro/pyro/infer/autoguide"
	"github.com/gopyro/pyro/optim"
	"github.com/gopyro/pyro/rng"
	"github.com/gopyro/pyro/tensor"
)

// Priors without draws are guided like others, from a point in their support.
func TestImproperPriors(t *testing.T) {
	model := func(p *pyro.P) {
		mu := p.Sample("mu", dist.ImproperUniform(constraint.Real))
		group := p.Plate("group", 3)
		sd := group.Sample("sd", dist.ImproperUniform(constraint.Positive))
		group.Observe("x", dist.Normal(mu, sd), tensor.Of([]float64{1, 2, 3}))
	}
	for name, init := range map[string]autoguide.Init{"default": nil, "sample": autoguide.Sample(), "feasible": autoguide.Feasible()} {
		guide := &autoguide.Normal{Model: model, Init: init}
		params := pyro.NewParams()
		if _, err := pyro.Run(params.Bind(guide.Guide), rng.New(0)); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		at := guide.Median(params)
		if mu, sd := at["mu"].Item(), at["sd"].Float64s(); mu != 0 || !slices.Equal(sd, []float64{1, 1, 1}) {
			t.Errorf("%s: starts at %v and %v, want 0 and ones", name, mu, sd)
		}
	}
	guide := &autoguide.Normal{Model: model, Init: autoguide.Values(pyro.Data{"mu": tensor.Of(2.0)}, nil)}
	svi := &infer.SVI{Model: model, Guide: guide.Guide, Optim: &optim.Adam{LR: 0.01}}
	if _, err := svi.Run(t.Context(), rng.New(0), 10); err != nil {
		t.Fatal(err)
	}
}
