package infer_test

import (
	"math"
	"testing"

	"github.com/gopyro/pyro"
	"github.com/gopyro/pyro/constraint"
	"github.com/gopyro/pyro/dist"
	"github.com/gopyro/pyro/infer"
	"github.com/gopyro/pyro/optim"
	"github.com/gopyro/pyro/rng"
	"github.com/gopyro/pyro/tensor"
)

// conjugate is a model whose posterior is known in closed form. family makes
// the posterior family from two positive or real parameters, each of one
// element for each latent value.
type conjugate struct {
	name     string
	model    pyro.Model
	site     string
	family   func(a, b *tensor.Tensor) dist.Distribution
	start    [2]*tensor.Tensor
	real     bool // the first parameter is a real number, not a positive one
	exact    [2]*tensor.Tensor
	evidence float64 // log p(data)
	rate     float64
}

func conjugates() []conjugate {
	gamma := func(a, b *tensor.Tensor) dist.Distribution { return dist.Gamma(a, b) }
	beta := func(a, b *tensor.Tensor) dist.Distribution { return dist.Beta(a, b) }
	normal := func(a, b *tensor.Tensor) dist.Distribution { return dist.Normal(a, b) }
	two := func(a, b *tensor.Tensor) dist.Distribution { return dist.Independent(dist.Normal(a, b), 1) }
	of := func(a, b float64) [2]*tensor.Tensor { return [2]*tensor.Tensor{tensor.Of(a), tensor.Of(b)} }
	return []conjugate{{
		name: "Normal-Normal", site: "mu", family: two, real: true, rate: 0.02,
		model: func(p *pyro.P) {
			mu := p.Sample("mu", dist.Independent(dist.Normal([]float64{0, 0.5}, math.Sqrt(10)), 1))
			p.Plate("data", 4).Observe("x", dist.Independent(dist.Normal(mu, []float64{math.Sqrt(1. / 6), 0.5}), 1), rows)
		},
		start:    [2]*tensor.Tensor{tensor.Of([]float64{1, 1}), tensor.Of([]float64{1, 1})},
		exact:    [2]*tensor.Tensor{tensor.Of([]float64{1.2 / 24.1, (0.05 + 4*1.9) / 16.1}), tensor.Of([]float64{1 / math.Sqrt(24.1), 1 / math.Sqrt(16.1)})},
		evidence: normalEvidence([]float64{-.1, 0, .2, .1}, 0, 0.1, 6) + normalEvidence([]float64{.3, .4, .5, .7}, 0.5, 0.1, 4),
	}, {
		name: "Poisson-Gamma", site: "rate", family: gamma, rate: 0.04, start: of(2, 2), exact: of(7, 4),
		model: func(p *pyro.P) {
			r := p.Sample("rate", dist.Gamma(1, 1))
			p.Plate("data", 3).Observe("x", dist.Poisson(r), tensor.Of([]int{1, 2, 3}))
		},
		evidence: lgamma(7) - 7*math.Log(4) - math.Log(2) - math.Log(6),
	}, {
		name: "Exponential-Gamma", site: "rate", family: gamma, rate: 0.04, start: of(2, 2), exact: of(3, 6),
		model: func(p *pyro.P) {
			r := p.Sample("rate", dist.Gamma(1, 1))
			p.Plate("data", 2).Observe("x", dist.Exponential(r), tensor.Of([]float64{3, 2}))
		},
		evidence: lgamma(3) - 3*math.Log(6),
	}, {
		name: "Bernoulli-Beta", site: "p", family: beta, rate: 0.02, start: of(2, 2), exact: of(4, 2),
		model: func(p *pyro.P) {
			f := p.Sample("p", dist.Beta(1, 1))
			p.Plate("data", 4).Observe("x", dist.Bernoulli(f), tensor.Of([]int{0, 1, 1, 1}))
		},
		evidence: lbeta(4, 2),
	}, {
		name: "coin", site: "latent_fairness", family: beta, rate: 0.02, start: of(15, 15), exact: of(16, 14),
		model: func(p *pyro.P) {
			f := p.Sample("latent_fairness", dist.Beta(10, 10))
			p.Plate("data", 10).Observe("x", dist.Bernoulli(f), tensor.Of([]int{1, 1, 1, 1, 1, 1, 0, 0, 0, 0}))
		},
		evidence: lbeta(16, 14) - lbeta(10, 10),
	}, {
		name: "scale", site: "weight", family: normal, real: true, rate: 0.01, start: of(8.5, 1), exact: of(9.14, 0.6),
		model: func(p *pyro.P) {
			w := p.Sample("weight", dist.Normal(8.5, 1))
			p.Observe("measurement", dist.Normal(w, 0.75), tensor.Of(9.5))
		},
		evidence: normalEvidence([]float64{9.5}, 8.5, 1, 1/0.75/0.75),
	}}
}

var rows = tensor.Of([][]float64{{-.1, .3}, {0, .4}, {.2, .5}, {.1, .7}})

// normalEvidence is log ∫ N(μ; m, 1/prior) Π N(xᵢ; μ, 1/noise) dμ, where both
// are precisions.
func normalEvidence(x []float64, m, prior, noise float64) float64 {
	n := float64(len(x))
	post := prior + n*noise
	sum, squares := 0.0, 0.0
	for _, v := range x {
		sum += v
		squares += v * v
	}
	mean := (prior*m + noise*sum) / post
	return 0.5 * (n*math.Log(noise/(2*math.Pi)) + math.Log(prior/post) - noise*squares - prior*m*m + post*mean*mean)
}

func (c *conjugate) guide(a, b *tensor.Tensor, opts ...pyro.SiteOption) pyro.Model {
	first := constraint.Constraint(constraint.Positive)
	if c.real {
		first = constraint.Real
	}
	return func(p *pyro.P) {
		p.Sample(c.site, c.family(p.Param("a", a, first), p.Param("b", b, constraint.Positive)), opts...)
	}
}

// With the posterior as guide each loss is -log p(data), whatever was drawn, but for
// those that hold expectations in closed form. Tail-adaptive and path gradients are
// 0, too: see TestPathDerivativeVanishesAtThePosterior.
func TestExactGuideHasNoVariance(t *testing.T) {
	for _, c := range conjugates() {
		for _, kind := range kinds() {
			if kind.name == "mean field" {
				continue
			}
			params, guide := pyro.NewParams(), c.guide(c.exact[0], c.exact[1], kind.opts...)
			for i := range 20 {
				loss, _ := gradient(t, kind.loss, params, c.model, guide, rng.New(1).Fold(i))
				if math.Abs(loss+c.evidence) > 1e-9 {
					t.Fatalf("%s, %s: loss %v, want %v", c.name, kind.name, loss, -c.evidence)
				}
			}
		}
	}
	near(t, "the coin's evidence", conjugates()[4].evidence, -7.069374503167)
	near(t, "the scale's evidence", conjugates()[5].evidence, -1.462082084519)
}

// kinds are the losses whose optimum is the posterior where the guide's family has
// it, in terms of a guide with gradients through its draws or without.
func kinds() []struct {
	name string
	opts []pyro.SiteOption
	loss infer.Loss
} {
	score := []pyro.SiteOption{pyro.NoReparam}
	return []struct {
		name string
		opts []pyro.SiteOption
		loss infer.Loss
	}{
		{"pathwise", nil, infer.TraceELBO{}},
		{"score function", score, infer.TraceELBO{Particles: 10}},
		{"enumerated", nil, infer.TraceEnumELBO{}},
		{"mean field", nil, infer.TraceMeanFieldELBO{Particles: 2}},
		{"path derivative", nil, infer.PathELBO{}},
		{"graph", score, &infer.TraceGraphELBO{Particles: 5}},
		{"graph with running average", score, &infer.TraceGraphELBO{Particles: 5, Decay: 0.9}},
		{"Rényi ½", nil, infer.RenyiELBO{Alpha: 0.5, Particles: 4}},
		{"importance weighted", nil, infer.RenyiELBO{Particles: 3}},
		{"Rényi ½, score function", score, infer.RenyiELBO{Alpha: 0.5, Particles: 10}},
		{"tail adaptive", nil, infer.TailAdaptive{Particles: 10}},
		{"wake", nil, infer.ReweightedWakeSleep{Particles: 20}},
	}
}

// The loss is the divergence from the posterior less the log evidence, so the
// divergence measures how far a fit has come. It is to be below 0.01: a mean is
// then less than √0.02 = 0.14 posterior deviations away.
func TestConjugateFits(t *testing.T) {
	for i, c := range conjugates() {
		for _, kind := range kinds() {
			t.Run(c.name+", "+kind.name, func(t *testing.T) {
				t.Parallel()
				c := conjugates()[i]
				steps := 4000
				if kind.name == "importance weighted" { // gradients of the guide fade in tight bounds (Rainforth et al. 2018)
					steps *= 3
				}
				svi := &infer.SVI{
					Model: c.model, Guide: c.guide(c.start[0], c.start[1], kind.opts...), Loss: kind.loss,
					Optim: &optim.Adam{LR: c.rate, Schedule: optim.Cosine(steps, 0)},
				}
				if _, err := svi.Run(t.Context(), rng.New(0), steps); err != nil {
					t.Fatal(err)
				}
				fit := c.family(svi.Params.Get("a"), svi.Params.Get("b"))
				kl, ok := dist.KL(fit, c.family(c.exact[0], c.exact[1]))
				if !ok || !(kl.Item() < 0.01) {
					t.Errorf("divergence %v of %v", kl, fit)
				}
				if g, ok := kind.loss.(*infer.TraceGraphELBO); ok && g.Decay > 0 {
					return // it reads values
				}
				if svi.Stats.Replayed < steps*9/10 {
					t.Errorf("%+v", svi.Stats)
				}
			})
		}
	}
}

// At the posterior every estimate of the path derivative is 0, for Beta and gamma
// draws as for normal ones. Their gradients are known to 1e-9 or so, by implicit
// reparameterisation.
func TestPathDerivativeVanishesAtThePosterior(t *testing.T) {
	for _, c := range conjugates() {
		params := pyro.NewParams()
		guide := c.guide(c.exact[0], c.exact[1])
		for _, l := range []infer.Loss{infer.PathELBO{}, infer.PathELBO{Particles: 3}, infer.TailAdaptive{Particles: 3}} {
			for seed := range uint64(20) {
				loss, grad := gradient(t, l, params, c.model, guide, rng.New(seed))
				if math.Abs(loss+c.evidence) > 1e-9 {
					t.Errorf("%s, %T: loss %v, want %v", c.name, l, loss, -c.evidence)
				}
				for name, g := range grad {
					for _, v := range g {
						if math.Abs(v) > 1e-7 {
							t.Errorf("%s, %T: the gradient of %s is %v", c.name, l, name, g)
						}
					}
				}
			}
		}
	}
}
