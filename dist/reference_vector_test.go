package dist_test

import (
	"math"
	"slices"
	"testing"

	"github.com/gopyro/pyro/dist"
	"github.com/gopyro/pyro/tensor"
)

// params are the parameters of a case of a table.
type params = map[string]*tensor.Tensor

// tables are the families with tables whose parameters or draws are counts,
// vectors, matrices or come in several forms.
var tables = map[string]struct {
	make func(p params) dist.Distribution
	// terms is the size of what the log density adds up, as in refFamily.
	terms func(p params, x *tensor.Tensor) float64
}{
	"Bernoulli": {make: func(p params) dist.Distribution {
		if p["logits"] != nil {
			return dist.BernoulliLogits(p["logits"])
		}
		return dist.Bernoulli(p["probs"])
	}},
	"Binomial": {make: func(p params) dist.Distribution {
		if p["logits"] != nil {
			return dist.BinomialLogits(p["total_count"], p["logits"])
		}
		return dist.Binomial(p["total_count"], p["probs"])
	}, terms: func(p params, x *tensor.Tensor) float64 {
		n := p["total_count"].Item()
		return n * (2 + math.Abs(logOdds(p)))
	}},
	"Poisson": {
		make: func(p params) dist.Distribution { return dist.Poisson(p["rate"]) },
		terms: func(p params, x *tensor.Tensor) float64 {
			k := x.Item()
			return k*math.Abs(math.Log(p["rate"].Item())) + p["rate"].Item() + k*math.Log1p(k)
		},
	},
	"Geometric": {make: func(p params) dist.Distribution {
		if p["logits"] != nil {
			return dist.GeometricLogits(p["logits"])
		}
		return dist.Geometric(p["probs"])
	}},
	"NegativeBinomial": {make: func(p params) dist.Distribution {
		if p["logits"] != nil {
			return dist.NegativeBinomialLogits(p["total_count"], p["logits"])
		}
		return dist.NegativeBinomial(p["total_count"], p["probs"])
	}, terms: func(p params, x *tensor.Tensor) float64 {
		n := p["total_count"].Item() + x.Item()
		return math.Log1p(n)*min(x.Item(), p["total_count"].Item()) + x.Item()*math.Abs(logOdds(p)) + math.Log1p(n)
	}},
	"GammaPoisson": {
		make: func(p params) dist.Distribution { return dist.GammaPoisson(p["concentration"], p["rate"]) },
		terms: func(p params, x *tensor.Tensor) float64 {
			n := p["concentration"].Item() + x.Item()
			return n * (1 + math.Abs(math.Log(p["rate"].Item())))
		},
	},
	"BetaBinomial": {make: func(p params) dist.Distribution {
		return dist.BetaBinomial(p["concentration1"], p["concentration0"], p["total_count"])
	}, terms: func(p params, x *tensor.Tensor) float64 {
		return p["concentration1"].Item() + p["concentration0"].Item() + p["total_count"].Item()
	}},
	"Categorical": {make: func(p params) dist.Distribution {
		if p["logits"] != nil {
			return dist.CategoricalLogits(p["logits"])
		}
		return dist.Categorical(normalised(p["probs"]))
	}, terms: largestLogit},
	"OneHotCategorical": {make: func(p params) dist.Distribution {
		if p["logits"] != nil {
			return dist.OneHotCategoricalLogits(p["logits"])
		}
		return dist.OneHotCategorical(normalised(p["probs"]))
	}, terms: largestLogit},
	"Multinomial": {make: func(p params) dist.Distribution {
		if p["logits"] != nil {
			return dist.MultinomialLogits(p["total_count"], p["logits"])
		}
		return dist.Multinomial(p["total_count"], normalised(p["probs"]))
	}, terms: func(p params, x *tensor.Tensor) float64 {
		n := p["total_count"].Item()
		return n * (math.Log1p(n) + largestLogit(p, x))
	}},
	"DirichletMultinomial": {make: func(p params) dist.Distribution {
		return dist.DirichletMultinomial(p["concentration"], p["total_count"])
	}, terms: func(p params, x *tensor.Tensor) float64 {
		return p["concentration"].Sum().Item() + p["total_count"].Item()
	}},
	"Dirichlet": {
		make: func(p params) dist.Distribution { return dist.Dirichlet(p["concentration"]) },
		terms: func(p params, x *tensor.Tensor) float64 {
			a := p["concentration"]
			s := a.Sum().Item()
			return a.XLogY(x).Abs().Sum().Item() + s*math.Abs(math.Log(s))
		},
	},
	"MultivariateNormal": {make: mvn, terms: func(p params, x *tensor.Tensor) float64 {
		z := x.Sub(p["loc"]).Square().Sum().Item()
		return condition(p) * (1 + z*precision(p))
	}},
	"LKJCholesky": {make: func(p params) dist.Distribution {
		return dist.LKJCholesky(int(p["dim"].Item()), p["concentration"])
	}, terms: func(p params, x *tensor.Tensor) float64 {
		return 2 * (p["concentration"].Item() + p["dim"].Item()) * x.Diag().Log().Abs().Sum().Item()
	}},
	"MixtureSameFamily": {make: func(p params) dist.Distribution {
		return dist.MixtureSameFamily(dist.Categorical(normalised(p["probs"])), dist.Normal(p["locs"], p["scales"]))
	}},
}

func logOdds(p params) float64 {
	if l := p["logits"]; l != nil {
		return l.Item()
	}
	q := p["probs"].Item()
	if q == 0 || q == 1 {
		return 0
	}
	return math.Log(q) - math.Log1p(-q)
}

func normalised(p *tensor.Tensor) *tensor.Tensor { return p.Div(p.SumKeep(-1)) }

func largestLogit(p params, _ *tensor.Tensor) float64 {
	if l := p["logits"]; l != nil {
		return l.Abs().Max().Item()
	}
	return 1
}

func mvn(p params) dist.Distribution {
	switch {
	case p["precision_matrix"] != nil:
		return dist.MultivariateNormalPrecision(p["loc"], p["precision_matrix"])
	case p["scale_tril"] != nil:
		return dist.MultivariateNormalCholesky(p["loc"], p["scale_tril"])
	}
	return dist.MultivariateNormal(p["loc"], p["covariance_matrix"])
}

// precision returns the largest element of the inverse of the covariance, and
// condition its product with that of the covariance.
func precision(p params) float64 {
	if m := p["precision_matrix"]; m != nil {
		return m.Abs().Max().Item()
	}
	l := p["scale_tril"]
	if l == nil {
		l = p["covariance_matrix"].Cholesky()
	}
	return l.CholeskyInverse().Abs().Max().Item()
}

func condition(p params) float64 {
	switch {
	case p["precision_matrix"] != nil:
		return precision(p) * p["precision_matrix"].Cholesky().CholeskyInverse().Abs().Max().Item()
	case p["scale_tril"] != nil:
		l := p["scale_tril"]
		return precision(p) * l.MatMul(l.T()).Abs().Max().Item()
	}
	return precision(p) * p["covariance_matrix"].Abs().Max().Item()
}

func TestTables(t *testing.T) {
	for name, family := range tables {
		t.Run(name, func(t *testing.T) {
			for _, c := range readTable(t, name).Cases {
				p := params{}
				for n, v := range c.Params {
					p[n] = numbers(v)
				}
				d := family.make(p)
				floor := func(x *tensor.Tensor) float64 {
					if family.terms == nil {
						return 0x1p-51
					}
					if v := family.terms(p, x); v > 1 && !math.IsInf(v, 1) {
						return 0x1p-51 * v
					}
					return 0x1p-51
				}
				if err := dist.Validate(d); err != nil {
					t.Error(err)
				}
				for _, pt := range append(c.Points, c.Outside...) {
					f := floor(numbers(pt.X))
					checkLogProb(t, d, pt, f)
					checkCDF(t, d, pt)
					if pt.Grad != nil && !math.IsInf(number(pt.Logp), -1) {
						checkTableGradients(t, family.make, p, pt, f)
					}
				}
				for _, pt := range c.Outside {
					if dist.ValidateValue(d, numbers(pt.X)) == nil {
						t.Errorf("%v: %v counts as in the support", d, pt.X)
					}
				}
				if cum, ok := dist.As[dist.Cumulative](d); ok {
					for _, q := range c.Quantiles {
						if x := number(q.X); name != "MixtureSameFamily" {
							checkQuantile(t, cum, number(q.Q), x)
						} else if f := cum.CDF(tensor.Of(x)).Item(); !near(f, number(q.Q), 1e-11, 0) {
							t.Errorf("%v: the distribution function at the %v quantile is %v", d, q.Q, f)
						} else if got := cum.Quantile(tensor.Of(f)).Item(); !near(got, x, 1e-11, 0x1p-51/math.Exp(d.LogProb(tensor.Of(x)).Item())) {
							t.Errorf("%v: quantile of %v is %v, want %v", d, q.Q, got, x)
						}
					}
				}
				if m, ok := dist.As[dist.Moments](d); ok && c.Mean != nil {
					checkAll(t, d, "mean", m.Mean(), numbers(c.Mean), 1e-12, 0)
					checkAll(t, d, "variance", m.Variance(), numbers(c.Variance), 1e-12, 0)
				}
				if e, ok := dist.As[dist.Entropic](d); ok {
					f := 0x1p-51
					if m, ok := dist.As[dist.Moments](d); ok {
						f = floor(m.Mean())
					}
					checkAll(t, d, "entropy", e.Entropy(), numbers(c.Entropy), 1e-12, f)
				}
			}
		})
	}
}

// checkTableGradients is checkGradients for parameters of any shape.
func checkTableGradients(t *testing.T, build func(p params) dist.Distribution, p params, pt point, floor float64) {
	t.Helper()
	tape := tensor.NewTape()
	vars := params{}
	for n, v := range p {
		vars[n] = v
		if pt.Grad[n] != nil {
			vars[n] = tape.Var(v.Clone())
		}
	}
	x := tape.Var(numbers(pt.X))
	y := build(vars).LogProb(x)
	if pt.GradX != nil {
		checkAll(t, build(p), "gradient in x", tensor.Grad(y, x)[0], numbers(pt.GradX), 1e-9, floor/scale(numbers(pt.X)))
	}
	for n, want := range pt.Grad {
		if want == nil {
			continue
		}
		got := tensor.Grad(y, vars[n])[0]
		checkAll(t, build(p), "gradient in "+n, got, numbers(want), 1e-9, floor/scale(p[n]))
	}
}

// scale is the least size of a number of x that is not 0, at most 1.
func scale(x *tensor.Tensor) float64 {
	s := 1.0
	for _, v := range x.Float64s() {
		if v != 0 {
			s = min(s, math.Abs(v))
		}
	}
	return s
}

func checkAll(t *testing.T, d dist.Distribution, what string, got, want *tensor.Tensor, rel, floor float64) {
	t.Helper()
	if !slices.Equal(got.Shape(), want.Shape()) {
		t.Errorf("%v: %s has shape %v, want %v", d, what, got.Shape(), want.Shape())
		return
	}
	g, w := got.Float64s(), want.Float64s()
	for i := range w {
		if math.IsNaN(w[i]) { // not in the table
			continue
		}
		if !near(g[i], w[i], rel, floor) {
			t.Errorf("%v: %s %v, want %v (off by %.2g)", d, what, g, w, g[i]-w[i])
			return
		}
	}
}
