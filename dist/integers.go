package dist

import (
	"math"
	"slices"

	"github.com/gopyro/pyro/constraint"
	"github.com/gopyro/pyro/tensor"
)

// guardIntegers is guard for the integers lo, …, hi. No gradient passes to x,
// since the set has isolated points only.
func guardIntegers(x, lo, hi *tensor.Tensor) (out, in *tensor.Tensor) {
	x = x.Detach()
	if inside(x, lo, hi, true) {
		return nowhere, x
	}
	out = x.Outside(lo, hi).Add(x.Floor().Less(x))
	return out, out.Where(lo, x)
}

// enumerate returns the integers 0, …, n-1 with shape [n, 1, …, 1]: one 1 for
// each batch dim.
func (f *family) enumerate(n int) *tensor.Tensor {
	shape := slices.Repeat([]int{1}, len(f.batch)+1)
	shape[0] = n
	values := make([]float64, n)
	for i := range values {
		values[i] = float64(i)
	}
	return f.cast(tensor.Using(values, shape...))
}

// commonTotal returns the total count that the whole batch shares. It panics
// with a *MethodError where there are several.
func (f *family) commonTotal(total *tensor.Tensor) int {
	v := total.Float64s()
	if len(v) == 0 {
		return 0
	}
	n := v[0]
	for _, m := range v {
		if m != n || n != math.Floor(n) || n < 0 {
			panic(&MethodError{
				Dist: f.String(), Method: "EnumerateSupport",
				Reason: "the total counts must be one integer for the whole batch",
			})
		}
	}
	return int(n)
}

// lastExact is the largest integer up to which float64 has all.
const lastExact = 1 << 53

// searchQuantile returns the least integer k ≥ 0 with cdf(k) ≥ q, element by
// element, by doubling and bisection: what rounding leaves of the cdf decides.
// It is limited to hi, which is returned where q = 1, and +Inf where hi is and
// no number below 2⁵³ will do. It reads values and has no gradient, so cdf must
// be that of a distribution off any tape.
func searchQuantile(q, hi *tensor.Tensor, cdf func(k *tensor.Tensor) *tensor.Tensor) *tensor.Tensor {
	q, hi = probability(q.Clone()), hi.Clone()
	reached := func(k *tensor.Tensor) *tensor.Tensor { return q.LessEqual(cdf(k)) }
	above := tensor.Zeros(reached(zero).Shape()...).To(q.DType()) // may be short of the answer until doubled enough
	for k := 1.0; ; k *= 2 {
		short := reached(above).Not().Mul(above.Less(hi.Minimum(tensor.Of(float64(lastExact)))))
		if short.Sum().Item() == 0 {
			break
		}
		above = short.Where(tensor.Of(k).Minimum(hi), above)
	}
	below := tensor.Of(-1.0) // never reached
	for {
		gap := above.Sub(below)
		if gap.Size() == 0 || gap.Max().Item() <= 1 {
			break
		}
		mid := below.Add(gap.MulScalar(0.5).Floor())
		hit := reached(mid).Or(gap.LessEqual(one))
		above, below = hit.Where(gap.LessEqual(one).Where(above, mid), above), hit.Where(below, mid)
	}
	above = reached(above).Where(above, hi)
	above = q.Equal(one).Where(hi, above)
	return q.Equal(q).Where(above, q)
}

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
