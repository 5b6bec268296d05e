// Package blas does dense linear algebra on row-major float32 and float64
// matrices: products, triangular solves, Cholesky and its gradient, and thin
// covers of LAPACK's symmetric eigen, QR and singular value decompositions.
//
// A matrix of shape [m, n] is a slice and a leading dimension ld ≥ n: element
// (i, j) is a[i*ld+j], so the slice holds at least (m-1)*ld+n elements, and the
// ld-n elements between rows are never touched. A slice that is too short, a
// leading dimension that is too small or a negative size panics with a
// [*ShapeError]. Outputs must not overlap inputs unless a function says so.
//
//	a := []float64{1, 2, 3, 4}
//	b := []float64{1, 0, 1, 1}
//	c := make([]float64, 4)
//	blas.Gemm(false, false, 2, 2, 2, 1, a, 2, b, 2, 0, c, 2)
//	fmt.Println(c) // [3 2 7 4]
//
// # Results
//
// Large operations are shared among the cores; how many there are changes no bit.
// An element of a product of matrices is summed over k in an order that does not
// depend on the other rows, so rows may also be shared among goroutines of the
// caller's. The vector kernels round once per multiply-add where the portable ones
// round twice; both keep |Ĉ-C| ≤ γ(k+3)·(|α||A||B|+|β||C|) with γ(k) = k·u/(1-k·u)
// (Higham 2002, eq. 3.13), but their bits differ.
//
// # Memory
//
// Packed panels live in buffers from a [sync.Pool], beside the memory of shared
// loops the only state of the package. A workspace argument would save its 20 ns,
// but every caller up to the gradient tape would have to size it, own one per
// goroutine and pass it on; the pool is per processor, needs no lock, and gives
// the memory back when idle. Calls do not allocate once it is warm.
package blas

//go:generate go run ./gen -dir .
