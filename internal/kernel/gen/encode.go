package main

import "fmt"

// A machine says how a vector instruction set spells things.
type machine struct {
	name   string // suffix of routines
	prefix string // of vector registers
	bytes  int    // in a vector
	regs   int    // vector registers at the allocator's disposal
	wide   bool   // AVX-512: mask registers, broadcast operands
}

var (
	avx2   = machine{"AVX2", "Y", 32, 15, false} // Y15 is the tail's mask
	avx512 = machine{"AVX512", "Z", 64, 32, true}
)

// half is the prefix of registers half as wide.
func (m machine) half() string {
	if m.wide {
		return "Y"
	}
	return "X"
}

// shape of an instruction's operands in the allocator's eyes.
type shape int

const (
	binaryOp    shape = iota // dst = a op b, b may be in memory
	commutative              // a may be in memory too
	unaryOp                  // a may be in memory
	shiftOp                  // imm, a
)

type encoding struct {
	shape shape
	name  [2]string // for lanes of 64 and 32 bits
	imm   string
}

var encodings = map[opcode]encoding{
	opAdd:      {shape: commutative, name: [2]string{"VADDPD", "VADDPS"}},
	opSub:      {name: [2]string{"VSUBPD", "VSUBPS"}},
	opMul:      {shape: commutative, name: [2]string{"VMULPD", "VMULPS"}},
	opDiv:      {name: [2]string{"VDIVPD", "VDIVPS"}},
	opMax:      {name: [2]string{"VMAXPD", "VMAXPS"}},
	opMin:      {name: [2]string{"VMINPD", "VMINPS"}},
	opSqrt:     {shape: unaryOp, name: [2]string{"VSQRTPD", "VSQRTPS"}},
	opScale:    {name: [2]string{"VSCALEFPD", "VSCALEFPS"}},
	opGetExp:   {shape: unaryOp, name: [2]string{"VGETEXPPD", "VGETEXPPS"}},
	opGetMant:  {shape: unaryOp, name: [2]string{"VGETMANTPD", "VGETMANTPS"}, imm: "$15, "},
	opAnd:      {shape: commutative, name: [2]string{"VANDPD", "VANDPS"}},
	opOr:       {shape: commutative, name: [2]string{"VORPD", "VORPS"}},
	opXor:      {shape: commutative, name: [2]string{"VXORPD", "VXORPS"}},
	opAndNot:   {name: [2]string{"VANDNPD", "VANDNPS"}},
	opIAdd:     {shape: commutative, name: [2]string{"VPADDQ", "VPADDD"}},
	opISub:     {name: [2]string{"VPSUBQ", "VPSUBD"}},
	opShl:      {shape: shiftOp, name: [2]string{"VPSLLQ", "VPSLLD"}},
	opShr:      {shape: shiftOp, name: [2]string{"VPSRLQ", "VPSRLD"}},
	opRotl:     {shape: shiftOp, name: [2]string{"VPROLQ", "VPROLD"}},
	opUnpackLo: {name: [2]string{"VPUNPCKLQDQ", ""}},
	opUnpackHi: {name: [2]string{"VPUNPCKHQDQ", ""}},
}

// mnemonic spells an instruction of encodings for lanes of the given bits.
func mnemonic(op opcode, bits int) (name, imm string) {
	e, i := encodings[op], (64-bits)/32
	if e.name[i] == "" {
		panic(fmt.Sprintf("no instruction for operation %d on %d bits", op, bits))
	}
	return e.name[i], e.imm
}

// suffix is PD or PS.
func suffix(bits int) string {
	if bits == 64 {
		return "PD"
	}
	return "PS"
}
