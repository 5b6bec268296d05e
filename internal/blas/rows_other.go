//go:build !amd64 || purego

package blas

func copyRows[F Float](count int, dst, src []F, index []float64, n int) int {
	return rowsGo(count, dst, src, index, n)
}
