package infer_test

import (
	"fmt"
	"math"
	"testing"

	"github.com/gopyro/pyro"
	"github.com/gopyro/pyro/constraint"
	"github.com/gopyro/pyro/dist"
	"github.com/gopyro/pyro/infer"
	"github.com/gopyro/pyro/infer/autoguide"
	"github.com/gopyro/pyro/optim"
	"github.com/gopyro/pyro/rng"
	"github.com/gopyro/pyro/tensor"
)

// gaussianChain is z₁ ~ N(0.2, 1/λ₀), zₖ ~ N(zₖ₋₁, 1/λₖ₋₁) and four data
// N(z_N, 1/λ_N), with precisions λₖ = 1.5(k+1)/N.
type gaussianChain struct{ n int }

var chainData = []float64{-.1, .03, .2, .1}

func (c gaussianChain) lambda(k int) float64 { return 1.5 * float64(k+1) / float64(c.n) }

func site(k int) string { return fmt.Sprintf("z%d", k) }

func (c gaussianChain) model(p *pyro.P) {
	z := tensor.Of(0.2)
	for k := range c.n {
		z = p.Sample(site(k+1), dist.Normal(z, 1/math.Sqrt(c.lambda(k))))
	}
	p.Plate("data", 4).Observe("x", dist.Normal(z, 1/math.Sqrt(c.lambda(c.n))), tensor.Of(chainData))
}

// prior returns the precision of z_k before the data; its mean is 0.2.
func (c gaussianChain) prior(k int) float64 {
	variance := 0.0
	for j := range k {
		variance += 1 / c.lambda(j)
	}
	return 1 / variance
}

// last returns mean and precision of z_N given the data.
func (c gaussianChain) last() (mean, precision float64) {
	prior, sum := c.prior(c.n), 0.0
	for _, x := range chainData {
		sum += x
	}
	precision = prior + 4*c.lambda(c.n)
	return (0.2*prior + c.lambda(c.n)*sum) / precision, precision
}

// before returns zₖ given zₖ₊₁: normal with mean shift + slope·zₖ₊₁.
func (c gaussianChain) before(k int) (shift, slope, precision float64) {
	prior := c.prior(k)
	precision = prior + c.lambda(k)
	return 0.2 * prior / precision, c.lambda(k) / precision, precision
}

// marginal returns mean and variance of all zₖ given the data.
func (c gaussianChain) marginal() (mean, variance []float64) {
	mean, variance = make([]float64, c.n+1), make([]float64, c.n+1)
	m, precision := c.last()
	mean[c.n], variance[c.n] = m, 1/precision
	for k := c.n - 1; k >= 1; k-- {
		shift, slope, precision := c.before(k)
		mean[k] = shift + slope*mean[k+1]
		variance[k] = 1/precision + slope*slope*variance[k+1]
	}
	return mean[1:], variance[1:]
}

// guide draws the chain backward, exactly as the posterior.
func (c gaussianChain) guide(opts ...pyro.SiteOption) pyro.Model {
	return func(p *pyro.P) {
		mean, precision := c.last()
		loc := p.Param("mean", tensor.Of(mean))
		scale := p.Param(fmt.Sprintf("scale%d", c.n), tensor.Of(1/math.Sqrt(precision)), constraint.Positive)
		z := p.Sample(site(c.n), dist.Normal(loc, scale), opts...)
		for k := c.n - 1; k >= 1; k-- {
			shift, slope, precision := c.before(k)
			a := p.Param(fmt.Sprintf("shift%d", k), tensor.Of(shift))
			b := p.Param(fmt.Sprintf("slope%d", k), tensor.Of(slope))
			s := p.Param(fmt.Sprintf("scale%d", k), tensor.Of(1/math.Sqrt(precision)), constraint.Positive)
			z = p.Sample(site(k), dist.Normal(z.Mul(b).Add(a), s), opts...)
		}
	}
}

// At the analytic guide all gradients are 0: those of TraceGraphELBO to 0.10 with
// 100,000 particles, and all to five of their standard errors. The particles run
// side by side, 500 at a time, but for the loss that compares two.
func TestChainGradientsVanishAtThePosterior(t *testing.T) {
	for _, n := range []int{3, 5} {
		c := gaussianChain{n}
		for name, opts := range map[string][]pyro.SiteOption{"path": nil, "score": {pyro.NoReparam}} {
			for _, l := range []struct {
				loss  infer.Loss
				draws int
				tol   float64
			}{
				{&infer.Vectorized{Of: infer.TraceELBO{}, Particles: 500}, 200, math.Inf(1)},
				{&infer.Vectorized{Of: &infer.TraceGraphELBO{}, Particles: 500}, 200, 0.10},
				{&infer.TraceGraphELBO{Particles: 2}, 3000, math.Inf(1)},
			} {
				mean, se := average(t, l.draws, l.loss, pyro.NewParams(), c.model, c.guide(opts...))
				for param, g := range mean {
					if param == "" {
						continue
					}
					if math.Abs(g) > 5*se[param]+1e-9 || math.Abs(g) > l.tol {
						t.Errorf("%d sites, %s, %T: the gradient of %s is %v ± %v", n, name, l.loss, param, g, se[param])
					}
				}
			}
		}
	}
}

// The guide with a full covariance finds the chain of three in 1001 steps: means to
// 0.05, variances to 0.07.
func TestFullCovarianceFindsTheChain(t *testing.T) {
	c := gaussianChain{3}
	g := &autoguide.MultivariateNormal{Model: c.model}
	const steps = 1001
	svi := &infer.SVI{
		Model: c.model, Guide: g.Guide, Loss: infer.TraceMeanFieldELBO{Particles: 4},
		Optim: &optim.Adam{LR: 0.05, Schedule: optim.Cosine(steps, 0)},
	}
	if _, err := svi.Run(t.Context(), rng.New(1), steps); err != nil {
		t.Fatal(err)
	}
	mean, variance := c.marginal()
	d := g.Posterior(svi.Params).(dist.Moments)
	for k := range c.n {
		if m, v := d.Mean().At(k), d.Variance().At(k); math.Abs(m-mean[k]) > 0.05 || math.Abs(v-variance[k]) > 0.07 {
			t.Errorf("z%d: mean %v, variance %v, want %v, %v", k+1, m, v, mean[k], variance[k])
		}
	}
}

// x ~ N(-0.2, 1.2) and y ~ N(0.2, 0.7), by ClippedAdam with rate 0.01 in 3001 steps:
// locations and scales to 0.05, for each guide that can be a normal distribution.
func TestGuidesFindTwoNormals(t *testing.T) {
	model := func(p *pyro.P) {
		p.Sample("x", dist.Normal(-0.2, 1.2))
		p.Sample("y", dist.Normal(0.2, 0.7))
	}
	type guide interface {
		autoguide.Part
		autoguide.Posterior
	}
	for name, build := range map[string]func() guide{
		"Normal":             func() guide { return &autoguide.Normal{Model: model} },
		"DiagonalNormal":     func() guide { return &autoguide.DiagonalNormal{Model: model} },
		"MultivariateNormal": func() guide { return &autoguide.MultivariateNormal{Model: model} },
		"LowRankNormal":      func() guide { return &autoguide.LowRankNormal{Model: model, Rank: 1} },
		"Structured":         func() guide { return &autoguide.Structured{Model: model} },
		"Laplace":            func() guide { return &autoguide.Laplace{Model: model} },
		"Flow":               func() guide { return &autoguide.Flow{Model: model, Steps: 1} },
	} {
		for _, loss := range []infer.Loss{infer.TraceELBO{}, infer.TraceMeanFieldELBO{}} {
			t.Run(fmt.Sprintf("%s, %T", name, loss), func(t *testing.T) {
				t.Parallel()
				g := build()
				const steps = 3001
				svi := &infer.SVI{Model: model, Guide: g.Guide, Loss: loss, Optim: &optim.ClippedAdam{LR: 0.01, Schedule: optim.Cosine(steps, 0.05)}}
				if _, err := svi.Run(t.Context(), rng.New(0), steps); err != nil {
					t.Fatal(err)
				}
				post, params := autoguide.Posterior(g), svi.Params
				tol := 0.05
				switch l := g.(type) {
				case *autoguide.Laplace:
					normal, fitted, err := l.Fit(svi.Params)
					if err != nil {
						t.Fatal(err)
					}
					post, params = normal, fitted
				case *autoguide.Flow:
					tol = 0.1 // 10,000 draws add 0.05 scales to its quantiles
				}
				mid, up := post.Median(params), post.Quantile(params, 0.8413447460685429)
				for site, want := range map[string][2]float64{"x": {-0.2, 1.2}, "y": {0.2, 0.7}} {
					loc := mid[site].Item()
					if scale := up[site].Item() - loc; math.Abs(loc-want[0]) > tol || math.Abs(scale-want[1]) > tol {
						t.Errorf("%s: loc %v, scale %v, want %v", site, loc, scale, want)
					}
				}
			})
		}
	}
}

// Inference compilation: the sleep phase alone fits a linear guide to dreams of
// x ~ N(0, √5) and two observations with deviation √2. Of the observations -1 and 1
// the posterior mean is 0, and 500 draws by importance from the guide give it to
// 0.1. The loss for fixed dreams changes only with the guide.
func TestInferenceCompilation(t *testing.T) {
	data := tensor.Of([]float64{-1, 1})
	model := func(p *pyro.P) {
		x := p.Sample("x", dist.Normal(0, math.Sqrt(5)))
		p.Plate("n", 2).Observe("y", dist.Normal(x, math.Sqrt2), data)
	}
	guide := func(p *pyro.P) {
		y := p.Deterministic("y", data)
		w := p.Param("w", tensor.Of([]float64{1, -0.5}))
		scale := p.Param("scale", tensor.Of(2.0), constraint.Positive)
		p.Sample("x", dist.Normal(y.Mul(w).Sum().Add(p.Param("b", tensor.Of(1.0))), scale))
	}
	const steps = 2000
	svi := &infer.SVI{
		Model: model, Guide: guide, Loss: infer.ReweightedWakeSleep{Sleep: 1, Dreams: 10},
		Optim: &optim.Adam{LR: 0.02, Schedule: optim.Cosine(steps, 0)},
	}
	before, err := svi.Evaluate(rng.New(9))
	if err != nil {
		t.Fatal(err)
	}
	if again, err := svi.Evaluate(rng.New(9)); err != nil || again != before {
		t.Errorf("the loss of the same dreams was %v and is %v (%v)", before, again, err)
	}
	if _, err := svi.Run(t.Context(), rng.New(1), steps); err != nil {
		t.Fatal(err)
	}
	if after, err := svi.Evaluate(rng.New(9)); err != nil || !(after < before) {
		t.Errorf("the loss of the same dreams was %v and is %v (%v)", before, after, err)
	}
	// The posterior given y is normal with precision 1/5 + 2/2 and mean Σy/2 over it.
	for i := range 2 {
		if w := svi.Params.Get("w").At(i); math.Abs(w-0.5/1.2) > 0.05 {
			t.Errorf("weight %v, want %v", w, 0.5/1.2)
		}
	}
	w, err := infer.Importance{Samples: 500, Guide: svi.Params.Bind(guide)}.Run(t.Context(), rng.New(2), model)
	if err != nil || math.Abs(w.Mean("x").Item()) > 0.1 || w.ESS() < 400 {
		t.Errorf("mean %v of %v effective draws (%v)", w.Mean("x"), w.ESS(), err)
	}
}

// Five binomial numbers of 1000 trials at 0.7 and a fitted guide: predictive means
// are 700 to 5 %, and of n weighted draws more than 0.8n count.
func TestPredictionsOfBinomials(t *testing.T) {
	truth := dist.Binomial(1000, 0.7).Sample(rng.New(3), 5)
	build := func(data *tensor.Tensor) pyro.Model {
		return func(p *pyro.P) {
			q := p.Plate("n", 5)
			f := q.Sample("f", dist.Beta(1, 1))
			q.Observe("k", dist.Binomial(1000, f), data)
		}
	}
	guide := func(p *pyro.P) {
		q := p.Plate("n", 5)
		a := q.Param("a", tensor.Full(300, 5), constraint.Positive)
		b := q.Param("b", tensor.Full(100, 5), constraint.Positive)
		q.Sample("f", dist.Beta(a, b))
	}
	const steps = 3000
	svi := &infer.SVI{
		Model: build(truth), Guide: guide, Loss: infer.PathELBO{},
		Optim: &optim.Adam{LR: 0.1, Schedule: optim.Cosine(steps, 0.01)},
	}
	if _, err := svi.Run(t.Context(), rng.New(1), steps); err != nil {
		t.Fatal(err)
	}
	bound := svi.Params.Bind(guide)
	draws, err := infer.Predictive{N: 1000, Guide: bound, Sites: []string{"k"}}.Run(t.Context(), rng.New(2), build(nil))
	if err != nil {
		t.Fatal(err)
	}
	for i, m := range draws.Var("k").Mean(0).Float64s() {
		if math.Abs(m-700) > 35 {
			t.Errorf("predictive mean %d is %v", i, m)
		}
	}
	const n = 2000
	w, err := infer.Importance{Samples: n, Guide: bound}.Run(t.Context(), rng.New(3), build(truth))
	if err != nil || !(w.ESS() > 0.8*n) {
		t.Errorf("%v of %d draws count (%v)", w.ESS(), n, err)
	}
}
