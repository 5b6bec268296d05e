package dist

import (
	"math"

	"github.com/gopyro/pyro/constraint"
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

// upTo is draws of 0, …, last.
type upTo struct {
	draws
	last *tensor.Tensor
}

func newUpTo(last int) *upTo {
	t := tensor.Of(last)
	return &upTo{draws{support: constraint.IntegerInterval(zero, t)}, t}
}

// numbersUpTo returns those of few numbers as they were made once.
func numbersUpTo(last int) *upTo {
	if uint(last) < uint(len(fewNumbers)) {
		return fewNumbers[last]
	}
	return newUpTo(last)
}

var fewNumbers = func() (t [32]*upTo) {
	for last := range t {
		t[last] = newUpTo(last)
	}
	return t
}()
