package docs

import (
	"context"
	"fmt"

	"github.com/gopyro/pyro"
	"github.com/gopyro/pyro/constraint"
	"github.com/gopyro/pyro/dist"
	"github.com/gopyro/pyro/infer"
	"github.com/gopyro/pyro/optim"
	"github.com/gopyro/pyro/rng"
	"github.com/gopyro/pyro/tensor"
)

// The program of the README.
func Example_readme() {
	flips := tensor.Of([]float64{1, 1, 1, 1, 1, 1, 0, 0, 0, 0})
	model := func(p *pyro.P) {
		fairness := p.Sample("fairness", dist.Beta(10, 10))
		p.Plate("flips", flips.Len()).Observe("flip", dist.Bernoulli(fairness), flips)
	}
	guide := func(p *pyro.P) {
		a := p.Param("a", tensor.Of(15.0), constraint.Positive)
		b := p.Param("b", tensor.Of(15.0), constraint.Positive)
		p.Sample("fairness", dist.Beta(a, b))
	}
	svi := &infer.SVI{Model: model, Guide: guide, Optim: &optim.Adam{LR: 0.0005}}
	if _, err := svi.Run(context.Background(), rng.New(0), 5000); err != nil {
		panic(err)
	}
	a, b := svi.Params.Get("a").Item(), svi.Params.Get("b").Item()
	fmt.Printf("fairness %.2f\n", a/(a+b))
	// Output: fairness 0.53
}
