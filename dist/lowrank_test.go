package dist_test

import (
	"math"
	"testing"

	"github.com/gopyro/pyro/dist"
	"github.com/gopyro/pyro/rng"
	"github.com/gopyro/pyro/tensor"
)

// TestLowRankIsFullRank compares with the distribution of the same covariance,
// in a batch of two.
func TestLowRankIsFullRank(t *testing.T) {
	loc := tensor.Of([][]float64{{1, -2, 0.5}, {0, 3, 1}})
	factor := tensor.New([]float64{1, 0.5, -0.3, 2, 0.7, 0.1}, 3, 2)
	diagonal := tensor.Of([][]float64{{0.5, 1, 2}, {1, 0.1, 3}})
	low := dist.LowRankMultivariateNormal(loc, factor, diagonal)
	full := dist.MultivariateNormal(loc, factor.MatMul(factor.T()).Add(diagonal.DiagEmbed()))
	x := full.Sample(rng.New(1), 5)
	near := func(what string, got, want *tensor.Tensor) {
		t.Helper()
		if d := got.Sub(want).Abs().Max().Item(); !(d <= 1e-13*(1+want.Abs().Max().Item())) {
			t.Errorf("%s: %v, want %v", what, got, want)
		}
	}
	near("log density", low.LogProb(x), full.LogProb(x))
	near("one vector", low.LogProb(tensor.Of([]float64{1, 1, 1})), full.LogProb(tensor.Of([]float64{1, 1, 1})))
	near("mean", low.(dist.Moments).Mean(), full.(dist.Moments).Mean())
	near("variance", low.(dist.Moments).Variance(), full.(dist.Moments).Variance())
	near("entropy", low.(dist.Entropic).Entropy(), full.(dist.Entropic).Entropy())
	near("expanded", low.Expand(4, 2).LogProb(x.Index(tensor.Of([]int{0, 1, 2, 3}))), low.LogProb(x).Index(tensor.Of([]int{0, 1, 2, 3})))
}

func TestLowRankDraws(t *testing.T) {
	d := dist.LowRankMultivariateNormal([]float64{1, -1}, tensor.New([]float64{2, -1}, 2, 1), []float64{0.5, 0.25})
	const n = 20000
	x := d.Sample(rng.New(3), n)
	c := x.Sub(x.Mean(0))
	cov := c.T().MatMul(c).DivScalar(n)
	want := []float64{4.5, -2, -2, 1.25}
	for i, v := range cov.Float64s() {
		// The variance of a product of normals is at most 2·σ²σ² of the largest.
		if se := math.Sqrt2 * 4.5 / math.Sqrt(n); math.Abs(v-want[i]) > 5*se {
			t.Errorf("covariance %v, want %v", cov, want)
		}
	}
	if same := d.(dist.Reparam).RSample(rng.New(3), 4).Equal(d.Sample(rng.New(3), 4)).All(); same.Item() != 1 {
		t.Error("draws with and without gradient differ")
	}
}
