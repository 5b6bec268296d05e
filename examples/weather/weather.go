// Package weather shows random functions: one that branches on what it draws,
// one that calls itself, and one that returns another.
package weather

import (
	"context"
	"fmt"
	"math"

	"github.com/gopyro/pyro"
	"github.com/gopyro/pyro/dist"
	"github.com/gopyro/pyro/examples"
	"github.com/gopyro/pyro/plot"
	"github.com/gopyro/pyro/tensor"
)

// weather draws the sky and the temperature in degrees Fahrenheit.
func weather(p *pyro.P) (sky string, temp float64) {
	sky = "sunny"
	if p.Sample("cloudy", dist.Bernoulli(0.3)).Item() == 1 {
		sky = "cloudy"
	}
	mean := map[string]float64{"cloudy": 55, "sunny": 75}[sky]
	sd := map[string]float64{"cloudy": 10, "sunny": 15}[sky]
	return sky, p.Sample("temp", dist.Normal(mean, sd)).Item()
}

// geometric counts the ones before the first zero, from the t-th flip on.
func geometric(p *pyro.P, prob float64, t int) int {
	if p.Sample(fmt.Sprintf("x_%d", t), dist.Bernoulli(prob)).Item() == 0 {
		return 0
	}
	return 1 + geometric(p, prob, t+1)
}

// normalProduct multiplies two draws.
func normalProduct(p *pyro.P, mu, sigma *tensor.Tensor) *tensor.Tensor {
	z1 := p.Sample("z1", dist.Normal(mu, sigma))
	z2 := p.Sample("z2", dist.Normal(mu, sigma))
	return z1.Mul(z2)
}

// makeNormalNormal returns a random function: a closure over a random mean.
func makeNormalNormal(p *pyro.P) func(sigma *tensor.Tensor) *tensor.Tensor {
	mu := p.Sample("mu_latent", dist.Normal(0, 1))
	return func(sigma *tensor.Tensor) *tensor.Tensor { return normalProduct(p, mu, sigma) }
}

// Example is this program.
var Example = examples.Example{
	Name: "weather", Run: run,
	About: "random functions: a branch, a recursion, a function that returns a function",
}

func run(ctx context.Context, r *examples.Run) error {
	const n = 10_000

	temps, cloudy := make([]float64, n), 0
	err := repeat(ctx, r, "weather", n, func(p *pyro.P, i int) {
		sky, temp := weather(p)
		if temps[i] = temp; sky == "cloudy" {
			cloudy++
		}
	})
	if err != nil {
		return err
	}
	share := float64(cloudy) / n
	mean, sd := moments(temps)
	r.Figure("p_cloudy", share)
	r.Figure("mean_temp", mean)
	r.Figure("sd_temp", sd)
	r.Printf("weather: cloudy in %.1f%% of %d runs, temperature %.2f ± %.2f °F\n", 100*share, n, mean, sd)

	counts, sites := make([]float64, n), 0
	err = repeat(ctx, r, "geometric", n, func(p *pyro.P, i int) {
		counts[i] = float64(geometric(p, 0.5, 0))
		sites = max(sites, len(p.Reached()))
	})
	if err != nil {
		return err
	}
	mean, _ = moments(counts)
	r.Figure("geometric_mean", mean)
	r.Figure("geometric_max_sites", sites)
	r.Printf("geometric: mean %.3f, at most %d sites in a run\n", mean, sites)

	products := make([]float64, 10*n)
	err = repeat(ctx, r, "product", 10*n, func(p *pyro.P, i int) {
		products[i] = makeNormalNormal(p)(tensor.Of(1.0)).Item()
	})
	if err != nil {
		return err
	}
	mean, sd = moments(products)
	r.Figure("product_mean", mean)
	r.Figure("product_var", sd*sd)
	r.Printf("makeNormalNormal()(1): mean %.3f, variance %.3f\n", mean, sd*sd)

	fig := &plot.Figure{Title: "temperature", XLabel: "°F", YLabel: "#"}
	return r.Save("temperature", fig.Hist(temps, 10, 130, 40))
}

// repeat runs a random function n times, each run with a key of its own.
func repeat(ctx context.Context, r *examples.Run, part string, n int, f func(p *pyro.P, i int)) error {
	key, tape := r.Key(part), tensor.NewTape()
	for i := range n {
		if i%1000 == 0 {
			if err := ctx.Err(); err != nil {
				return err
			}
			r.Step(part, i, n)
		}
		if _, err := pyro.RunOn(tape, func(p *pyro.P) { f(p, i) }, key.Fold(i)); err != nil {
			return err
		}
		tape.Reset()
	}
	r.Step(part, n, n)
	return nil
}

// moments returns the mean and the standard deviation of a sample.
func moments(xs []float64) (mean, sd float64) {
	n := float64(len(xs))
	for _, x := range xs {
		mean += x / n
	}
	for _, x := range xs {
		sd += (x - mean) * (x - mean) / (n - 1)
	}
	return mean, math.Sqrt(sd)
}
