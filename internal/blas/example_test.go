package blas_test

import (
	"fmt"

	"github.com/gopyro/pyro/internal/blas"
)

func ExampleGemm() {
	a := []float64{1, 2, 3, 4}
	b := []float64{1, 0, 1, 1}
	c := make([]float64, 4)
	blas.Gemm(false, false, 2, 2, 2, 1, a, 2, b, 2, 0, c, 2)
	fmt.Println(c)
	blas.Gemm(true, false, 2, 2, 2, 1, a, 2, b, 2, -1, c, 2) // Aᵀ·B - C
	fmt.Println(c)
	// Output:
	// [3 2 7 4]
	// [1 1 -1 0]
}

func ExampleBatchedGemm() {
	// Two rows, each multiplied by the same matrix.
	a := []float32{1, 0, 0, 1}
	b := []float32{1, 2, 3, 4}
	c := make([]float32, 4)
	blas.BatchedGemm(2, false, false, 1, 2, 2, 1, a, 2, 2, b, 2, 0, 0, c, 2, 2)
	fmt.Println(c)
	// Output: [1 2 3 4]
}

func ExampleGemv() {
	a := []float64{1, 2, 3, 4, 5, 6} // [2, 3]
	y := make([]float64, 2)
	blas.Gemv(false, 2, 3, 1, a, 3, []float64{1, 1, 1}, 0, y)
	z := make([]float64, 3)
	blas.Gemv(true, 2, 3, 1, a, 3, []float64{1, 1}, 0, z)
	fmt.Println(y, z)
	// Output: [6 15] [5 7 9]
}

func ExampleCholesky() {
	a := []float64{4, 2, 2, 10}
	pivot, ok := blas.Cholesky(2, a, 2)
	fmt.Println(a[0], a[2], a[3], pivot, ok)

	pivot, ok = blas.Cholesky(2, []float64{1, 0, 2, 4}, 2)
	fmt.Println(pivot, ok)
	// Output:
	// 2 1 3 2 true
	// 1 false
}

// A normal equation: factor, then two triangular solves.
func ExampleTrsv() {
	a := []float64{4, 2, 2, 10}
	x := []float64{8, 22}
	blas.Cholesky(2, a, 2)
	blas.Trsv(blas.Tri{}, 2, a, 2, x)
	blas.Trsv(blas.Tri{Trans: true}, 2, a, 2, x)
	fmt.Println(x)
	// Output: [1 2]
}

func ExampleTrsm() {
	u := []float64{2, 1, 0, 4}
	b := []float64{4, 2, 8, 4}
	blas.Trsm(blas.Left, blas.Tri{Upper: true}, 2, 2, 1, u, 2, b, 2)
	fmt.Println(b)
	// Output: [1 0.5 2 1]
}

func ExampleCholeskyBackward() {
	// log|L| of A = [[4, 2], [2, 10]] has the gradient 1/2·A⁻¹.
	l := []float64{4, 2, 2, 10}
	blas.Cholesky(2, l, 2)
	g := []float64{1 / l[0], 0, 0, 1 / l[3]}
	blas.CholeskyBackward(2, l, 2, g, 2)
	for _, x := range g {
		fmt.Printf("%.4f ", x*72)
	}
	fmt.Println()
	// Output: 10.0000 -2.0000 -2.0000 4.0000
}

func ExampleTriInverse() {
	a := []float64{2, 0, 1, 4}
	blas.TriInverse(false, false, 2, a, 2)
	fmt.Println(a)
	// Output: [0.5 0 -0.125 0.25]
}

func ExampleSymEig() {
	a := []float64{2, 0, 1, 2}
	w := make([]float64, 2)
	ok := blas.SymEig(2, a, 2, w)
	fmt.Printf("%.3f %v\n", w, ok)
	// Output: [1.000 3.000] true
}
