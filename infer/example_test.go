package infer_test

import (
	"context"
	"fmt"

	"github.com/gopyro/pyro"
	"github.com/gopyro/pyro/constraint"
	"github.com/gopyro/pyro/dist"
	"github.com/gopyro/pyro/handler"
	"github.com/gopyro/pyro/infer"
	"github.com/gopyro/pyro/infer/autoguide"
	"github.com/gopyro/pyro/optim"
	"github.com/gopyro/pyro/rng"
	"github.com/gopyro/pyro/tensor"
)

// belief is a guide of weigh.
func belief(p *pyro.P) {
	a := p.Param("a", tensor.Of(8.5))
	b := p.Param("b", tensor.Of(1.0), constraint.Positive)
	p.Sample("weight", dist.Normal(a, b))
}

func ExampleSVI() {
	svi := &infer.SVI{Model: weigh, Guide: belief, Optim: &optim.Adam{LR: 0.02, Schedule: optim.Cosine(3000, 0)}}
	if _, err := svi.Run(context.Background(), rng.New(0), 3000); err != nil {
		fmt.Println(err)
	}
	fmt.Printf("%.1f ± %.1f\n", svi.Params.Get("a").Item(), svi.Params.Get("b").Item())
	// Output: 9.1 ± 0.6
}

func ExampleSVI_Steps() {
	svi := &infer.SVI{Model: weigh, Guide: belief, Optim: &optim.SGD{LR: 0.01, Momentum: 0.1}}
	for step, err := range svi.Steps(context.Background(), rng.New(0), 1000) {
		if err != nil {
			fmt.Println(err)
			return
		}
		if step.N%500 == 0 {
			fmt.Println(step.N, svi.Params.Get("b").Item() < 1)
		}
	}
	fmt.Println(svi.Stats.Replayed > 900)
	// Output:
	// 500 true
	// 1000 true
	// true
}

func ExampleTraceELBO() {
	params, tape := pyro.NewParams(), tensor.NewTape()
	model, guide := params.Bind(weigh), params.Bind(belief)
	for t := range 1000 { // gradient descent by hand
		loss, err := infer.TraceELBO{Particles: 4}.Loss(tape, rng.New(0).Fold(t), model, guide)
		if err != nil {
			fmt.Println(err)
			return
		}
		grads := params.Grad(loss)
		params.Update(func(name string, x *tensor.Tensor) *tensor.Tensor {
			return x.Sub(grads[name].MulScalar(0.01))
		})
		tape.Reset()
	}
	fmt.Printf("%.0f\n", params.Get("a").Item())
	// Output: 9
}

// clusters is a mixture of two normals, whose assignments z are never drawn.
func clusters(p *pyro.P) {
	mu := p.Plate("clusters", 2).Sample("mu", dist.Normal(0, 10))
	d := p.Plate("data", 4)
	z := d.Sample("z", dist.Categorical([]float64{0.5, 0.5}))
	d.Observe("x", dist.Normal(mu.Index(z), 1), tensor.Of([]float64{-3, -2.8, 3, 3.2}))
}

func ExampleTraceEnumELBO() {
	guide := &autoguide.Delta{Model: handler.Expose(clusters, "mu"), Init: autoguide.Values(pyro.Data{"mu": tensor.Of([]float64{-1, 1})}, nil)}
	svi := &infer.SVI{Model: clusters, Guide: guide.Guide, Loss: infer.TraceEnumELBO{}, Optim: &optim.Adam{LR: 0.05}}
	if _, err := svi.Run(context.Background(), rng.New(0), 1000); err != nil {
		fmt.Println(err)
	}
	mu := guide.Values(svi.Params)["mu"]
	fmt.Printf("%.1f %.1f\n", mu.At(0), mu.At(1))
	// Output: -2.9 3.1
}

func ExampleDiscrete() {
	m := handler.Substitute(clusters, pyro.Data{"mu": tensor.Of([]float64{-2.9, 3.1})})
	tr, err := pyro.Run(infer.Discrete(m), rng.New(0))
	fmt.Println(tr.Value("z"), err)
	// Output: [0 0 1 1] <nil>
}

func ExampleDiscreteSample() {
	m := handler.Substitute(clusters, pyro.Data{"mu": tensor.Of([]float64{-2.9, 3.1})})
	tr, err := pyro.Run(infer.DiscreteSample(m), rng.New(0))
	fmt.Println(tr.Value("z"), err) // with odds of more than 10⁷ to 1
	// Output: [0 0 1 1] <nil>
}

func ExampleImportance() {
	w, err := infer.Importance{Samples: 50_000}.Run(context.Background(), rng.New(0), weigh)
	if err != nil {
		fmt.Println(err)
	}
	fmt.Printf("weight %.1f ± %.1f, log evidence %.1f\n", w.Mean("weight").Item(), w.SD("weight").Item(), w.LogEvidence())
	// Output: weight 9.1 ± 0.6, log evidence -1.5
}

func ExamplePredictive() {
	ahead := func(p *pyro.P) {
		w := p.Sample("weight", dist.Normal(8.5, 1))
		p.Sample("next", dist.Normal(w, 0.75))
	}
	guide := func(p *pyro.P) { p.Sample("weight", dist.Normal(9.14, 0.6)) }
	s, err := infer.Predictive{Guide: guide, N: 20_000}.Run(context.Background(), rng.New(0), ahead)
	if err != nil {
		fmt.Println(err)
	}
	fmt.Printf("%.1f\n", s.Var("next").Mean().Item())
	// Output: 9.1
}

func ExampleStarts() {
	// The loss has two optima, of which starts below 0 find the worse one.
	starts := infer.Starts{N: 8, Short: 50, New: func(key rng.Key) (*infer.SVI, error) {
		return &infer.SVI{
			Model: func(p *pyro.P) {
				x := p.Param("x", tensor.Of(4*key.Normal()))
				p.Factor("bumps", x.AddScalar(-2).Square().Neg().Exp().Add(x.AddScalar(2).Square().Neg().Exp().MulScalar(0.5)))
			},
			Guide: func(*pyro.P) {}, Optim: &optim.Adam{LR: 0.1},
		}, nil
	}}
	best, losses, report, err := starts.Run(context.Background(), rng.New(0), 300)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%.2f of %d starts, x = %.2f\n", losses[299], len(report), best.Params.Get("x").Item())
	// Output: -1.00 of 8 starts, x = 2.00
}
