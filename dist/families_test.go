package dist_test

import (
	"slices"
	"testing"

	"github.com/gopyro/pyro/dist"
	"github.com/gopyro/pyro/dist/disttest"
	"github.com/gopyro/pyro/rng"
	"github.com/gopyro/pyro/tensor"
)

// battery runs the battery on a family at parameters that are numbers.
func battery(t *testing.T, name string, o disttest.Options, params ...float64) {
	t.Helper()
	o.Make = references[name].make
	for _, v := range params {
		o.Params = append(o.Params, tensor.Of(v))
	}
	d := o.Make(o.Params)
	t.Run(d.String(), func(t *testing.T) { disttest.Run(t, d, o) })
}

func TestNormal(t *testing.T)      { battery(t, "Normal", disttest.Options{}, 8.5, 0.75) }
func TestLogNormal(t *testing.T)   { battery(t, "LogNormal", disttest.Options{}, 0.5, 0.8) }
func TestHalfNormal(t *testing.T)  { battery(t, "HalfNormal", disttest.Options{}, 2.5) }
func TestCauchy(t *testing.T)      { battery(t, "Cauchy", disttest.Options{}, -1, 2) }
func TestHalfCauchy(t *testing.T)  { battery(t, "HalfCauchy", disttest.Options{}, 2.5) }
func TestLaplace(t *testing.T)     { battery(t, "Laplace", disttest.Options{}, 1, 2) }
func TestLogistic(t *testing.T)    { battery(t, "Logistic", disttest.Options{}, 3, 0.1) }
func TestGumbel(t *testing.T)      { battery(t, "Gumbel", disttest.Options{}, 2, 3) }
func TestExponential(t *testing.T) { battery(t, "Exponential", disttest.Options{}, 0.3) }

func TestStudentT(t *testing.T) {
	battery(t, "StudentT", disttest.Options{MeanPath: true}, 3.5, -1, 2)
	battery(t, "StudentT", disttest.Options{MeanPath: true}, 0.8, 0, 1)
}

func TestUniform(t *testing.T) {
	battery(t, "Uniform", disttest.Options{MovingSupport: true}, -2.5, 7.25)
}

func TestBeta(t *testing.T) {
	battery(t, "Beta", disttest.Options{}, 2.5, 4)
	battery(t, "Beta", disttest.Options{}, 0.7, 0.9)
	battery(t, "Beta", disttest.Options{}, 30, 20)
}

func TestGamma(t *testing.T) {
	battery(t, "Gamma", disttest.Options{}, 2.5, 0.3)
	battery(t, "Gamma", disttest.Options{}, 0.2, 2)
	battery(t, "Gamma", disttest.Options{}, 150, 10)
}

func TestInverseGamma(t *testing.T) {
	battery(t, "InverseGamma", disttest.Options{}, 3, 2)
	battery(t, "InverseGamma", disttest.Options{}, 0.5, 1)
}

func TestChi2(t *testing.T) { battery(t, "Chi2", disttest.Options{Allocs: 1}, 5.5) } // log ½

func TestWeibull(t *testing.T) {
	battery(t, "Weibull", disttest.Options{}, 2, 1.5)
	battery(t, "Weibull", disttest.Options{}, 0.5, 0.7)
}

func TestPareto(t *testing.T) {
	battery(t, "Pareto", disttest.Options{MovingSupport: true}, 2.5, 3)
	battery(t, "Pareto", disttest.Options{MovingSupport: true}, 1, 0.8)
}

func TestVonMises(t *testing.T) {
	battery(t, "VonMises", disttest.Options{}, 0.5, 1.5)
	battery(t, "VonMises", disttest.Options{}, -3, 30)
	battery(t, "VonMises", disttest.Options{}, 0, 3e6)
	battery(t, "VonMises", disttest.Options{}, 2, 1e-6)
}

// The draws of tiny concentrations stay where they belong.
func TestTinyConcentration(t *testing.T) {
	for _, d := range []dist.Distribution{
		dist.Gamma(1e-4, 1), dist.Gamma(1e-3, 1e10), dist.Beta(1e-4, 1e-4), dist.Chi2(1e-4), dist.InverseGamma(1e-4, 1),
	} {
		x := d.Sample(rng.New(1), 200)
		if err := dist.ValidateValue(d, x); err != nil {
			t.Error(err)
		}
		if v := x.Float64s(); slices.Contains(v, 0) || slices.Contains(v, 1) {
			t.Errorf("%v draws an end of its support", d)
		}
	}
}
