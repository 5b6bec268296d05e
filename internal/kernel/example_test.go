package kernel_test

import (
	"fmt"

	"github.com/gopyro/pyro/internal/kernel"
)

func Example() {
	x := []float64{-1, 0, 1}
	kernel.Exp(x, x)
	total := kernel.Sum(x)
	kernel.MulScalar(x, x, 1/total)
	fmt.Printf("%.4f\n", x)
	// Output: [0.0900 0.2447 0.6652]
}

func ExampleSoftplusSigmoid() {
	x := []float64{-1000, 0, 1000}
	softplus, sigmoid := make([]float64, 3), make([]float64, 3)
	kernel.SoftplusSigmoid(softplus, sigmoid, x)
	fmt.Printf("%.4f %.4f\n", softplus, sigmoid)
	// Output: [0.0000 0.6931 1000.0000] [0.0000 0.5000 1.0000]
}

func ExampleLogSumExp() {
	fmt.Printf("%.4f\n", kernel.LogSumExp([]float64{-1000, -1000}))
	// Output: -999.3069
}

func ExampleNormal() {
	all, second := make([]float64, 4), make([]float64, 2)
	kernel.Normal(all, 2026, 0, 0)
	kernel.Normal(second, 2026, 0, 1) // enters the sequence at its second block
	fmt.Println(all[2] == second[0], all[3] == second[1])
	// Output: true true
}

func ExampleScatterAdd() {
	counts := make([]float64, 3)
	kernel.ScatterAdd(counts, []float64{1, 1, 1, 1}, []int32{2, 0, 2, 2})
	fmt.Println(counts)
	// Output: [1 0 3]
}

func ExampleNewRoutines() {
	x := []float64{1, 2, 3, 4, 0}
	half := 0.5
	r := kernel.NewRoutines([][]kernel.Step{{
		{Op: kernel.StepSquare, N: 4, Dst: &x[0], X: &x[0]},
		{Op: kernel.StepMulNumber, N: 4, Dst: &x[0], X: &x[0], Y: &half},
		{Op: kernel.StepSumRows, N: 1, Rows: 4, Dst: &x[4], X: &x[0]},
	}})
	r[0].Run()
	fmt.Println(x)
	// Output: [0.5 2 4.5 8 15]
}
