package dist_test

import (
	"math"
	"slices"
	"testing"

	"github.com/gopyro/pyro/dist"
	"github.com/gopyro/pyro/dist/disttest"
	"github.com/gopyro/pyro/rng"
	"github.com/gopyro/pyro/tensor"
)

// run runs the battery on a distribution that build makes from params.
func run(t *testing.T, build func(p tensors) dist.Distribution, o disttest.Options, params ...*tensor.Tensor) {
	t.Helper()
	o.Make, o.Params = build, params
	d := build(params)
	t.Run(d.String(), func(t *testing.T) { disttest.Run(t, d, o) })
}

var of = tensor.Of[float64]

func vector(v ...float64) *tensor.Tensor { return tensor.Of(v) }

func TestBernoulli(t *testing.T) {
	probs := func(p tensors) dist.Distribution { return dist.Bernoulli(p[0]) }
	run(t, probs, disttest.Options{}, of(0.3))
	run(t, probs, disttest.Options{}, of(1e-4))
	logits := func(p tensors) dist.Distribution { return dist.BernoulliLogits(p[0]) }
	run(t, logits, disttest.Options{}, of(-1.5))
	run(t, logits, disttest.Options{}, of(3))
}

func TestCategorical(t *testing.T) {
	run(t, func(p tensors) dist.Distribution { return dist.Categorical(p[0]) }, disttest.Options{}, vector(0.2, 0.5, 0.3))
	run(t, func(p tensors) dist.Distribution { return dist.CategoricalLogits(p[0]) }, disttest.Options{}, vector(1, -2, 0.5, 0))
}

func TestOneHotCategorical(t *testing.T) {
	// Without the softmax a probability could be moved alone, off the simplex,
	// where the mean score is not 0.
	run(t, func(p tensors) dist.Distribution { return dist.OneHotCategorical(p[0].Softmax(-1)) },
		disttest.Options{}, vector(0.5, -1, 1))
	run(t, func(p tensors) dist.Distribution { return dist.OneHotCategoricalLogits(p[0]) },
		disttest.Options{}, vector(1, -2, 0.5, 0))
}

func TestBinomial(t *testing.T) {
	for _, c := range []struct {
		n int
		p float64
	}{{1, 0.4}, {12, 0.3}, {12, 0.9}, {300, 0.02}, {60, 0.5}, {400, 0.8}, {5000, 0.1}} {
		run(t, func(p tensors) dist.Distribution { return dist.Binomial(c.n, p[0]) }, disttest.Options{}, of(c.p))
	}
	run(t, func(p tensors) dist.Distribution { return dist.BinomialLogits(40, p[0]) }, disttest.Options{}, of(-0.5))
}

func TestPoisson(t *testing.T) {
	for _, rate := range []float64{0.3, 4, 9.99, 10, 75, 2000} {
		run(t, func(p tensors) dist.Distribution { return dist.Poisson(p[0]) }, disttest.Options{}, of(rate))
	}
}

func TestGeometric(t *testing.T) {
	run(t, func(p tensors) dist.Distribution { return dist.Geometric(p[0]) }, disttest.Options{}, of(0.3))
	run(t, func(p tensors) dist.Distribution { return dist.GeometricLogits(p[0]) }, disttest.Options{Allocs: 1}, of(-3))
}

func TestNegativeBinomial(t *testing.T) {
	probs := func(p tensors) dist.Distribution { return dist.NegativeBinomial(p[0], p[1]) }
	run(t, probs, disttest.Options{}, of(2.5), of(0.7))
	run(t, probs, disttest.Options{}, of(0.2), of(0.5))
	run(t, probs, disttest.Options{}, of(50), of(0.25))
	run(t, func(p tensors) dist.Distribution { return dist.NegativeBinomialLogits(p[0], p[1]) },
		disttest.Options{}, of(4), of(0.5))
}

func TestGammaPoisson(t *testing.T) {
	run(t, func(p tensors) dist.Distribution { return dist.GammaPoisson(p[0], p[1]) }, disttest.Options{}, of(2.5), of(0.4))
}

func TestBetaBinomial(t *testing.T) {
	for _, n := range []int{10, 200} {
		run(t, func(p tensors) dist.Distribution { return dist.BetaBinomial(p[0], p[1], n) }, disttest.Options{}, of(0.7), of(2))
	}
}

func TestMultinomial(t *testing.T) {
	for _, n := range []int{4, 100} {
		run(t, func(p tensors) dist.Distribution { return dist.Multinomial(n, p[0].Softmax(-1)) },
			disttest.Options{Allocs: 2}, vector(0.5, -1, 1)) // log n!
	}
	run(t, func(p tensors) dist.Distribution { return dist.MultinomialLogits(4, p[0]) },
		disttest.Options{Allocs: 2}, vector(0.5, -1, 1))
}

func TestDirichletMultinomial(t *testing.T) {
	for _, n := range []int{4, 80} {
		run(t, func(p tensors) dist.Distribution { return dist.DirichletMultinomial(p[0], n) },
			disttest.Options{Allocs: 1}, vector(0.8, 3, 1.5)) // n + 1
	}
}

// One-hot draws are those of Categorical with the same key.
func TestOneHotIsCategorical(t *testing.T) {
	p := vector(0.2, 0.5, 0.3)
	k := dist.Categorical(p).Sample(rng.New(1), 50)
	if got := dist.OneHotCategorical(p).Sample(rng.New(1), 50).ArgMax(-1); !slices.Equal(got.Float64s(), k.Float64s()) {
		t.Errorf("draws %v, of Categorical %v", got, k)
	}
}

// A value that is enumerated to the left of the batch keeps all of the batch.
func TestEnumeratedValue(t *testing.T) {
	logits := tensor.Normals(rng.New(1), 150, 2)
	for _, d := range []dist.Distribution{dist.CategoricalLogits(logits), dist.Categorical(logits.Softmax(-1))} {
		x := d.(dist.Enumerable).EnumerateSupport()
		if s := x.Shape(); len(s) != 2 || s[0] != 2 || s[1] != 1 {
			t.Fatalf("support of shape %v, want [2 1]", s)
		}
		logp := d.LogProb(x)
		if s := logp.Shape(); len(s) != 2 || s[0] != 2 || s[1] != 150 {
			t.Fatalf("log masses of shape %v, want [2 150]", s)
		}
		want := logits.LogSoftmax(-1)
		for i := range 150 {
			for k := range 2 {
				if got := logp.At(k, i); !near(got, want.At(i, k), 1e-14, 1e-15) {
					t.Errorf("log mass of %d in row %d is %v, want %v", k, i, got, want.At(i, k))
				}
			}
		}
	}
}

// What cannot happen has log mass -Inf, and does not spoil gradients.
func TestImpossible(t *testing.T) {
	for _, c := range []struct {
		make func(p *tensor.Tensor) dist.Distribution
		p, x *tensor.Tensor
	}{
		{func(p *tensor.Tensor) dist.Distribution { return dist.Bernoulli(p) }, vector(0, 0, 1, 1), vector(1, 0, 0, 1)},
		{func(p *tensor.Tensor) dist.Distribution { return dist.BernoulliLogits(p) }, vector(math.Inf(-1), -800, 800, math.Inf(1)), vector(1, 1, 0, 0)},
		{func(p *tensor.Tensor) dist.Distribution { return dist.BernoulliLogits(p) }, vector(math.Inf(-1), -800, 800, math.Inf(1)), vector(0, 0, 1, 1)},
		{func(p *tensor.Tensor) dist.Distribution { return dist.Binomial(3, p) }, vector(0, 0, 1, 1), vector(1, 0, 2, 3)},
		{func(p *tensor.Tensor) dist.Distribution { return dist.BinomialLogits(3, p) }, vector(math.Inf(-1), math.Inf(-1), math.Inf(1), 800), vector(1, 0, 3, 1)},
		{func(p *tensor.Tensor) dist.Distribution { return dist.Geometric(p) }, vector(1, 1), vector(0, 2)},
		{func(p *tensor.Tensor) dist.Distribution { return dist.Poisson(p) }, vector(0, 0), vector(0, 2)},
		{func(p *tensor.Tensor) dist.Distribution { return dist.Categorical(p) }, vector(0.5, 0, 0.5), vector(0, 1, 2, 3, 0.5, -1)},
		{func(p *tensor.Tensor) dist.Distribution { return dist.CategoricalLogits(p) }, vector(800, math.Inf(-1), -800), vector(0, 1, 2, 3)},
		{func(p *tensor.Tensor) dist.Distribution { return dist.OneHotCategorical(p) }, vector(0, 1), tensor.Eye(2)},
		{func(p *tensor.Tensor) dist.Distribution { return dist.OneHotCategoricalLogits(p) }, vector(math.Inf(-1), 800), tensor.Eye(2)},
		{func(p *tensor.Tensor) dist.Distribution { return dist.Multinomial(2, p) }, vector(0, 1), tensor.Of([][]float64{{0, 2}, {1, 1}, {2, 1}})},
		{func(p *tensor.Tensor) dist.Distribution { return dist.Dirichlet(p) }, vector(2, 3), tensor.Of([][]float64{{0.5, 0.4}, {-1, 2}})},
	} {
		tape := tensor.NewTape()
		p, x := tape.Var(c.p), tape.Var(c.x)
		d := c.make(p)
		y := d.LogProb(x)
		if at := y.Find(math.IsNaN); at >= 0 {
			t.Errorf("%v: log mass %v", d, y)
		}
		// As in a sum over outcomes: those of mass 0 get weight 0.
		for _, g := range tensor.Grad(y.LogSumExp(), p, x) {
			if g.Find(func(v float64) bool { return v-v != 0 }) >= 0 {
				t.Errorf("%v at %v: gradient %v of the sum of masses", d, c.x, g)
			}
		}
	}
}

func TestStableLogits(t *testing.T) {
	d := dist.BernoulliLogits(vector(-800, 800, 50))
	got := d.LogProb(tensor.Of([][]float64{{0, 0, 0}, {1, 1, 1}})).Float64s()
	want := []float64{0, -800, -50, -800, 0, -math.Exp(-50)}
	for i := range want {
		if !near(got[i], want[i], 1e-15, 0) {
			t.Errorf("log mass %d is %v, want %v", i, got[i], want[i])
		}
	}
}

// An enumeration needs one total count.
func TestMixedTotals(t *testing.T) {
	for _, d := range []dist.Distribution{
		dist.Binomial([]int{3, 5}, 0.5), dist.BetaBinomial(1, 1, []int{3, 5}), dist.Multinomial([]int{3, 5}, []float64{0.5, 0.5}),
	} {
		err, ok := caught(func() { d.(dist.Enumerable).EnumerateSupport() }).(*dist.MethodError)
		if !ok || err.Method != "EnumerateSupport" {
			t.Errorf("%v: enumeration panics with %v", d, err)
		}
	}
}

func caught(f func()) (e any) {
	defer func() { e = recover() }()
	f()
	return nil
}

// A gamma mixture of Poisson distributions is a negative binomial one; a beta
// mixture of coins with one weight is uniform over counts.
func TestCountIdentities(t *testing.T) {
	x := tensor.Arange(40)
	nb := dist.NegativeBinomial(2.5, 1/(1+0.4)).LogProb(x).Float64s()
	gp := dist.GammaPoisson(2.5, 0.4).LogProb(x).Float64s()
	nl := dist.NegativeBinomialLogits(2.5, -math.Log(0.4)).LogProb(x).Float64s()
	for i := range nb {
		if !near(gp[i], nb[i], 1e-14, 0) || !near(nl[i], nb[i], 1e-14, 0) {
			t.Errorf("log mass of %d: %v, %v and %v", i, nb[i], gp[i], nl[i])
		}
	}
	for i, l := range dist.BetaBinomial(1, 1, 7).LogProb(tensor.Arange(8)).Float64s() {
		if !near(l, -math.Log(8), 1e-14, 0) {
			t.Errorf("log mass of %d of a uniform beta mixture is %v, want -log 8", i, l)
		}
	}
	two := dist.DirichletMultinomial([]float64{0.7, 2}, 9).LogProb(pairs(9)).Float64s()
	for i, l := range dist.BetaBinomial(0.7, 2, 9).LogProb(tensor.Arange(10)).Float64s() {
		if !near(l, two[i], 1e-13, 0) {
			t.Errorf("log mass of %d of two categories is %v, of counts %v", i, two[i], l)
		}
	}
}

// pairs are the counts (i, n-i).
func pairs(n int) *tensor.Tensor {
	i := tensor.Arange(n + 1)
	return tensor.Stack(1, i, i.Neg().AddScalar(float64(n)))
}

// Draws of large counts have the right mean and variance, where no table of
// masses reaches: each mean of n draws within 5 standard errors, 5√2 of the
// variance's, whose kurtosis is 3 by the central limit theorem.
func TestLargeCounts(t *testing.T) {
	const n = 4000
	for _, d := range []dist.Distribution{
		dist.Poisson(1e6), dist.Poisson(1e12), dist.Binomial(1e9, 0.3), dist.Binomial(1e12, 1-1e-7), dist.Binomial(1e15, 1e-13),
		dist.NegativeBinomial(1e5, 0.9), dist.GammaPoisson(1e3, 1e-6),
	} {
		m := d.(dist.Moments)
		mean, sd := m.Mean().Item(), math.Sqrt(m.Variance().Item())
		z := d.Sample(rng.New(3), n).SubScalar(mean).DivScalar(sd)
		if got := z.Mean().Item(); math.Abs(got) > 5/math.Sqrt(n) {
			t.Errorf("%v: the mean of draws is %v standard deviations off", d, got)
		}
		if got := z.Square().Mean().Item() - 1; math.Abs(got) > 5*math.Sqrt(2./n) {
			t.Errorf("%v: the variance of draws is %v times too large", d, got)
		}
	}
}

func TestDiscreteKL(t *testing.T) {
	for _, c := range []struct{ p, q dist.Distribution }{
		{dist.Bernoulli(0.3), dist.BernoulliLogits(2)},
		{dist.Bernoulli(0), dist.Bernoulli(0.4)},
		{dist.Binomial(8, 0.3), dist.Binomial(8, 0.6)},
		{dist.Geometric(0.4), dist.GeometricLogits(1)},
		{dist.Poisson(3), dist.Poisson(5)},
		{dist.Categorical([]float64{0.2, 0.8, 0}), dist.CategoricalLogits([]float64{1, 2, -1})},
		{dist.OneHotCategorical([]float64{0.2, 0.8}), dist.OneHotCategoricalLogits([]float64{1, 2})},
		{dist.Multinomial(4, []float64{0.2, 0.8}), dist.MultinomialLogits(4, []float64{1, 2})},
	} {
		x := tensor.Arange(200) // all but 1e-40 of the mass of what is not finite
		if e, ok := c.p.(dist.Enumerable); ok {
			x = e.EnumerateSupport()
		}
		logp, logq := c.p.LogProb(x), c.q.LogProb(x)
		p := logp.Exp()
		term := p.Not().Where(tensor.Of(0.0), p.Mul(logp.Sub(logq)))
		want := term.Sum().Item()
		got, ok := dist.KL(c.p, c.q)
		if !ok || !near(got.Item(), want, 1e-12, 1e-14) {
			t.Errorf("KL(%v, %v) = %v, the sum is %v", c.p, c.q, got, want)
		}
	}
	if kl, ok := dist.KL(dist.Bernoulli(0.5), dist.Bernoulli(0)); !ok || !math.IsInf(kl.Item(), 1) {
		t.Errorf("divergence from a coin that never shows heads is %v", kl)
	}
	if _, ok := dist.KL(dist.Binomial(3, 0.5), dist.Binomial(4, 0.5)); ok {
		t.Error("binomial distributions of unequal counts have a divergence")
	}
}

// Probabilities are not normalised in silence.
func TestStrictProbabilities(t *testing.T) {
	for _, d := range []dist.Distribution{
		dist.Categorical([]float64{1, 2, 1}), dist.OneHotCategorical([]float64{0.5, 0.4}), dist.Multinomial(3, []float64{-0.5, 1.5}),
		dist.Bernoulli(1.5), dist.Binomial(2.5, 0.5), dist.Poisson(-1), dist.Geometric(0), dist.NegativeBinomial(3, 1),
		dist.GeometricLogits(math.Inf(-1)), dist.BernoulliLogits(math.NaN()),
	} {
		if _, ok := dist.Validate(d).(*dist.ParamError); !ok {
			t.Errorf("%v is taken for valid", d)
		}
	}
}
