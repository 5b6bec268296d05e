//go:build !purego

package kernel

import "math"

// assembler writes instructions with the VEX prefix and, in AVX-512, with the EVEX
// prefix where one needs it (Intel 64 and IA-32 Architectures Software Developer's
// Manual, volume 2, sections 2.3 and 2.7). Those of arithmetic have a packed form
// and a form for one element.
type assembler struct {
	code    []byte // begins with the constants
	wide    bool   // AVX-512
	base    uintptr
	indexed bool // memory is from byte RSI on
}

// opcode is an instruction: its byte, the map it is in (1: 0F, 2: 0F 38, 3: 0F 3A),
// the prefix that it stands for (1: 66, 3: F2).
type opcode struct {
	code, in, prefix byte
	evex             bool // it has no form with VEX
}

var (
	vAdd  = form(0x58)
	vMul  = form(0x59)
	vSub  = form(0x5c)
	vMin  = form(0x5d)
	vDiv  = form(0x5e)
	vMax  = form(0x5f)
	vSqrt = form(0x51)
	vAnd  = bitwise(0x54)
	vOr   = bitwise(0x56)
	vXor  = bitwise(0x57)

	vLoad       = form(0x10)
	vStore      = form(0x11)
	vMove       = bitwise(0x28)
	vUnpackHigh = bitwise(0x15)
	vLoadHigh   = bitwise(0x16) // the second of two elements; the first is the middle operand's

	// Each compares by the predicate that follows, to a register and to a mask.
	vCompare     = form(0xc2)
	vCompareMask = masking(form(0xc2))

	vBroadcast = [2]opcode{{0x19, 2, 1, false}, {0x19, 2, 1, false}}
	vBlend     = opcode{0x4b, 3, 1, false} // the register of its mask follows
	vBlendMask = opcode{0x65, 2, 1, true}
	vUpper     = opcode{0x19, 3, 1, false} // from the first to the last operand, the two elements whose number follows
)

// form is an opcode by the kind of its operands: packed and for one element.
func form(code byte) [2]opcode { return [2]opcode{{code, 1, 1, false}, {code, 1, 3, false}} }

// bitwise is an opcode on bits, whatever they mean.
func bitwise(code byte) [2]opcode { return [2]opcode{{code, 1, 1, false}, {code, 1, 1, false}} }

func masking(f [2]opcode) [2]opcode {
	f[0].evex, f[1].evex = true, true
	return f
}

// Predicates of comparisons.
const (
	isEqual     = 0x00
	isUnordered = 0x03
	isNotEqual  = 0x04
	isLess      = 0x11
	isLessEqual = 0x12
)

// The constants that code needs, in as many copies as a register has elements.
const (
	constantOne = iota
	constantSign
	constantAllButSign
	constantZero
	numConstants
)

// constants are known by their addresses; code has its own, at its beginning.
var constants = [numConstants][8]float64{
	constantOne:        repeated(1),
	constantSign:       repeated(math.Copysign(0, -1)),
	constantAllButSign: repeated(math.Float64frombits(1<<63 - 1)),
}

const constantBytes = 64 * numConstants

func repeated(v float64) (all [8]float64) {
	for i := range all {
		all[i] = v
	}
	return all
}

// constant is where the constant at an address is in the code.
func constant(at uintptr) (offset int, ok bool) {
	first := address(&constants[0][0])
	return int(at - first), first <= at && at < first+constantBytes
}

// operand is a register, or what is at an address, which may be a number for all
// elements.
type operand struct {
	reg int // -1: memory
	at  uintptr
	all bool
}

func inRegister(r int) operand { return operand{reg: r} }

// masked is which elements an instruction is on: all, or those of mask register
// k; the others then become zero, or stay where the mask only chooses.
type masked struct {
	k    int
	zero bool
}

const noImmediate = -1

func (a *assembler) bytes(b ...byte) { a.code = append(a.code, b...) }

func (a *assembler) bits32(v int) { a.bytes(byte(v), byte(v>>8), byte(v>>16), byte(v>>24)) }

func (a *assembler) bits64(v uint64) {
	a.bits32(int(int32(v)))
	a.bits32(int(int32(v >> 32)))
}

// begin starts an assembly.
func (a *assembler) begin() {
	for i := range constants {
		for _, v := range constants[i] {
			a.bits64(math.Float64bits(v))
		}
	}
}

// width is 0 for registers of 128 bits, 1 for 256, 2 for 512.
func width(size int) int {
	switch {
	case size <= 2:
		return 0
	case size <= 4:
		return 1
	}
	return 2
}

func pick(f [2]opcode, size int) opcode {
	if size == 1 {
		return f[1]
	}
	return f[0]
}

// emit writes r = x op y on size elements. A byte may follow.
func (a *assembler) emit(f [2]opcode, size, r, x int, y operand, immediate int) {
	a.write(pick(f, size), size, r, x, y, masked{}, immediate)
}

// write writes an instruction.
func (a *assembler) write(op opcode, size, r, x int, y operand, m masked, immediate int) {
	off, mod, memory := 0, byte(0xc0)|byte(y.reg&7), y.reg < 0
	if memory {
		off, mod = a.reach(y)
	}
	y.all = y.all && op != vBroadcast[0]
	w := width(size)
	evex := op.evex || m.k > 0 || w == 2 || y.all || r >= 16 || x >= 16 || !memory && y.reg >= 16
	scale := 1 // of a short distance
	if evex {
		scale = 16 << w
		if y.all || size == 1 || op == vBroadcast[0] || op == vLoadHigh[0] {
			scale = 8
		}
		a.evex(op, w, r, x, y, m)
	} else {
		a.vex(op, w, r, x, y)
	}
	a.bytes(op.code)
	reg := byte(r&7) << 3
	switch {
	case !memory:
		a.bytes(mod | reg)
	case mod == ripRelative:
		after := len(a.code) + 5
		if immediate != noImmediate {
			after++
		}
		a.bytes(ripRelative | reg)
		a.bits32(off - after)
	default:
		short := off%scale == 0 && off/scale == int(int8(off/scale))
		switch {
		case off == 0:
		case short:
			mod |= 0x40
		default:
			mod |= 0x80
		}
		a.bytes(mod | reg)
		if mod&7 == 4 { // an index follows
			a.bytes(0x37) // (DI)(SI*1)
		}
		if off != 0 {
			if short {
				a.bytes(byte(off / scale))
			} else {
				a.bits32(off)
			}
		}
	}
	if immediate != noImmediate {
		a.bytes(byte(immediate))
	}
}

// Ways to address memory, as in the last three bits of a ModRM byte.
const (
	fromRAX     = 0
	withIndex   = 4 // from RDI
	ripRelative = 5
	fromRDI     = 7
)

// reach returns how to address an operand in memory: the distance from a register,
// which is loaded if need be.
func (a *assembler) reach(y operand) (off int, mod byte) {
	if at, ok := constant(y.at); ok {
		return at, ripRelative
	}
	off = int(y.at) - int(a.base)
	switch {
	case off != int(int32(off)):
		a.bytes(0x48, 0xb8) // MOVQ $at, AX
		a.bits64(uint64(y.at))
		return 0, fromRAX
	case a.indexed && !y.all:
		return off, withIndex
	}
	return off, fromRDI
}

// flag is v where b does not hold: prefixes have most of their bits inverted.
func flag(b bool, v byte) byte {
	if b {
		return 0
	}
	return v
}

func (a *assembler) vex(op opcode, w, r, x int, y operand) {
	high := y.reg >= 8
	last := byte(^x&15)<<3 | byte(w)<<2 | op.prefix
	if op.in == 1 && !high {
		a.bytes(0xc5, flag(r >= 8, 0x80)|last)
		return
	}
	a.bytes(0xc4, flag(r >= 8, 0x80)|0x40|flag(high, 0x20)|op.in, last)
}

func (a *assembler) evex(op opcode, w, r, x int, y operand, m masked) {
	rm := max(y.reg, 0)
	last := byte(w)<<5 | flag(x >= 16, 8) | byte(m.k)
	if m.zero {
		last |= 0x80
	}
	if y.all {
		last |= 0x10
	}
	a.bytes(0x62,
		flag(r&8 != 0, 0x80)|flag(rm&16 != 0, 0x40)|flag(rm&8 != 0, 0x20)|flag(r&16 != 0, 0x10)|op.in,
		0x80|byte(^x&15)<<3|4|op.prefix,
		last)
}

// baseAt puts an address in RDI, from which others are told.
func (a *assembler) baseAt(at uintptr) {
	a.base = at
	a.bytes(0x48, 0xbf) // MOVQ $at, DI
	a.bits64(uint64(at))
}

// broadcast puts a number in all elements of r.
func (a *assembler) broadcast(r int, y operand) {
	y.all = true
	a.write(vBroadcast[0], 4, r, 0, y, masked{}, noImmediate)
}

// load and store move size elements.
func (a *assembler) load(r int, at uintptr, size int) {
	m := masked{k: maskOf(size), zero: true}
	if _, ok := constant(at); ok || m.k == 0 {
		m = masked{}
	}
	a.write(pick(vLoad, size), size, r, 0, operand{reg: -1, at: at}, m, noImmediate)
}

func (a *assembler) store(r int, at uintptr, size int) {
	a.write(pick(vStore, size), size, r, 0, operand{reg: -1, at: at}, masked{k: maskOf(size)}, noImmediate)
}

// A register that is full in part is masked, in AVX-512.
const choosing = 5 // the mask register for conditions

// maskOf is the mask register of the first size elements; 0: it needs none.
func maskOf(size int) int { return [9]int{3: 1, 5: 2, 6: 3, 7: 4}[size] }

// setMask sets the mask register for size elements.
func (a *assembler) setMask(size int) {
	a.bytes(0xb8) // MOVL $…, AX
	a.bits32(1<<size - 1)
	a.bytes(0xc5, 0xf8, 0x92, 0xc0|byte(maskOf(size))<<3) // KMOVW AX, K
}
