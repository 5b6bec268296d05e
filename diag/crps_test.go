package diag

import (
	"math"
	"testing"

	"github.com/gopyro/pyro/internal/special"
)

func TestCRPS(t *testing.T) {
	x := []float64{0.3, -1, 2, 0.3, 7}
	for _, y := range []float64{-5, 0.3, 1, 9} {
		want := 0.0 // by the definition
		for _, a := range x {
			want += math.Abs(a-y) / 5
			for _, b := range x {
				want -= math.Abs(a-b) / 50
			}
		}
		near(t, "CRPS", CRPS(x, y), want, 1e-13)
	}
	near(t, "one draw", CRPS([]float64{3}, 5), 2, 0)
	// N(0, 1) at y: y(2Φ(y) - 1) + 2φ(y) - 1/√π; n quantiles miss it by O(log n/n).
	const n, y = 20000, 0.7
	q := make([]float64, n)
	for i := range q {
		q[i] = special.NormQuantile((float64(i) + .5) / n)
	}
	want := y*math.Erf(y/math.Sqrt2) + 2*math.Exp(-y*y/2)/math.Sqrt(2*math.Pi) - 1/math.Sqrt(math.Pi)
	near(t, "normal", CRPS(q, y), want, math.Log(n)/n)
}
