//go:build !purego

package kernel

import "math"

// Instructions with the VEX prefix (Intel 64 and IA-32 Architectures Software
// Developer's Manual, volume 2, section 2.3). Those of arithmetic have a packed
// form for 4 and 2 elements and a form for 1.

// opcode is an instruction: its byte, the map it is in, the prefix that it stands
// for, and whether it is on 256 bits.
type opcode struct {
	code   byte
	in     byte // 1: 0F, 2: 0F 38, 3: 0F 3A
	prefix byte // 1: 66, 3: F2
	wide   byte
}

// form is an opcode whose prefix and width depend on the number of elements.
type form struct{ code, in byte }

func (f form) of(size int) opcode {
	switch {
	case f.in == 3 || f.code >= 0x54 && f.code <= 0x57: // of bits, whatever they mean
		return opcode{f.code, f.in, 1, 1}
	case size == 1:
		return opcode{f.code, f.in, 3, 0}
	case size == 2:
		return opcode{f.code, f.in, 1, 0}
	}
	return opcode{f.code, f.in, 1, 1}
}

var (
	vAdd     = form{0x58, 1}
	vMul     = form{0x59, 1}
	vSub     = form{0x5c, 1}
	vDiv     = form{0x5e, 1}
	vSqrt    = form{0x51, 1}
	vAnd     = form{0x54, 1}
	vXor     = form{0x57, 1}
	vCompare = form{0xc2, 1} // its predicate follows
	vBlend   = form{0x4b, 3} // the register of its mask follows

	vBroadcast  = opcode{0x19, 2, 1, 1}
	vUpper      = opcode{0x19, 3, 1, 1} // from the first to the last operand; 1 follows
	vUnpackHigh = opcode{0x15, 1, 1, 0}
	vLoadHigh   = opcode{0x16, 1, 1, 0} // the second of two elements; the first is the middle operand's

	// by the number of elements
	vLoad  = [5]opcode{1: {0x10, 1, 3, 0}, 2: {0x10, 1, 1, 0}, 4: {0x10, 1, 1, 1}}
	vStore = [5]opcode{1: {0x11, 1, 3, 0}, 2: {0x11, 1, 1, 0}, 4: {0x11, 1, 1, 1}}
)

var negativeZero = math.Copysign(0, -1)

var allButSign = math.Float64frombits(1<<63 - 1)

func (w *writer) bytes(b ...byte) { w.code = append(w.code, b...) }

func (w *writer) bits64(v uint64) {
	for range 8 {
		w.code = append(w.code, byte(v))
		v >>= 8
	}
}

// vex writes the prefix and the opcode of an instruction on registers reg and x,
// and a third operand that is register rm, or memory (rm = 0).
func (w *writer) vex(op opcode, reg, x, rm int) {
	w.bytes(0xc4,
		byte(^reg>>3&1)<<7|1<<6|byte(^rm>>3&1)<<5|op.in,
		byte(^x&15)<<3|op.wide<<2|op.prefix,
		op.code)
}

// register writes r = x op y.
func (w *writer) register(op opcode, r, x, y int) {
	w.vex(op, r, x, y)
	w.bytes(0xc0 | byte(r&7)<<3 | byte(y&7))
}

// memory writes r = x op what is at an address, or a store of r.
func (w *writer) memory(op opcode, r, x int, at uintptr) {
	off := int64(at) - int64(w.base)
	if w.looping {
		w.vex(op, r, x, 0)
		w.bytes(0x84|byte(r&7)<<3, 0x37, byte(off), byte(off>>8), byte(off>>16), byte(off>>24)) // off(DI)(SI*1)
		return
	}
	if off != int64(int32(off)) {
		w.bytes(0x48, 0xb8) // MOVQ $at, AX
		w.bits64(uint64(at))
		w.vex(op, r, x, 0)
		w.bytes(byte(r&7) << 3) // (AX)
		return
	}
	w.vex(op, r, x, 0)
	if off == int64(int8(off)) {
		w.bytes(0x47|byte(r&7)<<3, byte(off)) // off(DI)
		return
	}
	w.bytes(0x87|byte(r&7)<<3, byte(off), byte(off>>8), byte(off>>16), byte(off>>24))
}
