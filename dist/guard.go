package dist

import (
	"math"

	"github.com/gopyro/pyro/tensor"
)

// Numbers that formulas share; tensors do not change.
var (
	zero        = tensor.Of(0.0)
	half        = tensor.Of(0.5)
	one         = tensor.Of(1.0)
	nan         = tensor.Of(math.NaN())
	posInf      = tensor.Of(math.Inf(1))
	negInf      = tensor.Of(math.Inf(-1))
	least       = tensor.Of(math.SmallestNonzeroFloat64)
	normalLeast = tensor.Of(smallestNormal)
	largest     = tensor.Of(math.MaxFloat64)
)

// guard returns where x is outside [lo, hi], and x with other in the place of
// what is. A formula that is fed the latter, and whose result is replaced by a
// constant where out is set, gives neither NaN nor a NaN gradient. A NaN in x
// stays, and makes the result NaN.
//
// A value that cannot vary, such as data, is looked at here and now, and costs
// nothing more where all of it is inside.
func guard(x, lo, hi, other *tensor.Tensor) (out, in *tensor.Tensor) {
	if inside(x, lo, hi, false) {
		return nowhere, x
	}
	out = x.Outside(lo, hi)
	return out, out.Where(other, x)
}

// nowhere is the condition that holds for no element.
var nowhere = tensor.Of(false)

// inside reports whether x, which cannot vary, is in [lo, hi], whose bounds are
// single numbers, and of integers only if that is asked.
func inside(x, lo, hi *tensor.Tensor, integers bool) bool {
	if x.Varying() || lo.Tape() != nil || hi.Tape() != nil || lo.Size() != 1 || hi.Size() != 1 {
		return false
	}
	return x.FindOutside(lo.Item(), hi.Item()) < 0 && (!integers || x.FindFraction() < 0)
}

// probability returns q with NaN in the place of what is no probability.
func probability(q *tensor.Tensor) *tensor.Tensor {
	return q.Outside(zero, one).Where(nan, q)
}

// tails returns whether q is at most ½, and the smaller of q and 1 - q. The
// difference is exact, so quantiles may be computed from the nearer end.
func tails(q *tensor.Tensor) (low, tail *tensor.Tensor) {
	low = q.LessEqual(half)
	return low, low.Where(q, one.Sub(q))
}
