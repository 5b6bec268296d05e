package blas

// tile returns the rows and columns of C that the kernel holds in registers.
func tile[F Float]() (rows, cols int) { return portableRows, portableCols }

func strip[F Float](m, n, k int, alpha F, a []F, rsa, csa, stepA int, b []F, ldb int, beta F, c []F, ldc int) {
	stripGo(m, n, k, alpha, a, rsa, csa, stepA, b, ldb, beta, c, ldc)
}

func transpose[F Float](m, n int, src []F, lds int, dst []F, ldd int) {
	transposeGo(m, n, src, lds, dst, ldd)
}

func dots[F Float](m, n int, alpha F, a []F, lda int, x, y []F) { dotsGo(m, n, alpha, a, lda, x, y) }

func axpys[F Float](m, n int, alpha F, a []F, lda int, x, y []F) { axpysGo(m, n, alpha, a, lda, x, y) }

func gers[F Float](m, n int, alpha F, x, y, a []F, lda int) { gersGo(m, n, alpha, x, y, a, lda) }

func solve[F Float](m, n int, l []F, l0, rsl, csl int, unit bool, b []F, b0, ldb int) {
	solveGo(m, n, l, l0, rsl, csl, unit, b, b0, ldb)
}
