package tensor_test

import (
	"testing"

	"github.com/gopyro/pyro/tensor"
)

// TestGradIntoIsGrad compares the numeric backward pass with the recorded one
// where single numbers meet views and reductions of rank 0.
func TestGradIntoIsGrad(t *testing.T) {
	one := tensor.Of([]float64{1, 2, 5})
	for name, f := range map[string]func(x *tensor.Tensor) *tensor.Tensor{
		"sum of a number":     func(x *tensor.Tensor) *tensor.Tensor { return x.Log().Sum() },
		"expand to no dims":   func(x *tensor.Tensor) *tensor.Tensor { return x.Exp().Expand() },
		"reshape to no dims":  func(x *tensor.Tensor) *tensor.Tensor { return x.Square().Reshape(1).Reshape() },
		"permute of no dims":  func(x *tensor.Tensor) *tensor.Tensor { return x.Square().Permute() },
		"broadcast and back":  func(x *tensor.Tensor) *tensor.Tensor { return one.Sub(x).Div(x).Square().Sum() },
		"select from a row":   func(x *tensor.Tensor) *tensor.Tensor { return one.Mul(x).Select(0, 1).Exp() },
		"number times vector": func(x *tensor.Tensor) *tensor.Tensor { return x.Mul(x.Mul(one).Sum()) },
	} {
		tape := tensor.NewTape()
		x := tape.Var(tensor.Of(0.7))
		y := f(x)
		want := tensor.Grad(y, x)[0].Item()
		got := make([]float64, 1)
		tape.GradInto([][]float64{got}, y, []*tensor.Tensor{x})
		if got[0] != want {
			t.Errorf("%s: GradInto gives %v, Grad %v", name, got[0], want)
		}
	}
}
