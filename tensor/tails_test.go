package tensor_test

import (
	"math"
	"testing"

	"github.com/gopyro/pyro/tensor"
)

// difference is the central difference of f in argument k, extrapolated from
// steps h and h/2: its error is of order h⁴ and 2⁻⁵²/h of the value.
func difference(f func(x []float64) float64, x []float64, k int) (d, tol float64) {
	at := func(h float64) float64 {
		y := append([]float64(nil), x...)
		y[k] += h
		return f(y)
	}
	h := 2e-3 * max(math.Abs(x[k]), 0.1)
	if math.Abs(x[k]) < 1 {
		h = 2e-3 * min(1-math.Abs(x[k]), max(math.Abs(x[k]), 0.1))
	}
	d1, d2 := (at(h)-at(-h))/(2*h), (at(h/2)-at(-h/2))/h
	d = (4*d2 - d1) / 3
	return d, 0.01*math.Abs(d1-d2) + 1e-12/h*max(1, math.Abs(at(0)))
}

// Gradients of tails, quantiles and draws against differences.
func TestTailGradients(t *testing.T) {
	type T = *tensor.Tensor
	for _, c := range []struct {
		name  string
		order int // to which derivatives exist
		f     func(x []T) T
		at    [][]float64
	}{
		{"GammaP", 1, func(x []T) T { return x[1].GammaP(x[0]) }, [][]float64{{2.5, 1.5}, {0.3, 0.2}, {40, 45}}},
		{"GammaQ", 1, func(x []T) T { return x[1].GammaQ(x[0]) }, [][]float64{{2.5, 1.5}, {0.3, 2}, {40, 45}}},
		{"GammaPInv", 1, func(x []T) T { return x[1].GammaPInv(x[0]) }, [][]float64{{2.5, 0.2}, {0.6, 0.9}, {40, 0.01}}},
		{"GammaQInv", 1, func(x []T) T { return x[1].GammaQInv(x[0]) }, [][]float64{{2.5, 0.2}, {0.6, 0.3}, {40, 0.01}}},
		{"BetaInc", 1, func(x []T) T { return x[2].BetaInc(x[0], x[1]) }, [][]float64{{2.5, 1.5, 0.3}, {0.4, 3, 0.1}}},
		{"BetaIncInv", 1, func(x []T) T { return x[2].BetaIncInv(x[0], x[1]) }, [][]float64{{2.5, 1.5, 0.3}, {0.8, 3, 0.6}}},
		{"StudentCDF", 1, func(x []T) T { return x[1].StudentCDF(x[0]) }, [][]float64{{3, 1.2}, {0.7, -4}, {30, 1e-3}, {5, 40}}},
		{"StudentQuantile", 1, func(x []T) T { return x[1].StudentQuantile(x[0]) }, [][]float64{{3, 0.2}, {0.7, 0.9}, {30, 0.51}}},
		{"Log1pSquare", 3, func(x []T) T { return x[0].Log1pSquare() }, [][]float64{{0}, {0.3}, {-2}, {50}, {-1e6}}},
		{"LogBesselI0e", 3, func(x []T) T { return x[0].LogBesselI0e() }, [][]float64{{0.3}, {-2}, {9}, {300}}},
		{"BesselRatio", 3, func(x []T) T { return x[0].BesselRatio() }, [][]float64{{0.3}, {-2}, {9}, {300}}},
	} {
		for _, at := range c.at {
			for k := range at {
				f := c.f
				for order := 1; order <= c.order; order++ {
					checkGradient(t, c.name, order, f, at, k)
					f = derivative(f, k)
				}
			}
		}
	}
}

func derivative(f func(x []*tensor.Tensor) *tensor.Tensor, k int) func(x []*tensor.Tensor) *tensor.Tensor {
	return func(x []*tensor.Tensor) *tensor.Tensor { return tensor.Grad(f(x), x[k])[0] }
}

func checkGradient(t *testing.T, name string, order int, f func(x []*tensor.Tensor) *tensor.Tensor, at []float64, k int) {
	t.Helper()
	vars := func(x []float64) []*tensor.Tensor {
		tape := tensor.NewTape()
		v := make([]*tensor.Tensor, len(x))
		for i := range x {
			v[i] = tape.Var(tensor.Of(x[i]))
		}
		return v
	}
	v := vars(at)
	got := tensor.Grad(f(v), v[k])[0].Item()
	want, tol := difference(func(x []float64) float64 { return f(vars(x)).Item() }, at, k)
	if !(math.Abs(got-want) <= tol) {
		t.Errorf("%s%v: derivative %d in argument %d is %v, differences give %v ± %.1g", name, at, order, k, got, want, tol)
	}
}

// A draw moves with its parameters as the quantile of its own probability does.
func TestDrawGradients(t *testing.T) {
	for _, a := range []float64{0.3, 2.5, 40} {
		for _, q := range []float64{0.01, 0.4, 0.95} {
			p := tensor.Of(q)
			x := p.GammaPInv(tensor.Of(a))
			quantile := func(v []float64) float64 { return p.GammaPInv(tensor.Of(v[0])).Item() }
			want, tol := difference(quantile, []float64{a}, 0)
			_, g := tensor.ValueAndGrad(func(a *tensor.Tensor) *tensor.Tensor { return x.AsGammaSample(a) }, tensor.Of(a))
			if got := g.Item(); !(math.Abs(got-want) <= tol) {
				t.Errorf("AsGammaSample(%v) at %v: %v, want %v", a, x, got, want)
			}
			_, g = tensor.ValueAndGrad(func(a *tensor.Tensor) *tensor.Tensor { return x.Log().AsLogGammaSample(a) }, tensor.Of(a))
			if got := g.Item() * x.Item(); !(math.Abs(got-want) <= tol) {
				t.Errorf("AsLogGammaSample(%v) at log %v: %v, want %v", a, x, got, want)
			}
		}
	}
}

func TestOutside(t *testing.T) {
	x := tensor.Of([]float64{-1, 0, 0.5, 1, 2, math.NaN(), math.Inf(1)})
	got := x.Outside(tensor.Of(0.0), tensor.Of(1.0)).String()
	if want := "[1 0 0 0 1 0 1]"; got != want {
		t.Errorf("Outside = %s, want %s", got, want)
	}
}
