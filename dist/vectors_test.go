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

var factor = tensor.Of([][]float64{{1.5, 0, 0}, {-0.5, 0.8, 0}, {0.25, 1, 0.6}})

func TestMultivariateNormal(t *testing.T) {
	loc := vector(1, -2, 0.5)
	cov := factor.MatMul(factor.T())
	// The entries of a symmetric matrix are moved one by one: take its lower half.
	symmetric := func(x *tensor.Tensor) *tensor.Tensor { return x.Tril(0).Add(x.Tril(-1).T()) }
	run(t, func(p tensors) dist.Distribution { return dist.MultivariateNormal(p[0], symmetric(p[1])) },
		disttest.Options{Allocs: 0}, loc, cov)
	run(t, func(p tensors) dist.Distribution { return dist.MultivariateNormalPrecision(p[0], symmetric(p[1])) },
		disttest.Options{Allocs: 0}, loc, cov)
	run(t, func(p tensors) dist.Distribution { return dist.MultivariateNormalCholesky(p[0], p[1].Tril(0)) },
		disttest.Options{Allocs: 0}, loc, factor)
}

// The three forms are one distribution, and differ in rounding only, of the
// size of the condition number 60 times that of a density of some 10.
func TestMultivariateNormalForms(t *testing.T) {
	loc, cov := vector(1, -2, 0.5), factor.MatMul(factor.T())
	ds := []dist.Distribution{
		dist.MultivariateNormalCholesky(loc, factor), dist.MultivariateNormal(loc, cov),
		dist.MultivariateNormalPrecision(loc, factor.CholeskyInverse()),
	}
	x := ds[0].Sample(rng.New(2), 5)
	for _, d := range ds[1:] {
		checkAll(t, d, "log density", d.LogProb(x), ds[0].LogProb(x), 0, 60*10*0x1p-50)
		checkAll(t, d, "variance", d.(dist.Moments).Variance(), cov.Diag(), 1e-13, 0)
		kl, ok := dist.KL(d, ds[0])
		if !ok || !near(kl.Item(), 0, 0, 60*0x1p-50) {
			t.Errorf("divergence of two forms of a distribution is %v", kl)
		}
	}
}

// With a batch of factors each row has its own.
func TestMultivariateNormalBatch(t *testing.T) {
	factors := tensor.Stack(0, factor, factor.MulScalar(2), tensor.Eye(3))
	locs := tensor.Normals(rng.New(1), 2, 1, 3)
	x := tensor.Normals(rng.New(2), 4, 2, 3, 3)
	for _, inverse := range []bool{false, true} {
		build := func(loc, l *tensor.Tensor) dist.Distribution {
			if inverse {
				return dist.MultivariateNormalPrecision(loc, l.MatMul(l.T()))
			}
			return dist.MultivariateNormalCholesky(loc, l)
		}
		d := build(locs, factors)
		got := d.LogProb(x)
		z := d.Sample(rng.New(3), 4)
		if s := z.Shape(); len(s) != 4 || s[0] != 4 || s[1] != 2 || s[2] != 3 || s[3] != 3 {
			t.Fatalf("draws of shape %v", s)
		}
		for i := range 2 {
			for j := range 3 {
				one := build(locs.Select(0, i).Select(0, 0), factors.Select(0, j))
				want := one.LogProb(x.Select(1, i).Select(1, j))
				checkAll(t, d, "log density", got.Select(1, i).Select(1, j), want, 1e-13, 0)
			}
		}
	}
}

// A covariance that is none is named by Validate, and panics when first needed.
func TestNotPositiveDefinite(t *testing.T) {
	d := dist.MultivariateNormal([]float64{0, 0}, [][]float64{{1, 2}, {2, 1}})
	if err, ok := dist.Validate(d).(*dist.ParamError); !ok || err.Param != "covariance" {
		t.Errorf("Validate gives %v", err)
	}
	for range 2 {
		if e, ok := caught(func() { d.Sample(rng.New(1)) }).(*tensor.Error); !ok {
			t.Errorf("a draw panics with %v", e)
		}
	}
}

func TestMultivariateNormalKL(t *testing.T) {
	p := dist.MultivariateNormalCholesky([]float64{1, 0, -1}, factor)
	for _, q := range []dist.Distribution{
		dist.MultivariateNormal([]float64{0, 1, 0}, tensor.Eye(3).MulScalar(2)),
		dist.MultivariateNormalPrecision([]float64{0, 1, 0}, factor.MatMul(factor.T())),
	} {
		checkKL(t, p, q)
		checkKL(t, q, p)
	}
}

// checkKL compares a divergence with the mean of log p/q over draws of p, within
// five standard errors.
func checkKL(t *testing.T, p, q dist.Distribution) {
	t.Helper()
	const n = 20000
	kl, ok := dist.KL(p, q)
	if !ok {
		t.Errorf("KL(%v, %v) is not known", p, q)
		return
	}
	x := p.Sample(rng.New(5), n)
	l := p.LogProb(x).Sub(q.LogProb(x))
	mean := l.Mean()
	sd := math.Sqrt(l.Sub(mean).Square().Mean().Item() / n)
	if math.Abs(kl.Item()-mean.Item()) > 5*sd {
		t.Errorf("KL(%v, %v) = %v, the mean of draws is %v ± %.2g", p, q, kl, mean, sd)
	}
}

// The gradient of a draw is that of the map from noise to draw.
func TestMultivariateNormalPath(t *testing.T) {
	weights := vector(1, -0.5, 2)
	loc := vector(1, -2, 0.5)
	at := func(l *tensor.Tensor) *tensor.Tensor {
		d := dist.MultivariateNormal(loc, l.MatMul(l.T()))
		return d.(dist.Reparam).RSample(rng.New(4)).Tanh().Mul(weights).Sum()
	}
	_, g := tensor.ValueAndGrad(at, factor)
	const h = 1e-5 // error h² of the difference, 2⁻⁵²/h by rounding
	for i := range 3 {
		for j := range i + 1 {
			move := tensor.Zeros(3, 3).Float64s()
			move[3*i+j] = h
			m := tensor.New(move, 3, 3)
			want := (at(factor.Add(m)).Item() - at(factor.Sub(m)).Item()) / (2 * h)
			if got := g.At(i, j); !near(got, want, 0, 1e-8) {
				t.Errorf("gradient in L[%d %d] is %v, differences give %v", i, j, got, want)
			}
		}
	}
}

func TestDirichlet(t *testing.T) {
	build := func(p tensors) dist.Distribution { return dist.Dirichlet(p[0]) }
	run(t, build, disttest.Options{MeanPath: true}, vector(2, 3, 0.7))
	run(t, build, disttest.Options{MeanPath: true}, vector(0.3, 0.2, 0.5, 0.4))
	checkKL(t, dist.Dirichlet([]float64{2, 3, 4}), dist.Dirichlet([]float64{1, 0.5, 6}))
}

// With two categories a share is a beta number; the sum of two shares is one of
// the sum of their concentrations.
func TestDirichletIsBeta(t *testing.T) {
	d, b := dist.Dirichlet([]float64{1.5, 0.7}), dist.Beta(1.5, 0.7)
	for _, v := range []float64{1e-5, 0.2, 0.75} {
		want := b.LogProb(tensor.Of(v)).Item()
		if got := d.LogProb(vector(v, 1-v)).Item(); !near(got, want, 1e-13, 0) {
			t.Errorf("log density at %v is %v, of beta %v", v, got, want)
		}
	}
}

// The gradients of a draw x sum to 0, since the shares sum to one; and on
// average over draws they move the mean share a/Σa as its formula says.
func TestDirichletPath(t *testing.T) {
	const n = 20000
	a := vector(2, 0.5, 1)
	tape := tensor.NewTape()
	rows := tape.Var(a.Expand(n, 3).Clone())
	x := dist.Dirichlet(rows).(dist.Reparam).RSample(rng.New(6))
	total := tensor.Grad(x.Sum(), rows)[0]
	if worst := total.Abs().Max().Item(); worst > 1e-13 {
		t.Errorf("the gradient of the sum of shares is %v", worst)
	}
	for k := range 3 {
		g := tensor.Grad(x.Select(1, k).Sum(), rows)[0]
		for j := range 3 {
			v := g.Select(1, j)
			mean := v.Mean().Item()
			sd := math.Sqrt(v.SubScalar(mean).Square().Mean().Item() / n)
			want := -a.At(k) / (3.5 * 3.5)
			if j == k {
				want += 1 / 3.5
			}
			if math.Abs(mean-want) > 5*sd {
				t.Errorf("share %d moves with concentration %d by %v ± %.2g on average, not %v", k, j, mean, sd, want)
			}
		}
	}
}

// Concentrations whose gamma draws underflow still give draws on the simplex.
func TestDirichletTiny(t *testing.T) {
	d := dist.Dirichlet([]float64{1e-4, 1e-4, 1e-4})
	x := d.Sample(rng.New(1), 500)
	if err := dist.ValidateValue(d, x); err != nil {
		t.Error(err)
	}
	if x.Find(func(v float64) bool { return v == 0 }) >= 0 {
		t.Error("a share is 0")
	}
}

func TestLKJCholesky(t *testing.T) {
	for _, c := range []struct {
		n int
		a float64
	}{{2, 1.5}, {3, 0.7}, {5, 2}} {
		run(t, func(p tensors) dist.Distribution { return dist.LKJCholesky(c.n, p[0]) },
			disttest.Options{MeanPath: true, Allocs: 0}, of(c.a))
	}
}

// Under LKJ(η) each correlation of an n × n matrix is 2B-1 for a beta number B
// with both parameters η + n/2 - 1 (Lewandowski, Kurowicka, Joe 2009); for η = 1
// that of the uniform distribution over correlation matrices. The greatest
// distance of distribution functions is held against the bound of Dvoretzky,
// Kiefer, Wolfowitz and Massart at p = 1e-6.
func TestLKJMarginals(t *testing.T) {
	const n = 4000
	for _, eta := range []float64{1, 3} {
		for _, dim := range []int{2, 4} {
			l := dist.LKJCholesky(dim, eta).Sample(rng.New(7), n)
			corr := l.MatMul(l.T())
			marginal := dist.Beta(eta+float64(dim)/2-1, eta+float64(dim)/2-1).(dist.Cumulative)
			for i := range dim {
				for j := range i {
					u := marginal.CDF(corr.Select(1, i).Select(1, j).AddScalar(1).MulScalar(0.5).Clamp(0, 1))
					if d, limit := uniformDistance(u.Float64s()), math.Sqrt(math.Log(2e6)/(2*n)); d > limit {
						t.Errorf("η = %v: correlation [%d %d] of %d is %v off, more than %v", eta, i, j, dim, d, limit)
					}
				}
			}
		}
	}
}

// uniformDistance is the Kolmogorov distance of numbers from uniform ones.
func uniformDistance(u []float64) float64 {
	slices.Sort(u)
	n, worst := float64(len(u)), 0.0
	for i, v := range u {
		worst = max(worst, v-float64(i)/n, float64(i+1)/n-v)
	}
	return worst
}
