package dist_test

import (
	"testing"

	"github.com/gopyro/pyro/dist"
	"github.com/gopyro/pyro/dist/disttest"
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
