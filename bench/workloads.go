// Package bench holds the workloads by which gopyro is compared with its peers,
// and Go benchmarks of them.
//
//	losses, err := bench.Iris().Run(ctx, rng.New(0), 1000)
//
//	go test -run '^$' -bench . ./bench
package bench

import (
	"fmt"

	"github.com/gopyro/pyro"
	"github.com/gopyro/pyro/constraint"
	"github.com/gopyro/pyro/dist"
	"github.com/gopyro/pyro/handler"
	"github.com/gopyro/pyro/infer"
	"github.com/gopyro/pyro/optim"
	"github.com/gopyro/pyro/tensor"
)

// Coin is workload a: a beta prior, ten flips in a loop, a beta guide.
func Coin() *infer.SVI {
	var data []*tensor.Tensor
	for i := range 10 {
		data = append(data, tensor.Of(i < 6))
	}
	return &infer.SVI{
		Model: func(p *pyro.P) {
			f := p.Sample("latent_fairness", dist.Beta(10, 10))
			for i, x := range data {
				p.Observe(fmt.Sprintf("obs_%d", i), dist.Bernoulli(f), x)
			}
		},
		Guide: func(p *pyro.P) {
			alpha := p.Param("alpha_q", tensor.Of(15.0), constraint.Positive)
			beta := p.Param("beta_q", tensor.Of(15.0), constraint.Positive)
			p.Sample("latent_fairness", dist.Beta(alpha, beta))
		},
		Optim: &optim.Adam{LR: 5e-4, Betas: [2]float64{0.9, 0.999}},
	}
}

// Scale is workload b: a normal prior, one reading, a normal guide.
func Scale() *infer.SVI {
	return &infer.SVI{
		Model: ScaleModel(),
		Guide: func(p *pyro.P) {
			a := p.Param("a", tensor.Of(8.5))
			b := p.Param("b", tensor.Of(1.0))
			p.Sample("weight", dist.Normal(a, b.Abs()))
		},
		Optim: &optim.SGD{LR: 1e-3, Momentum: 0.1},
	}
}

// ScaleModel is the model of workload b, and of d, importance sampling from the
// prior.
func ScaleModel() pyro.Model {
	model := func(p *pyro.P) {
		weight := p.Sample("weight", dist.Normal(8.5, 1))
		p.Sample("measurement", dist.Normal(weight, 0.75))
	}
	return handler.Condition(model, pyro.Data{"measurement": tensor.Of(9.5)})
}
