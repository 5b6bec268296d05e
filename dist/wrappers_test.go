package dist_test

import (
	"math"
	"slices"
	"testing"

	"github.com/gopyro/pyro/constraint"
	"github.com/gopyro/pyro/dist"
	"github.com/gopyro/pyro/dist/disttest"
	"github.com/gopyro/pyro/rng"
	"github.com/gopyro/pyro/tensor"
	"github.com/gopyro/pyro/transform"
)

// Wrappers have every method; what the distribution inside can do decides.
func TestAbilitiesThroughWrappers(t *testing.T) {
	wraps := map[string]func(d dist.Distribution) dist.Distribution{
		"Independent": func(d dist.Distribution) dist.Distribution { return dist.Independent(d.Expand(2), 1) },
		"Masked":      func(d dist.Distribution) dist.Distribution { return dist.Masked(d, true) },
		"Expanded":    func(d dist.Distribution) dist.Distribution { return dist.Expanded(d, 3) },
		"twice":       func(d dist.Distribution) dist.Distribution { return dist.Masked(dist.Expanded(d, 3), true) },
	}
	for name, wrap := range wraps {
		n, b := wrap(dist.Normal(0, 1)), wrap(dist.Bernoulli(0.5))
		if !dist.HasRSample(n) || dist.CanEnumerate(n) {
			t.Errorf("%s of a normal: gradients of draws %v, enumerable %v", name, dist.HasRSample(n), dist.CanEnumerate(n))
		}
		if dist.HasRSample(b) || !dist.CanEnumerate(b) {
			t.Errorf("%s of a coin: gradients of draws %v, enumerable %v", name, dist.HasRSample(b), dist.CanEnumerate(b))
		}
		for method, f := range map[string]func(){
			"RSample":          func() { b.(dist.Reparam).RSample(rng.New(1)) },
			"EnumerateSupport": func() { n.(dist.Enumerable).EnumerateSupport() },
		} {
			if err, ok := caught(f).(*dist.MethodError); !ok || err.Method != method {
				t.Errorf("%s: %s panics with %v", name, method, err)
			}
		}
	}
	mix := dist.MixtureSameFamily(dist.Categorical([]float64{0.5, 0.5}), dist.Normal([]float64{0, 1}, 1))
	if dist.HasRSample(mix) || dist.CanEnumerate(mix) {
		t.Error("a mixture of normals claims gradients or a finite support")
	}
	if !dist.HasRSample(dist.Transformed(dist.Normal(0, 1), transform.Exp)) || dist.HasRSample(dist.Transformed(mix, transform.Exp)) {
		t.Error("a transformed distribution has gradients where the one inside has none, or the reverse")
	}
}

func TestMethodError(t *testing.T) {
	err := caught(func() { dist.Masked(dist.Bernoulli(0.5), true).(dist.Reparam).RSample(rng.New(1)) })
	want := "dist: RSample of Bernoulli(probs: 0.5): the distribution has no such method"
	if e, ok := err.(error); !ok || e.Error() != want {
		t.Errorf("error %v, want %v", err, want)
	}
}

func TestIndependent(t *testing.T) {
	run(t, func(p tensors) dist.Distribution {
		return dist.Independent(dist.Gamma(p[0].Unsqueeze(-1).Mul(vector(1, 2, 3)), 1), 1)
	}, disttest.Options{MeanPath: true, Allocs: 30}, of(0.7))
	run(t, func(p tensors) dist.Distribution {
		return dist.Independent(dist.Categorical(p[0].Softmax(-1).Unsqueeze(-2).Mul(tensor.Ones(2, 1))), 1)
	}, disttest.Options{Allocs: 30}, vector(0.2, -0.4, 0.1))

	d := dist.Normal(tensor.Arange(24).Reshape(2, 3, 4), 1)
	x := d.Sample(rng.New(1), 5)
	for n := range 4 {
		i := dist.Independent(d, n)
		if got := append(slices.Clone(i.BatchShape()), i.EventShape()...); !slices.Equal(got, []int{2, 3, 4}) || len(i.EventShape()) != n {
			t.Errorf("Independent(%d) has batch %v and event %v", n, i.BatchShape(), i.EventShape())
		}
		want := d.LogProb(x)
		for range n {
			want = want.Sum(-1)
		}
		checkAll(t, i, "log density", i.LogProb(x), want, 1e-14, 0)
	}
	twice := dist.Independent(dist.Independent(d, 1), 1)
	checkAll(t, twice, "log density", twice.LogProb(x), dist.Independent(d, 2).LogProb(x), 1e-14, 0)
	kl, ok := dist.KL(dist.Independent(d, 2), dist.Independent(dist.Normal(0, 2).Expand(3, 4), 2))
	inner, _ := dist.KL(d, dist.Normal(0, 2))
	if !ok {
		t.Fatal("independent normals have no divergence")
	}
	checkAll(t, twice, "divergence", kl, inner.Sum(-1, -2), 1e-14, 0)
	if e, ok := caught(func() { dist.Independent(d, 4) }).(*tensor.Error); !ok {
		t.Errorf("too many dims panic with %v", e)
	}
}

func TestMasked(t *testing.T) {
	tape := tensor.NewTape()
	loc := tape.Var(vector(0, 1, 2))
	d := dist.Masked(dist.Normal(loc, 1), []bool{true, false, true})
	x := vector(0.5, math.NaN(), 1) // a missing value
	logp := d.LogProb(x)
	want := dist.Normal(vector(0, 1, 2), 1).LogProb(x).Float64s()
	want[1] = 0
	if got := logp.Float64s(); !slices.Equal(got, want) {
		t.Errorf("log density %v, want %v", got, want)
	}
	if g := tensor.Grad(logp.Sum(), loc)[0].Float64s(); !slices.Equal(g, []float64{0.5, 0, -1}) {
		t.Errorf("gradient %v, want [0.5 0 -1]", g)
	}
	if s := dist.Masked(dist.Normal(0, 1), tensor.Ones(2, 3)).BatchShape(); !slices.Equal(s, []int{2, 3}) {
		t.Errorf("batch shape %v, want that of the mask", s)
	}
	kl, ok := dist.KL(d, dist.Normal(0, 1))
	if !ok || !slices.Equal(kl.Float64s(), []float64{0, 0, 2}) {
		t.Errorf("divergence %v, want [0 0 2]", kl)
	}
}

// triangular is a distribution that cannot expand by itself: the density
// 2(1-x) on [0, 1], drawn by inversion.
func triangular(batch ...int) dist.Distribution {
	return dist.Custom(dist.Density{
		Name:    "Triangular",
		Support: constraint.UnitInterval,
		Batch:   batch,
		LogProb: func(x *tensor.Tensor) *tensor.Tensor {
			out := x.Outside(tensor.Of(0.0), tensor.Of(1.0))
			in := out.Where(tensor.Of(0.5), x)
			return out.Where(tensor.Of(math.Inf(-1)), in.Neg().Log1p().AddScalar(math.Ln2))
		},
		Draw: func(key rng.Key, sample ...int) *tensor.Tensor {
			return tensor.Uniforms(key, slices.Concat(sample, batch)...).Sqrt().RSubScalar(1)
		},
	})
}

func TestCustom(t *testing.T) {
	d := triangular()
	t.Run(d.String(), func(t *testing.T) { disttest.Run(t, d, disttest.Options{}) })
	silent := dist.Custom(dist.Density{Support: constraint.Real, LogProb: func(x *tensor.Tensor) *tensor.Tensor { return x.Square().Neg() }})
	if e, ok := caught(func() { silent.Sample(rng.New(1)) }).(*dist.MethodError); !ok || e.Method != "Sample" {
		t.Errorf("a draw without a sampler panics with %v", e)
	}
	for _, bad := range []dist.Density{
		{LogProb: func(x *tensor.Tensor) *tensor.Tensor { return x }},
		{Support: constraint.Real},
		{Support: constraint.Simplex, LogProb: func(x *tensor.Tensor) *tensor.Tensor { return x }},
	} {
		if e, ok := caught(func() { dist.Custom(bad) }).(*tensor.Error); !ok {
			t.Errorf("a bad density panics with %v", e)
		}
	}
}

func TestImproperUniform(t *testing.T) {
	d := dist.ImproperUniform(constraint.Simplex, 3).Expand(2)
	x := tensor.Full(1./3, 5, 2, 3)
	if got := d.LogProb(x); !slices.Equal(got.Shape(), []int{5, 2}) || got.Abs().Max().Item() != 0 {
		t.Errorf("log density %v", got)
	}
	if dist.ValidateValue(d, x) != nil || dist.ValidateValue(d, x.MulScalar(2)) == nil {
		t.Error("the support is not the simplex")
	}
	if e, ok := caught(func() { dist.ImproperUniform(constraint.Boolean) }).(*tensor.Error); !ok {
		t.Errorf("a discrete set panics with %v", e)
	}
}

// Expanded draws along new and grown dims are independent, and lie where the
// batch puts them: row i of the batch has the i-th parameter.
func TestExpanded(t *testing.T) {
	loc := vector(0, 100, 200).Reshape(3, 1)
	d := dist.Expanded(dist.Normal(loc, 1), 2, 3, 4)
	if !slices.Equal(d.BatchShape(), []int{2, 3, 4}) {
		t.Fatalf("batch shape %v", d.BatchShape())
	}
	x := d.Sample(rng.New(1), 5, 6)
	if !slices.Equal(x.Shape(), []int{5, 6, 2, 3, 4}) {
		t.Fatalf("draws of shape %v", x.Shape())
	}
	z := x.Sub(loc)
	if worst := z.Abs().Max().Item(); worst > 6 {
		t.Errorf("a draw is %v standard deviations off: in the wrong place", worst)
	}
	all := z.Float64s()
	slices.Sort(all)
	if n := len(slices.Compact(all)); n != 5*6*2*3*4 {
		t.Errorf("%d different draws of %d", n, 5*6*2*3*4)
	}
	checkAll(t, d, "log density", d.LogProb(x), dist.Normal(loc, 1).LogProb(x), 1e-14, 0)
	if s := d.LogProb(tensor.Of(0.0)).Shape(); !slices.Equal(s, []int{2, 3, 4}) {
		t.Errorf("the log density of one value has shape %v", s)
	}
	v := dist.Expanded(dist.Dirichlet([]float64{1, 2}).Expand(1, 3), 4, 3)
	if s := v.Sample(rng.New(1), 5).Shape(); !slices.Equal(s, []int{5, 4, 3, 2}) {
		t.Errorf("vectors of shape %v", s)
	}
	m := dist.Expanded(dist.Bernoulli(vector(0.2, 0.4)), 3, 2)
	if s := m.(dist.Enumerable).EnumerateSupport().Shape(); !slices.Equal(s, []int{2, 1, 1}) {
		t.Errorf("enumerated shape %v", s)
	}
	checkAll(t, m, "mean", m.(dist.Moments).Mean(), vector(0.2, 0.4).Expand(3, 2), 0, 0)
}

func TestTransformed(t *testing.T) {
	run(t, func(p tensors) dist.Distribution { return dist.Transformed(dist.Normal(p[0], p[1]), transform.Exp) },
		disttest.Options{Allocs: 30}, of(0.5), of(0.8))
	run(t, func(p tensors) dist.Distribution {
		return dist.Transformed(dist.Independent(dist.Normal(p[0].Unsqueeze(-1).Expand(append(slices.Clone(p[0].Shape()), 3)...), 1), 1), transform.Ordered)
	}, disttest.Options{MeanPath: true, Allocs: 60}, of(0.5))

	d, want := dist.Transformed(dist.Normal(1, 0.7), transform.Exp), dist.LogNormal(1, 0.7)
	x := vector(1e-8, 0.3, 2, 1e5, 0, -1)
	checkAll(t, d, "log density", d.LogProb(x), want.LogProb(x), 1e-13, 0x1p-50)
	if a, b := d.Sample(rng.New(1), 9), want.Sample(rng.New(1), 9); !slices.Equal(a.Float64s(), b.Float64s()) {
		t.Errorf("draws %v, of LogNormal %v", a, b)
	}
	chain := dist.Transformed(dist.Normal(0, 1), transform.Affine(1, 0.7), transform.Exp)
	checkAll(t, chain, "log density", chain.LogProb(x), want.LogProb(x), 1e-13, 0x1p-50)
	if e, ok := caught(func() { dist.Transformed(dist.Bernoulli(0.5), transform.Exp) }).(*tensor.Error); !ok {
		t.Errorf("a discrete distribution panics with %v", e)
	}
}

// A map of vectors makes an event of the batch dim that it needs, and one of
// numbers is summed over the event.
func TestTransformedShapes(t *testing.T) {
	simplex := dist.Transformed(dist.Normal(0, 1).Expand(5, 2), transform.StickBreaking)
	if !slices.Equal(simplex.BatchShape(), []int{5}) || !slices.Equal(simplex.EventShape(), []int{3}) {
		t.Errorf("batch %v and event %v, want [5] and [3]", simplex.BatchShape(), simplex.EventShape())
	}
	x := simplex.Sample(rng.New(1), 4)
	if s := simplex.LogProb(x).Shape(); !slices.Equal(s, []int{4, 5}) {
		t.Errorf("log density of shape %v", s)
	}
	if err := dist.ValidateValue(simplex, x); err != nil {
		t.Error(err)
	}
	vec := dist.Transformed(dist.MultivariateNormalCholesky([]float64{0, 0}, tensor.Eye(2)), transform.Exp)
	y := vec.Sample(rng.New(2), 4)
	want := dist.Independent(dist.LogNormal([]float64{0, 0}, 1), 1).LogProb(y)
	checkAll(t, vec, "log density", vec.LogProb(y), want, 1e-13, 0x1p-50)
	if e := simplex.Expand(7, 5); !slices.Equal(e.BatchShape(), []int{7, 5}) {
		t.Errorf("expanded batch %v", e.BatchShape())
	}
}

func TestMixture(t *testing.T) {
	run(t, func(p tensors) dist.Distribution {
		return dist.MixtureSameFamily(dist.CategoricalLogits(p[0]), dist.Normal(p[1].Unsqueeze(-1).Add(vector(-2, 0, 3)), vector(0.5, 1, 0.7)))
	}, disttest.Options{Allocs: 60}, vector(0.2, -0.5, 0.1), of(1))
	run(t, func(p tensors) dist.Distribution {
		return dist.MixtureSameFamily(dist.Bernoulli(p[0]), dist.Poisson(p[1].Unsqueeze(-1).Mul(vector(1, 8))))
	}, disttest.Options{Allocs: 60}, of(0.3), of(2))
	run(t, func(p tensors) dist.Distribution {
		return dist.MixtureSameFamily(dist.Categorical([]float64{0.3, 0.7}), dist.Dirichlet(p[0].Unsqueeze(-2).Mul(tensor.Of([][]float64{{1}, {4}}))))
	}, disttest.Options{Allocs: 60}, vector(1, 2, 3))
}

func TestMixtureMistakes(t *testing.T) {
	coin := dist.Categorical([]float64{0.5, 0.5})
	for what, f := range map[string]func(){
		"three components for two": func() { dist.MixtureSameFamily(coin, dist.Normal([]float64{1, 2, 3}, 1)) },
		"no components":            func() { dist.MixtureSameFamily(coin, dist.Normal(1, 1)) },
		"a normal choice":          func() { dist.MixtureSameFamily(dist.Normal(0, 1), dist.Normal([]float64{1, 2}, 1)) },
	} {
		if e, ok := caught(f).(*tensor.Error); !ok {
			t.Errorf("%s panics with %v", what, e)
		}
	}
	bad := dist.MixtureSameFamily(coin, dist.Normal([]float64{1, 2}, []float64{1, -1}))
	if e, ok := dist.Validate(bad).(*dist.ParamError); !ok || e.Param != "scale" {
		t.Errorf("Validate gives %v", e)
	}
}

func TestDelta(t *testing.T) {
	tape := tensor.NewTape()
	v := tape.Var(tensor.Of([][]float64{{1, 2}, {3, 4}}))
	logw := tape.Var(vector(0.5, -1))
	d := dist.DeltaDensity(v, logw, 1)
	if !slices.Equal(d.BatchShape(), []int{2}) || !slices.Equal(d.EventShape(), []int{2}) {
		t.Fatalf("batch %v, event %v", d.BatchShape(), d.EventShape())
	}
	x := d.(dist.Reparam).RSample(rng.New(1), 3)
	if !slices.Equal(x.Shape(), []int{3, 2, 2}) || !dist.HasRSample(d) {
		t.Errorf("draws of shape %v", x.Shape())
	}
	if g := tensor.Grad(x.Sum(), v)[0].Float64s(); !slices.Equal(g, []float64{3, 3, 3, 3}) {
		t.Errorf("gradient of draws %v", g)
	}
	logp := d.LogProb(x)
	if got := logp.Float64s(); !slices.Equal(got, []float64{0.5, -1, 0.5, -1, 0.5, -1}) {
		t.Errorf("log density %v", got)
	}
	if g := tensor.Grad(logp.Sum(), v, logw); g[0].Abs().Sum().Item() != 0 || !slices.Equal(g[1].Float64s(), []float64{3, 3}) {
		t.Errorf("gradients of the log density %v", g)
	}
	if got := d.LogProb(vector(1, 2)).Float64s(); !slices.Equal(got, []float64{0.5, math.Inf(-1)}) {
		t.Errorf("log density of one value %v", got)
	}
	if dist.ValidateValue(d, x) != nil || dist.ValidateValue(d, vector(1, 2)) == nil {
		t.Error("the support is not the value")
	}
	kl, ok := dist.KL(dist.Delta(1.5), dist.Normal(0, 1))
	if want := -dist.Normal(0, 1).LogProb(of(1.5)).Item(); !ok || kl.Item() != want {
		t.Errorf("divergence %v, want %v", kl, want)
	}
	t.Run("battery", func(t *testing.T) { disttest.Run(t, dist.Delta(3), disttest.Options{}) })
}

func TestEmpirical(t *testing.T) {
	values, logw := vector(3, 1, 3, 7, -2), vector(0, math.Log(2), math.Log(3), math.Inf(-1), math.Log(4))
	d := dist.Empirical(values, logw)
	got := d.LogProb(vector(3, 1, 7, -2, 0)).Exp().Float64s()
	for i, want := range []float64{0.4, 0.2, 0, 0.4, 0} {
		if !near(got[i], want, 1e-15, 0) {
			t.Errorf("mass %d is %v, want %v", i, got[i], want)
		}
	}
	if x := d.(dist.Enumerable).EnumerateSupport().Float64s(); !slices.Equal(x, []float64{3, 1, 7, -2}) {
		t.Errorf("support %v", x)
	}
	c := d.(dist.Cumulative)
	if q := c.Quantile(vector(0, 0.3, 0.5, 0.9, 1, 2)).Float64s(); !slices.Equal(q[:5], []float64{-2, -2, 1, 3, 3}) || !math.IsNaN(q[5]) {
		t.Errorf("quantiles %v", q)
	}
	m := d.(dist.Moments)
	if mean, v := m.Mean().Item(), m.Variance().Item(); !near(mean, 0.6, 1e-15, 0) || !near(v, 0.4*9+0.2+0.4*4-0.36, 1e-14, 0) {
		t.Errorf("mean %v, variance %v", mean, v)
	}
	t.Run("battery", func(t *testing.T) {
		disttest.Run(t, dist.Empirical([]int{2, 0, 5}, []float64{0.5, -1, 1}), disttest.Options{})
	})
	rows := dist.Empirical([][]float64{{1, 2}, {3, 4}, {1, 2}}, []float64{0, 0, 0})
	if p := rows.LogProb(tensor.Of([][]float64{{1, 2}, {3, 2}, {3, 4}})).Exp().Float64s(); !near(p[0], 2./3, 1e-15, 0) || p[1] != 0 || !near(p[2], 1./3, 1e-15, 0) {
		t.Errorf("masses of rows %v", p)
	}
	if e, ok := caught(func() { rows.(dist.Cumulative).CDF(of(1)) }).(*dist.MethodError); !ok {
		t.Errorf("the distribution function of rows panics with %v", e)
	}
}

// Inside wrappers, too, noise of the standard distribution, scaled and moved, is
// a draw, and densities differ by log scale.
func TestLocScaleInside(t *testing.T) {
	loc, scale := vector(1, -3), vector(0.5, 4)
	for _, d := range []dist.Distribution{
		dist.Independent(dist.Normal(loc, scale).Expand(3, 2), 1), dist.Expanded(dist.Laplace(loc, scale), 3, 2),
		dist.Masked(dist.Logistic(loc, scale), true),
	} {
		l, s, standard, ok := dist.LocScale(d)
		if !ok || !slices.Equal(standard.BatchShape(), d.BatchShape()) || !slices.Equal(standard.EventShape(), d.EventShape()) {
			t.Errorf("%v has standard %v", d, standard)
			continue
		}
		x := d.Sample(rng.New(1), 5)
		z := standard.Sample(rng.New(1), 5)
		checkAll(t, d, "draw", z.Mul(s).Add(l), x, 1e-13, 1e-14)
		jacobian := s.Log()
		if len(d.EventShape()) > 0 {
			jacobian = jacobian.Sum(-1)
		}
		checkAll(t, d, "log density", standard.LogProb(x.Sub(l).Div(s)).Sub(jacobian), d.LogProb(x), 1e-12, 1e-13)
	}
}

// Combinations of independent coins carry all the mass.
func TestIndependentEnumeration(t *testing.T) {
	d := dist.Independent(dist.Bernoulli([]float64{0.2, 0.5, 0.9}), 1)
	x := d.(dist.Enumerable).EnumerateSupport()
	if !slices.Equal(x.Shape(), []int{8, 3}) {
		t.Fatalf("shape %v", x.Shape())
	}
	if total := d.LogProb(x).LogSumExp().Item(); math.Abs(total) > 1e-15 {
		t.Errorf("log of the sum of masses %v", total)
	}
	if e, ok := caught(func() { dist.Independent(dist.Bernoulli(0.5).Expand(40), 1).(dist.Enumerable).EnumerateSupport() }).(*dist.MethodError); !ok {
		t.Errorf("2⁴⁰ combinations panic with %v", e)
	}
}
