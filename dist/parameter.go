package dist

import (
	"math"

	"github.com/gopyro/pyro/tensor"
)

// parameter is [tensor.Of] for parameters, of which many are small whole numbers: those
// are made once.
func parameter[T tensor.Operand](v T) *tensor.Tensor {
	if i, ok := any(v).(int); ok && uint(i) < uint(len(small)) {
		return small[i]
	}
	if f, ok := any(v).(float64); ok && f >= 0 && f < float64(len(small)) {
		if i := int(f); math.Float64bits(float64(i)) == math.Float64bits(f) { // not -0
			return small[i]
		}
	}
	return tensor.Of(v)
}

// small are the numbers 0, 1, ….
var small = func() (t [11]*tensor.Tensor) {
	for i := range t {
		t[i] = tensor.Of(i)
	}
	return t
}()
