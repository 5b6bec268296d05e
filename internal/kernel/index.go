package kernel

import "fmt"

// IndexError is the panic of [Gather] and [ScatterAdd] for an index out of range.
type IndexError struct {
	Index int32
	Len   int // of the slice indexed
}

func (e IndexError) Error() string {
	return fmt.Sprintf("kernel: index %d out of range of %d elements", e.Index, e.Len)
}

// Gather sets dst[i] to src[idx[i]]. dst and src do not overlap. It panics with an [IndexError] if
// an index is out of range.
//
// It is plain Go in every tier: a gather instruction takes its elements one by one too.
func Gather(dst, src []float64, idx []int32) { gather(dst, src, idx) }

// Gather32 is Gather for float32.
func Gather32(dst, src []float32, idx []int32) { gather(dst, src, idx) }

// ScatterAdd adds src[i] to dst[idx[i]], in the order of i, so that equal indices add up. It panics
// with an [IndexError] if an index is out of range; dst then has the additions before it.
func ScatterAdd(dst, src []float64, idx []int32) { scatterAdd(dst, src, idx) }

// ScatterAdd32 is ScatterAdd for float32.
func ScatterAdd32(dst, src []float32, idx []int32) { scatterAdd(dst, src, idx) }

func gather[T float](dst, src []T, idx []int32) {
	check(len(dst), len(idx))
	for i, j := range idx {
		if uint(j) >= uint(len(src)) {
			outOfRange(j, len(src))
		}
		dst[i] = src[j]
	}
}

func scatterAdd[T float](dst, src []T, idx []int32) {
	check(len(src), len(idx))
	src = src[:len(idx)]
	for i := 0; i < len(idx); {
		j := idx[i]
		if uint(j) >= uint(len(dst)) {
			outOfRange(j, len(dst))
		}
		// Equal indices often follow each other: their sum stays in a register.
		s := dst[j] + src[i]
		for i++; i < len(idx) && idx[i] == j; i++ {
			s += src[i]
		}
		dst[j] = s
	}
}

//go:noinline
func outOfRange(index int32, n int) { panic(IndexError{index, n}) }
