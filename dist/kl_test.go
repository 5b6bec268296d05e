package dist_test

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/gopyro/pyro/dist"
	"github.com/gopyro/pyro/dist/disttest"
	"github.com/gopyro/pyro/rng"
	"github.com/gopyro/pyro/tensor"
	"github.com/gopyro/pyro/transform"
)

func TestKL(t *testing.T) {
	for _, c := range []struct{ p, q dist.Distribution }{
		{dist.Normal(1, 2), dist.Normal(-1, 3)},
		{dist.LogNormal(1, 0.5), dist.LogNormal(0.5, 0.25)},
		{dist.HalfNormal(2), dist.HalfNormal(0.7)},
		{dist.Cauchy(0, 1), dist.Cauchy(3, 0.5)},
		{dist.Laplace(1, 2), dist.Laplace(-0.5, 0.7)},
		{dist.Gumbel(1, 2), dist.Gumbel(-1, 3)},
		{dist.Uniform(0, 1), dist.Uniform(-1, 3)},
		{dist.Beta(2, 3), dist.Beta(4, 0.5)},
		{dist.Exponential(2), dist.Exponential(0.3)},
		{dist.Gamma(2, 3), dist.Gamma(0.5, 1)},
		{dist.Gamma(2, 3), dist.Chi2(3)},
		{dist.InverseGamma(2, 3), dist.InverseGamma(0.5, 1)},
		{dist.Pareto(2, 3), dist.Pareto(1, 0.5)},
		{dist.VonMises(1, 3), dist.VonMises(-2, 0.5)},
	} {
		got, ok := dist.KL(c.p, c.q)
		if !ok {
			t.Errorf("KL(%v, %v) is not known", c.p, c.q)
			continue
		}
		ratio := func(x *tensor.Tensor) *tensor.Tensor { return c.p.LogProb(x).Sub(c.q.LogProb(x)) }
		if want, tol := disttest.Expect(c.p, ratio); !(math.Abs(got.Item()-want) <= tol) {
			t.Errorf("KL(%v, %v) = %v, the integral is %v ± %.1g", c.p, c.q, got, want, tol)
		}
		if self, _ := dist.KL(c.p, c.p); math.Abs(self.Item()) > 1e-15 {
			t.Errorf("KL(%v, itself) = %v", c.p, self)
		}
	}
}

func TestKLInfinite(t *testing.T) {
	for _, c := range []struct{ p, q dist.Distribution }{
		{dist.Uniform(-1, 3), dist.Uniform(0, 1)},
		{dist.Pareto(1, 3), dist.Pareto(2, 3)},
	} {
		if kl, ok := dist.KL(c.p, c.q); !ok || !math.IsInf(kl.Item(), 1) {
			t.Errorf("KL(%v, %v) = %v, %v", c.p, c.q, kl, ok)
		}
	}
}

func TestKLShape(t *testing.T) {
	p := dist.Normal([]float64{0, 1, 2}, 1).Expand(2, 3)
	kl, ok := dist.KL(p, dist.Normal(0, 1).Expand(4, 1, 1))
	if s := kl.Shape(); !ok || len(s) != 3 || s[0] != 4 || s[1] != 2 || s[2] != 3 {
		t.Errorf("shape %v, want [4 2 3]", s)
	}
	if _, ok := dist.KL(p, dist.Cauchy(0, 1)); ok {
		t.Error("there is no closed form for Normal and Cauchy")
	}
}

// Every pair of families of numbers that is known is the integral of log p/q, or
// infinite where p has draws that q has not or the integral diverges.
func TestKLOfAllPairs(t *testing.T) {
	all := []dist.Distribution{
		dist.Normal(0.5, 0.8), dist.Laplace(0.3, 0.4), dist.Gumbel(0.2, 0.9), dist.Logistic(0.1, 0.5), dist.Cauchy(0.5, 1),
		dist.StudentT(5, 0.2, 0.7), dist.Uniform(0.2, 0.9), dist.Uniform(-1, 2), dist.Beta(2, 3), dist.Gamma(2.5, 3),
		dist.Exponential(1.5), dist.InverseGamma(6, 3), dist.LogNormal(-0.5, 0.4), dist.Weibull(0.8, 2.5), dist.Pareto(0.3, 6),
		dist.HalfNormal(0.9), dist.HalfCauchy(0.5), dist.Chi2(3), dist.VonMises(0.2, 2),
	}
	known, infinite := 0, 0
	for _, p := range all {
		for _, q := range all {
			kl, ok := dist.KL(p, q)
			if !ok {
				continue
			}
			known++
			got := kl.Item()
			// Draws off q's support, or in tails that it lacks.
			lacks := q.LogProb(p.Sample(rng.New(1), 2000)).Find(func(v float64) bool { return math.IsInf(v, -1) }) >= 0
			if math.IsInf(got, 1) {
				infinite++
				if !lacks && !diverges(p, q) {
					t.Errorf("KL(%v, %v) is infinite", p, q)
				}
				continue
			}
			ratio := func(x *tensor.Tensor) *tensor.Tensor { return p.LogProb(x).Sub(q.LogProb(x)) }
			if want, tol := disttest.Expect(p, ratio); lacks || !(math.Abs(got-want) <= tol) {
				t.Errorf("KL(%v, %v) = %v, the integral is %v ± %.1g", p, q, got, want, tol)
			}
		}
	}
	if known < 140 || infinite < 20 {
		t.Errorf("%d pairs are known, %d of them infinite", known, infinite)
	}
	t.Logf("%d pairs are known, %d of them infinite", known, infinite)
}

// diverges tells of pairs for which draws do not show that the integral is infinite:
// E x² of a half Cauchy distribution, E 1/x where p has mass near 0, and tails of p
// beyond a uniform distribution that few draws reach.
func diverges(p, q dist.Distribution) bool {
	heavy := strings.HasPrefix(p.String(), "HalfCauchy")
	recip := strings.HasPrefix(q.String(), "InverseGamma") && slices.ContainsFunc([]string{"Exponential", "HalfNormal"}, func(s string) bool { return strings.HasPrefix(p.String(), s) })
	return heavy || recip || strings.HasPrefix(q.String(), "Uniform")
}

func TestKLOfVectors(t *testing.T) {
	loc, factor := vector(1, -2, 0.5), tensor.Of([][]float64{{0.5}, {-1}, {0.3}})
	low := dist.LowRankMultivariateNormal(loc, factor, []float64{0.4, 0.5, 0.6})
	full := dist.MultivariateNormalCholesky([]float64{0, 0, 1}, [][]float64{{1, 0, 0}, {0.5, 1, 0}, {0, -0.4, 0.7}})
	apart := dist.Independent(dist.Normal([]float64{0.5, -1, 0}, []float64{1, 2, 0.5}), 1)
	for _, p := range []dist.Distribution{low, full, apart} {
		for _, q := range []dist.Distribution{low, full, apart} {
			checkKL(t, p, q)
		}
	}
	checkKL(t, dist.LKJCholesky(3, 2), dist.LKJCholesky(3, 0.7))
	checkKL(t, dist.NegativeBinomial(3, 0.4), dist.NegativeBinomial(3, 0.7))
	checkKL(t, dist.Transformed(dist.Normal(0.3, 1), transform.Exp), dist.Transformed(dist.Normal(-0.2, 0.7), transform.Exp))
	if _, ok := dist.KL(dist.Transformed(dist.Normal(0, 1), transform.Exp), dist.Transformed(dist.Normal(0, 1), transform.Sigmoid)); ok {
		t.Error("images under different maps are taken for alike")
	}
}
