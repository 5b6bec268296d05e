package constraint

import (
	"math"
	"slices"

	"github.com/gopyro/pyro/tensor"
	"github.com/gopyro/pyro/transform"
)

// Sets of vectors.
var (
	// Simplex is the vectors of n ≥ 1 numbers ≥ 0 that sum to 1, within 1e-6, or
	// 1e-5 in float32. Its bijection is from ℝⁿ⁻¹ by stick breaking, its
	// transform the softmax from ℝⁿ.
	Simplex Constraint = simplex{}
	// OneHot is the vectors of one 1 and otherwise 0.
	OneHot Constraint = oneHot{}
	// Ordered is the vectors of n ≥ 1 numbers x₁ < x₂ < … < xₙ.
	Ordered Constraint = ordered{}
	// PositiveOrdered is the vectors of n ≥ 1 numbers 0 < x₁ < x₂ < … < xₙ.
	PositiveOrdered Constraint = ordered{positive: true}
	// RealVector is ℝⁿ.
	RealVector = Independent(Real, 1)
)

// Multinomial is the vectors of integers ≥ 0 that sum to n, which may be a
// tensor that broadcasts with the batch.
func Multinomial[N tensor.Operand](n N) Constraint { return multinomial{tensor.Of(n)} }

// tolerance is how far rounding may take a sum from the 1 it stands for. It
// leaves room for probabilities given with six decimals; in float32, for the
// error of a softmax of logits up to 100, whose last place is 4e-6.
func tolerance(d tensor.DType) float64 {
	if d == tensor.Float32 {
		return 1e-5
	}
	return 1e-6
}

// split returns how many events x holds and their size. It panics where x has
// fewer dims than an event of c.
func split(c Constraint, x *tensor.Tensor) (count, size int) {
	s, rank := x.Shape(), c.EventRank()
	if len(s) < rank {
		panic(&tensor.Error{
			Op: "Check", Shapes: [][]int{slices.Clone(s)},
			Reason: "too few dims for a " + c.String(),
		})
	}
	count, size = 1, 1
	for i, d := range s {
		if i < len(s)-rank {
			count *= d
		} else {
			size *= d
		}
	}
	return count, size
}

// scan returns the first event of c in x that is bad, as one without elements is.
func scan(c Constraint, x *tensor.Tensor, bad func(event []float64) bool) (at int, ok bool) {
	count, n := split(c, x)
	if n == 0 {
		return 0, count == 0
	}
	at = x.FindEvent(n, bad)
	return max(at, 0), at < 0
}

type simplex struct{}

func (simplex) EventRank() int                 { return 1 }
func (simplex) Discrete() bool                 { return false }
func (simplex) Bijection() transform.Transform { return transform.StickBreaking }
func (simplex) Transform() transform.Transform { return transform.Softmax }
func (simplex) String() string                 { return "simplex" }

func (c simplex) Check(x *tensor.Tensor) (at int, ok bool) {
	tol := tolerance(x.DType())
	return scan(c, x, func(event []float64) bool {
		sum, negative := 0.0, false
		for _, v := range event {
			sum += v
			negative = negative || v < 0
		}
		return negative || !(math.Abs(sum-1) <= tol) // as of NaN
	})
}

type oneHot struct{}

func (oneHot) EventRank() int                 { return 1 }
func (oneHot) Discrete() bool                 { return true }
func (oneHot) Bijection() transform.Transform { return nil }
func (oneHot) Transform() transform.Transform { return nil }
func (oneHot) String() string                 { return "one-hot vector" }

func (c oneHot) Check(x *tensor.Tensor) (at int, ok bool) {
	return scan(c, x, func(event []float64) bool {
		ones := 0
		for _, v := range event {
			switch v {
			case 0:
			case 1:
				ones++
			default:
				return true
			}
		}
		return ones != 1
	})
}

type ordered struct{ positive bool }

func (ordered) EventRank() int { return 1 }
func (ordered) Discrete() bool { return false }

func (c ordered) Bijection() transform.Transform {
	if c.positive {
		return transform.PositiveOrdered
	}
	return transform.Ordered
}

func (c ordered) Transform() transform.Transform { return c.Bijection() }

func (c ordered) String() string {
	if c.positive {
		return "increasing vector of positive numbers"
	}
	return "increasing vector"
}

func (c ordered) Check(x *tensor.Tensor) (at int, ok bool) {
	return scan(c, x, func(event []float64) bool {
		last := 0.0
		if !c.positive {
			last = math.Inf(-1)
		}
		for _, v := range event {
			if !(v > last && v <= math.MaxFloat64) {
				return true
			}
			last = v
		}
		return false
	})
}

type multinomial struct{ n *tensor.Tensor }

func (multinomial) EventRank() int                 { return 1 }
func (multinomial) Discrete() bool                 { return true }
func (multinomial) Bijection() transform.Transform { return nil }
func (multinomial) Transform() transform.Transform { return nil }
func (c multinomial) String() string               { return "counts with sum " + c.n.String() }

func (c multinomial) Check(x *tensor.Tensor) (at int, ok bool) {
	at, ok = scan(c, x, func(event []float64) bool {
		return slices.ContainsFunc(event, func(v float64) bool {
			return !(v >= 0 && v <= math.MaxFloat64) || v != math.Floor(v)
		})
	})
	sum, equal := Interval(c.n, c.n).Check(x.Clone().Sum(-1))
	switch {
	case equal:
		return at, ok
	case ok:
		return sum, false
	}
	return min(at, sum), false
}

func (c multinomial) bounds() []*tensor.Tensor { return (&interval{lo: c.n}).bounds() }

func (c multinomial) within(bounds []*tensor.Tensor) Constraint {
	return multinomial{(&interval{lo: c.n}).within(bounds).(*interval).lo}
}
