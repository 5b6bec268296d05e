package main

import (
	"fmt"
	"slices"
	"strings"
)

// allocator turns a body into instructions, one pass over it in order. A value sits in a register
// from where it is made to where it is last read; when registers run out, the one read again
// latest is kept on the stack. Constants are operands in memory unless pinned.
type allocator struct {
	m    machine
	b    *builder
	asm  *assembler
	mask bool // the body is a tail: loads and stores are masked

	holder []val       // of each register; none or pinned if not a value
	at     map[val]int // register of a value
	slot   map[val]int // stack offset of a value
	uses   [][]int     // of each value, where it is read
	kAt    map[val]int // mask register of a mask
	kUsed  [8]bool
	lock   map[int]bool // registers in use by the instruction at hand
	pos    int
	spills int
	forced map[uint64]int // how often a constant had to be brought into a register
}

const (
	none   val = -1
	pinned val = -2
)

func newAllocator(m machine, b *builder, asm *assembler, mask bool) *allocator {
	a := &allocator{
		m: m, b: b, asm: asm, mask: mask,
		holder: make([]val, m.regs), at: map[val]int{}, slot: map[val]int{}, kAt: map[val]int{},
		uses: make([][]int, len(b.code)), forced: map[uint64]int{},
	}
	for r := range a.holder {
		a.holder[r] = none
	}
	for _, r := range asm.pins {
		a.holder[r] = pinned
	}
	return a
}

// run emits the body.
func (a *allocator) run() {
	live := a.b.live()
	for i, in := range a.b.code {
		if live[i] {
			for _, v := range in.operands() {
				a.uses[v] = append(a.uses[v], i)
			}
		}
	}
	for i, in := range a.b.code {
		if !live[i] {
			continue
		}
		a.pos, a.lock = i, map[int]bool{}
		a.preset(val(i), in)
		a.instr(val(i), in)
		for _, v := range in.operands() {
			a.release(v)
		}
	}
}

// preset finds values that are in place before the body runs: constants, parameters, carried ones.
func (a *allocator) preset(v val, in instr) {
	if key, ok := pinKey(in); ok {
		if r, ok := a.asm.pins[key]; ok {
			a.at[v] = r
		} else if off, ok := a.asm.kept[key]; ok {
			a.slot[v] = off
		}
	}
}

// dies reports whether v is in a register that the instruction at hand may overwrite.
func (a *allocator) dies(v val) bool {
	r, ok := a.at[v]
	return ok && a.holder[r] == v && a.uses[v][len(a.uses[v])-1] <= a.pos
}

// release frees what v holds if it is not read again.
func (a *allocator) release(v val) {
	if n := len(a.uses[v]); n > 0 && a.uses[v][n-1] > a.pos {
		return
	}
	if r, ok := a.at[v]; ok && a.holder[r] == v {
		a.holder[r] = none
		delete(a.at, v)
	}
	if k, ok := a.kAt[v]; ok {
		a.kUsed[k] = false
		delete(a.kAt, v)
	}
}

// take returns a register for v, making room if there is none.
func (a *allocator) take(v val) int {
	r := slices.Index(a.holder, none)
	if r < 0 {
		r = a.evict()
	}
	a.holder[r], a.at[v], a.lock[r] = v, r, true
	return r
}

func (a *allocator) evict() int {
	best, far := -1, -1
	for r, v := range a.holder {
		if v < 0 || a.lock[r] {
			continue
		}
		next := a.uses[v][slices.IndexFunc(a.uses[v], func(p int) bool { return p >= a.pos })]
		if next > far {
			best, far = r, next
		}
	}
	if best < 0 {
		panic("out of vector registers")
	}
	v := a.holder[best]
	if _, ok := a.slot[v]; !ok && a.b.code[v].op != opConst {
		a.slot[v] = a.asm.frame(a.spills)
		a.spills++
		a.asm.line("VMOVUP%s %s, %d(SP)", a.size(), a.reg(best), a.slot[v])
	}
	delete(a.at, v)
	return best
}

func (a *allocator) size() string { return suffix(a.b.bits)[1:] }

func (a *allocator) reg(r int) string { return fmt.Sprintf("%s%d", a.m.prefix, r) }

// src brings v into a register.
func (a *allocator) src(v val) string {
	r, ok := a.at[v]
	if !ok {
		mem, bcast := a.mem(v)
		if a.b.code[v].op == opConst {
			a.forced[uint64(a.b.code[v].imm)]++
		}
		r = a.take(v)
		a.move(mem, bcast, r)
	}
	a.lock[r] = true
	return a.reg(r)
}

func (a *allocator) move(mem string, bcast bool, r int) {
	switch {
	case bcast && a.b.bits == 64:
		a.asm.line("VBROADCASTSD %s, %s", mem, a.reg(r))
	case bcast:
		a.asm.line("VBROADCASTSS %s, %s", mem, a.reg(r))
	default:
		a.asm.line("VMOVUP%s %s, %s", a.size(), mem, a.reg(r))
	}
}

// inMem reports whether v is in memory only.
func (a *allocator) inMem(v val) bool {
	_, ok := a.at[v]
	return !ok
}

// mem is v as an operand in memory, and whether it is one lane to be broadcast.
func (a *allocator) mem(v val) (string, bool) {
	if in := a.b.code[v]; in.op == opConst {
		return a.asm.constant(uint64(in.imm), a.b.bits), a.m.wide
	}
	off, ok := a.slot[v]
	if !ok {
		panic(fmt.Sprintf("value %d (operation %d) is nowhere", v, a.b.code[v].op))
	}
	return fmt.Sprintf("%d(SP)", off), false
}

// any is v as an operand that may be in memory, with the suffix that the mnemonic needs.
func (a *allocator) any(v val) (operand, dot string) {
	if !a.inMem(v) {
		return a.src(v), ""
	}
	mem, bcast := a.mem(v)
	if bcast {
		dot = ".BCST"
	}
	return mem, dot
}

// dst frees the operands that die and takes a register for v.
func (a *allocator) dst(v val) string {
	for _, o := range a.b.code[v].operands() {
		if a.dies(o) {
			a.release(o)
		}
	}
	return a.reg(a.take(v))
}

// inPlace gives v the register of a dying operand.
func (a *allocator) inPlace(v, operand val) string {
	r := a.at[operand]
	delete(a.at, operand)
	a.holder[r], a.at[v], a.lock[r] = v, r, true
	return a.reg(r)
}

// mreg takes a mask register for v.
func (a *allocator) mreg(v val) string {
	for _, o := range a.b.code[v].operands() {
		a.release(o)
	}
	for k := 2; k < 8; k++ { // K0 means no mask, K1 is the tail's
		if !a.kUsed[k] {
			a.kUsed[k], a.kAt[v] = true, k
			return fmt.Sprintf("K%d", k)
		}
	}
	panic("out of mask registers")
}

func (a *allocator) k(v val) string { return fmt.Sprintf("K%d", a.kAt[v]) }

// pinKey names what an instruction reads that is in place before the body.
func pinKey(in instr) (string, bool) {
	switch in.op {
	case opConst:
		return fmt.Sprintf("const %x", uint64(in.imm)), true
	case opParam:
		return fmt.Sprintf("param %d", in.imm), true
	case opCarry:
		return fmt.Sprintf("carry %d", in.imm), true
	}
	return "", false
}

// isSet reports whether the body gives carried value n a new value.
func isSet(b *builder, key string) bool {
	for _, in := range b.code {
		if in.op == opSetCarry && key == fmt.Sprintf("carry %d", in.imm) {
			return true
		}
	}
	return false
}

func join(ss ...string) string { return strings.Join(ss, ", ") }
