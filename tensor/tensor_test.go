package tensor_test

import (
	"fmt"
	"math"
	"testing"

	"github.com/gopyro/pyro/tensor"
)

func Example() {
	tape := tensor.NewTape()
	x := tape.Var(tensor.Of([]float64{1, 2, 3}))
	y := x.Square().Sum()
	fmt.Println(y.Item(), tensor.Grad(y, x)[0])
	// Output: 14 [2 4 6]
}

func TestSecondOrder(t *testing.T) {
	f := func(x *tensor.Tensor) *tensor.Tensor { return x.Log().Mul(x.Square()).Sum() }
	x := tensor.Of([]float64{0.5, 2})
	h := tensor.Hessian(f, x)
	for i := range 2 {
		want := 2*math.Log(x.At(i)) + 3 // (x² log x)″
		if got := h.At(i, i); math.Abs(got-want) > 1e-14*math.Abs(want) {
			t.Errorf("second derivative at %v: %v, want %v", x.At(i), got, want)
		}
	}
	if h.At(0, 1) != 0 {
		t.Errorf("off-diagonal %v", h.At(0, 1))
	}
}

func BenchmarkScalarOps(b *testing.B) {
	tape := tensor.NewTape()
	xs := tensor.Of(0.3)
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		tape.Reset()
		x := tape.Var(xs)
		y := x
		for range 100 {
			y = y.Mul(x).Add(x)
		}
		n += tape.Len()
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(n), "ns/op-forward")
}

func BenchmarkScalarGrad(b *testing.B) {
	tape := tensor.NewTape()
	xs := tensor.Of(0.3)
	b.ReportAllocs()
	g := [][]float64{make([]float64, 1)}
	n := 0
	for b.Loop() {
		tape.Reset()
		x := tape.Var(xs)
		y := x
		for range 100 {
			y = y.Mul(x).Add(x)
		}
		n += tape.Len()
		tape.GradInto(g, y, []*tensor.Tensor{x})
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(n), "ns/op-both")
}
