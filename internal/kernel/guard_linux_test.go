package kernel

import (
	"reflect"
	"syscall"
	"testing"
	"unsafe"
)

// Operands that end where readable memory ends: a load beyond them, even of masked lanes, would
// crash.
func TestNothingBeyondTheOperandIsTouched(t *testing.T) {
	const slots = 5
	page := syscall.Getpagesize()
	mem, err := syscall.Mmap(-1, 0, 2*slots*page, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		t.Skip(err)
	}
	defer syscall.Munmap(mem)
	for i := range slots {
		guard := mem[(2*i+1)*page : (2*i+2)*page]
		if err := syscall.Mprotect(guard, syscall.PROT_NONE); err != nil {
			t.Skip(err)
		}
	}
	for _, m := range methods() {
		for _, tr := range tiers() {
			for n := 1; n <= 67; n++ {
				args, _ := operands(m.typ, n, 0, n, 0)
				for i, a := range args {
					if a.Kind() != reflect.Slice {
						continue
					}
					bytes := n * int(a.Type().Elem().Size())
					start := unsafe.Pointer(&mem[(2*i+1)*page-bytes])
					edge := reflect.NewAt(reflect.ArrayOf(n, a.Type().Elem()), start).Elem().Slice(0, n)
					reflect.Copy(edge, a)
					args[i] = edge
				}
				m.call(tr, args)
			}
		}
	}
}
