package mcmc_test

import (
	"flag"
	"fmt"
	"math"
	"testing"

	"github.com/gopyro/pyro"
	"github.com/gopyro/pyro/dist"
	"github.com/gopyro/pyro/handler"
	"github.com/gopyro/pyro/infer/mcmc"
	"github.com/gopyro/pyro/rng"
	"github.com/gopyro/pyro/tensor"
)

// long runs each case with three seeds, and those that take long at all.
var long = flag.Bool("long", false, "run the long cases too, all with three seeds")

// eachSeed runs a case with one seed, or three.
func eachSeed(t *testing.T, f func(t *testing.T, seed uint64)) {
	n := uint64(1)
	if *long {
		n = 3
	}
	for seed := range n {
		t.Run(fmt.Sprint(seed), func(t *testing.T) { f(t, seed) })
	}
}

// TestGaussianChain is a random walk of unit steps whose end was observed n times
// to be 1, with unit errors. Given the end, step i of L is a bridge.
func TestGaussianChain(t *testing.T) {
	many := 200
	if *long {
		many = 10_000
	}
	for _, c := range []struct{ length, dim, n int }{{3, 10, 1}, {4, 10, 1}, {9, 5, 1}, {2, 5, many}} {
		m := func(p *pyro.P) {
			at := tensor.Of(0.0)
			for i := range c.length {
				at = p.Plate("dim", c.dim).Sample(fmt.Sprint("mu_", i+1), dist.Normal(at, 1))
			}
			obs := p.Plate("n", c.n, pyro.Dim(-2)).Plate("dim", c.dim)
			obs.Observe("x", dist.Normal(at, 1), tensor.Ones(c.n, c.dim))
		}
		t.Run(fmt.Sprintf("%d of %d, %d times", c.length, c.dim, c.n), func(t *testing.T) {
			eachSeed(t, func(t *testing.T, seed uint64) {
				r := mustRun(t, mcmc.NUTS{Chains: 2}, seed, m)
				length, n := float64(c.length), float64(c.n)
				variance := 1 / (1/length + n) // of the end
				mean := n * variance
				for i := range c.length {
					share := float64(i+1) / length
					// The bridge has variance share·(1-share)·length.
					sd := math.Sqrt(share*share*variance + share*(1-share)*length)
					for d := range min(c.dim, 3) {
						near(t, r, fmt.Sprintf("mu_%d[%d]", i+1, d), share*mean, sd)
					}
				}
			})
		})
	}
}

// TestBetaBernoulli has an exact posterior, for five ways of warm-up.
func TestBetaBernoulli(t *testing.T) {
	n := 100
	if *long {
		n = 1000
	}
	u := tensor.Uniforms(rng.New(1), n, 2)
	data := u.Less(tensor.Of([]float64{0.9, 0.1}))
	ones := data.Sum(0).Float64s()
	m := func(p *pyro.P) {
		parts := p.Plate("parts", 2)
		f := parts.Sample("f", dist.Beta(1.1, 1.1))
		p.Plate("data", n, pyro.Dim(-2)).Plate("parts", 2).Observe("x", dist.Bernoulli(f), data)
	}
	for _, nuts := range []mcmc.NUTS{{}, {FromDraws: true}, {Metric: mcmc.Dense, FromDraws: true}, {Metric: mcmc.Diagonal}, {StepSize: 0.5, TargetAccept: 0.9}} {
		nuts.Chains = 2
		r := mustRun(t, nuts, 3, m)
		for i, h := range ones {
			a, b := 1.1+h, 1.1+float64(n)-h
			near(t, r, fmt.Sprintf("f[%d]", i), a/(a+b), math.Sqrt(a*b/(a+b+1))/(a+b))
		}
	}
}

// TestGammaNormal has a posterior of one dimension, which is summed on a grid.
func TestGammaNormal(t *testing.T) {
	const n = 500
	for i, sd := range []float64{0.5, 2} {
		data := tensor.Normals(rng.New(uint64(i)), n).MulScalar(sd)
		squares := data.Square().Sum().Item()
		var mass, first, second float64
		for k := range 200_000 {
			x := 1e-4 + 5*float64(k)/200_000
			w := math.Exp(-x - n*math.Log(x/sd) - squares/(2*x*x) + squares/(2*sd*sd))
			mass, first, second = mass+w, first+w*x, second+w*x*x
		}
		mean := first / mass
		r := mustRun(t, mcmc.NUTS{Chains: 2}, 1, func(p *pyro.P) {
			s := p.Sample("sd", dist.Gamma(1, 1))
			p.Plate("data", n).Observe("x", dist.Normal(0, s), data)
		})
		near(t, r, "sd", mean, math.Sqrt(second/mass-mean*mean))
	}
}

// TestDirichletCategorical has an exact posterior.
func TestDirichletCategorical(t *testing.T) {
	const n = 200
	data := dist.Categorical([]float64{0.1, 0.6, 0.3}).Sample(rng.New(4), n)
	a := []float64{1, 1, 1}
	for _, x := range data.Float64s() {
		a[int(x)]++
	}
	r := mustRun(t, mcmc.NUTS{}, 2, func(p *pyro.P) {
		w := p.Sample("w", dist.Dirichlet([]float64{1, 1, 1}))
		p.Plate("data", n).Observe("x", dist.Categorical(w), data)
	})
	const total = n + 3
	for i, v := range a {
		near(t, r, fmt.Sprintf("w[%d]", i), v/total, math.Sqrt(v*(total-v)/(total*total*(total+1))))
	}
}

// TestLogistic recovers the coefficients of a logistic regression: the posterior
// mean is within 4 posterior deviations of them.
func TestLogistic(t *testing.T) {
	x := tensor.Normals(rng.New(1), 2000, 3)
	truth := []float64{1, 2, 3}
	linear := func(b *tensor.Tensor) *tensor.Tensor { return x.MatMul(b.Unsqueeze(-1)).Squeeze(-1) }
	y := tensor.Uniforms(rng.New(2), 2000).Less(linear(tensor.Of(truth)).Sigmoid())
	r := mustRun(t, mcmc.NUTS{Draws: 500, Warmup: 300, Chains: 2}, 1, func(p *pyro.P) {
		b := p.Sample("b", dist.Independent(dist.Normal(0, 10).Expand(3), 1))
		p.Plate("data", 2000).Observe("y", dist.BernoulliLogits(linear(b)), y)
	})
	for i, row := range r.Summary("b").Rows {
		if d := math.Abs(row.Mean - truth[i]); d > 4*row.SD || row.SD > 0.2 {
			t.Errorf("%s is %v ± %v, want %v", row.Name, row.Mean, row.SD, truth[i])
		}
	}
}

// TestGammaBeta recovers the parameters of a beta distribution.
func TestGammaBeta(t *testing.T) {
	data := dist.Beta(5, 1).Sample(rng.New(3), 1000)
	r := mustRun(t, mcmc.NUTS{Draws: 500, Warmup: 300, Chains: 2}, 1, func(p *pyro.P) {
		a, b := p.Sample("a", dist.Gamma(1, 1)), p.Sample("b", dist.Gamma(1, 1))
		p.Plate("data", 1000).Observe("x", dist.Beta(a, b), data)
	})
	for i, row := range r.Summary().Rows {
		want := []float64{5, 1}[i]
		if d := math.Abs(row.Mean - want); d > 4*row.SD || row.SD > 0.06*want {
			t.Errorf("%s is %v ± %v, want %v", row.Name, row.Mean, row.SD, want)
		}
	}
}

// TestGaussianMixture recovers a mixture of three with its labels summed out. With
// them the mean of the least part would have a deviation of 0.1.
func TestGaussianMixture(t *testing.T) {
	const n = 1000
	weights, locs := []float64{0.1, 0.3, 0.6}, []float64{1, 5, 10}
	z := dist.Categorical(weights).Sample(rng.New(1), n)
	data := tensor.Of(locs).Index(z).Add(tensor.Normals(rng.New(2), n))
	m := func(p *pyro.P) {
		w := p.Sample("w", dist.Dirichlet([]float64{1, 1, 1}))
		mu := p.Plate("parts", 3).Sample("mu", dist.Normal(locs, 10))
		points := p.Plate("points", n)
		z := points.Sample("z", dist.Categorical(w))
		points.Observe("x", dist.Normal(mu.Index(z), 1), data)
	}
	start := mcmc.Values(pyro.Data{"mu": tensor.Of([]float64{0, 5, 9})}, mcmc.Uniform(1))
	r := mustRun(t, mcmc.NUTS{Draws: 300, Warmup: 300, Chains: 2, Init: start}, 1, m)
	for i, row := range append(r.Summary("w").Rows, r.Summary("mu").Rows...) {
		want := append(weights, locs...)[i]
		if d := math.Abs(row.Mean - want); d > 4*row.SD || row.SD > 0.3 {
			t.Errorf("%s is %v ± %v, want %v", row.Name, row.Mean, row.SD, want)
		}
	}
}

// TestMetric finds the covariance of a normal as its inverse mass: exactly from
// draws and gradients, and within 10 % from draws alone, of which there must be
// many for that.
func TestMetric(t *testing.T) {
	for _, rho := range []float64{-0.7, 0.8} {
		cov := [][]float64{{10, rho}, {rho, 0.1}}
		m := func(p *pyro.P) { p.Sample("x", dist.MultivariateNormal([]float64{0, 0}, cov)) }
		check := func(n mcmc.NUTS, tolerance float64) {
			n.Metric, n.Chains = mcmc.Dense, 1
			got := mustRun(t, n, 1, m).Warmup[0].Covariance
			for i, v := range got {
				if want := cov[i/2][i%2]; math.Abs(v-want) > tolerance*math.Abs(want) {
					t.Errorf("rho %v: entry %d is %v, want %v within %g", rho, i, v, want, tolerance)
				}
			}
		}
		check(mcmc.NUTS{Draws: 1}, 1e-6)
		if *long {
			check(mcmc.NUTS{Draws: 1, Warmup: 20_000, FromDraws: true}, 0.1)
		}
		r := mustRun(t, mcmc.NUTS{}, 2, m)
		near(t, r, "x[0]", 0, math.Sqrt(10))
		near(t, r, "x[1]", 0, math.Sqrt(0.1))
	}
}

// TestShapes are densities that are hard for samplers.
func TestShapes(t *testing.T) {
	sds := make([]float64, 20)
	for i := range sds {
		sds[i] = math.Pow(1000, -float64(i)/19)
	}
	scales := func(p *pyro.P) { p.Plate("dims", 20).Sample("x", dist.Normal(0, sds)) }
	banana := func(p *pyro.P) {
		x := p.Sample("x", dist.Normal(1, 1))
		p.Sample("y", dist.Normal(x.Square(), 0.5))
	}
	funnel := func(p *pyro.P) {
		v := p.Sample("v", dist.Normal(0, 3))
		p.Plate("dims", 9).Sample("x", dist.Normal(0, v.MulScalar(0.5).Exp()))
	}
	eachSeed(t, func(t *testing.T, seed uint64) {
		r := mustRun(t, mcmc.NUTS{Chains: 2}, seed, scales)
		for i, sd := range sds {
			near(t, r, fmt.Sprintf("x[%d]", i), 0, sd)
		}
		r = mustRun(t, mcmc.NUTS{TargetAccept: 0.95}, seed, banana)
		near(t, r, "x", 1, 1)
		near(t, r, "y", 2, math.Sqrt(6.25))
		near(t, mustRun(t, mcmc.NUTS{}, seed, handler.NonCentered(funnel, "x")), "v", 0, 3)
		// Drawn directly, the neck is out of reach, and the diagnosis says so.
		if mustRun(t, mcmc.NUTS{}, seed, funnel).Diagnose().OK() {
			t.Error("the funnel passes")
		}
	})
}

// TestCalibration draws parameters and data from the prior, and ranks the
// parameters among draws from their posterior: the ranks are uniform (Talts et
// al. 2018). The statistic is χ² of 10 bins, which exceeds 46 once in a
// million times (9 degrees of freedom; Wilson and Hilferty 1931).
func TestCalibration(t *testing.T) {
	repeats := 200
	if *long {
		repeats = 2000
	}
	schools := handler.NonCentered(func(p *pyro.P) {
		mu := p.Sample("mu", dist.Normal(0, 5))
		tau := p.Sample("tau", dist.HalfNormal(5))
		school := p.Plate("school", 8)
		theta := school.Sample("theta", dist.Normal(mu, tau))
		school.Sample("data", dist.Normal(theta, schoolSigma))
	}, "theta")
	coin := func(p *pyro.P) {
		f := p.Sample("f", dist.Beta(2, 3))
		p.Plate("flips", 10).Sample("data", dist.Bernoulli(f))
	}
	x := tensor.Linspace(-1, 2, 15)
	line := func(p *pyro.P) {
		a, b := p.Sample("a", dist.Normal(0, 1)), p.Sample("b", dist.Normal(0, 2))
		s := p.Sample("s", dist.Gamma(3, 3))
		p.Plate("points", 15).Sample("data", dist.Normal(a.Add(b.Mul(x)), s))
	}
	for _, c := range []struct {
		name  string
		model pyro.Model
		sites []string
	}{{"schools", schools, []string{"mu", "tau"}}, {"coin", coin, []string{"f"}}, {"line", line, []string{"a", "b", "s"}}} {
		t.Run(c.name, func(t *testing.T) {
			bins := make([][10]float64, len(c.sites))
			for i := range repeats {
				tr, err := pyro.Run(c.model, rng.New(uint64(i)))
				if err != nil {
					t.Fatal(err)
				}
				data := pyro.Data{"data": tr.Value("data")}
				// Every fourth draw is nearly independent of the last: 99 of them rank in 0…99.
				r := mustRun(t, mcmc.NUTS{Draws: 99 * 4, Warmup: 200, Chains: 1}, uint64(i), handler.Condition(c.model, data))
				for j, name := range c.sites {
					rank := 0
					for k, v := range r.Scalar(name)[0] {
						if k%4 == 3 && v < tr.Value(name).Item() {
							rank++
						}
					}
					bins[j][rank/10]++
				}
			}
			for j, name := range c.sites {
				chi2, want := 0.0, float64(repeats)/10
				for _, n := range bins[j] {
					chi2 += (n - want) * (n - want) / want
				}
				if chi2 > 46 {
					t.Errorf("ranks of %s fall in bins as %v: χ² = %.1f", name, bins[j], chi2)
				}
			}
		})
	}
}
