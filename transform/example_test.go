package transform_test

import (
	"fmt"

	"github.com/gopyro/pyro/tensor"
	"github.com/gopyro/pyro/transform"
)

func Example() {
	t := transform.Exp
	y := t.Forward(tensor.Of(-1.5))
	fmt.Println(y, t.Inverse(y), t.LogAbsDet(tensor.Of(-1.5), y))
	// Output: 0.22313 -1.5 -1.5
}

func ExampleCompose() {
	t := transform.Compose(transform.Exp, transform.Affine(2, -1)) // onto (-∞, 2)
	x := tensor.Of([]float64{0, 1})
	y := t.Forward(x)
	fmt.Println(t)
	fmt.Println(y, t.LogAbsDet(x, y))
	// Output:
	// Compose(Exp, Affine(loc: 2, scale: -1))
	// [1 -0.718282] [0 1]
}

func ExampleIndependent() {
	t := transform.Independent(transform.Exp, 1)
	x := tensor.Of([][]float64{{0, 1, 2}, {3, 4, 5}})
	fmt.Println(t.LogAbsDet(x, t.Forward(x))) // one a row
	// Output: [3 12]
}

func ExampleInverse() {
	logit := transform.Inverse(transform.Sigmoid)
	fmt.Println(logit.Forward(tensor.Of([]float64{0.5, 0.9})))
	// Output: [0 2.19722]
}

func ExampleStickBreaking() {
	fmt.Println(transform.StickBreaking.Forward(tensor.Zeros(3)))
	fmt.Println(transform.StickBreaking.InverseShape([]int{10, 4}))
	// Output:
	// [0.25 0.25 0.25 0.25]
	// [10 3]
}

func ExampleSoftmax() {
	p := tensor.Of([]float64{0.2, 0.3, 0.5})
	x := transform.Softmax.Inverse(p) // log p
	fmt.Println(transform.Softmax.Forward(x.AddScalar(7)))
	// Output: [0.2 0.3 0.5]
}

func ExampleOrdered() {
	fmt.Println(transform.Ordered.Forward(tensor.Of([]float64{-1, 0, 0.5})))
	// Output: [-1 0 1.64872]
}

func ExampleLowerCholesky() {
	fmt.Println(transform.LowerCholesky.Forward(tensor.Of([]float64{0, 2, 1})))
	// Output: [[1 0] [2 2.71828]]
}

func ExampleCorrCholesky() {
	fmt.Println(transform.CorrCholesky.Forward(tensor.Of([]float64{0.5})))
	// Output: [[1 0] [0.462117 0.886819]]
}
