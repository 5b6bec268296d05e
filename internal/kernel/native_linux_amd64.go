//go:build !purego

package kernel

import (
	"runtime"
	"slices"
	"syscall"
	"unsafe"

	"github.com/gopyro/pyro/internal/cpu"
)

// Steps on few elements that follow each other become machine code, which looks
// to the steps around it like one of them. Results stay in registers for what
// reads them next, where a step would wait until they come back from memory, and
// are stored only if something else reads them. There are no loops: 7 elements are
// 4, 2 and 1, or in AVX-512 4 and, under a mask, 3.

// nativeElements is the most that a step in machine code has: the lanes of a short
// array, too, are quicker without a loop.
const nativeElements = 64

// nativeIndices is the most indices that are written into machine code. There are no
// branches in it, which would be guessed wrong where an index differs from the one
// before, and it still fits into the caches of instructions.
const nativeIndices = 2048

func address(p *float64) uintptr { return uintptr(unsafe.Pointer(p)) }

// native gives routines the code of lists of steps; ok is false where none has
// machine code, or the system does not allow it.
func (t tier) native(rs []*Routine, lists [][]Step) (ok bool) {
	w := writer{assembler: assembler{wide: t == tier(cpu.AVX512)}}
	w.begin()
	memory := &machineCode{}
	routines := make([]mixed, len(rs))
	any := false
	for i, steps := range lists {
		m := &routines[i]
		for len(steps) > 0 {
			n := 0
			for n < len(steps) {
				k := natives(steps[n:])
				if k == 0 {
					break
				}
				n += k
			}
			if n == 0 {
				m.code, m.starts = append(m.code, t.thread(&steps[0])), append(m.starts, 0)
				steps = steps[1:]
				continue
			}
			m.code, m.starts, any = append(m.code, threaded{}), append(m.starts, len(w.code)), true
			w.steps(steps, n)
			for j := range n {
				s := &steps[j]
				memory.operands = append(memory.operands, s.Dst, s.X, s.Y, s.Z)
			}
			steps = steps[n:]
		}
		m.code = append(m.code, t.thread(&Step{Op: stepEnd, N: 1}))
	}
	if !any {
		return false
	}
	if memory.bytes, ok = executable(w.code); !ok {
		return false
	}
	runtime.AddCleanup(memory, func(b []byte) { _ = syscall.Munmap(b) }, memory.bytes)
	for i, r := range rs {
		r.run, r.memory = routines[i].in(memory, t), memory
	}
	return true
}

// mixed is a list of steps, of which some are machine code.
type mixed struct {
	code   []threaded
	starts []int // of machine code; 0 for other steps
}

// in returns what runs the list when its machine code is in memory. If all of it is
// machine code, a call takes no detour: it has the form of a Go function that has no
// operands and no frame.
func (m *mixed) in(memory *machineCode, t tier) (run func()) {
	for j, at := range m.starts {
		if at > 0 {
			m.code[j].run = uintptr(unsafe.Pointer(&memory.bytes[at]))
		}
	}
	if len(m.starts) == 1 && m.starts[0] > 0 {
		entry := &m.code[0].run
		return *(*func())(unsafe.Pointer(&entry))
	}
	code := m.code
	return func() { t.runSteps(code) }
}

// executable returns memory that runs code; ok is false where the system does not
// let a program write its own code.
func executable(code []byte) (mem []byte, ok bool) {
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
	case StepSumRows, StepRepeat:
		return s.N*s.Rows <= nativeElements
	case StepGather, StepScatterAdd:
		return s.N <= nativeIndices
	}
	return s.N <= nativeElements
}

// writer writes the code of steps that follow each other.
type writer struct {
	assembler
	written   straight // the present stretch
	registers registers
}

// stretch begins a stretch. The one before has been written.
func (w *writer) stretch() *straight {
	w.written.wide = w.wide
	w.written.clear()
	return &w.written
}

// steps writes the first n steps of a list, and goes on with the next as each
// routine of step_amd64.s does.
func (w *writer) steps(list []Step, n int) {
	for at := 0; at < n; {
		to := at
		for to < n && hasNative(&list[to]) {
			to++
		}
		loop := to == at
		if loop {
			to += natives(list[at:n])
		}
		visible := func(s *Step) bool { return !s.Local || s.isReadBy(list[to:]) }
		w.baseAt(address(list[at].Dst))
		if loop {
			w.loop(list[at:to], visible)
		} else {
			s := w.stretch()
			for i := at; i < to; i++ {
				s.step(&list[i], visible(&list[i]))
			}
			w.straight(s)
		}
		at = to
	}
	if n == len(list) {
		w.bytes(0xc5, 0xf8, 0x77)          // VZEROUPPER
		w.bytes(0xc4, 0x41, 0, 0x57, 0xff) // VXORPS X15, X15, X15, which Go code takes for 0
		w.bytes(0xc3)                      // RET
		return
	}
	w.bytes(0x49, 0x83, 0xc2, 48) // ADDQ $48, R10
	w.bytes(0x49, 0x8b, 0x02)     // MOVQ (R10), AX
	w.bytes(0xff, 0xe0)           // JMP AX
}

// isReadBy reports whether steps read what s writes.
func (s *Step) isReadBy(steps []Step) bool {
	n := s.N
	switch s.Op {
	case StepRepeat:
		n *= s.Rows
	case StepScatterAdd:
		n = s.Rows
	}
	from, to := address(s.Dst), address(s.Dst)+8*uintptr(n)
	meets := func(p *float64, n int) bool {
		return p != nil && address(p) < to && from < address(p)+8*uintptr(n)
	}
	for i := range steps {
		o := &steps[i]
		x := o.N
		switch o.Op {
		case StepSumRows:
			x *= o.Rows
		case StepGather:
			x = int(slices.Max(o.Index)) + 1
		}
		if meets(o.X, x) || meets(o.Y, o.N) || meets(o.Z, o.N) {
			return true
		}
	}
	return false
}

// straight writes operations.
func (w *writer) straight(s *straight) {
	s.end()
	w.registers.begin(&w.assembler, s)
	w.masks(s)
	w.registers.run()
}

// masks sets the mask registers that a stretch needs.
func (w *writer) masks(s *straight) {
	var set [9]bool
	for i := range s.values {
		if n := s.values[i].size; maskOf(n) > 0 && !set[n] {
			w.setMask(n)
			set[n] = true
		}
	}
}
