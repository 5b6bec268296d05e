package dist_test

import (
	"slices"
	"testing"

	"github.com/gopyro/pyro/dist"
	"github.com/gopyro/pyro/rng"
	"github.com/gopyro/pyro/tensor"
	"github.com/gopyro/pyro/transform"
)

// recordable are distributions of one parameter each.
var recordable = map[string]struct {
	make  func(p *tensor.Tensor) dist.Distribution
	param *tensor.Tensor
}{
	"Bernoulli":            {func(p *tensor.Tensor) dist.Distribution { return dist.Bernoulli(p) }, of(0.3)},
	"BernoulliLogits":      {func(p *tensor.Tensor) dist.Distribution { return dist.BernoulliLogits(p) }, of(0.3)},
	"Binomial":             {func(p *tensor.Tensor) dist.Distribution { return dist.Binomial(50, p) }, of(0.3)},
	"Poisson":              {func(p *tensor.Tensor) dist.Distribution { return dist.Poisson(p) }, of(20)},
	"Geometric":            {func(p *tensor.Tensor) dist.Distribution { return dist.Geometric(p) }, of(0.3)},
	"NegativeBinomial":     {func(p *tensor.Tensor) dist.Distribution { return dist.NegativeBinomial(p, 0.4) }, of(3)},
	"GammaPoisson":         {func(p *tensor.Tensor) dist.Distribution { return dist.GammaPoisson(p, 0.4) }, of(3)},
	"OrderedLogistic":      {func(p *tensor.Tensor) dist.Distribution { return dist.OrderedLogistic(0.3, p) }, vector(0.2, 0.3, 0.5)},
	"TruncatedNormal":      {func(p *tensor.Tensor) dist.Distribution { return dist.TruncatedNormal(p, 1, -1, 2) }, of(0.3)},
	"LeftTruncatedNormal":  {func(p *tensor.Tensor) dist.Distribution { return dist.LeftTruncatedNormal(p, 1, -1) }, of(0.3)},
	"ZeroInflated":         {func(p *tensor.Tensor) dist.Distribution { return dist.ZeroInflatedPoisson(4, p) }, of(0.3)},
	"BetaBinomial":         {func(p *tensor.Tensor) dist.Distribution { return dist.BetaBinomial(p, 0.4, 9) }, of(3)},
	"Categorical":          {func(p *tensor.Tensor) dist.Distribution { return dist.Categorical(p) }, vector(0.2, 0.3, 0.5)},
	"OneHotCategorical":    {func(p *tensor.Tensor) dist.Distribution { return dist.OneHotCategoricalLogits(p) }, vector(0.2, 0.3, 0.5)},
	"Multinomial":          {func(p *tensor.Tensor) dist.Distribution { return dist.Multinomial(40, p) }, vector(0.2, 0.3, 0.5)},
	"DirichletMultinomial": {func(p *tensor.Tensor) dist.Distribution { return dist.DirichletMultinomial(p, 40) }, vector(2, 3, 0.5)},
	"Dirichlet":            {func(p *tensor.Tensor) dist.Distribution { return dist.Dirichlet(p) }, vector(2, 3, 0.5)},
	"MultivariateNormal":   {func(p *tensor.Tensor) dist.Distribution { return dist.MultivariateNormal(p, tensor.Eye(3)) }, vector(2, 3, 0.5)},
	"LKJCholesky":          {func(p *tensor.Tensor) dist.Distribution { return dist.LKJCholesky(3, p) }, of(2)},
	"Masked": {func(p *tensor.Tensor) dist.Distribution {
		return dist.Masked(dist.Independent(dist.Gamma(p, 1), 1), true)
	}, vector(2, 3, 0.5)},
	"Expanded": {func(p *tensor.Tensor) dist.Distribution { return dist.Expanded(dist.Gamma(p, 1), 2, 3) }, of(2)},
	"Transformed": {func(p *tensor.Tensor) dist.Distribution {
		return dist.Transformed(dist.Normal(p, 1), transform.Ordered)
	}, vector(2, 3, 0.5)},
	"Mixture": {func(p *tensor.Tensor) dist.Distribution {
		return dist.MixtureSameFamily(dist.CategoricalLogits(p), dist.Poisson([]float64{1, 4, 20}))
	}, vector(2, 3, 0.5)},
	"DiscreteHMM": {func(p *tensor.Tensor) dist.Distribution {
		return dist.DiscreteHMM(p, tensor.Zeros(3, 3), dist.Normal([]float64{-1, 0, 2}, 1), 9)
	}, vector(2, 3, 0.5)},
	"GaussianHMM, filter": {func(p *tensor.Tensor) dist.Distribution {
		return gaussianHMM(p, tensor.Of(ssmOutput), vector(0.2, 0.4), 4)
	}, tensor.Of(ssmMatrix)},
	"GaussianHMM, scan": {func(p *tensor.Tensor) dist.Distribution {
		return gaussianHMM(p, tensor.Of(ssmOutput), vector(0.2, 0.4), 9)
	}, tensor.Of(ssmMatrix)},
	"Delta":     {func(p *tensor.Tensor) dist.Distribution { return dist.Delta(p) }, of(2)},
	"Empirical": {func(p *tensor.Tensor) dist.Distribution { return dist.Empirical([]float64{1, 4, 20}, p) }, vector(2, 3, 0.5)},
}

// Draws and log densities look at no number, so that computations with them can
// be recorded, and a recording that runs again with another key gives what a new
// computation does.
func TestRecordable(t *testing.T) {
	for name, c := range recordable {
		tape := tensor.NewTape()
		compute := func(key rng.Key) (y, p *tensor.Tensor) {
			p = tape.Var(c.param)
			d := c.make(p)
			return d.LogProb(d.Sample(key, 5)).Add(p.Sum().MulScalar(0)).Sum(), p
		}
		want := make([]float64, 3)
		for i := range want {
			tape.Reset()
			y, _ := compute(rng.New(uint64(i)))
			want[i] = y.Item()
		}
		tape.Reset()
		y, p := compute(tape.Watch(rng.New(0)))
		if method, _, dynamic := tape.Dynamic(); dynamic {
			t.Errorf("%s reads a number with %s", name, method)
			continue
		}
		program := tape.Record(y, []*tensor.Tensor{p})
		got := make([]float64, 3)
		for i := range got {
			program.Run(rng.New(uint64(i)))
			got[i] = program.Value()
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: recorded log densities %v, computed anew %v", name, got, want)
		}
	}
}
