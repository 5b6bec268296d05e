package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// assembler writes one routine: prologue, loops around the body, epilogue.
type assembler struct {
	m    machine
	k    kernel
	file *asmFile
	elem int // bits of an element in memory
	bits int // of a lane

	out   *strings.Builder
	pins  map[string]int // registers of constants, parameters and carried values
	kept  map[string]int // stack offsets of parameters and carried values without register
	slots int            // stack slots in use
	copy  int            // which copy of an unrolled body
}

// asmFile is one file of routines with the constants that they share.
type asmFile struct {
	text   strings.Builder
	consts map[string]string // DATA and GLOBL by symbol
}

func newAsmFile() *asmFile { return &asmFile{consts: map[string]string{}} }

func (f *asmFile) String() string {
	var b strings.Builder
	b.WriteString(header + "//go:build amd64 && !purego\n\n#include \"textflag.h\"\n\n")
	for _, name := range slices.Sorted(maps.Keys(f.consts)) {
		b.WriteString(f.consts[name])
	}
	return b.String() + f.text.String()
}

// data defines a read-only symbol of 64-bit words.
func (f *asmFile) data(name string, words []uint64) string {
	if f.consts[name] == "" {
		var b strings.Builder
		for i, w := range words {
			fmt.Fprintf(&b, "DATA %s<>+%d(SB)/8, $%#016x\n", name, 8*i, w)
		}
		fmt.Fprintf(&b, "GLOBL %s<>(SB), NOPTR|RODATA, $%d\n\n", name, 8*len(words))
		f.consts[name] = b.String()
	}
	return name + "<>(SB)"
}

func (s *assembler) line(format string, args ...any) {
	fmt.Fprintf(s.out, "\t"+format+"\n", args...)
}

func (s *assembler) label(name string) { fmt.Fprintf(s.out, "%s:\n", name) }

// constant is the symbol of a constant, repeated to the width of AVX2.
func (s *assembler) constant(bits uint64, lane int) string {
	if lane == 32 {
		w := bits<<32 | bits
		return s.file.data(fmt.Sprintf("single_%08x", bits), []uint64{w, w, w, w})
	}
	return s.file.data(fmt.Sprintf("double_%016x", bits), []uint64{bits, bits, bits, bits})
}

// list is the symbol of a vector of different words.
func (s *assembler) list(words []uint64) string {
	name := "list"
	for _, w := range words {
		name += fmt.Sprintf("_%x", w)
	}
	return s.file.data(name, words)
}

// tailTable has as many ones as a step has elements at most, then as many zeros.
func (s *assembler) tailTable() string {
	words := make([]uint64, 64*s.elem/64)
	for i := range len(words) / 2 {
		words[i] = 1<<64 - 1
	}
	return s.file.data(fmt.Sprintf("tail_%d", s.elem), words)
}

// frame is the stack offset of the n-th slot of a body, above those of the whole routine.
func (s *assembler) frame(n int) int { return (s.slots + n) * s.m.bytes }

// lanes is the number of elements of a vector.
func (s *assembler) lanes() int { return s.m.bytes * 8 / s.bits }

var pointers = []string{"DI", "SI", "R8", "R9"}

// pointer is the register with the address of a slice parameter.
func (s *assembler) pointer(arg int) string {
	n := 0
	for _, p := range s.k.sig.params[:arg] {
		if p.slice() {
			n++
		}
	}
	return pointers[n]
}

func (s *assembler) address(arg, vec int) string {
	disp := (s.copy*s.k.shape.vecs + vec) * s.lanes() * s.elem / 8
	at := fmt.Sprintf("(%s)(AX*%d)", s.pointer(arg), s.elem/8)
	if disp == 0 {
		return at
	}
	return fmt.Sprint(disp, at)
}

// carried is where carried value n is.
func (s *assembler) carried(n int64) string {
	key := fmt.Sprintf("carry %d", n)
	if r, ok := s.pins[key]; ok {
		return fmt.Sprintf("%s%d", s.m.prefix, r)
	}
	return fmt.Sprintf("%d(SP)", s.kept[key])
}

// prepareTail turns CX, the number of elements left, into masks.
func (s *assembler) prepareTail() {
	if s.m.wide {
		s.line("MOVQ $-1, DX")
		s.line("SHLQ CX, DX")
		s.line("NOTQ DX")
		if s.k.shape.vecs == 1 {
			s.line("KMOVW DX, K1")
		}
		return
	}
	half := 32 * s.elem / 8
	s.line("LEAQ %s, DX", strings.Replace(s.tailTable(), "(SB)", fmt.Sprintf("+%d(SB)", half), 1))
	s.line("MOVQ CX, BX")
	s.line("SHLQ $%d, BX", map[int]int{64: 3, 32: 2}[s.elem])
	s.line("SUBQ BX, DX")
	if s.k.shape.vecs == 1 {
		s.avx2Mask(0)
	}
}

func (s *assembler) avx2Mask(vec int) {
	r := "Y15"
	if s.elem < s.bits {
		r = "X15"
	}
	s.line("VMOVUPS %d(DX), %s", vec*s.lanes()*s.elem/8, r)
}

// tailMask brings the mask of a vector into K1 or Y15, where a step has several.
func (s *assembler) tailMask(vec int) {
	switch {
	case s.k.shape.vecs == 1:
	case s.m.wide:
		s.line("MOVQ DX, BX")
		s.line("SHRQ $%d, BX", vec*s.lanes())
		s.line("KMOVW BX, K1")
	default:
		s.avx2Mask(vec)
	}
}
