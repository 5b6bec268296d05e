//go:build !purego

package kernel

import (
	"runtime"
	"syscall"
	"unsafe"
)

// Steps on few elements that follow each other become machine code, which looks
// to the steps around it like one of them. Results stay in registers for what
// reads them next, where a step would wait until they come back from memory; all
// are stored too. There are no loops: 7 elements are 4, 2 and 1.

// nativeElements is the most that a step in machine code has: the lanes of a short
// array, too, are quicker without a loop.
const nativeElements = 64

// nativeIndices is the most indices that are written into machine code. There are no
// branches in it, which would be guessed wrong where an index differs from the one
// before, and it still fits into the caches of instructions.
const nativeIndices = 2048

// native gives routines the code of lists of steps; ok is false where none has
// machine code, or the system does not allow it.
func (t tier) native(rs []*Routine, lists [][]Step) (ok bool) {
	var w writer
	memory := &machineCode{}
	starts := make([][]int, len(rs)) // in w, of the steps that are machine code; of others -1
	code := make([][]threaded, len(rs))
	for i, steps := range lists {
		for len(steps) > 0 {
			n := 0
			for n < len(steps) {
				m := natives(steps[n:])
				if m == 0 {
					break
				}
				n += m
			}
			if n == 0 || n == 1 && steps[0].Index == nil {
				code[i], starts[i] = append(code[i], t.thread(&steps[0])), append(starts[i], -1)
				steps = steps[1:]
				continue
			}
			code[i], starts[i] = append(code[i], threaded{}), append(starts[i], len(w.code))
			w.begin(steps[0].Dst)
			for j := 0; j < n; {
				if m := natives(steps[j:]); m > 1 {
					w.loop(steps[j:j+m], j+m == len(steps) || steps[j+m].N != steps[j].N || steps[j+m].Op > StepWhere)
					j += m
				} else {
					w.step(&steps[j])
					j++
				}
			}
			for j := range n {
				s := &steps[j]
				memory.operands = append(memory.operands, s.Dst, s.X, s.Y, s.Z)
			}
			w.end()
			steps = steps[n:]
		}
	}
	if memory.bytes, ok = executable(w.code); !ok {
		return false
	}
	runtime.AddCleanup(memory, func(b []byte) { _ = syscall.Munmap(b) }, memory.bytes)
	for i, r := range rs {
		for j, at := range starts[i] {
			if at >= 0 {
				code[i][j].run = uintptr(unsafe.Pointer(&memory.bytes[at]))
			}
		}
		r.code, r.memory = append(code[i], t.thread(&Step{Op: stepEnd, N: 1})), memory
	}
	return true
}

// executable returns memory that runs code; ok is false where there is none to
// run, or the system does not let a program write its own code.
func executable(code []byte) (mem []byte, ok bool) {
	if len(code) == 0 {
		return nil, false
	}
	mem, err := syscall.Mmap(-1, 0, len(code), syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		return nil, false
	}
	copy(mem, code)
	if err := syscall.Mprotect(mem, syscall.PROT_READ|syscall.PROT_EXEC); err != nil {
		_ = syscall.Munmap(mem)
		return nil, false
	}
	return mem, true
}

// natives is the number of steps from the first on that are written at once: as a
// loop, if there are several, or none.
func natives(steps []Step) int {
	if hasNative(&steps[0]) {
		return 1
	}
	if n := loopable(steps); n > 1 {
		return n
	}
	return 0
}

func hasNative(s *Step) bool {
	switch s.Op {
	case StepMax, StepMin:
		return false
	case StepSumRows, StepRepeat:
		return s.N*s.Rows <= nativeElements
	case StepGather, StepScatterAdd:
		return s.N <= nativeIndices
	}
	return s.N <= nativeElements
}

// held is a register: it holds size elements at an address, or in all its lanes
// the number there.
type held struct {
	at   uintptr
	size int // 1, 2 or 4; 0: nothing
	all  bool
	used int // when it was last

	stays bool // while a loop runs
	only  bool // it is not in memory yet
}

// writer writes machine code and knows what is in the registers.
type writer struct {
	code []byte
	base uintptr // in RDI
	regs [16]held
	now  int

	looping bool // operands are those from byte RSI on
	rest    []Step
}

// numbers that code needs.
var nativeConstants = [...]float64{0: 1, 1: negativeZero, 2: allButSign}

func address(p *float64) uintptr { return uintptr(unsafe.Pointer(p)) }

func (w *writer) begin(near *float64) {
	w.base, w.regs = address(near), [16]held{}
	w.bytes(0x48, 0xbf) // MOVQ $base, DI
	w.bits64(uint64(w.base))
}

// end goes on with the next step, as each routine of step_amd64.s does.
func (w *writer) end() {
	w.bytes(0x49, 0x83, 0xc2, 48) // ADDQ $48, R10
	w.bytes(0x49, 0x8b, 0x02)     // MOVQ (R10), AX
	w.bytes(0xff, 0xe0)           // JMP AX
}

// take frees the register that was used longest ago.
func (w *writer) take() int {
	r := -1
	for i := range w.regs {
		if !w.regs[i].stays && (r < 0 || w.regs[i].used < w.regs[r].used) {
			r = i
		}
	}
	w.spill(r)
	w.regs[r] = held{}
	w.touch(r)
	return r
}

func (w *writer) touch(r int) {
	w.now++
	w.regs[r].used = w.now
}

// find returns the register that holds something.
func (w *writer) find(at uintptr, size int, all bool) (r int, ok bool) {
	for i := range w.regs {
		if h := &w.regs[i]; h.size == size && h.at == at && h.all == all {
			w.touch(i)
			return i, true
		}
	}
	return 0, false
}

// load returns a register with size elements at an address.
func (w *writer) load(at uintptr, size int) int {
	if r, ok := w.find(at, size, false); ok {
		return r
	}
	r := w.take()
	w.memory(vLoad[size], r, 0, at)
	w.regs[r].at, w.regs[r].size = at, size
	return r
}

// number returns a register with the number at p in all lanes.
func (w *writer) number(p *float64) int {
	at := address(p)
	if r, ok := w.find(at, 4, true); ok {
		return r
	}
	x, ok := w.find(at, 1, false)
	r := w.take()
	if ok {
		w.register(vBroadcast, r, 0, x)
	} else {
		looping := w.looping
		w.looping = false
		w.memory(vBroadcast, r, 0, at)
		w.looping = looping
	}
	w.regs[r].at, w.regs[r].size, w.regs[r].all = at, 4, true
	return r
}

// store puts the result in r in memory, and forgets what was known of that.
func (w *writer) store(r int, at uintptr, size int) {
	w.put(r, at, size)
	w.regs[r].at, w.regs[r].size, w.regs[r].all = at, size, false
}

// put stores what is in r, of which r does not become a copy.
func (w *writer) put(r int, at uintptr, size int) {
	w.forget(at, size)
	w.memory(vStore[size], r, 0, at)
}

// forget drops copies of what is about to change.
func (w *writer) forget(at uintptr, size int) {
	for i := range w.regs {
		n := h8(&w.regs[i])
		if h := &w.regs[i]; h.size > 0 && h.at < at+8*uintptr(size) && at < h.at+n {
			h.size, h.only = 0, false
		}
	}
}

// h8 is the number of bytes that a register is a copy of.
func h8(h *held) uintptr {
	if h.all {
		return 8
	}
	return 8 * uintptr(h.size)
}

// zero returns a register with zeros.
func (w *writer) zero() int {
	r := w.take()
	w.register(vXor.of(4), r, r, r)
	return r
}

// step writes a step.
func (w *writer) step(s *Step) {
	switch s.Op {
	case StepSumRows:
		w.sum(s)
		return
	case StepRepeat:
		w.repeat(s)
		return
	case StepGather:
		w.gather(s)
		return
	case StepScatterAdd:
		w.scatterAdd(s)
		return
	}
	at := uintptr(0)
	for n := s.N; n > 0; {
		size := piece(n)
		r := w.element(s, at, size)
		w.store(r, address(s.Dst)+at, size)
		at += 8 * uintptr(size)
		n -= size
	}
}

// piece is how many of n elements go at once.
func piece(n int) int {
	switch {
	case n >= 4:
		return 4
	case n >= 2:
		return 2
	}
	return 1
}

// element writes an operation on size elements from byte at on and returns the
// register of the result.
func (w *writer) element(s *Step, at uintptr, size int) int {
	x := w.load(address(s.X)+at, size)
	var y int
	switch op := s.Op; {
	case op <= StepEqual || op == StepWhere:
		y = w.load(address(s.Y)+at, size)
	case op <= StepDivBy && s.N == 1:
		y = w.load(address(s.Y), 1)
	case op <= StepDivBy:
		y = w.number(s.Y)
	}
	switch s.Op {
	case StepAdd, StepAddNumber:
		return w.binary(vAdd.of(size), x, y)
	case StepSub, StepSubNumber:
		return w.binary(vSub.of(size), x, y)
	case StepMul, StepMulNumber:
		return w.binary(vMul.of(size), x, y)
	case StepDiv, StepDivNumber:
		return w.binary(vDiv.of(size), x, y)
	case StepSubFrom:
		return w.binary(vSub.of(size), y, x)
	case StepDivBy:
		return w.binary(vDiv.of(size), y, x)
	case StepLess:
		return w.truth(0x11, x, y, size)
	case StepLessEqual:
		return w.truth(0x12, x, y, size)
	case StepEqual:
		return w.truth(0, x, y, size)
	case StepNot:
		return w.truth(0, x, w.zero(), size)
	case StepNeg:
		return w.binary(vXor.of(4), x, w.number(&nativeConstants[1]))
	case StepAbs:
		return w.binary(vAnd.of(4), x, w.number(&nativeConstants[2]))
	case StepSquare:
		return w.binary(vMul.of(size), x, x)
	case StepRecip:
		return w.binary(vDiv.of(size), w.number(&nativeConstants[0]), x)
	case StepSqrt:
		if size == 1 {
			return w.binary(vSqrt.of(1), x, x)
		}
		r := w.take()
		w.register(vSqrt.of(size), r, 0, x)
		return r
	}
	z := w.load(address(s.Z)+at, size) // StepWhere
	m := w.zero()
	w.register(vCompare.of(size), m, x, m)
	w.bytes(4) // not equal
	r := w.take()
	w.register(vBlend.of(size), r, z, y)
	w.bytes(byte(m << 4))
	return r
}

// binary writes x op y.
func (w *writer) binary(op opcode, x, y int) int {
	r := w.take()
	w.register(op, r, x, y)
	return r
}

// truth writes 1 where a comparison holds, else 0.
func (w *writer) truth(predicate byte, x, y, size int) int {
	one := w.number(&nativeConstants[0])
	r := w.take()
	w.register(vCompare.of(size), r, x, y)
	w.bytes(predicate)
	w.register(vAnd.of(4), r, r, one)
	return r
}

// sum writes the sums of rows.
func (w *writer) sum(s *Step) {
	if s.N == 1 {
		w.total(s)
		return
	}
	at := uintptr(0)
	for n := s.N; n > 0; {
		size := piece(n)
		acc := w.zero()
		for row := range s.Rows {
			x := w.load(address(s.X)+at+8*uintptr(row*s.N), size)
			w.register(vAdd.of(size), acc, acc, x)
			w.touch(acc)
		}
		w.store(acc, address(s.Dst)+at, size)
		at += 8 * uintptr(size)
		n -= size
	}
}

// total adds numbers one after the other.
func (w *writer) total(s *Step) {
	acc := w.zero()
	at := address(s.X)
	for n := s.Rows; n > 0; {
		size := piece(n)
		x := w.load(at, size)
		half := x
		for i := range size {
			w.touch(acc)
			e := half
			if i == 2 { // the upper half
				half = w.take()
				w.register(vUpper, x, 0, half)
				w.bytes(1)
				e = half
			}
			if i%2 == 1 {
				e = w.take()
				w.register(vUnpackHigh, e, half, half)
			}
			w.register(vAdd.of(1), acc, acc, e)
		}
		at += 8 * uintptr(size)
		n -= size
	}
	w.store(acc, address(s.Dst), 1)
}

// repeat writes copies of a row. Its register is then that of the last.
func (w *writer) repeat(s *Step) {
	at := uintptr(0)
	for n := s.N; n > 0; {
		size := piece(n)
		x := w.load(address(s.X)+at, size)
		for row := range s.Rows {
			w.store(x, address(s.Dst)+at+8*uintptr(row*s.N), size)
		}
		at += 8 * uintptr(size)
		n -= size
	}
}

// gather writes the moves of elements, as many at a time as have one index.
func (w *writer) gather(s *Step) {
	x := func(i int) *float64 { return elementOf(s.X, s.Index[i]) }
	at := address(s.Dst)
	for i := 0; i < s.N; {
		n := 1
		for n < 4 && i+n < s.N && s.Index[i+n] == s.Index[i] {
			n++
		}
		var r int
		switch {
		case n > 1:
			n = piece(n)
			r = w.number(x(i))
		case i+1 < s.N:
			n, r = 2, w.take()
			w.memory(vLoad[1], r, 0, address(x(i)))
			w.memory(vLoadHigh, r, r, address(x(i+1)))
		default:
			r = w.load(address(x(i)), 1)
		}
		w.put(r, at, n)
		at += 8 * uintptr(n)
		i += n
	}
}

// scatterAdd writes sums of elements, several at a time, since an addition waits for
// the one before.
func (w *writer) scatterAdd(s *Step) {
	at := make([][]uintptr, s.Rows) // of the elements of each sum
	for i, j := range s.Index {
		at[j] = append(at[j], address(elementOf(s.X, int32(i))))
	}
	const together = 4
	for first := 0; first < s.Rows; first += together {
		sums := at[first:min(first+together, s.Rows)]
		var acc [together]int
		for k := range sums {
			acc[k] = w.zero()
		}
		for i, more := 0, true; more; i++ {
			more = false
			for k, from := range sums {
				if i < len(from) {
					w.memory(vAdd.of(1), acc[k], acc[k], from[i])
					more = true
				}
			}
		}
		for k := range sums {
			w.put(acc[k], address(elementOf(s.Dst, int32(first+k))), 1)
		}
	}
}
