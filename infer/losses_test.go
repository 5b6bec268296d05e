package infer_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/gopyro/pyro"
	"github.com/gopyro/pyro/constraint"
	"github.com/gopyro/pyro/dist"
	"github.com/gopyro/pyro/infer"
	"github.com/gopyro/pyro/optim"
	"github.com/gopyro/pyro/rng"
	"github.com/gopyro/pyro/tensor"
)

// lossAndGrad evaluates a loss once, with the gradients of the unconstrained
// parameters, which must be single numbers.
func lossAndGrad(t *testing.T, l infer.Loss, params *pyro.Params, key rng.Key, model, guide pyro.Model) (float64, map[string]float64) {
	t.Helper()
	return lossAndGradOn(t, tensor.NewTape(), l, params, key, model, guide)
}

func lossAndGradOn(t *testing.T, tape *tensor.Tape, l infer.Loss, params *pyro.Params, key rng.Key, model, guide pyro.Model) (float64, map[string]float64) {
	t.Helper()
	defer tape.Reset()
	y, err := l.Loss(tape, key, params.Bind(model), params.Bind(guide))
	if err != nil {
		t.Fatal(err)
	}
	grads := map[string]float64{}
	for name, g := range params.Grad(y) {
		grads[name] = g.Item()
	}
	return y.Item(), grads
}

// average returns means and standard errors of n evaluations; "" is the loss.
func average(t *testing.T, n int, l infer.Loss, params *pyro.Params, model, guide pyro.Model) (mean, se map[string]float64) {
	t.Helper()
	mean, se = map[string]float64{}, map[string]float64{}
	square := map[string]float64{}
	tape := tensor.NewTape()
	for i := range n {
		v, g := lossAndGradOn(t, tape, l, params, rng.New(7).Fold(i), model, guide)
		g[""] = v
		for k, x := range g {
			mean[k] += x / float64(n)
			square[k] += x * x / float64(n)
		}
	}
	for k := range mean {
		se[k] = math.Sqrt(max(0, square[k]-mean[k]*mean[k]) / float64(n))
	}
	return mean, se
}

// fiveSE checks a Monte Carlo mean to five standard errors.
func withinSE(t *testing.T, what string, got, se, want float64) {
	t.Helper()
	if !(math.Abs(got-want) <= 5*se+1e-9) {
		t.Errorf("%s: %v ± %v, want %v", what, got, se, want)
	}
}

// normalNormal has prior precision 0.1 around (0, 0.5), likelihood precision
// (6, 4) and four data; the posterior has precision (24.1, 16.1).
func normalNormal(p *pyro.P) {
	data := tensor.Of([][]float64{{-.1, .3}, {0, .4}, {.2, .5}, {.1, .7}})
	loc := p.Sample("loc", dist.Independent(dist.Normal([]float64{0, .5}, math.Sqrt(10)).Expand(2), 1))
	sd := tensor.Of([]float64{1 / math.Sqrt(6), 0.5})
	p.Plate("data", 4).Observe("x", dist.Independent(dist.Normal(loc, sd), 1), data)
}

var (
	normalMean = []float64{(6 * 0.2) / 24.1, (0.05 + 4*1.9) / 16.1}
	normalSD   = []float64{1 / math.Sqrt(24.1), 1 / math.Sqrt(16.1)}
)

func normalGuide(opts ...pyro.SiteOption) pyro.Model {
	return func(p *pyro.P) {
		loc := p.Param("m", tensor.Of([]float64{0.3, 0.2}), constraint.RealVector)
		sd := p.Param("s", tensor.Of([]float64{0.4, 0.4}), constraint.Independent(constraint.Positive, 1))
		p.Sample("loc", dist.Independent(dist.Normal(loc, sd), 1), opts...)
	}
}

func TestLossesFindNormalPosterior(t *testing.T) {
	for _, c := range []struct {
		name  string
		loss  infer.Loss
		opts  []pyro.SiteOption
		steps int
	}{
		{"mean field", infer.TraceMeanFieldELBO{Particles: 4}, nil, 1500},
		{"path", infer.PathELBO{}, nil, 1500},
		{"Rényi ½", infer.RenyiELBO{Alpha: 0.5, Particles: 4}, nil, 1500},
		{"importance weighted", infer.RenyiELBO{Particles: 3}, nil, 2500},
		{"Rényi, score function", infer.RenyiELBO{Alpha: 0.5, Particles: 10}, []pyro.SiteOption{pyro.NoReparam}, 2500},
		{"graph", &infer.TraceGraphELBO{Particles: 2}, nil, 1500},
		{"graph, score function", &infer.TraceGraphELBO{Particles: 10}, []pyro.SiteOption{pyro.NoReparam}, 2500},
		{"graph, running average", &infer.TraceGraphELBO{Particles: 10, Decay: 0.9}, []pyro.SiteOption{pyro.NoReparam}, 2000},
		{"tail adaptive", infer.TailAdaptive{Particles: 10}, nil, 1500},
		{"wake", infer.ReweightedWakeSleep{Particles: 20}, nil, 2500},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			svi := &infer.SVI{
				Model: normalNormal, Guide: normalGuide(c.opts...), Loss: c.loss,
				Optim: &optim.Adam{LR: 0.02, Schedule: optim.Exponential(math.Pow(0.01, 1/float64(c.steps)))},
			}
			if _, err := svi.Run(context.Background(), rng.New(3), c.steps); err != nil {
				t.Fatal(err)
			}
			m, s := svi.Params.Get("m"), svi.Params.Get("s")
			for i := range 2 {
				// A fifth of the posterior's standard deviation.
				if math.Abs(m.At(i)-normalMean[i]) > 0.2*normalSD[i] || math.Abs(s.At(i)/normalSD[i]-1) > 0.2 {
					t.Errorf("element %d: normal(%.4f, %.4f), want (%.4f, %.4f)", i, m.At(i), s.At(i), normalMean[i], normalSD[i])
				}
			}
			if g, ok := c.loss.(*infer.TraceGraphELBO); ok && g.Decay > 0 {
				if !strings.Contains(svi.Stats.Why, "running average") {
					t.Errorf("Why is %q", svi.Stats.Why)
				}
			} else if svi.Stats.Replayed == 0 {
				t.Errorf("no step was replayed: %+v", svi.Stats)
			}
		})
	}
}

// exactPosterior is normalNormal's, in the parameters m and s.
func exactPosterior() *pyro.Params {
	params := pyro.NewParams()
	params.Set("m", tensor.Of(normalMean), constraint.RealVector)
	params.Set("s", tensor.Of(normalSD), constraint.Independent(constraint.Positive, 1))
	return params
}

// normalNormalEvidence is log p(data), from log p(x, z) - log p(z | x) at z = 0.
func familyEvidence() float64 {
	lp := 0.0
	normal := func(x, m, prec float64) float64 {
		return 0.5*math.Log(prec/(2*math.Pi)) - 0.5*prec*(x-m)*(x-m)
	}
	data := [][]float64{{-.1, 0, .2, .1}, {.3, .4, .5, .7}}
	prior, prec := []float64{0, .5}, []float64{6, 4}
	for i := range 2 {
		lp += normal(0, prior[i], 0.1) - normal(0, normalMean[i], 1/(normalSD[i]*normalSD[i]))
		for _, x := range data[i] {
			lp += normal(x, 0, prec[i])
		}
	}
	return lp
}

func TestZeroVarianceAtPosterior(t *testing.T) {
	params := exactPosterior()
	want := -familyEvidence()
	for _, c := range []struct {
		name string
		loss infer.Loss
		flat bool // the gradient is 0, too
	}{
		{"path", infer.PathELBO{Particles: 2}, true},
		{"tail adaptive", infer.TailAdaptive{Particles: 3}, true},
		{"Rényi ½", infer.RenyiELBO{Alpha: 0.5, Particles: 3}, false},
		{"Rényi 3", infer.RenyiELBO{Alpha: 3, Particles: 3}, false},
		{"importance weighted", infer.RenyiELBO{Particles: 5}, false},
		{"wake", infer.ReweightedWakeSleep{Particles: 2}, false},
		{"graph", &infer.TraceGraphELBO{}, false},
	} {
		for seed := range uint64(5) {
			tape := tensor.NewTape()
			y, err := c.loss.Loss(tape, rng.New(seed), params.Bind(normalNormal), params.Bind(normalGuide()))
			if err != nil {
				t.Fatal(err)
			}
			// A dozen terms of size up to 10.
			if math.Abs(y.Item()-want) > 1e-13*100 {
				t.Errorf("%s: loss %v, the evidence is %v", c.name, y.Item(), want)
			}
			for name, g := range params.Grad(y) {
				if c.flat && g.Find(func(v float64) bool { return math.Abs(v) > 1e-12*100 }) >= 0 {
					t.Errorf("%s: the gradient of %s is %v", c.name, name, g)
				}
			}
		}
	}
}

func TestScoreGradientFormula(t *testing.T) {
	const x, loc, sd = 1.3, 0.4, 0.7
	model := func(p *pyro.P) {
		z := p.Sample("z", dist.Normal(0, 1))
		p.Observe("x", dist.Normal(z, 1), tensor.Of(x))
	}
	guide := func(p *pyro.P) {
		p.Sample("z", dist.Normal(p.Param("m", tensor.Of(loc)), p.Param("s", tensor.Of(sd))), pyro.NoReparam)
	}
	params := pyro.NewParams()
	for seed := range uint64(5) {
		key := rng.New(seed)
		_, grad := lossAndGrad(t, &infer.TraceGraphELBO{}, params, key, model, guide)
		tr, err := pyro.Run(guide, key.Fold(0).Fold(0))
		if err != nil {
			t.Fatal(err)
		}
		z := tr.Value("z").Item()
		elbo := -0.5*z*z - 0.5*(x-z)*(x-z) - math.Log(2*math.Pi)/2 + 0.5*(z-loc)*(z-loc)/(sd*sd) + math.Log(sd)
		for name, want := range map[string]float64{
			"m": -(z - loc) / (sd * sd) * elbo,
			"s": -((z-loc)*(z-loc)/(sd*sd) - 1) / sd * elbo,
		} {
			if math.Abs(grad[name]-want) > 1e-12*(1+math.Abs(want)) {
				t.Errorf("gradient of %s is %v, the formula gives %v", name, grad[name], want)
			}
		}
	}
}

// chain has two independent parts, so that a draw of one is not to account for
// the other.
func chain(p *pyro.P) {
	a := p.Sample("a", dist.Bernoulli(0.3), pyro.NoEnum)
	p.Observe("x", dist.Normal(a, 1), tensor.Of(0.8))
	b := p.Sample("b", dist.Bernoulli(0.6), pyro.NoEnum)
	p.Observe("y", dist.Normal(b.MulScalar(2), 1), tensor.Of(-0.5))
}

func chainGuide(p *pyro.P) {
	p.Sample("a", dist.Bernoulli(p.Param("qa", tensor.Of(0.4))))
	p.Sample("b", dist.Bernoulli(p.Param("qb", tensor.Of(0.7))))
}

func TestGraphAccountsOnlyDownstream(t *testing.T) {
	params := pyro.NewParams()
	key := rng.New(2)
	_, grad := lossAndGrad(t, &infer.TraceGraphELBO{}, params, key, chain, chainGuide)
	tr, err := pyro.Run(chainGuide, key.Fold(0).Fold(0))
	if err != nil {
		t.Fatal(err)
	}
	want := func(z, prior, q, x, m float64) float64 {
		logB := func(p float64) float64 { return z*math.Log(p) + (1-z)*math.Log(1-p) }
		reward := logB(prior) - logB(q) - 0.5*(x-m*z)*(x-m*z) - 0.5*math.Log(2*math.Pi)
		return -(z/q - (1-z)/(1-q)) * reward
	}
	for name, w := range map[string]float64{
		"qa": want(tr.Value("a").Item(), 0.3, 0.4, 0.8, 1),
		"qb": want(tr.Value("b").Item(), 0.6, 0.7, -0.5, 2),
	} {
		if math.Abs(grad[name]-w) > 1e-12*(1+math.Abs(w)) {
			t.Errorf("gradient of %s is %v, want %v", name, grad[name], w)
		}
	}
}

// readingChain is chain, but looks at its draw, so that all that follows is
// taken to depend on it.
func readingChain(p *pyro.P) {
	a := p.Sample("a", dist.Bernoulli(0.3), pyro.NoEnum)
	mean := 0.0
	if a.Item() == 1 {
		mean = 1
	}
	p.Observe("x", dist.Normal(mean, 1), tensor.Of(0.8))
	b := p.Sample("b", dist.Bernoulli(0.6), pyro.NoEnum)
	p.Observe("y", dist.Normal(b.MulScalar(2), 1), tensor.Of(-0.5))
}

// bernoulliGrad is the gradient in q of KL(q ‖ posterior) up to the evidence.
func bernoulliGrad(q, prior, x, m float64) float64 {
	f := func(z, p, q float64) float64 { return math.Log(q) - math.Log(p) + 0.5*(x-m*z)*(x-m*z) }
	return f(1, prior, q) - f(0, 1-prior, 1-q)
}

func TestScoreGradientsAreUnbiased(t *testing.T) {
	withBaseline := func(p *pyro.P) {
		p.Deterministic("base", p.Param("level", tensor.Of(-1.5)))
		chainGuide(p)
	}
	network := func(p *pyro.P) { // of the data that the site is about
		hidden := p.Param("in", tensor.Of(-1.0)).MulScalar(0.8).Tanh()
		p.Deterministic("base", hidden.Mul(p.Param("out", tensor.Of(0.7))).SubScalar(1))
		chainGuide(p)
	}
	for _, c := range []struct {
		name         string
		loss         infer.Loss
		model, guide pyro.Model
	}{
		{"graph, network", &infer.TraceGraphELBO{Baselines: map[string]string{"a": "base"}}, chain, network},
		{"trace", infer.TraceELBO{}, chain, chainGuide},
		{"graph", &infer.TraceGraphELBO{}, chain, chainGuide},
		{"graph, reading", &infer.TraceGraphELBO{}, readingChain, chainGuide},
		{"graph, other particles", &infer.TraceGraphELBO{Particles: 3}, chain, chainGuide},
		{"graph, running average", &infer.TraceGraphELBO{Decay: 0.5}, chain, chainGuide},
		{"graph, user's", &infer.TraceGraphELBO{Baselines: map[string]string{"a": "base"}}, chain, withBaseline},
	} {
		mean, se := average(t, 2000, c.loss, pyro.NewParams(), c.model, c.guide)
		withinSE(t, c.name+": qa", mean["qa"], se["qa"], bernoulliGrad(0.4, 0.3, 0.8, 1))
		withinSE(t, c.name+": qb", mean["qb"], se["qb"], bernoulliGrad(0.7, 0.6, -0.5, 2))
		t.Logf("%-24s standard errors %.4f %.4f", c.name, se["qa"], se["qb"])
	}
}

// Where draws are made of draws, in and out of a plate, the accounts hold what came
// of them: the mean gradients are those of TraceELBO, whose accounts hold it all.
func TestGraphAccountsHoldWhatCameOfADraw(t *testing.T) {
	half := func(x *tensor.Tensor) *tensor.Tensor { return x.MulScalar(0.6).AddScalar(0.2) }
	model := func(p *pyro.P) {
		a := p.Sample("a", dist.Bernoulli(0.3), pyro.NoEnum)
		q := p.Plate("n", 2)
		b := q.Sample("b", dist.Bernoulli(half(a)), pyro.NoEnum)
		q.Observe("x", dist.Normal(b.MulScalar(2), 1), tensor.Of([]float64{0.7, 2}))
		c := p.Sample("c", dist.Bernoulli(half(b.Sum().MulScalar(0.5))), pyro.NoEnum)
		p.Observe("y", dist.Normal(c, 1), tensor.Of(1.5))
	}
	guide := func(p *pyro.P) {
		logit := func(name string, v float64) *tensor.Tensor { return p.Param(name, tensor.Of(v)) }
		a := p.Sample("a", dist.BernoulliLogits(logit("la", -0.3)))
		b := p.Plate("n", 2).Sample("b", dist.BernoulliLogits(a.Mul(logit("wb", 1)).Add(logit("lb", 0.2))))
		p.Sample("c", dist.BernoulliLogits(b.Sum().Mul(logit("wc", 0.7)).Add(logit("lc", 0.5))))
	}
	want, wantSE := average(t, 6000, infer.TraceELBO{}, pyro.NewParams(), model, guide)
	for _, l := range []infer.Loss{&infer.TraceGraphELBO{}, &infer.TraceGraphELBO{Particles: 2}, &infer.TraceGraphELBO{Decay: 0.9}} {
		got, se := average(t, 3000, l, pyro.NewParams(), model, guide)
		for name := range want {
			withinSE(t, fmt.Sprintf("%+v: %q", l, name), got[name], math.Hypot(se[name], wantSE[name]), want[name])
		}
	}
}

// TestScoresUnderSubsampling has one of two coins drawn at a time: the gradients
// of all coins, each as by itself, in the mean.
func TestScoresUnderSubsampling(t *testing.T) {
	prior, data := tensor.Of([]float64{0.3, 0.6}), tensor.Of([]float64{0.8, -0.5})
	model := func(p *pyro.P) {
		q := p.Plate("n", 2, pyro.Subsample(1))
		a := q.Sample("a", dist.Bernoulli(q.Subsample(prior, 0)), pyro.NoEnum)
		q.Observe("x", dist.Normal(a, 1), q.Subsample(data, 0))
	}
	guide := func(p *pyro.P) {
		first, second := p.Param("q0", tensor.Of(0.4)), p.Param("q1", tensor.Of(0.7))
		q := p.Plate("n", 2, pyro.Subsample(1))
		q.Sample("a", dist.Bernoulli(q.Subsample(tensor.Stack(0, first, second), 0)))
	}
	for _, l := range []infer.Loss{&infer.TraceGraphELBO{}, &infer.TraceGraphELBO{Particles: 2}} {
		mean, se := average(t, 3000, l, pyro.NewParams(), model, guide)
		withinSE(t, "q0", mean["q0"], se["q0"], bernoulliGrad(0.4, 0.3, 0.8, 1))
		withinSE(t, "q1", mean["q1"], se["q1"], bernoulliGrad(0.7, 0.6, -0.5, 1))
	}
}

// TestBlameNamesTheSite has a prior that does not allow what the guide draws.
func TestBlameNamesTheSite(t *testing.T) {
	model := func(p *pyro.P) {
		p.Sample("z", dist.Normal(0, 1))
		p.Factor("never", tensor.Of(math.Inf(-1)))
	}
	guide := func(p *pyro.P) { p.Sample("z", dist.Normal(p.Param("m", tensor.Of(0.0)), 1)) }
	for _, l := range []infer.Loss{
		infer.TraceMeanFieldELBO{},
		infer.PathELBO{Particles: 2},
		infer.RenyiELBO{Alpha: 0.5},
		&infer.TraceGraphELBO{},
		infer.ReweightedWakeSleep{},
		infer.MMD{},
		infer.TailAdaptive{},
	} {
		svi := &infer.SVI{Model: model, Guide: guide, Loss: l, Optim: &optim.Adam{}}
		_, err := svi.Step(rng.New(1))
		var e *infer.NonFiniteError
		if !errors.As(err, &e) || e.Site != "never" || e.In != "model" {
			t.Errorf("%T: error %v", l, err)
		}
	}
}

func TestUserBaselineLearnsTheAccount(t *testing.T) {
	guide := func(p *pyro.P) {
		p.Deterministic("base", p.Param("level", tensor.Of(0.0)))
		p.Sample("a", dist.Bernoulli(0.4), pyro.NoReparam)
		p.Sample("b", dist.Bernoulli(p.Param("qb", tensor.Of(0.5))))
	}
	params := pyro.NewParams()
	l := &infer.TraceGraphELBO{Baselines: map[string]string{"b": "base"}}
	key := rng.New(4)
	_, grad := lossAndGrad(t, l, params, key, chain, guide)
	tr, _ := pyro.Run(guide, key.Fold(0).Fold(0))
	z := tr.Value("b").Item()
	reward := z*math.Log(0.6) + (1-z)*math.Log(0.4) - math.Log(0.5) - 0.5*(-0.5-2*z)*(-0.5-2*z) - 0.5*math.Log(2*math.Pi)
	if want := 2 * (0 - reward); math.Abs(grad["level"]-want) > 1e-12 {
		t.Errorf("gradient of the baseline is %v, want %v", grad["level"], want)
	}
}

func TestRenyiScoreGradientIsUnbiased(t *testing.T) {
	// One Bernoulli site and two particles: the bound's expectation is a sum over
	// four outcomes, differentiated by central differences.
	model := func(p *pyro.P) {
		a := p.Sample("a", dist.Bernoulli(0.3), pyro.NoEnum)
		p.Observe("x", dist.Normal(a, 1), tensor.Of(0.8))
	}
	guide := func(p *pyro.P) { p.Sample("a", dist.Bernoulli(p.Param("q", tensor.Of(0.4)))) }
	for _, alpha := range []float64{0, 0.5, -1, 2} {
		bound := func(q float64) float64 {
			total := 0.0
			w := func(z float64) (prob, logw float64) {
				prob, prior := q, 0.3
				if z == 0 {
					prob, prior = 1-q, 0.7
				}
				return prob, math.Log(prior) - 0.5*(0.8-z)*(0.8-z) - 0.5*math.Log(2*math.Pi) - math.Log(prob)
			}
			for i := range 4 {
				pa, a := w(float64(i & 1))
				pb, b := w(float64(i >> 1))
				r := 1 - alpha
				total += pa * pb * math.Log((math.Exp(r*a)+math.Exp(r*b))/2) / r
			}
			return total
		}
		const h = 1e-5 // error of the difference: h² and 1e-16/h, both below 1e-10
		want := -(bound(0.4+h) - bound(0.4-h)) / (2 * h)
		mean, se := average(t, 2000, infer.RenyiELBO{Alpha: alpha}, pyro.NewParams(), model, guide)
		withinSE(t, "loss", mean[""], se[""], -bound(0.4))
		withinSE(t, "gradient", mean["q"], se["q"], want)
	}
}

func TestMeanFieldIsExactWithoutData(t *testing.T) {
	model := func(p *pyro.P) {
		a := p.Sample("a", dist.Normal(0, 1))
		p.Sample("b", dist.Gamma(2, 3))
		p.Sample("c", dist.Normal(a.MulScalar(0), 2))
	}
	guide := func(p *pyro.P) { // another order
		p.Sample("c", dist.Normal(p.Param("m", tensor.Of(0.5)), 1))
		p.Sample("b", dist.Gamma(3, 2))
		p.Sample("a", dist.Normal(-1, 0.5))
	}
	kl := func(p, q dist.Distribution) float64 { k, _ := dist.KL(p, q); return k.Item() }
	want := kl(dist.Normal(0.5, 1), dist.Normal(0, 2)) + kl(dist.Gamma(3, 2), dist.Gamma(2, 3)) + kl(dist.Normal(-1, 0.5), dist.Normal(0, 1))
	for seed := range uint64(3) {
		v, grad := lossAndGrad(t, infer.TraceMeanFieldELBO{}, pyro.NewParams(), rng.New(seed), model, guide)
		if math.Abs(v-want) > 1e-14*10 || math.Abs(grad["m"]-0.5/4) > 1e-15 {
			t.Errorf("loss %v, want %v; gradient %v, want 0.125", v, want, grad["m"])
		}
	}
}

func TestMeanFieldScalesAndMasks(t *testing.T) {
	mask := tensor.Of([]bool{true, false, true})
	model := func(p *pyro.P) { p.Plate("n", 3).Mask(mask).Scale(tensor.Of(2.0)).Sample("a", dist.Normal(0, 1)) }
	guide := func(p *pyro.P) {
		p.Plate("n", 3).Mask(mask).Scale(tensor.Of(2.0)).Sample("a", dist.Normal(p.Param("m", tensor.Of(1.0)), 1))
	}
	v, _ := lossAndGrad(t, infer.TraceMeanFieldELBO{}, pyro.NewParams(), rng.New(1), model, guide)
	if want := 2 * 2 * 0.5; math.Abs(v-want) > 1e-15 {
		t.Errorf("loss %v, want %v", v, want)
	}
}

func TestLossesRefuse(t *testing.T) {
	z := func(p *pyro.P) { p.Sample("z", dist.Normal(0, 1)) }
	reversed := func(p *pyro.P) {
		b := p.Sample("b", dist.Normal(0, 1))
		p.Sample("a", dist.Normal(b, 1))
	}
	forward := func(p *pyro.P) {
		a := p.Sample("a", dist.Normal(0, 1))
		p.Sample("b", dist.Normal(a, 1))
	}
	flip := func(p *pyro.P) { p.Sample("k", dist.Bernoulli(p.Param("q", tensor.Of(0.5))), pyro.NoEnum) }
	withParam := func(p *pyro.P) { p.Sample("z", dist.Normal(p.Param("mu", tensor.Of(0.0)), 1)) }
	data := func(p *pyro.P) {
		z(p)
		p.Observe("k", dist.Bernoulli(0.5), tensor.Of(1.0))
	}
	for _, c := range []struct {
		loss         infer.Loss
		model, guide pyro.Model
		want         string
	}{
		{infer.TraceMeanFieldELBO{}, forward, reversed, `site "b": its divergence cannot be taken in closed form`},
		{infer.TraceMeanFieldELBO{}, flip, flip, `site "k": TraceMeanFieldELBO needs draws that carry gradients`},
		{infer.PathELBO{}, flip, flip, `site "k": PathELBO needs draws that carry gradients`},
		{infer.RenyiELBO{Alpha: 1}, z, z, "RenyiELBO has no order 1"},
		{infer.TailAdaptive{}, withParam, z, `site "mu": TailAdaptive fits guides only`},
		{infer.TailAdaptive{Particles: 1}, z, z, "1 particles, of which it needs 2"},
		{infer.ReweightedWakeSleep{Sleep: 2}, z, z, "Sleep is 2"},
		{infer.ReweightedWakeSleep{Sleep: 1}, data, z, `site "k": the guide does not say that it looks at this data`},
		{infer.EnergyDistance{}, data, z, `site "k": EnergyDistance needs data whose draws carry gradients`},
		{infer.EnergyDistance{Beta: 2}, z, z, "power 2"},
		{infer.MMD{Particles: 1}, z, z, `site "z": MMD needs two draws`},
		{&infer.TraceGraphELBO{Decay: 1}, z, z, "Decay is 1"},
		{&infer.TraceGraphELBO{Baselines: map[string]string{"y": "b"}}, z, z, `site "y": TraceGraphELBO.Baselines: the guide draws no such site`},
		{&infer.TraceGraphELBO{Baselines: map[string]string{"z": "b"}}, z, z, `the guide has no Deterministic statement "b"`},
		{infer.RenyiELBO{}, forward, z, `site "z": the guide draws a site that the model lacks`},
	} {
		params := pyro.NewParams()
		_, err := c.loss.Loss(tensor.NewTape(), rng.New(1), params.Bind(c.model), params.Bind(c.guide))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%T: error %v, want …%s…", c.loss, err, c.want)
		}
	}
}

func TestLossFunc(t *testing.T) {
	mistake := infer.LossFunc(func(tape *tensor.Tape, key rng.Key, model, guide pyro.Model) (*tensor.Tensor, error) {
		return tensor.Ones(2).Add(tensor.Ones(3)), nil
	})
	var shape *tensor.Error
	if _, err := mistake.Loss(tensor.NewTape(), rng.New(1), nil, nil); !errors.As(err, &shape) {
		t.Errorf("error %v, want a *tensor.Error", err)
	}
	own := infer.LossFunc(func(tape *tensor.Tape, key rng.Key, model, guide pyro.Model) (*tensor.Tensor, error) {
		p, q, err := infer.Pair(tape, key, model, guide)
		if err != nil {
			return nil, err
		}
		return q.LogProb().Sub(p.LogProb()), nil
	})
	params := pyro.NewParams()
	a, ga := lossAndGrad(t, own, params, rng.New(5), chain, chainGuide)
	b, _ := lossAndGrad(t, infer.TraceELBO{}, params, rng.New(5), chain, chainGuide)
	if a != b || ga["qa"] == 0 {
		t.Errorf("own loss %v, TraceELBO %v", a, b)
	}
}
