// Package iris clusters iris petals with a Gaussian mixture whose assignments
// are summed out.
package iris

import (
	"context"
	"time"

	"github.com/gopyro/pyro"
	"github.com/gopyro/pyro/data"
	"github.com/gopyro/pyro/dist"
	"github.com/gopyro/pyro/examples"
	"github.com/gopyro/pyro/handler"
	"github.com/gopyro/pyro/infer"
	"github.com/gopyro/pyro/infer/autoguide"
	"github.com/gopyro/pyro/optim"
	"github.com/gopyro/pyro/plot"
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

// fit returns a maximum a posteriori fit of p, mu and sigma with z summed out.
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
var Example = examples.Example{Name: "iris", Run: run,
	About: "clusters of iris petals: a mixture with its assignments summed out"}

func run(ctx context.Context, r *examples.Run) error {
	petals := tensor.Of(data.Iris().PetalLength)
	mixture := func(p *pyro.P) { model(p, petals) }
	if err := r.Save("petals", (&plot.Figure{XLabel: "petal_length"}).Swarm(plot.Group{Xs: petals.Float64s()})); err != nil {
		return err
	}
	prior, err := pyro.Run(mixture, r.Key())
	if err != nil {
		return err
	}
	r.Figure("sites", prior.Names())
	r.Printf("a run draws %v; p = %v\n", prior.Names(), prior.Value("p"))

	// From the start that the tutorial prints.
	start := autoguide.Values(pyro.Data{
		"p":     tensor.Of([]float64{0.5, 0.5}),
		"mu":    tensor.Of([]float64{4.0607, 2.8959}),
		"sigma": tensor.Of([]float64{1.3613, 1.6182}),
	}, nil)
	svi, guide := fit(mixture, start, 1e-3)
	const steps = 3000
	var losses []float64
	begin := time.Now()
	for step, err := range svi.Steps(ctx, r.Key(), steps) {
		if err != nil {
			return err
		}
		losses = append(losses, step.Loss)
		if step.N%100 == 0 {
			r.Step("iris", step.N, steps)
		}
	}
	r.Figure("us_per_step", float64(time.Since(begin).Microseconds())/steps)
	for name, step := range map[string]int{"loss_1": 1, "loss_100": 100, "loss_300": 300, "loss_500": 500,
		"loss_700": 700, "loss_1000": 1000, "loss_1500": 1500, "loss_2000": 2000, "loss_3000": 3000} {
		r.Figure(name, losses[step-1])
	}
	est := guide.Values(svi.Params)
	for _, name := range []string{"p", "mu", "sigma"} {
		r.Figure(name, est[name].Float64s())
		r.Printf("%s = %v\n", name, est[name])
	}

	// The most probable cluster of each flower, at the estimates.
	tr, err := pyro.Run(infer.Discrete(handler.Substitute(mixture, est)), r.Key())
	if err != nil {
		return err
	}
	z := tr.Value("z").Float64s()
	assignments := make([]int, len(z))
	for i, v := range z {
		assignments[i] = int(v)
	}
	r.Figure("assignments", assignments)
	if err := plots(r, losses, petals.Float64s(), z, est); err != nil {
		return err
	}

	// The posterior has worse optima, too: take the best of several starts.
	best, _, report, err := infer.Starts{N: 20, Short: 200, Keep: 4, New: func(rng.Key) (*infer.SVI, error) {
		svi, _ := fit(mixture, autoguide.Median(15), 0.05)
		return svi, nil
	}}.Run(ctx, r.Key(), 2000)
	if err != nil {
		return err
	}
	loss, err := best.Evaluate(r.Key())
	r.Figure("best_loss", loss)
	r.Figure("starts", len(report))
	r.Printf("loss %.4f from the tutorial's start, %.4f as the best of %d\n", losses[steps-1], loss, len(report))
	return err
}

func plots(r *examples.Run, losses, x, z []float64, est pyro.Data) error {
	fig := &plot.Figure{Title: "Loss", XLim: [2]float64{0, 3000}}
	if err := r.Save("loss", fig.Line(losses, "")); err != nil {
		return err
	}
	grid := tensor.Linspace(0, 9.99, 1000)
	fig = &plot.Figure{}
	groups := make([]plot.Group, k)
	for i, color := range []string{"red", "blue"} {
		name := "z=" + string(rune('0'+i))
		density := dist.Normal(est["mu"].At(i), est["sigma"].At(i)).LogProb(grid).Exp().MulScalar(est["p"].At(i))
		fig.Curve(grid.Float64s(), density.Float64s(), name, plot.Color(color))
		groups[i].Label = name
	}
	for j, v := range z {
		groups[int(v)].Xs = append(groups[int(v)].Xs, x[j])
	}
	fig.Points(x, make([]float64, len(x)), "", plot.Color("black"), plot.Alpha(0.3), plot.Shape(plot.Cross))
	if err := r.Save("density", fig); err != nil {
		return err
	}
	return r.Save("clusters", (&plot.Figure{XLabel: "petal_length", YLabel: "z"}).Swarm(groups...))
}
