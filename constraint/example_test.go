package constraint_test

import (
	"fmt"

	"github.com/gopyro/pyro/constraint"
	"github.com/gopyro/pyro/tensor"
)

func Example() {
	at, ok := constraint.Positive.Check(tensor.Of([]float64{1, -2}))
	fmt.Println(constraint.Positive, at, ok)
	t := constraint.Simplex.Bijection() // from ℝⁿ⁻¹
	fmt.Println(t.Forward(tensor.Zeros(1)))
	// Output:
	// (0, ∞) 1 false
	// [0.5 0.5]
}

func ExampleInterval() {
	c := constraint.Interval(0, []float64{1, 10})
	fmt.Println(c)
	fmt.Println(c.Bijection().Forward(tensor.Zeros(2)))
	// Output:
	// [0, [1 10]]
	// [0.5 5]
}

func ExampleIndependent() {
	c := constraint.Independent(constraint.Positive, 1)
	at, ok := c.Check(tensor.Of([][]float64{{1, 2}, {3, 0}})) // two vectors
	fmt.Println(c, at, ok)
	// Output: vector of (0, ∞) 1 false
}
