package autoguide_test

import (
	"fmt"
	"maps"
	"math"
	"testing"

	"github.com/gopyro/pyro"
	"github.com/gopyro/pyro/dist"
	"github.com/gopyro/pyro/handler"
	"github.com/gopyro/pyro/infer"
	"github.com/gopyro/pyro/infer/autoguide"
	"github.com/gopyro/pyro/optim"
	"github.com/gopyro/pyro/rng"
	"github.com/gopyro/pyro/tensor"
)

// family says which distributions of the unconstrained numbers a guide has, and so
// what its best fit to a posterior is.
type family int

const (
	points  family = iota // the mode
	apart                 // normal, independent
	halves                // normal, the first number independent of the others
	joined                // normal with any covariance, or more
	laplace               // the normal distribution at the mode of the unconstrained scale
)

// families makes each guide, with the family that it has of n numbers, up to three.
func families(m pyro.Model, first string, n int) map[string]struct {
	guide
	family
} {
	type made = struct {
		guide
		family
	}
	out := map[string]made{}
	for name, g := range every(m, nil) {
		out[name] = made{g, joined}
	}
	out["Delta"] = made{out["Delta"].guide, points}
	out["Laplace"] = made{out["Laplace"].guide, laplace}
	out["Normal"] = made{out["Normal"].guide, apart}
	out["DiagonalNormal"] = made{out["DiagonalNormal"].guide, apart}
	out["LowRankNormal"] = made{&autoguide.LowRankNormal{Model: m, Rank: max(1, n-1)}, joined}
	if first != "" {
		out["List"] = made{&autoguide.List{Model: m, Parts: []autoguide.Part{
			&autoguide.Normal{Model: handler.Expose(m, first)},
			&autoguide.MultivariateNormal{Model: handler.Block(m, handler.Names(first))},
		}}, halves}
	}
	return out
}

// posterior is a model with the best fit of each family: mean and deviation of each
// unconstrained number, in the order of the sites.
type posterior struct {
	name  string
	model pyro.Model
	sites []string
	free  func(v *tensor.Tensor) *tensor.Tensor // onto the unconstrained scale
	best  func(f family) (mean, sd []float64)
}

func same(v *tensor.Tensor) *tensor.Tensor { return v }

// gaussian is the best fits to a normal posterior with a precision Λ and Λ·mean: of
// independent blocks, their precisions are those blocks of Λ (Bishop 2006, section
// 10.1.2).
func gaussian(precision [][]float64, h []float64) func(f family) (mean, sd []float64) {
	return func(f family) (mean, sd []float64) {
		n := len(h)
		blocks := [][2]int{{0, n}}
		switch f {
		case apart:
			blocks = nil
			for i := range n {
				blocks = append(blocks, [2]int{i, i + 1})
			}
		case halves:
			blocks = [][2]int{{0, 1}, {1, n}}
		}
		all := tensor.Of(precision)
		l := all.Cholesky()
		mean = l.TriSolveT(l.TriSolve(tensor.Of(h).Unsqueeze(-1))).Squeeze(-1).Float64s()
		for _, b := range blocks {
			v := all.Slice(0, b[0], b[1]).Slice(1, b[0], b[1]).Cholesky().CholeskyInverse().Diag()
			sd = append(sd, v.Sqrt().Float64s()...)
		}
		return mean, sd
	}
}

// gamma is the best fits to Gamma(a, b). The logarithm u has the log density
// a·u - b·eᵘ and a constant, whose mean under N(m, s²) with the entropy log s is
// greatest where b·exp(m + s²/2) = a and s² = 1/a.
func gamma(a, b float64) func(f family) (mean, sd []float64) {
	return func(f family) (mean, sd []float64) {
		at := math.Log(a/b) - 0.5/a
		switch f {
		case points:
			at = math.Log((a - 1) / b)
		case laplace:
			at = math.Log(a / b)
		}
		return []float64{at}, []float64{1 / math.Sqrt(a)}
	}
}

// beta is the best fits to Beta(a, b). The log odds u have the log density
// a·u - (a+b)·log(1 + eᵘ) and a constant, whose mean under N(m, s²) with the
// entropy is greatest where E σ(u) = a/(a+b) and s²·(a+b)·E σ(u)(1-σ(u)) = 1.
func beta(a, b float64) func(f family) (mean, sd []float64) {
	n, p := a+b, a/(a+b)
	return func(f family) (mean, sd []float64) {
		switch f {
		case points:
			return []float64{math.Log((a - 1) / (b - 1))}, []float64{0}
		case laplace:
			return []float64{math.Log(a / b)}, []float64{1 / math.Sqrt(n*p*(1-p))}
		}
		m, s := math.Log(a/b), 1/math.Sqrt(n*p*(1-p))
		for range 200 {
			var sigma, slope float64 // the rectangle rule is exact to many digits here
			const h = 0.05
			for e := -8.0; e <= 8; e += h {
				w := h * math.Exp(-e*e/2) / math.Sqrt(2*math.Pi)
				v := 1 / (1 + math.Exp(-m-s*e))
				sigma, slope = sigma+w*v, slope+w*v*(1-v)
			}
			m, s = m+(p-sigma)/slope, 1/math.Sqrt(n*slope)
		}
		return []float64{m}, []float64{s}
	}
}

// posteriors are those that are known.
func posteriors() []posterior {
	rows := tensor.Of([][]float64{{-.1, .3}, {0, .4}, {.2, .5}, {.1, .7}})
	observe := func(p *pyro.P, d dist.Distribution, data *tensor.Tensor) {
		p.Plate("data", data.Len()).Observe("x", d, data)
	}
	chain := func(p *pyro.P) { // of three, with precisions ½, 1 and 3/2, and four data
		z := p.Sample("z1", dist.Normal(0.2, math.Sqrt(2)))
		z = p.Sample("z2", dist.Normal(z, 1))
		z = p.Sample("z3", dist.Normal(z, math.Sqrt(1/1.5)))
		observe(p, dist.Normal(z, math.Sqrt(1/1.5)), tensor.Of([]float64{-.1, .03, .2, .1}))
	}
	logit := func(v *tensor.Tensor) *tensor.Tensor { return v.Log().Sub(v.RSubScalar(1).Log()) }
	return []posterior{
		{
			"two normals", func(p *pyro.P) {
				p.Sample("x", dist.Normal(-0.2, 1.2))
				p.Sample("y", dist.Normal(0.2, 0.7))
			},
			[]string{"x", "y"},
			same, gaussian([][]float64{{1 / 1.44, 0}, {0, 1 / 0.49}}, []float64{-0.2 / 1.44, 0.2 / 0.49}),
		},
		{"chain", chain, []string{"z1", "z2", "z3"}, same, gaussian(
			[][]float64{{1.5, -1, 0}, {-1, 2.5, -1.5}, {0, -1.5, 7.5}}, []float64{0.1, 0, 1.5 * 0.23})},
		{"Normal-Normal", func(p *pyro.P) {
			mu := p.Sample("mu", dist.Independent(dist.Normal([]float64{0, 0.5}, math.Sqrt(10)), 1))
			observe(p, dist.Independent(dist.Normal(mu, []float64{math.Sqrt(1. / 6), 0.5}), 1), rows)
		}, []string{"mu"}, same, gaussian([][]float64{{24.1, 0}, {0, 16.1}}, []float64{1.2, 0.05 + 4*1.9})},
		{"Poisson-Gamma", func(p *pyro.P) {
			observe(p, dist.Poisson(p.Sample("rate", dist.Gamma(1, 1))), tensor.Of([]int{1, 2, 3}))
		}, []string{"rate"}, (*tensor.Tensor).Log, gamma(7, 4)},
		{"Exponential-Gamma", func(p *pyro.P) {
			observe(p, dist.Exponential(p.Sample("rate", dist.Gamma(1, 1))), tensor.Of([]float64{3, 2}))
		}, []string{"rate"}, (*tensor.Tensor).Log, gamma(3, 6)},
		{"Bernoulli-Beta", func(p *pyro.P) {
			observe(p, dist.Bernoulli(p.Sample("p", dist.Beta(1, 1))), tensor.Of([]int{0, 1, 1, 1}))
		}, []string{"p"}, logit, beta(4, 2)},
		{"coin", func(p *pyro.P) {
			observe(p, dist.Bernoulli(p.Sample("p", dist.Beta(10, 10))), tensor.Of([]int{1, 1, 1, 1, 1, 1, 0, 0, 0, 0}))
		}, []string{"p"}, logit, beta(16, 14)},
		{"scale", func(p *pyro.P) {
			w := p.Sample("weight", dist.Normal(8.5, 1))
			p.Observe("measurement", dist.Normal(w, 0.75), tensor.Of(9.5))
		}, []string{"weight"}, same, gaussian([][]float64{{1 + 1/0.5625}}, []float64{8.5 + 9.5/0.5625})},
	}
}

// Every guide finds the best fit of its family to each posterior that is known, with
// each loss: to 0.05 in means and deviations, the tolerance of the table, and no
// more than a divergence of 0.01 away. Points are within 0.02.
func TestEveryGuideFindsThePosteriors(t *testing.T) {
	losses := map[string]infer.Loss{
		"Trace": infer.TraceELBO{Particles: 2}, "MeanField": infer.TraceMeanFieldELBO{Particles: 2}, "Enum": infer.TraceEnumELBO{Particles: 2},
		"Graph": &infer.TraceGraphELBO{Particles: 2}, "Path": infer.PathELBO{Particles: 2},
	}
	// Their optimum is another one where the family lacks the posterior.
	covering := map[string]infer.Loss{"Rényi": infer.RenyiELBO{Alpha: 0.5, Particles: 10}, "TailAdaptive": infer.TailAdaptive{}}
	for _, c := range posteriors() {
		first, n := c.sites[0], len(c.sites)
		if n == 1 {
			first = ""
		}
		for guideName, made := range families(c.model, first, n) {
			with := maps.Clone(losses)
			if c.name == "two normals" && guideName != "Flow" && made.family != points && made.family != laplace {
				maps.Copy(with, covering)
			}
			for lossName, loss := range with {
				t.Run(fmt.Sprint(c.name, "/", guideName, "/", lossName), func(t *testing.T) {
					t.Parallel()
					made := families(c.model, first, n)[guideName]
					c.check(t, made.guide, made.family, loss)
				})
			}
		}
	}
}

// check fits a guide and compares it with the best fit.
func (c *posterior) check(t *testing.T, g guide, f family, loss infer.Loss) {
	const steps = 3001
	svi := &infer.SVI{
		Model: c.model, Guide: g.Guide, Loss: loss,
		Optim: &optim.ClippedAdam{LR: 0.03, Schedule: optim.Exponential(math.Pow(0.01, 1./steps))},
	}
	if _, err := svi.Run(t.Context(), rng.New(2), steps); err != nil {
		t.Fatal(err)
	}
	if svi.Stats.Replayed < steps*9/10 {
		t.Errorf("%+v", svi.Stats)
	}
	params := svi.Params
	if l, ok := g.(*autoguide.Laplace); ok {
		normal, fitted, err := l.Fit(params)
		if err != nil {
			t.Fatal(err)
		}
		g, params = normal, fitted
	}
	numbers := func(values pyro.Data) (out []float64) {
		for _, site := range c.sites {
			out = append(out, c.free(values[site]).Float64s()...)
		}
		return out
	}
	const above = 0.8413447460685429 // one deviation
	mid, high := numbers(g.Median(params)), numbers(g.Quantile(params, above))
	mean, sd := c.best(f)
	for i := range mean {
		if f == points {
			if !(math.Abs(mid[i]-mean[i]) <= 0.02) || high[i] != mid[i] {
				t.Errorf("number %d is at %v to %v, want %v", i, mid[i], high[i], mean[i])
			}
			continue
		}
		tol := 0.05
		if _, ok := g.(*autoguide.Flow); ok { // quantiles of 10,000 draws have errors of 0.015 deviations
			tol += 4 * 0.015 * sd[i]
		}
		got := high[i] - mid[i]
		if !(math.Abs(mid[i]-mean[i]) <= tol) || !(math.Abs(got-sd[i]) <= tol) {
			t.Errorf("number %d is %v ± %v, want %v ± %v", i, mid[i], got, mean[i], sd[i])
		}
		ratio, gap := got/sd[i], (mid[i]-mean[i])/sd[i]
		if kl := 0.5*(ratio*ratio+gap*gap-1) - math.Log(ratio); !(kl < 0.01) {
			t.Errorf("number %d is %v ± %v, %v from %v ± %v", i, mid[i], got, kl, mean[i], sd[i])
		}
	}
}
