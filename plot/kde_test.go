package plot

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

func samples() map[string][]float64 {
	r := rand.New(rand.NewPCG(3, 0))
	normal, cauchy, ties := make([]float64, 5000), make([]float64, 500), make([]float64, 300)
	for i := range normal {
		normal[i] = 1e3 + r.NormFloat64()
	}
	for i := range cauchy {
		cauchy[i] = math.Tan(math.Pi * (r.Float64() - 0.5))
	}
	for i := range ties {
		ties[i] = float64(r.IntN(3))
	}
	return map[string][]float64{"normal": normal, "cauchy": cauchy, "ties": ties, "two": {-1, 4}}
}

// The definition: the mean of Gaussian densities around the data. The bound
// is the one of newKDE, plus the kernels cut off at 6 bandwidths, exp(-18).
func TestKDEMatchesDefinition(t *testing.T) {
	for name, xs := range samples() {
		k, ok := newKDE(xs, 0)
		if !ok {
			t.Fatal(name)
		}
		h := k.bandwidth
		peak := 1 / (h * math.Sqrt(2*math.Pi))
		bound := (1.0/64/64/8*1.01 + math.Exp(-18)) * peak // 1 % for the orders above the second
		sorted := slices.Sorted(slices.Values(xs))
		for q := 0.0; q <= 1; q += 0.01 {
			x := quantile(sorted, q) + h*math.Sin(99*q)
			want := 0.0
			for _, v := range xs {
				z := (x - v) / h
				want += math.Exp(-z*z/2) * peak / float64(len(xs))
			}
			if got := k.at(x); math.Abs(got-want) > bound {
				t.Errorf("%s: density(%v) = %v, want %v ± %v", name, x, got, want, bound)
			}
		}
	}
}

// The trapezoidal rule with step h/4 is exact for Gaussians of width h to
// 2·exp(-2π²·16); the tails beyond 6 bandwidths hold less than 2e-9, and so do
// the kernels that are cut off there.
func TestKDEIntegratesToOne(t *testing.T) {
	for name, xs := range samples() {
		k, _ := newKDE(xs, 0)
		lo, hi := k.support()
		step, sum := k.bandwidth/4, 0.0
		for i := 0.0; lo-3*k.bandwidth+i*step <= hi+3*k.bandwidth; i++ {
			sum += k.at(lo-3*k.bandwidth+i*step) * step
		}
		if math.Abs(sum-1) > 1e-8 {
			t.Errorf("%s: integral %v", name, sum)
		}
	}
}

// By hand: the standard deviation is 3.72, the quartiles are 2.25 and 6.25,
// and 4/1.34 = 2.99 is the smaller spread.
func TestSilverman(t *testing.T) {
	got := silverman([]float64{1, 2, 3, 4, 7, 11})
	if want := 0.9 * 4 / 1.34 * math.Pow(6, -0.2); math.Abs(got-want) > 1e-15*want*8 {
		t.Errorf("got %v, want %v", got, want)
	}
	if got := silverman([]float64{0, 1, 1, 1, 1, 2}); math.Abs(got-0.9*math.Sqrt(0.4)*math.Pow(6, -0.2)) > 1e-15 {
		t.Errorf("with IQR 0: got %v", got)
	}
}

// One value with a bandwidth is the kernel itself.
func TestKDEWithBandwidth(t *testing.T) {
	k, ok := newKDE([]float64{3}, 0.5)
	for _, z := range []float64{0, -1, 2.5} {
		want := math.Exp(-z*z/2) / (0.5 * math.Sqrt(2*math.Pi))
		if got := k.at(3 + 0.5*z); !ok || math.Abs(got-want) > 1e-15 {
			t.Errorf("at %v bandwidths: got %v, want %v", z, got, want)
		}
	}
	if _, ok := newKDE([]float64{3, 3}, 0); ok {
		t.Error("equal values have a bandwidth")
	}
}
