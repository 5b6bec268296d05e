package dist_test

import (
	"math"
	"testing"

	"github.com/gopyro/pyro/dist"
	"github.com/gopyro/pyro/dist/disttest"
	"github.com/gopyro/pyro/tensor"
)

// The bounds are no smaller than loc, whose rounding the quantiles near them have,
// and the parameters such that the battery's steps do not lead over a draw. Tails
// and narrow intervals are in the tables.
func TestTruncatedNormal(t *testing.T) {
	for _, p := range [][]float64{{0.5, 2, -1, 3}, {0, 1, -0.1, 0.2}, {8, 2, 3, 4}, {-3, 2, -30, 40}, {1, 1, 2, 7}} {
		battery(t, "TruncatedNormal", disttest.Options{MovingSupport: true, Allocs: 1}, p...)
	}
	for _, low := range []float64{-2, 0.5, 3} {
		battery(t, "LeftTruncatedNormal", disttest.Options{MovingSupport: true}, 0.5, 1.5, low)
		battery(t, "RightTruncatedNormal", disttest.Options{MovingSupport: true}, -0.5, 1.5, -low)
	}
}

// It joins up to three vectors of masses.
func TestOrderedLogistic(t *testing.T) {
	make := func(p tensors) dist.Distribution { return dist.OrderedLogistic(p[0], p[1]) }
	run(t, make, disttest.Options{Allocs: 3}, of(0.3), vector(-1, 0.5, 2))
	run(t, make, disttest.Options{Allocs: 2}, of(-4), vector(1.5))
	run(t, make, disttest.Options{Allocs: 3}, of(0), vector(-0.01, 0, 0.01, 5))
}

func TestZeroInflated(t *testing.T) {
	for _, gate := range []float64{0.02, 0.4, 0.95} {
		run(t, func(p tensors) dist.Distribution { return dist.ZeroInflatedPoisson(p[0], p[1]) }, disttest.Options{}, of(3.5), of(gate))
		run(t, func(p tensors) dist.Distribution { return dist.ZeroInflated(dist.Binomial(6, p[0]), p[1]) },
			disttest.Options{}, of(0.3), of(gate))
		run(t, func(p tensors) dist.Distribution {
			return dist.ZeroInflated(dist.NegativeBinomialLogits(4, p[0]), p[1])
		},
			disttest.Options{Allocs: 1}, of(0.5), of(gate)) // as the base
	}
}

// Two categories are a coin; more of them, far from the predictor, have the masses
// of the logistic distribution function's tails, log σ(c) ≈ c.
func TestOrderedLogisticMasses(t *testing.T) {
	coin := dist.BernoulliLogits(0.7 - 1.5)
	for k, got := range dist.OrderedLogistic(0.7, []float64{1.5}).LogProb(tensor.Arange(2)).Float64s() {
		if want := coin.LogProb(of(float64(k))).Item(); !near(got, want, 1e-15, 0x1p-52) {
			t.Errorf("log mass of %d is %v, of the coin %v", k, got, want)
		}
	}
	got := dist.OrderedLogistic([]float64{800, -800}, []float64{-1, 0, 1}).LogProb(tensor.Arange(4).Unsqueeze(-1)).Float64s()
	gap := math.Log(1 - math.Exp(-1))
	want := []float64{-801, 0, -800 + gap, -799 + gap, -799 + gap, -800 + gap, 0, -801}
	for i := range want {
		if !near(got[i], want[i], 1e-15, 0) {
			t.Errorf("log mass %d is %v, want %v", i, got[i], want[i])
		}
	}
	for _, d := range []dist.Distribution{dist.OrderedLogistic(0, []float64{1, 1}), dist.OrderedLogistic(0, []float64{1, 0})} {
		if _, ok := dist.Validate(d).(*dist.ParamError); !ok {
			t.Errorf("%v is taken for valid", d)
		}
	}
	x := dist.OrderedLogistic(0, []float64{-1, 2})
	y := dist.OrderedLogistic(1, []float64{-1, 2})
	kl, ok := dist.KL(x, y)
	sum := 0.0
	for k := range 3 {
		p, q := x.LogProb(of(float64(k))).Item(), y.LogProb(of(float64(k))).Item()
		sum += math.Exp(p) * (p - q)
	}
	if !ok || !near(kl.Item(), sum, 1e-14, 0) {
		t.Errorf("KL is %v, the sum %v", kl, sum)
	}
}

// The masses by their definition, at gates 0 and 1 too, and where that of the base
// at 0 underflows.
func TestZeroInflatedMasses(t *testing.T) {
	for _, rate := range []float64{0.5, 30, 2000} {
		base := dist.Poisson(rate)
		for _, gate := range []float64{0, 1e-10, 0.3, 1} {
			d := dist.ZeroInflatedPoisson(rate, gate)
			for _, x := range []float64{0, 1, 40, -1, 0.5} {
				p := base.LogProb(of(x)).Item()
				want := math.Log1p(-gate) + p
				if x == 0 && gate > 0 {
					want = math.Log(gate + (1-gate)*math.Exp(p))
				}
				if got := d.LogProb(of(x)).Item(); !near(got, want, 1e-14, 0) {
					t.Errorf("%v at %v: log mass %v, want %v", d, x, got, want)
				}
			}
			if q := d.(dist.Cumulative).Quantile(of(gate / 2)).Item(); gate > 0 && q != 0 {
				t.Errorf("%v: quantile %v is %v", d, gate/2, q)
			}
		}
	}
	for _, bad := range []dist.Distribution{dist.ZeroInflatedPoisson(1, 1.5), dist.ZeroInflatedPoisson(-1, 0.5)} {
		if _, ok := dist.Validate(bad).(*dist.ParamError); !ok {
			t.Errorf("%v is taken for valid", bad)
		}
	}
	for _, base := range []dist.Distribution{dist.Normal(0, 1), dist.Multinomial(3, []float64{0.5, 0.5})} {
		if _, ok := caught(func() { dist.ZeroInflated(base, 0.5) }).(*tensor.Error); !ok {
			t.Errorf("%v is inflated", base)
		}
	}
}
