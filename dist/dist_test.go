package dist_test

import (
	"errors"
	"fmt"
	"math"
	"testing"

	"github.com/gopyro/pyro/dist"
	"github.com/gopyro/pyro/rng"
	"github.com/gopyro/pyro/tensor"
)

func Example() {
	d := dist.Normal([]float64{0, 10}, 2)
	x := d.Sample(rng.New(1), 1000)
	fmt.Println(d, x.Shape(), d.LogProb(x).Shape())
	fmt.Println(d.LogProb(tensor.Of(1.0)))
	// Output:
	// Normal(loc: [0 10], scale: 2) [1000 2] [1000 2]
	// [-1.73709 -11.7371]
}

func ExampleValidate() {
	fmt.Println(dist.Validate(dist.Gamma([]float64{1, -2}, 1)))
	fmt.Println(dist.ValidateValue(dist.Beta(2, 3), tensor.Of([]float64{0.5, 1.5})))
	// Output:
	// dist: Gamma: parameter concentration must be (0, ∞), got -2 at index [1]
	// dist: value 1.5 at index [1] is outside the support of Beta(concentration1: 2, concentration0: 3), which is [0, 1]
}

func ExampleKL() {
	kl, ok := dist.KL(dist.Normal(0, 1), dist.Normal([]float64{0, 1}, 1))
	fmt.Println(kl, ok)
	// Output: [0 0.5] true
}

func ExampleBeta() {
	prior := dist.Beta(10, 10).(dist.Cumulative)
	fmt.Printf("%.4f\n", prior.Quantile(tensor.Of(0.025)).Item())
	fmt.Printf("%.4f\n", prior.CDF(tensor.Of(0.5)).Item())
	// Output:
	// 0.2886
	// 0.5000
}

func TestParametersDoNotBroadcast(t *testing.T) {
	defer func() {
		var e *tensor.Error
		if err, ok := recover().(error); !ok || !errors.As(err, &e) || e.Op != "Gumbel" {
			t.Errorf("panic with %v, want a *tensor.Error of Gumbel", err)
		}
	}()
	dist.Gumbel([]float64{1, 2}, []float64{1, 2, 3})
}

func TestValueDoesNotBroadcast(t *testing.T) {
	defer func() {
		if _, ok := recover().(*tensor.Error); !ok {
			t.Error("no *tensor.Error")
		}
	}()
	dist.Gamma([]float64{1, 2}, 1).LogProb(tensor.Ones(3))
}

func TestValidate(t *testing.T) {
	nan := math.NaN()
	for _, d := range []dist.Distribution{
		dist.Normal(0, 0), dist.Normal(nan, 1), dist.LogNormal(0, -1), dist.HalfNormal(0), dist.StudentT(0, 0, 1),
		dist.Cauchy(0, math.Inf(1)), dist.HalfCauchy(-1), dist.Laplace(math.Inf(1), 1), dist.Logistic(0, nan), dist.Gumbel(0, 0),
		dist.Uniform(1, 1), dist.Uniform(1, 0), dist.Beta(0, 1), dist.Beta(1, nan), dist.Exponential(0), dist.Gamma(1, 0),
		dist.InverseGamma(-1, 1), dist.Chi2(0), dist.Weibull(0, 1), dist.Pareto(1, 0), dist.VonMises(0, 0),
	} {
		var e *dist.ParamError
		if err := dist.Validate(d); !errors.As(err, &e) {
			t.Errorf("%v: error %v, want a *ParamError", d, err)
		}
		d.Sample(rng.New(1), 3) // ends, whatever it gives
	}
}

// Draws and densities are in the number type of the parameters.
func TestFloat32(t *testing.T) {
	for name, f := range references {
		for _, c := range readTable(t, name).Cases[:1] {
			p := make(tensors, len(f.names))
			for i, n := range f.names {
				p[i] = numbers(c.Params[n]).To(tensor.Float32)
			}
			d := f.make(p)
			x := d.Sample(rng.New(1), 4)
			logp := d.LogProb(x)
			if x.DType() != tensor.Float32 || logp.DType() != tensor.Float32 {
				t.Errorf("%v: draws are %v and log densities %v", d, x.DType(), logp.DType())
			}
			exact := f.make(wide(p)).LogProb(x.To(tensor.Float64))
			for i := range 4 {
				// Eight roundings of numbers of the size of the result, or of ten.
				if got, want := logp.At(i), exact.At(i); math.Abs(got-want) > 8*0x1p-23*max(10, math.Abs(want)) {
					t.Errorf("%v at %v: log density %v, in float64 %v", d, x.At(i), got, want)
				}
			}
		}
	}
}

func wide(p tensors) tensors {
	out := make(tensors, len(p))
	for i, v := range p {
		out[i] = v.To(tensor.Float64)
	}
	return out
}
