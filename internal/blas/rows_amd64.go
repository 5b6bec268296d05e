//go:build !purego

package blas

import (
	"unsafe"

	"github.com/gopyro/pyro/internal/cpu"
)

const (
	longRow    = 1536        // bytes from which on the machine reads ahead by itself
	rowsAhead  = 2 * longRow // bytes of the rows that are asked for: about as many lines of cache as a core can wait for
	mostAhead  = 64          // rows
	fewNumbers = 1 << 12     // that are in cache, so that there is nothing to wait for
)

// copyRows is Rows for the first count indices; rows of those after them are asked for.
func copyRows[F Float](count int, dst, src []F, index []float64, n int) int {
	size := n * int(unsafe.Sizeof(F(0)))
	if cpu.Best == cpu.Portable || size > longRow || n == 1 && len(src) <= fewNumbers || len(src) < n || count == 0 {
		return rowsGo(count, dst, src, index, n)
	}
	return rows(unsafe.Pointer(&dst[0]), unsafe.Pointer(&src[0]), size, len(src)/n, &index[0], count, len(index), min(mostAhead, rowsAhead/size), cpu.Best == cpu.AVX512)
}

// rows copies count of so many rows of size bytes, of those that known indices tell, and asks for
// each as it copies the one so many before it. wide tells to use AVX-512.
//
//go:noescape
func rows(dst, src unsafe.Pointer, size, rows int, index *float64, count, known, ahead int, wide bool) (copied int)
