package infer_test

import (
	"context"
	"testing"
	"fmt"

	"github.com/gopyro/pyro"
	"github.com/gopyro/pyro/dist"
	"github.com/gopyro/pyro/handler"
	"github.com/gopyro/pyro/infer"
	"github.com/gopyro/pyro/optim"
	"github.com/gopyro/pyro/rng"
	"github.com/gopyro/pyro/tensor"
	"github.com/gopyro/pyro/constraint"
)

func scale(p *pyro.P, mu float64) *tensor.Tensor {
	weight := p.Sample("weight", dist.Normal(mu, 1.0))
	return p.Sample("measurement", dist.Normal(weight, 0.75))
}

func newScale() *infer.SVI {
	model := handler.Condition(func(p *pyro.P) { scale(p, 8.5) }, pyro.Data{"measurement": tensor.Of(9.5)})
	return &infer.SVI{Model: model, Guide: func(p *pyro.P) {
		a := p.Param("a", tensor.Of(8.5))
		b := p.Param("b", tensor.Of(1.0))
		p.Sample("weight", dist.Normal(a, b.Abs()))
	}, Optim: &optim.SGD{LR: 0.001, Momentum: 0.1}}
}

func TestScaleSVI(t *testing.T) {
	svi := newScale()
	l, err := svi.Run(context.Background(), rng.New(101), 2500)
	if err != nil { t.Fatal(err) }
	fmt.Println(l[len(l)-1], svi.Params.Get("a"), svi.Params.Get("b"))
}

func BenchmarkScaleStep(b *testing.B) {
	svi := newScale()
	b.ReportAllocs()
	i := 0
	for b.Loop() { i++; svi.Step(rng.New(uint64(i))) }
}

func BenchmarkCoinStep(b *testing.B) {
	data := []*tensor.Tensor{}
	names := []string{}
	for i := range 10 { v := 0.0; if i < 6 { v = 1 }; data = append(data, tensor.Of(v)); names = append(names, fmt.Sprint("obs_", i)) }
	svi := &infer.SVI{Model: func(p *pyro.P) {
		f := p.Sample("latent_fairness", dist.Beta(10.0, 10.0))
		for i, x := range data { _ = i; _ = x; p.Observe(names[i], dist.Normal(f, 1), x) }
	}, Guide: func(p *pyro.P) {
		a := p.Param("alpha_q", tensor.Of(15.0), constraint.Positive)
		b := p.Param("beta_q", tensor.Of(15.0), constraint.Positive)
		p.Sample("latent_fairness", dist.Beta(a, b))
	}, Optim: &optim.Adam{LR: 0.0005, Betas: [2]float64{0.9, 0.999}}}
	b.ReportAllocs()
	i := 0
	for b.Loop() { i++; if _, err := svi.Step(rng.New(uint64(i))); err != nil { b.Fatal(err) } }
}
