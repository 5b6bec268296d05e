package dist

import (
	"math"
	"testing"

	"github.com/gopyro/pyro/tensor"
)

// TestParameter: parameters are what tensor.Of makes, whether they are shared or not.
func TestParameter(t *testing.T) {
	same := func(got, want *tensor.Tensor) {
		t.Helper()
		if math.Float64bits(got.Item()) != math.Float64bits(want.Item()) || got.Rank() != 0 || got.DType() != want.DType() {
			t.Errorf("%v, want %v", got, want)
		}
	}
	for _, v := range []float64{0, math.Copysign(0, -1), 0.5, 1, 10, 10.5, 11, -1, 1e300, math.NaN(), math.Inf(1), math.Inf(-1)} {
		same(parameter(v), tensor.Of(v))
	}
	for v := -2; v < 14; v++ {
		same(parameter(v), tensor.Of(v))
	}
	if parameter(3) != parameter(3.0) {
		t.Error("3 is made twice")
	}
	if x := tensor.Of(3); parameter(x) != x {
		t.Error("a tensor is copied")
	}
}
