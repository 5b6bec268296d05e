// Package iris clusters iris petals with a Gaussian mixture whose assignments
// are summed out.
package iris

import (
	"context"
	"fmt"
	"time"

	"github.com/gopyro/pyro"
	"github.com/gopyro/pyro/data"
	"github.com/gopyro/pyro/dist"
	"github.com/gopyro/pyro/examples"
	"github.com/gopyro/pyro/handler"
	"github.com/gopyro/pyro/infer"
	"github.com/gopyro/pyro/infer/autoguide"
	"github.com/gopyro/pyro/optim"
	"github.com/gopyro/pyro/rng"
	"github.com/gopyro/pyro/tensor"
)

const k = 2 // clusters

// model is a mixture of k normals with conjugate priors.
func model(p *pyro.P, data *tensor.Tensor) {
	probs := p.Sample("p", dist.Dirichlet(tensor.Ones(k)))

	cluster := p.Plate("cluster_param_plate", k)
	mu := cluster.Sample("mu", dist.Normal(0, 10))
	sigma := cluster.Sample("sigma", dist.InverseGamma(1, 1))

	obs := p.Plate("data_plate", data.Len())
	z := obs.Sample("z", dist.Categorical(probs))
	obs.Observe("x", dist.Normal(mu.Index(z), sigma.Index(z)), data)
}

// fit prepares a maximum a posteriori fit of p, mu and sigma, with z summed out.
func fit(m pyro.Model, start autoguide.Init, lr float64) (*infer.SVI, *autoguide.Delta) {
	guide := &autoguide.Delta{Model: handler.Expose(m, "p", "mu", "sigma"), Init: start}
	return &infer.SVI{
		Model: m,
		Guide: guide.Guide,
		Optim: &optim.Adam{LR: lr},
		Loss:  infer.TraceEnumELBO{},
	}, guide
}

// Example is this program.
var Example = examples.Example{
	Name: "iris", Run: run,
	About: "clusters of iris petals: a mixture with its assignments summed out",
}

func run(ctx context.Context, r *examples.Run) error {
	petals := tensor.Of(data.Iris().PetalLength)
	mixture := func(p *pyro.P) { model(p, petals) }

	prior, err := pyro.Run(mixture, r.Key("prior"))
	if err != nil {
		return err
	}
	r.Figure("sites", prior.Names())
	r.Printf("one run of the model: %v, p = %v\n", prior.Names(), prior.Value("p"))

	est, losses, err := descend(ctx, r, mixture)
	if err != nil {
		return err
	}
	for _, name := range []string{"p", "mu", "sigma"} {
		r.Figure(name, est.Value(name).Float64s())
		r.Printf("%s = %v\n", name, est.Value(name))
	}

	// The most probable cluster of each flower, at the estimates.
	tr, err := pyro.Run(infer.Discrete(handler.Replay(mixture, est)), r.Key("discrete"))
	if err != nil {
		return err
	}
	z := assignments(tr)
	r.Figure("assignments", z)

	// Other starts may end in worse optima: take the best of several.
	best, _, report, err := infer.Starts{N: 20, Short: 200, Keep: 4, New: func(rng.Key) (*infer.SVI, error) {
		svi, _ := fit(mixture, autoguide.Median(15), 0.05)
		return svi, nil
	}}.Run(ctx, r.Key("starts"), 2000)
	if err != nil {
		return err
	}
	loss, err := best.Evaluate(r.Key("best"))
	if err != nil {
		return err
	}
	r.Figure("best_loss", loss)
	r.Figure("starts", len(report))
	r.Printf("loss %.4f from the tutorial's start, %.4f as the best of %d\n", losses[len(losses)-1], loss, len(report))
	return plots(r, petals.Float64s(), losses, est, z)
}

// descend fits from the start that the tutorial prints, and returns a run of the
// guide at the estimates. There is no noise in it.
func descend(ctx context.Context, r *examples.Run, mixture pyro.Model) (est *pyro.Trace, losses []float64, err error) {
	svi, guide := fit(mixture, autoguide.Values(pyro.Data{
		"p":     tensor.Of([]float64{0.5, 0.5}),
		"mu":    tensor.Of([]float64{4.0607, 2.8959}),
		"sigma": tensor.Of([]float64{1.3613, 1.6182}),
	}, nil), 1e-3)
	const steps = 3000
	start := time.Now()
	for step, err := range svi.Steps(ctx, r.Key("svi"), steps) {
		if err != nil {
			return nil, nil, err
		}
		losses = append(losses, step.Loss)
		if step.N%100 == 0 {
			r.Step("svi", step.N, steps)
		}
	}
	r.Figure("us_per_step", float64(time.Since(start).Nanoseconds())/1000/steps)
	for _, step := range []int{1, 100, 300, 500, 700, 1000, 1500, 2000, 3000} {
		r.Figure(fmt.Sprintf("loss_%d", step), losses[step-1])
	}
	est, err = pyro.Run(svi.Params.Bind(guide.Guide), r.Key("guide"))
	return est, losses, err
}

// assignments are the clusters of the flowers in a run.
func assignments(tr *pyro.Trace) []int {
	z := make([]int, tr.Value("z").Len())
	for i, v := range tr.Value("z").Float64s() {
		z[i] = int(v)
	}
	return z
}
