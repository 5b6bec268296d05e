package kernel

import "unsafe"

// Prefetch asks for some rows of n elements to be brought to the second level of cache, while the
// program goes on. It changes nothing, and does nothing where there is no such instruction.
func Prefetch[T float](x []T, rows []int, n int) {
	if len(x) > 0 && len(rows) > 0 && n > 0 {
		prefetch(unsafe.Pointer(&x[0]), &rows[0], len(rows), n*int(unsafe.Sizeof(x[0])))
	}
}
