package tensor

import (
	"math/bits"
	"unsafe"

	"github.com/gopyro/pyro/internal/program"
)

// A tensor is known by its address. That of a tape stands for a position there, in
// one run: one kept too long must be found out, so no two runs may share an address.
// New memory for each value would do, but is what an operation on single numbers
// would then spend half of its time on. Addresses are cheaper than memory: a tape has
// a sheet of slots of 16 bytes, one for each value of a run, and hands out the address
// of their first bytes in one run, of their second bytes in the next, and takes a new
// sheet when all 16 were used.

// slot is two words on a multiple of their size, which any address within leads to.
type slot struct {
	home unsafe.Pointer // a *Tape, or the *program.Array of a tensor on no tape
	self unsafe.Pointer // the slot of a tape, or the second word of another; else this is no tensor
}

const (
	slotSize = unsafe.Sizeof(slot{})
	slotBits = 3 + int(^uintptr(0)>>63) // log₂ slotSize
	wordSize = slotSize / 2
)

// slot is where the words of x are.
func (x *Tensor) slot() *slot {
	return (*slot)(unsafe.Pointer(uintptr(unsafe.Pointer(x)) &^ (slotSize - 1)))
}

// aligned returns the first slot in words, of which the last may be left over.
func aligned(words []unsafe.Pointer) *slot {
	p := unsafe.Pointer(unsafe.SliceData(words))
	if uintptr(p)&(slotSize-1) != 0 {
		p = unsafe.Pointer(&words[1])
	}
	return (*slot)(p)
}

// off returns a tensor that is on no tape.
func off(a *program.Array) *Tensor {
	s := new(slot)
	if uintptr(unsafe.Pointer(s))&(slotSize-1) != 0 {
		s = aligned(make([]unsafe.Pointer, 3))
	}
	return s.hold(a)
}

// hold makes s that of a tensor on no tape with value a.
func (s *slot) hold(a *program.Array) *Tensor {
	s.home, s.self = unsafe.Pointer(a), unsafe.Add(unsafe.Pointer(s), wordSize)
	return (*Tensor)(unsafe.Pointer(s))
}

// sheet is the slots of the values of a run.
type sheet struct {
	origin unsafe.Pointer // address that stands for the first in this run
	refs   []program.Ref  // positions, as far as there are values; its capacity is the number of slots
}

// newSheet returns a sheet of n slots for the values of t.
func newSheet(t *Tape, n int) sheet { return sheet{slots(t, n), make([]program.Ref, 0, n)} }

// slots returns the first of n new ones of t, and one more, into which the bytes of the
// last tensor reach.
func slots(t *Tape, n int) unsafe.Pointer {
	first := unsafe.Pointer(aligned(make([]unsafe.Pointer, 2*n+3)))
	for i := range n + 1 {
		s := (*slot)(unsafe.Add(first, uintptr(i)*slotSize))
		s.home, s.self = unsafe.Pointer(t), unsafe.Pointer(s)
	}
	return first
}

// index is the number of the slot that x has in this run, or a number far beyond
// them if it has none.
func (s *sheet) index(x *Tensor) uint {
	return bits.RotateLeft(uint(uintptr(unsafe.Pointer(x))-uintptr(s.origin)), -slotBits)
}

// handle returns a tensor for position r.
func (t *Tape) handle(r program.Ref) *Tensor {
	n := len(t.refs)
	if n == cap(t.refs) {
		n = t.moreSlots()
	}
	t.refs = t.refs[:n+1]
	t.refs[n] = r
	return (*Tensor)(unsafe.Add(t.origin, uintptr(n)*slotSize))
}

// fewSlots is the size of the first sheet.
const fewSlots = 32

// moreSlots goes on with a larger sheet, on which no value is.
//
//go:noinline
func (t *Tape) moreSlots() int {
	n := cap(t.refs)
	if n > 0 {
		t.full = append(t.full, t.sheet)
	}
	t.sheet = newSheet(t, max(4*n, fewSlots))
	return 0
}

// at returns the position of x, which is on t. It panics where x is of an earlier run.
func (t *Tape) at(x *Tensor) program.Ref {
	if i := t.index(x); i < uint(len(t.refs)) {
		return t.refs[i]
	}
	return t.elsewhere(x)
}

// elsewhere is at for other sheets than the present one.
//
//go:noinline
func (t *Tape) elsewhere(x *Tensor) program.Ref {
	for i := range t.full {
		s := &t.full[i]
		if i := s.index(x); i < uint(len(s.refs)) {
			return s.refs[i]
		}
	}
	panic(&Error{Op: "Tensor", Reason: "used after the run that made it ended; keep a copy made with Clone, or record it with Deterministic"})
}

// endRun makes the addresses of this run's values invalid.
func (t *Tape) endRun() {
	t.most = max(t.most, len(t.refs))
	switch t.shared++; {
	case len(t.full) > 0:
		n := cap(t.refs)
		for _, s := range t.full {
			n += cap(s.refs)
		}
		clear(t.full)
		t.full, t.sheet = t.full[:0], newSheet(t, n)
		t.shared, t.most = 0, 0
	case t.shared == int(slotSize):
		t.sheet = newSheet(t, max(t.most, fewSlots))
		t.shared, t.most = 0, 0
	case t.origin != nil:
		t.origin = unsafe.Add(t.origin, 1)
	}
	t.refs = t.refs[:0]
}
