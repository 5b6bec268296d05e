package transform

import "github.com/gopyro/pyro/tensor"

// Transforms of vectors of n ≥ 1 numbers onto increasing ones.
var (
	// Ordered is y₁ = x₁, yᵢ = yᵢ₋₁ + exp xᵢ (Stan Reference Manual, "Ordered
	// vector"), from ℝⁿ onto the increasing vectors.
	Ordered Transform = ordered{}
	// PositiveOrdered is y₁ = exp x₁, yᵢ = yᵢ₋₁ + exp xᵢ, from ℝⁿ onto the
	// increasing vectors of positive numbers.
	PositiveOrdered Transform = ordered{positive: true}
)

type ordered struct{ positive bool }

func (t ordered) Forward(x *tensor.Tensor) *tensor.Tensor {
	n := t.check(x.Shape(), "Forward")
	if t.positive {
		return x.Exp().CumSum(-1)
	}
	return tensor.Cat(-1, x.Slice(-1, 0, 1), x.Slice(-1, 1, n).Exp()).CumSum(-1)
}

func (t ordered) Inverse(y *tensor.Tensor) *tensor.Tensor {
	n := t.check(y.Shape(), "Inverse")
	first := y.Slice(-1, 0, 1)
	if t.positive {
		first = first.Log()
	}
	steps := y.Slice(-1, 1, n).Sub(y.Slice(-1, 0, n-1))
	return tensor.Cat(-1, first, steps.Log())
}

func (t ordered) LogAbsDet(x, _ *tensor.Tensor) *tensor.Tensor {
	n := t.check(x.Shape(), "LogAbsDet")
	if t.positive {
		return x.Sum(-1)
	}
	return x.Slice(-1, 1, n).Sum(-1)
}

func (ordered) Rank() (in, out int) { return 1, 1 }

func (t ordered) ForwardShape(shape []int) []int { t.check(shape, "ForwardShape"); return shape }
func (t ordered) InverseShape(shape []int) []int { t.check(shape, "InverseShape"); return shape }

// check returns the size of the event.
func (t ordered) check(shape []int, method string) int { return vector(t, method, shape, 1) }

func (t ordered) String() string {
	if t.positive {
		return "PositiveOrdered"
	}
	return "Ordered"
}
