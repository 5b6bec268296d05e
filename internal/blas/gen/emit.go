package main

import (
	"fmt"
	"io"
	"strings"
)

// elem is an element type.
type elem struct {
	tag, goType string
	size        int
	p, s        string // suffixes of packed and single instructions
	shift       int    // log2(size)
}

var elems = []*elem{
	{"F64", "float64", 8, "PD", "SD", 3},
	{"F32", "float32", 4, "PS", "SS", 2},
}

// isa is an instruction set: its registers and the height of the product's tile
// that fills them.
type isa struct {
	tag, file string
	reg       string // register prefix
	bytes     int    // of a register
	rows      int    // of the product's tile
}

var isas = []*isa{
	{"AVX512", "avx512", "Z", 64, 12},
	{"AVX2", "avx2", "Y", 32, 6},
}

// wide tells whether masks are in mask registers.
func (i *isa) wide() bool          { return i.bytes == 64 }
func (i *isa) lanes(el *elem) int  { return i.bytes / el.size }
func (i *isa) vector(n int) string { return fmt.Sprint(i.reg, n) }
func (i *isa) registers() int      { return i.bytes / 2 } // 32 or 16

// emitter writes one kernel.
type emitter struct {
	strings.Builder
	*isa
	*elem
	*kernel
	labels int
}

// op writes one instruction.
func (e *emitter) op(format string, args ...any) {
	fmt.Fprintf(e, "\t"+format+"\n", args...)
}

// packed and single write an instruction of the element type.
func (e *emitter) packed(name, format string, args ...any) {
	e.op(name+e.p+" "+format, args...)
}

func (e *emitter) single(name, format string, args ...any) {
	e.op(name+e.elem.s+" "+format, args...)
}

func (e *emitter) label(name string) { fmt.Fprintf(e, "%s:\n", name) }

// fresh returns a label that no other code uses.
func (e *emitter) fresh(name string) string {
	e.labels++
	return fmt.Sprintf("%s_%d", name, e.labels)
}

// align puts the head of a loop on a boundary of a fetch block.
func (e *emitter) align() { e.op("PCALIGN $32") }

// begin writes the TEXT directive; the frame holds the arguments only.
func (e *emitter) begin() {
	_, size := e.offsets()
	fmt.Fprintf(e, "\n// %s\nTEXT ·%s(SB), NOSPLIT, $0-%d\n", e.declarationLine(), e.symbol(e.isa, e.elem), size)
}

func (e *emitter) declarationLine() string {
	lines := strings.Split(strings.TrimSpace(e.declaration(e.isa, e.elem)), "\n")
	return lines[len(lines)-1]
}

// end leaves the upper halves clean, without which later scalar code is slow.
func (e *emitter) end() {
	e.op("VZEROUPPER")
	e.op("RET")
}

// offsets returns where the arguments stand, and the size of all.
func (e *emitter) offsets() (at map[string]int, size int) {
	at = map[string]int{}
	for _, p := range e.params {
		width := 8
		switch p.kind {
		case scalar:
			width = e.size
		case flagBit:
			width = 1
		case offset:
			continue
		}
		size = (size + width - 1) / width * width
		at[p.name] = size
		size += width
	}
	size = (size + 7) / 8 * 8
	if e.result {
		at["ret"] = size
		size += 8
	}
	return at, size
}

// arg is the memory operand of a parameter.
func (e *emitter) arg(name string) string {
	at, _ := e.offsets()
	return fmt.Sprintf("%s+%d(FP)", name, at[name])
}

// load loads a pointer or count; loadStep one that counts elements, as bytes.
func (e *emitter) load(name, reg string) { e.op("MOVQ %s, %s", e.arg(name), reg) }

func (e *emitter) loadStep(name, reg string) {
	e.load(name, reg)
	e.op("SHLQ $%d, %s", e.shift, reg)
}

// broadcast fills a vector with the element at a memory operand.
func (e *emitter) broadcast(mem string, v int) { e.single("VBROADCAST", "%s, %s", mem, e.vector(v)) }

// zero clears a vector.
func (e *emitter) zero(v int) {
	if e.wide() {
		e.op("VPXORQ %[1]s, %[1]s, %[1]s", e.vector(v))
	} else {
		e.op("VXORPS %[1]s, %[1]s, %[1]s", e.vector(v))
	}
}

// loadVector loads a vector, masked where masked says so: the mask is K1 or, in
// AVX2, the last register.
func (e *emitter) loadVector(mem string, v int, masked bool) {
	switch {
	case !masked:
		e.packed("VMOVU", "%s, %s", mem, e.vector(v))
	case e.wide():
		e.op("VMOVU%s.Z %s, K1, %s", e.p, mem, e.vector(v))
	default:
		e.packed("VMASKMOV", "%s, %s, %s", mem, e.vector(e.maskRegister()), e.vector(v))
	}
}

// storeVector stores as loadVector loads.
func (e *emitter) storeVector(v int, mem string, masked bool) {
	switch {
	case !masked:
		e.packed("VMOVU", "%s, %s", e.vector(v), mem)
	case e.wide():
		e.packed("VMOVU", "%s, K1, %s", e.vector(v), mem)
	default:
		e.packed("VMASKMOV", "%s, %s, %s", e.vector(v), e.vector(e.maskRegister()), mem)
	}
}

func (e *emitter) maskRegister() int { return e.registers() - 1 }

// fmaMemory adds the product of a vector and a memory operand to acc (subtracts it
// with name VFNMADD231); scratch is a vector for a masked operand in AVX2.
func (e *emitter) fmaMemory(name, mem string, factor, acc int, masked bool, scratch int) {
	switch {
	case !masked:
		e.packed(name, "%s, %s, %s", mem, e.vector(factor), e.vector(acc))
	case e.wide():
		e.packed(name, "%s, %s, K1, %s", mem, e.vector(factor), e.vector(acc))
	default:
		e.loadVector(mem, scratch, true)
		e.packed(name, "%s, %s, %s", e.vector(scratch), e.vector(factor), e.vector(acc))
	}
}

// mask makes the mask of the first lanes, their number (at least 1, at most all)
// in CX; scratch is an integer register.
func (e *emitter) mask(scratch string) {
	if e.wide() {
		e.op("MOVQ $1, %s", scratch)
		e.op("SHLQ CX, %s", scratch)
		e.op("DECQ %s", scratch)
		e.op("KMOVW %s, K1", scratch)
		return
	}
	e.op("LEAQ maskOf%s<>(SB), %s", e.elem.tag, scratch)
	e.op("NEGQ CX")
	e.op("VMOVDQU %d(%s)(CX*%d), %s", e.bytes, scratch, e.size, e.vector(e.maskRegister()))
	e.op("NEGQ CX")
}

// maskTable writes a register of ones followed by one of zeros.
func maskTable(w io.Writer, el *elem) {
	fmt.Fprintln(w)
	for at := range 8 {
		value := "$0"
		if at < 4 {
			value = "$-1"
		}
		fmt.Fprintf(w, "DATA maskOf%s<>+%d(SB)/8, %s\n", el.tag, 8*at, value)
	}
	fmt.Fprintf(w, "GLOBL maskOf%s<>(SB), RODATA|NOPTR, $64\n", el.tag)
}

// one writes the constant 1.
func one(w io.Writer, i *isa, el *elem) {
	bits := "0x3ff0000000000000"
	if el.size == 4 {
		bits = "0x3f800000"
	}
	fmt.Fprintf(w, "\nDATA one%s%s<>+0(SB)/%d, $%s\n", el.tag, i.tag, el.size, bits)
	fmt.Fprintf(w, "GLOBL one%s%s<>(SB), RODATA|NOPTR, $%d\n", el.tag, i.tag, el.size)
}

func (e *emitter) one() string { return fmt.Sprintf("one%s%s<>(SB)", e.elem.tag, e.isa.tag) }
