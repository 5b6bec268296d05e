//go:build !purego

package kernel

import "unsafe"

//go:noescape
func prefetch(base unsafe.Pointer, rows *int, count, size int)
