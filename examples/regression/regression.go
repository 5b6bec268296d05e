// Package regression fits a straight line and a logistic curve by NUTS, by
// independent normal distributions and by one multivariate normal distribution,
// and compares them; the line also with its exact posterior.
package regression

import (
	"context"
	"slices"

	"github.com/gopyro/pyro"
	"github.com/gopyro/pyro/data"
	"github.com/gopyro/pyro/dist"
	"github.com/gopyro/pyro/examples"
	"github.com/gopyro/pyro/tensor"
)

// linear says that the stopping distance is a line in the speed, but for noise.
// The priors are conjugate.
func linear(p *pyro.P, speed, distance *tensor.Tensor) {
	variance := p.Sample("variance", dist.InverseGamma(1, 100))
	noise := variance.Sqrt()
	intercept := p.Sample("intercept", dist.Normal(0, noise.MulScalar(10)))
	slope := p.Sample("slope", dist.Normal(0, noise.MulScalar(10)))
	car := p.Plate("car", speed.Len())
	car.Observe("distance", dist.Normal(intercept.Add(slope.Mul(speed)), noise), distance)
}

// logistic says that the log odds of virginica, against versicolor, are a line in
// the width of the petals.
func logistic(p *pyro.P, width, virginica *tensor.Tensor) {
	intercept := p.Sample("intercept", dist.Normal(0, 10))
	slope := p.Sample("slope", dist.Normal(0, 10))
	flower := p.Plate("flower", width.Len())
	logit := flower.Deterministic("logit", intercept.Add(slope.Mul(width)))
	flower.Observe("virginica", dist.BernoulliLogits(logit), virginica)
}

// Example is this program.
var Example = examples.Example{
	Name: "regression", Run: run,
	About: "a line and a logistic curve, by NUTS and by two guides",
}

func run(ctx context.Context, r *examples.Run) error {
	cars := data.Stopping()
	speed, distance := tensor.Of(cars.Speed), tensor.Of(cars.Distance)
	line := func(p *pyro.P) { linear(p, speed, distance) }
	draws, err := compare(ctx, r, "linear", line, "variance", "intercept", "slope")
	if err != nil {
		return err
	}
	means, sds := exact(speed, distance)
	report(r, "linear_exact", means, sds)
	if err := plotLinear(ctx, r, cars, draws); err != nil {
		return err
	}

	width, virginica := twoSpecies(data.Iris())
	curve := func(p *pyro.P) { logistic(p, width, virginica) }
	r.Printf("\n")
	draws, err = compare(ctx, r, "logistic", curve, "intercept", "slope")
	if err != nil {
		return err
	}
	return plotLogistic(ctx, r, width, virginica, draws["nuts"])
}

// twoSpecies returns the petal widths of versicolor and virginica, from their
// mean, and which are virginica.
func twoSpecies(d data.IrisTable) (width, virginica *tensor.Tensor) {
	first := slices.Index(d.Species, "versicolor")
	is := make([]float64, len(d.Species))
	for i, s := range d.Species {
		if s == "virginica" {
			is[i] = 1
		}
	}
	w := tensor.Of(d.PetalWidth[first:])
	return w.Sub(w.Mean()), tensor.Of(is[first:])
}
