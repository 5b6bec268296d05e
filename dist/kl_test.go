package dist_test

import (
	"math"
	"testing"

	"github.com/gopyro/pyro/dist"
	"github.com/gopyro/pyro/dist/disttest"
	"github.com/gopyro/pyro/tensor"
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
