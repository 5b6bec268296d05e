package autoguide_test

import (
	"context"
	"fmt"
	"math"

	"github.com/gopyro/pyro"
	"github.com/gopyro/pyro/dist"
	"github.com/gopyro/pyro/handler"
	"github.com/gopyro/pyro/infer"
	"github.com/gopyro/pyro/infer/autoguide"
	"github.com/gopyro/pyro/optim"
	"github.com/gopyro/pyro/rng"
)

// fitted runs a guide on walk, whose posterior has variances 2/3 and covariance
// 1/3.
func fitted(guide pyro.Model) *pyro.Params {
	const steps = 3000
	svi := &infer.SVI{
		Model: walk, Guide: guide, Loss: infer.PathELBO{},
		Optim: &optim.Adam{LR: 0.03, Schedule: optim.Exponential(math.Pow(0.01, 1./steps))},
	}
	if _, err := svi.Run(context.Background(), rng.New(0), steps); err != nil {
		fmt.Println(err)
	}
	return svi.Params
}

func ExampleMultivariateNormal() {
	guide := &autoguide.MultivariateNormal{Model: walk}
	params := fitted(guide.Guide)
	d := guide.Posterior(params).(dist.Moments)
	fmt.Printf("%.2f %.2f\n", d.Mean().Float64s(), d.Variance().Float64s())
	// Output: [0.30 0.60] [0.67 0.67]
}

func ExampleLowRankNormal() {
	guide := &autoguide.LowRankNormal{Model: walk, Rank: 1}
	params := fitted(guide.Guide)
	d := guide.Posterior(params).(dist.Moments)
	fmt.Printf("%.2f %.2f\n", d.Mean().Float64s(), d.Variance().Float64s())
	// Output: [0.30 0.60] [0.67 0.67]
}

// Independent numbers cannot follow the correlation, and are too sure: their
// variance is that given the others, 1/2.
func ExampleDiagonalNormal() {
	guide := &autoguide.DiagonalNormal{Model: walk}
	d := guide.Posterior(fitted(guide.Guide)).(dist.Moments)
	fmt.Printf("%.1f\n", d.Variance().Float64s())
	// Output: [0.5 0.5]
}

func ExampleLaplace() {
	guide := &autoguide.Laplace{Model: walk}
	normal, params, err := guide.Fit(fitted(guide.Guide))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%.3f\n", normal.Posterior(params).(dist.Moments).Variance().Float64s())
	// Output: [0.667 0.667]
}

func ExampleList() {
	model := func(p *pyro.P) {
		walk(p)
		p.Sample("rate", dist.Gamma(3, 2))
	}
	guide := &autoguide.List{Model: model, Parts: []autoguide.Part{
		&autoguide.MultivariateNormal{Model: handler.Expose(model, "a", "b")},
		autoguide.Func(func(p *pyro.P) { p.Sample("rate", dist.Gamma(3, 2)) }),
	}}
	svi := &infer.SVI{Model: model, Guide: guide.Guide, Optim: &optim.Adam{LR: 0.01}}
	_, err := svi.Step(rng.New(0))
	fmt.Println(svi.Params.Names(), err)
	// Output: [auto.loc auto.factor] <nil>
}
