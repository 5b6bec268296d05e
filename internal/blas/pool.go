package blas

import (
	"math/bits"
	"sync"
	"unsafe"
)

// buffer is scratch memory of either element type.
type buffer struct{ words []float64 }

var pool = sync.Pool{New: func() any { return new(buffer) }}

// borrow returns n elements of undefined content; the buffer goes back with
// release, after which the elements belong to somebody else.
func borrow[F Float](n int) (*buffer, []F) {
	b := pool.Get().(*buffer)
	// Sizes are rounded up to powers of two so that a mixed load settles.
	if words := (n + 1) * int(unsafe.Sizeof(F(0))) / 8; words > len(b.words) {
		b.words = make([]float64, 1<<bits.Len(uint(words)))
	}
	return b, unsafe.Slice((*F)(unsafe.Pointer(unsafe.SliceData(b.words))), n)
}

func (b *buffer) release() { pool.Put(b) }
