package tensor_test

import (
	"fmt"

	"github.com/gopyro/pyro/rng"
	"github.com/gopyro/pyro/tensor"
)

func ExampleOf() {
	type Grams float64
	type Counts []int
	fmt.Println(tensor.Of(1.5), tensor.Of(Grams(3)), tensor.Of(true))
	fmt.Println(tensor.Of([]float64{1, 2}), tensor.Of(Counts{3, 4}), tensor.Of([]bool{true, false}))
	m := tensor.Of([][]float64{{1, 2, 3}, {4, 5, 6}})
	fmt.Println(m, m.Shape())
	// Output:
	// 1.5 3 1
	// [1 2] [3 4] [1 0]
	// [[1 2 3] [4 5 6]] [2 3]
}

func ExampleNew() {
	fmt.Println(tensor.New([]float64{1, 2, 3, 4}, 2, 2), tensor.Zeros(3), tensor.Full(7, 1, 2))
	fmt.Println(tensor.Arange(4), tensor.Linspace(0, 1, 5), tensor.Eye(2))
	// Output:
	// [[1 2] [3 4]] [0 0 0] [[7 7]]
	// [0 1 2 3] [0 0.25 0.5 0.75 1] [[1 0] [0 1]]
}

func ExampleTensor_Add() {
	column := tensor.New([]float64{10, 20}, 2, 1)
	row := tensor.Of([]float64{1, 2, 3})
	fmt.Println(column.Add(row))
	fmt.Println(row.MulScalar(2).Sub(tensor.Of(1)), row.GreaterScalar(1.5))
	fmt.Println(row.GreaterScalar(1.5).Where(row, row.Neg()))
	// Output:
	// [[11 12 13] [21 22 23]]
	// [1 3 5] [0 1 1]
	// [-1 2 3]
}

func ExampleTensor_Sum() {
	x := tensor.Of([][]float64{{1, 2}, {3, 4}})
	fmt.Println(x.Sum(), x.Sum(0), x.SumKeep(-1), x.Mean(), x.Max(1), x.ArgMax(0), x.CumSum(1))
	fmt.Println(tensor.Of([]float64{1000, 1000}).LogSumExp())
	// Output:
	// 10 [4 6] [[3] [7]] 2.5 [2 4] [1 1] [[1 3] [3 7]]
	// 1000.69
}

func ExampleTensor_Reshape() {
	x := tensor.Arange(6).Reshape(2, -1)
	fmt.Println(x, x.T(), x.Slice(1, 0, 2), x.SliceStep(1, 0, 3, 2), x.Select(0, -1))
	fmt.Println(x.Flip(0), tensor.Cat(0, x, x.Slice(0, 0, 1)), tensor.Stack(0, tensor.Of(1), tensor.Of(2)))
	fmt.Println(tensor.Of([]float64{1, 2}).Expand(2, 2), x.Unsqueeze(1).Shape())
	// Output:
	// [[0 1 2] [3 4 5]] [[0 3] [1 4] [2 5]] [[0 1] [3 4]] [[0 2] [3 5]] [3 4 5]
	// [[3 4 5] [0 1 2]] [[0 1 2] [3 4 5] [0 1 2]] [1 2]
	// [[1 2] [1 2]] [2 1 3]
}

func ExampleTensor_Index() {
	x := tensor.Of([][]float64{{1, 2, 3}, {4, 5, 6}})
	fmt.Println(x.Index(tensor.Of([]int{1, 0, 1})))
	fmt.Println(x.Index(tensor.Of([]int{1, 0}), tensor.Of([]int{2, 0})))
	fmt.Println(x.Index(tensor.New([]float64{0, 1}, 2, 1), tensor.Of([]int{2, 0})))
	// Output:
	// [[4 5 6] [1 2 3] [4 5 6]]
	// [6 1]
	// [[3 1] [6 4]]
}

func ExampleTensor_Gather() {
	logits := tensor.Of([][]float64{{1, 2, 3}, {4, 5, 6}})
	class := tensor.New([]float64{2, 0}, 2, 1)
	picked := logits.Gather(-1, class)
	fmt.Println(picked, picked.ScatterAdd(-1, 3, class))
	// Output: [[3] [4]] [[0 0 3] [4 0 0]]
}

func ExampleTensor_Cholesky() {
	a := tensor.Of([][]float64{{4, 2}, {2, 5}})
	l := a.Cholesky()
	b := tensor.Of([][]float64{{8}, {9}})
	fmt.Println(l, l.CholeskySolve(b), a.MatMul(l.CholeskySolve(b)))
	fmt.Printf("%.6f\n", l.LogDetCholesky().Exp().Item())
	// Output:
	// [[2 0] [1 2]] [[1.375] [1.25]] [[8] [9]]
	// 16.000000
}

func ExampleGrad() {
	tape := tensor.NewTape()
	x := tape.Var(tensor.Of([]float64{1, 2}))
	y := x.Square().Mul(x).Sum() // Σ x³
	g := tensor.Grad(y, x)[0]
	fmt.Println(g, tensor.Grad(g.Sum(), x)[0])
	// Output: [3 12] [6 12]
}

func ExampleValueAndGrad() {
	f := func(x *tensor.Tensor) *tensor.Tensor { return x.Square().Sum() }
	value, grad := tensor.ValueAndGrad(f, tensor.Of([]float64{1, 2, 3}))
	fmt.Println(value, grad)
	// Output: 14 [2 4 6]
}

func ExampleHessian() {
	f := func(x *tensor.Tensor) *tensor.Tensor { return x.Select(0, 0).Mul(x.Select(0, 1).Square()) }
	at := tensor.Of([]float64{3, 2})
	fmt.Println(tensor.Hessian(f, at), tensor.HVP(f, at, tensor.Of([]float64{1, 1})))
	// Output: [[0 4] [4 6]] [4 10]
}

func ExampleTensor_To() {
	w := tensor.Of([]float64{0.1, 0.2}).To(tensor.Float32)
	x := w.Mul(tensor.Of(3)).AddScalar(1) // plain numbers become float32
	fmt.Println(x.DType(), x, x.To(tensor.Float64).DType())
	// Output: float32 [1.3 1.6] float64
}

func ExampleTape_GradInto() {
	tape := tensor.NewTape()
	data := tensor.Of([]float64{1, 2})
	grad := [][]float64{make([]float64, 2)}
	for range 2 {
		tape.Reset() // ends the run before: its tensors panic from now on
		x := tape.Var(data)
		tape.GradInto(grad, x.Square().Sum(), []*tensor.Tensor{x})
		fmt.Println(grad)
	}
	// Output:
	// [[2 4]]
	// [[2 4]]
}

func ExampleBroadcast() {
	fmt.Println(tensor.Broadcast([]int{2, 1}, []int{3}))
	fmt.Println(tensor.Broadcast([]int{2}, []int{3}))
	// Output:
	// [2 3] true
	// [] false
}

func ExampleTensor_Find() {
	x := tensor.Of([][]float64{{1, 2}, {-3, 4}})
	i := x.Find(func(v float64) bool { return v < 0 })
	fmt.Println(i, x.Position(i))
	// Output: 2 [1 0]
}

func ExampleNormals() {
	key := rng.New(1)
	short, long := tensor.Normals(key, 2), tensor.Normals(key, 100)
	fmt.Println(short.At(1) == long.At(1), long.Shape())
	// Output: true [100]
}
