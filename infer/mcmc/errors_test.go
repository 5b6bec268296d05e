package mcmc_test

import (
	"context"
	"errors"
	"regexp"
	"testing"

	"github.com/gopyro/pyro"
	"github.com/gopyro/pyro/constraint"
	"github.com/gopyro/pyro/dist"
	"github.com/gopyro/pyro/handler"
	"github.com/gopyro/pyro/infer/mcmc"
	"github.com/gopyro/pyro/rng"
	"github.com/gopyro/pyro/tensor"
)

// failure runs a model that must not run and returns the error.
func failure(t *testing.T, n mcmc.NUTS, m pyro.Model) error {
	t.Helper()
	if n.Draws == 0 {
		n.Draws, n.Warmup, n.Chains = 10, 10, 1
	}
	r, err := n.Run(context.Background(), rng.New(3), m)
	if err == nil {
		t.Fatalf("no error, but %d draws", r.Draws)
	}
	return err
}

// place is where in this file a statement stands.
var place = regexp.MustCompile(`(?:\n\t|, )at errors_test.go:\d+(\n|$)`)

func TestMessages(t *testing.T) {
	coin := func(p *pyro.P) {
		f := p.Sample("fairness", dist.Beta(2, 2))
		p.Observe("flip", dist.Bernoulli(f), tensor.Of(1.0))
	}
	calls := 0
	for _, c := range []struct {
		name  string
		nuts  mcmc.NUTS
		model pyro.Model
		want  string
	}{
		{"nil model", mcmc.NUTS{}, nil, "mcmc: the model is nil"},
		{"no draws", mcmc.NUTS{Draws: -1}, coin, "mcmc: Draws is -1; it must be positive"},
		{"target", mcmc.NUTS{TargetAccept: 1}, coin, "mcmc: TargetAccept is 1; it must be in (0, 1)"},
		{"lanes", mcmc.NUTS{Lanes: -2}, coin, "mcmc: Lanes is -2; it must be positive, or 0 to measure"},
		{"metric", mcmc.NUTS{Metric: 7}, coin, "mcmc: there is no Metric 7"},
		{"poisson", mcmc.NUTS{}, func(p *pyro.P) {
			n := p.Sample("n", dist.Poisson(3))
			p.Observe("x", dist.Normal(n, 1), tensor.Of(2.0))
		}, `pyro: site "n": the discrete latent site has no gradient to move along, and Poisson(rate: 3) has no finite support to sum over
	to repair it: bound it, as dist.Categorical over the values that matter`},
		{"marked", mcmc.NUTS{}, func(p *pyro.P) {
			z := p.Sample("z", dist.Bernoulli(0.5), pyro.NoEnum)
			p.Observe("x", dist.Normal(z, 1), tensor.Of(2.0))
		}, `pyro: site "z": the discrete latent site is marked pyro.NoEnum, and has no gradient to move along
	to repair it: drop the mark, so that it is summed out exactly`},
		{"subsample", mcmc.NUTS{}, func(p *pyro.P) {
			mu := p.Sample("mu", dist.Normal(0, 1))
			data := p.Plate("data", 8, pyro.Subsample(4))
			data.Observe("x", dist.Normal(mu, 1), data.Subsample(schoolY, 0))
		}, `pyro: site "data": the plate is subsampled, and a chain on a random part of the data has another target at each step
	to repair it: drop pyro.Subsample for MCMC, or fit a guide with infer.SVI, which takes subsamples`},
		{"hidden", mcmc.NUTS{}, handler.Block(func(p *pyro.P) {
			mu := p.Sample("mu", dist.Normal(0, 1))
			nu := p.Sample("nu", dist.Normal(0, 1))
			p.Observe("x", dist.Normal(mu.Add(nu), 1), tensor.Of(1.0))
		}, handler.Names("nu")), `pyro: the log density depends on random numbers, so no chain can have it as its target
	to repair it: do not hide latent sites with handler.Block, and do not draw from p.Key(),
	nor compute with what pyro.Missing fills in`},
		{
			"misspelt start",
			mcmc.NUTS{Init: mcmc.Values(pyro.Data{"fairnes": tensor.Of(0.5)}, mcmc.Init{})},
			coin,
			`pyro: site "fairnes": a start value is given, but the model has no such latent site; did you mean "fairness"?`,
		},
		{
			"start of a discrete site",
			mcmc.NUTS{Init: mcmc.Values(pyro.Data{"z": tensor.Of([]float64{0, 1, 0})}, mcmc.Init{})},
			mixture(tensor.Of([]float64{0.1, 1.2, 0.4})),
			`pyro: site "z": a start value is given, but the discrete site is summed out; leave it out`,
		},
		{
			"start off the support",
			mcmc.NUTS{Init: mcmc.Values(pyro.Data{"fairness": tensor.Of(1.5)}, mcmc.Init{})},
			coin,
			`pyro: site "fairness": start value 1.5 is not [0, 1] (element 0)`,
		},
		{
			"start of wrong shape",
			mcmc.NUTS{Init: mcmc.Values(pyro.Data{"fairness": tensor.Of([]float64{0.5, 0.5})}, mcmc.Init{})},
			coin,
			`pyro: site "fairness": start value has shape [2], but the site []`,
		},
		{"impossible data", mcmc.NUTS{}, func(p *pyro.P) {
			mu := p.Sample("mu", dist.Normal(0, 1))
			p.Factor("never", mu.MulScalar(0).Log())
		}, `mcmc: chain 0 has no valid start among 100 points
	point 0: log density -Inf, mu -0.946174, never -Inf
	point 1: log density -Inf, mu -1.1492, never -Inf
	point 2: log density -Inf, mu -2.37625, never -Inf
	point 3: log density -Inf, mu -1.24449, never -Inf
	point 4: log density -Inf, mu -2.52144, never -Inf
	to repair it: see site "never", whose log density is never finite, or give start values with mcmc.Values`},
		{"data off the support", mcmc.NUTS{}, func(p *pyro.P) {
			rate := p.Sample("rate", dist.Gamma(2, 1))
			p.Observe("count", dist.Poisson(rate), tensor.Of(-1.0))
		}, `mcmc: chain 0 has no valid start among 100 points
	point 0: site "count": value -1 is outside the support of Poisson(rate: 0.967074), which is {0, 1, …}
	point 1: site "count": value -1 is outside the support of Poisson(rate: 0.202268), which is {0, 1, …}
	point 2: site "count": value -1 is outside the support of Poisson(rate: 0.19282), which is {0, 1, …}
	point 3: site "count": value -1 is outside the support of Poisson(rate: 5.67314), which is {0, 1, …}
	point 4: site "count": value -1 is outside the support of Poisson(rate: 2.11651), which is {0, 1, …}
	to repair it: give start values with mcmc.Values`},
		{"nan gradient", mcmc.NUTS{}, func(p *pyro.P) {
			mu := p.Sample("mu", dist.Normal(0, 1))
			zero := mu.Sub(mu)
			p.Observe("x", dist.Normal(mu.Add(zero.Sqrt()), 1), tensor.Of(1.0))
		}, `mcmc: chain 0 cannot start: the gradient in site "mu" is NaN where the log density is -2.62574; the first operation with such a result is Recip
	to repair it: keep operations away from points where they have no derivative, also in branches of Where that are not taken`},
		{"new site", mcmc.NUTS{}, func(p *pyro.P) {
			calls++
			p.Sample("mu", dist.Normal(0, 1))
			if calls > 1 {
				p.Sample("nu", dist.Normal(0, 1))
			}
		}, `pyro: site "nu": the latent site was not in the first run of the model
	to repair it: a chain needs the same latent sites in every run; sum over structures, or use importance sampling`},
		{"improper", mcmc.NUTS{}, func(p *pyro.P) {
			p.Sample("mu", dist.ImproperUniform(constraint.Real))
		}, `mcmc: chain 0: the density hardly changes over any distance, so it is improper
	to repair it: give each latent site a proper prior, or data that tell about it`},
		{"wrong gradient", mcmc.NUTS{FromDraws: true}, func(p *pyro.P) {
			x := p.Sample("x", dist.Normal(0, 1)).MulScalar(1e305)
			p.Factor("level", x.Sub(x.Detach()))
		}, `mcmc: chain 0: the density changes too much over the shortest step, so it is discontinuous or its gradient is wrong
	to repair it: look for rounding, comparisons and Detach between latent sites and the density`},
		{"prior draw of improper", mcmc.NUTS{Init: mcmc.Prior()}, func(p *pyro.P) {
			mu := p.Sample("mu", dist.ImproperUniform(constraint.Real))
			p.Observe("x", dist.Normal(mu, 1), tensor.Of(1.0))
		}, `pyro: site "mu": no start value can be drawn from the prior ImproperUniform(): it was given a density only
	to repair it: start with mcmc.Uniform, or give a value with mcmc.Values`},
		{"discrete only", mcmc.NUTS{}, func(p *pyro.P) {
			z := p.Sample("z", dist.Bernoulli(0.5))
			p.Observe("x", dist.Normal(z, 1), tensor.Of(1.0))
		}, `pyro: site "z": the model has discrete latent sites only, which need no chain
	to repair it: use infer.Discrete or infer.DiscreteSample, which are exact`},
		{"no latent", mcmc.NUTS{}, func(p *pyro.P) {
			p.Observe("x", dist.Normal(0, 1), tensor.Of(1.0))
		}, `pyro: the model has no latent site, so there is nothing to draw`},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := failure(t, c.nuts, c.model)
			if got := place.ReplaceAllString(err.Error(), "$1"); got != c.want {
				t.Errorf("got\n%s\nwant\n%s", got, c.want)
			}
			var site *pyro.SiteError
			var start *mcmc.StartError
			var grad *mcmc.GradientError
			var settings *mcmc.SettingsError
			var step *mcmc.StepSizeError
			if !errors.As(err, &site) && !errors.As(err, &start) && !errors.As(err, &grad) && !errors.As(err, &settings) && !errors.As(err, &step) {
				t.Errorf("the error has type %T", err)
			}
		})
	}
}
