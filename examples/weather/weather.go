// Package weather shows stochastic functions: branches, recursion, and
// functions that return random functions.
package weather

import (
	"context"
	"fmt"
	"math"

	"github.com/gopyro/pyro"
	"github.com/gopyro/pyro/dist"
	"github.com/gopyro/pyro/examples"
	"github.com/gopyro/pyro/plot"
	"github.com/gopyro/pyro/rng"
	"github.com/gopyro/pyro/tensor"
)

// weather returns the sky and the temperature in degrees Fahrenheit.
func weather(p *pyro.P) (sky string, temp float64) {
	sky = "sunny"
	if p.Sample("cloudy", dist.Bernoulli(0.3)).Item() == 1 {
		sky = "cloudy"
	}
	mean := map[string]float64{"cloudy": 55, "sunny": 75}[sky]
	sd := map[string]float64{"cloudy": 10, "sunny": 15}[sky]
	return sky, p.Sample("temp", dist.Normal(mean, sd)).Item()
}

// geometric counts the ones before the first zero, by recursion.
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
var Example = examples.Example{Name: "weather", Run: run,
	About: "stochastic functions: weather, a recursive geometric, random functions"}

func run(ctx context.Context, r *examples.Run) error {
	key := r.Key()
	const n = 10_000

	temps, cloudy, err := repeat(ctx, key.FoldName("weather"), n, func(p *pyro.P) (float64, bool) {
		sky, temp := weather(p)
		return temp, sky == "cloudy"
	})
	if err != nil {
		return err
	}
	mean, sd := moments(temps)
	r.Figure("p_cloudy", float64(cloudy)/n)
	r.Figure("mean_temp", mean)
	r.Figure("sd_temp", sd)
	r.Printf("weather: cloudy in %.1f%% of %d runs, temperature %.2f ± %.2f °F\n", 100*float64(cloudy)/n, n, mean, sd)

	counts, _, err := repeat(ctx, key.FoldName("geometric"), n, func(p *pyro.P) (float64, bool) {
		return float64(geometric(p, 0.5, 0)), false
	})
	if err != nil {
		return err
	}
	mean, _ = moments(counts)
	sites := 0.0
	for _, k := range counts {
		sites = math.Max(sites, k+1) // a run that counts k has k+1 sites
	}
	r.Figure("geometric_mean", mean)
	r.Figure("geometric_max_sites", int(sites))
	r.Printf("geometric: mean %.3f, at most %.0f sites in a run\n", mean, sites)

	products, _, err := repeat(ctx, key.FoldName("product"), 10*n, func(p *pyro.P) (float64, bool) {
		return makeNormalNormal(p)(tensor.Of(1)).Item(), false
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

// repeat runs f as a model n times and returns its numbers, and how often its
// second result was true.
func repeat(ctx context.Context, key rng.Key, n int, f func(p *pyro.P) (float64, bool)) (xs []float64, hits int, err error) {
	xs = make([]float64, n)
	tape := tensor.NewTape()
	for i := range xs {
		if err := ctx.Err(); err != nil {
			return nil, 0, err
		}
		_, err := pyro.RunOn(tape, func(p *pyro.P) {
			x, hit := f(p)
			if xs[i] = x; hit {
				hits++
			}
		}, key.Fold(i))
		if err != nil {
			return nil, 0, err
		}
		tape.Reset()
	}
	return xs, hits, nil
}

func moments(xs []float64) (mean, sd float64) {
	for _, x := range xs {
		mean += x / float64(len(xs))
	}
	for _, x := range xs {
		sd += (x - mean) * (x - mean) / float64(len(xs)-1)
	}
	return mean, math.Sqrt(sd)
}
