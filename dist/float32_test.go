package dist_test

import (
	"math"
	"slices"
	"testing"

	"github.com/gopyro/pyro/dist"
	"github.com/gopyro/pyro/rng"
	"github.com/gopyro/pyro/tensor"
	"github.com/gopyro/pyro/transform"
)

// byType are distributions with parameters of a given number type.
var byType = map[string]func(dt tensor.DType) dist.Distribution{
	"Bernoulli":        func(dt tensor.DType) dist.Distribution { return dist.Bernoulli(of(0.3).To(dt)) },
	"BernoulliLogits":  func(dt tensor.DType) dist.Distribution { return dist.BernoulliLogits(of(0.3).To(dt)) },
	"Binomial":         func(dt tensor.DType) dist.Distribution { return dist.Binomial(5, of(0.3).To(dt)) },
	"BinomialLogits":   func(dt tensor.DType) dist.Distribution { return dist.BinomialLogits(5, of(0.3).To(dt)) },
	"Poisson":          func(dt tensor.DType) dist.Distribution { return dist.Poisson(of(3).To(dt)) },
	"Geometric":        func(dt tensor.DType) dist.Distribution { return dist.Geometric(of(0.3).To(dt)) },
	"NegativeBinomial": func(dt tensor.DType) dist.Distribution { return dist.NegativeBinomial(3, of(0.3).To(dt)) },
	"GammaPoisson":     func(dt tensor.DType) dist.Distribution { return dist.GammaPoisson(3, of(0.3).To(dt)) },
	"OrderedLogistic": func(dt tensor.DType) dist.Distribution {
		return dist.OrderedLogistic(of(0.3).To(dt), vector(-1, 1).To(dt))
	},
	"TruncatedNormal": func(dt tensor.DType) dist.Distribution {
		return dist.TruncatedNormal(of(0.3).To(dt), 1, -1, of(2).To(dt))
	},
	"ZeroInflated":      func(dt tensor.DType) dist.Distribution { return dist.ZeroInflatedPoisson(of(3).To(dt), of(0.3).To(dt)) },
	"BetaBinomial":      func(dt tensor.DType) dist.Distribution { return dist.BetaBinomial(3, of(0.3).To(dt), 6) },
	"Categorical":       func(dt tensor.DType) dist.Distribution { return dist.Categorical(vector(0.25, 0.75).To(dt)) },
	"CategoricalLogits": func(dt tensor.DType) dist.Distribution { return dist.CategoricalLogits(vector(1, 2).To(dt)) },
	"OneHotCategorical": func(dt tensor.DType) dist.Distribution { return dist.OneHotCategorical(vector(0.25, 0.75).To(dt)) },
	"Multinomial":       func(dt tensor.DType) dist.Distribution { return dist.Multinomial(4, vector(0.25, 0.75).To(dt)) },
	"DirichletMultinomial": func(dt tensor.DType) dist.Distribution {
		return dist.DirichletMultinomial(vector(1, 2).To(dt), 4)
	},
	"Dirichlet": func(dt tensor.DType) dist.Distribution { return dist.Dirichlet(vector(1, 2).To(dt)) },
	"MultivariateNormal": func(dt tensor.DType) dist.Distribution {
		return dist.MultivariateNormal(vector(1, 2).To(dt), tensor.Eye(2).To(dt))
	},
	"MultivariateNormalPrecision": func(dt tensor.DType) dist.Distribution {
		return dist.MultivariateNormalPrecision(vector(1, 2).To(dt), tensor.Eye(2).To(dt))
	},
	"LKJCholesky": func(dt tensor.DType) dist.Distribution { return dist.LKJCholesky(3, of(2).To(dt)) },
	"Independent": func(dt tensor.DType) dist.Distribution {
		return dist.Independent(dist.Normal(vector(1, 2).To(dt), of(1).To(dt)), 1)
	},
	"Masked": func(dt tensor.DType) dist.Distribution {
		return dist.Masked(dist.Gamma(of(2).To(dt), of(1).To(dt)), true)
	},
	"Transformed": func(dt tensor.DType) dist.Distribution {
		return dist.Transformed(dist.Normal(of(2).To(dt), of(1).To(dt)), transform.Exp)
	},
	"Mixture": func(dt tensor.DType) dist.Distribution {
		return dist.MixtureSameFamily(dist.Categorical(vector(0.25, 0.75).To(dt)), dist.Normal(vector(1, 2).To(dt), of(1).To(dt)))
	},
	"Delta": func(dt tensor.DType) dist.Distribution { return dist.Delta(of(2).To(dt)) },
	"Empirical": func(dt tensor.DType) dist.Distribution {
		return dist.Empirical(vector(1, 2).To(dt), vector(0, 1).To(dt))
	},
}

// With float32 parameters all results are float32, and near those in float64.
func TestFloat32Vectors(t *testing.T) {
	for name, build := range byType {
		narrow, wide := build(tensor.Float32), build(tensor.Float64)
		x := narrow.Sample(rng.New(1), 20)
		results := map[string][2]*tensor.Tensor{"log density": {narrow.LogProb(x), wide.LogProb(x.To(tensor.Float64))}, "draw": {x, x}}
		if m, ok := dist.As[dist.Moments](narrow); ok {
			w := wide.(dist.Moments)
			results["mean"] = [2]*tensor.Tensor{m.Mean(), w.Mean()}
			results["variance"] = [2]*tensor.Tensor{m.Variance(), w.Variance()}
		}
		if e, ok := dist.As[dist.Entropic](narrow); ok {
			results["entropy"] = [2]*tensor.Tensor{e.Entropy(), wide.(dist.Entropic).Entropy()}
		}
		if c, ok := dist.As[dist.Cumulative](narrow); ok {
			results["distribution function"] = [2]*tensor.Tensor{c.CDF(x), wide.(dist.Cumulative).CDF(x.To(tensor.Float64))}
		}
		if e, ok := dist.As[dist.Enumerable](narrow); ok {
			v := e.EnumerateSupport()
			results["enumerated log mass"] = [2]*tensor.Tensor{narrow.LogProb(v), wide.LogProb(v.To(tensor.Float64))}
		}
		if err := dist.ValidateValue(narrow, x); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		for what, r := range results {
			if r[0].DType() != tensor.Float32 || !slices.Equal(r[0].Shape(), r[1].Shape()) {
				t.Errorf("%s: %s of type %v and shape %v", name, what, r[0].DType(), r[0].Shape())
				continue
			}
			// 2⁻²³ for parameters and value each, times a condition of some 10.
			checkAll(t, narrow, what, r[0].To(tensor.Float64), r[1], 20*0x1p-23, 100*0x1p-23)
		}
	}
}

// TestUniformsStayBelowOne in float32, where the number of this key, above
// 1-2⁻²⁵, rounds to one.
func TestUniformsStayBelowOne(t *testing.T) {
	key := rng.New(0).Fold(41957316)
	if u := key.Uniform(); float32(u) != 1 {
		t.Fatalf("the key gives %v", u)
	}
	zero, one := tensor.Zeros(1).To(tensor.Float32), tensor.Ones(1).To(tensor.Float32)
	for _, d := range []dist.Distribution{dist.Uniform(zero, one), dist.Logistic(one, one), dist.Cauchy(one, one), dist.Laplace(one, one)} {
		x := d.Sample(key)
		if v := x.At(0); math.IsInf(v, 0) || math.IsNaN(v) || x.DType() != tensor.Float32 {
			t.Errorf("%v: draw %v", d, x)
		}
	}
	if u := dist.Uniform(zero, one).Sample(key).At(0); u != 1-0x1p-24 {
		t.Errorf("uniform draw %v", u)
	}
}
