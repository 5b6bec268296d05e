package blas

import (
	"syscall"
	"testing"
	"unsafe"
)

// fenced returns n elements that end (or begin) where memory may not be touched,
// so that a kernel that reads one element too many dies.
func fenced[F Float](t *testing.T, n int, atEnd bool) []F {
	t.Helper()
	page := syscall.Getpagesize()
	size := n * int(unsafe.Sizeof(F(0)))
	body := (size + page - 1) / page * page
	memory, err := syscall.Mmap(-1, 0, body+2*page, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = syscall.Munmap(memory) })
	for _, fence := range [][]byte{memory[:page], memory[body+page:]} {
		if err := syscall.Mprotect(fence, syscall.PROT_NONE); err != nil {
			t.Fatal(err)
		}
	}
	at := page
	if atEnd {
		at = page + body - size
	}
	out := unsafe.Slice((*F)(unsafe.Pointer(&memory[at])), n)
	for i := range out {
		out[i] = 1 / F(n+i)
	}
	return out
}

func stayInside[F Float](t *testing.T) {
	for _, atEnd := range []bool{true, false} {
		for _, n := range []int{1, 2, 3, 5, 8, 13, 16, 23, 35, 67} {
			for ld := n; ld < n+2; ld++ {
				size := (n-1)*ld + n
				a, b, c := fenced[F](t, size, atEnd), fenced[F](t, size, atEnd), fenced[F](t, size, atEnd)
				x, y := fenced[F](t, n, atEnd), fenced[F](t, n, atEnd)
				for i := range n {
					a[i*ld+i] = 4 // diagonally dominant
				}
				for _, f := range bools("AB") {
					Gemm(f[0], f[1], n, n, n, 1, a, ld, b, ld, 1, c, ld)
					Gemv(f[0], n, n, 1, a, ld, x, 1, y)
					Trsv(Tri{Upper: f[0], Trans: f[1]}, n, a, ld, x)
					Trsm(Left, Tri{Upper: f[0], Trans: f[1]}, n, n, 1, a, ld, b, ld)
					Trsm(Right, Tri{Upper: f[0], Trans: f[1]}, n, n, 1, a, ld, b, ld)
				}
				Ger(n, n, 1, x, y, c, ld)
				Dot(x, y)
				TriInverse(true, false, n, a, ld)
				Cholesky(n, a, ld)
				CholeskyBackward(n, a, ld, c, ld)
			}
			const batch = 17
			l, x := fenced[F](t, batch*n*n, atEnd), fenced[F](t, batch*n, atEnd)
			for i := range batch {
				for j := range n {
					l[i*n*n+j*(n+1)] = 4
				}
			}
			BatchedGemm(batch, false, false, n, 1, n, 1, l, n, n*n, x, 1, 0, 0, fenced[F](t, batch*n, atEnd), 1, n)
			BatchedTrsm(batch, Left, Tri{}, n, 1, 1, l, n, n*n, x, 1, n)
			BatchedCholesky(batch, n, l, n, n*n)
		}
	}
}

func TestKernelsStayInside(t *testing.T) { each(t, stayInside[float32], stayInside[float64]) }
