package main

import "math"

// The intermediate language: straight-line code over vectors in static single assignment, with no
// word about how wide a vector is. A body is the work on one vector (or on a few: see loop) of each
// operand; loops, tails, registers and encodings come later and know nothing of mathematics.

// A val is the result of the instruction of that number.
type val int

type opcode int

const (
	opConst    opcode = iota // imm: bits of one lane
	opParam                  // imm: parameter; a scalar in every lane
	opLoad                   // imm: parameter, vec: vector of the step
	opStore                  // a; imm: parameter, vec
	opCarry                  // imm: number of a value carried from step to step
	opSetCarry               // a; imm
	opStop                   // a: mask; leave the loop before this step if it holds in a lane
	opActive                 // a where the lane is within the operand, else b
	opResult                 // a; return its first lane
	opLanes                  // imm: list of words, one a lane, in builder.lists

	// Operations without effect, which are done once.
	opAdd
	opSub
	opMul
	opDiv
	opMax // b if either is NaN or both are zero
	opMin // likewise
	opSqrt
	opFMA      // a*b + c
	opFNMA     // c - a*b
	opFMS      // a*b - c
	opScale    // a * 2^floor(b); AVX-512 only
	opGetExp   // floor(log2 |a|); AVX-512 only
	opGetMant  // a = 2^k m with 3/4 <= m < 3/2; NaN for a < 0; AVX-512 only
	opAnd      // bits
	opOr       // bits
	opXor      // bits
	opAndNot   // bits: b and not a
	opIAdd     // integers
	opISub     // integers
	opShl      // integers; imm
	opShr      // integers, zeros come in; imm
	opRotl     // integers; imm; AVX-512 only
	opUnpackLo // even lanes of a and b in turn
	opUnpackHi // odd lanes of a and b in turn
	opSwap     // exchange neighbouring groups of imm bits

	// Masks.
	opCmp // imm: predicate
	opMaskOr
	opSelect // b where the mask a holds, else c
)

// Predicates of opCmp, as the processor numbers them. All but the last four are false for NaN.
const (
	eq    = 0x00
	unord = 0x03 // one is NaN
	lt    = 0x11
	le    = 0x12
	ge    = 0x1d
	gt    = 0x1e
	neq   = 0x04 // true for NaN, as the next are
	notLT = 0x05
	notLE = 0x06
	notGE = 0x09
	notGT = 0x0a
)

type instr struct {
	op      opcode
	a, b, c val // operands, -1 for none
	imm     int64
	vec     int
}

// operands returns the values that i reads.
func (i instr) operands() []val {
	var vs []val
	for _, v := range []val{i.a, i.b, i.c} {
		if v >= 0 {
			vs = append(vs, v)
		}
	}
	return vs
}

// builder collects a body. Its methods are the vocabulary of the mathematics.
type builder struct {
	code   []instr
	consts map[uint64]val
	known  map[instr]val // results at hand of operations without effect
	lists  [][]uint64
	bits   int  // of a lane: 64 or 32
	avx512 bool // whether the AVX-512 only instructions may be used
}

func newBuilder(bits int, avx512 bool) *builder {
	return &builder{consts: map[uint64]val{}, known: map[instr]val{}, bits: bits, avx512: avx512}
}

func (b *builder) emit(op opcode, imm int64, vs ...val) val {
	i := instr{op: op, a: -1, b: -1, c: -1, imm: imm}
	for n, v := range vs {
		*[]*val{&i.a, &i.b, &i.c}[n] = v
	}
	if v, ok := b.known[i]; ok {
		return v
	}
	b.code = append(b.code, i)
	if op >= opAdd {
		b.known[i] = val(len(b.code) - 1)
	}
	return val(len(b.code) - 1)
}

// word is the constant of the given bits.
func (b *builder) word(bits uint64) val {
	v, ok := b.consts[bits]
	if !ok {
		v = b.emit(opConst, int64(bits))
		b.consts[bits] = v
	}
	return v
}

// num is the constant x.
func (b *builder) num(x float64) val {
	if b.bits == 32 {
		return b.word(uint64(math.Float32bits(float32(x))))
	}
	return b.word(math.Float64bits(x))
}

// sign is the constant with the sign bit only.
func (b *builder) sign() val { return b.word(1 << (b.bits - 1)) }

func (b *builder) param(arg int) val          { return b.emit(opParam, int64(arg)) }
func (b *builder) carry(n int) val            { return b.emit(opCarry, int64(n)) }
func (b *builder) setCarry(n int, v val)      { b.emit(opSetCarry, int64(n), v) }
func (b *builder) stop(m val)                 { b.emit(opStop, 0, m) }
func (b *builder) add(x, y val) val           { return b.emit(opAdd, 0, x, y) }
func (b *builder) sub(x, y val) val           { return b.emit(opSub, 0, x, y) }
func (b *builder) mul(x, y val) val           { return b.emit(opMul, 0, x, y) }
func (b *builder) div(x, y val) val           { return b.emit(opDiv, 0, x, y) }
func (b *builder) max(x, y val) val           { return b.emit(opMax, 0, x, y) }
func (b *builder) min(x, y val) val           { return b.emit(opMin, 0, x, y) }
func (b *builder) sqrt(x val) val             { return b.emit(opSqrt, 0, x) }
func (b *builder) fma(x, y, z val) val        { return b.emit(opFMA, 0, x, y, z) }
func (b *builder) fnma(x, y, z val) val       { return b.emit(opFNMA, 0, x, y, z) }
func (b *builder) fms(x, y, z val) val        { return b.emit(opFMS, 0, x, y, z) }
func (b *builder) and(x, y val) val           { return b.emit(opAnd, 0, x, y) }
func (b *builder) or(x, y val) val            { return b.emit(opOr, 0, x, y) }
func (b *builder) xor(x, y val) val           { return b.emit(opXor, 0, x, y) }
func (b *builder) andNot(x, y val) val        { return b.emit(opAndNot, 0, x, y) }
func (b *builder) iadd(x, y val) val          { return b.emit(opIAdd, 0, x, y) }
func (b *builder) isub(x, y val) val          { return b.emit(opISub, 0, x, y) }
func (b *builder) shl(x val, n int) val       { return b.emit(opShl, int64(n), x) }
func (b *builder) shr(x val, n int) val       { return b.emit(opShr, int64(n), x) }
func (b *builder) swap(x val, n int) val      { return b.emit(opSwap, int64(n), x) }
func (b *builder) result(x val)               { b.emit(opResult, 0, x) }
func (b *builder) cmp(pred int, x, y val) val { return b.emit(opCmp, int64(pred), x, y) }
func (b *builder) sel(m, x, y val) val        { return b.emit(opSelect, 0, m, x, y) }
func (b *builder) maskOr(x, y val) val        { return b.emit(opMaskOr, 0, x, y) }

func (b *builder) load(arg int) val     { return b.loadVec(arg, 0) }
func (b *builder) store(arg int, v val) { b.storeVec(arg, 0, v) }

// loadVec and storeVec are for steps of several vectors.
func (b *builder) loadVec(arg, vec int) val {
	v := b.emit(opLoad, int64(arg))
	b.code[v].vec = vec
	return v
}

func (b *builder) storeVec(arg, vec int, x val) {
	v := b.emit(opStore, int64(arg), x)
	b.code[v].vec = vec
}

// activeVec is x in the lanes within the operand, other beyond.
func (b *builder) activeVec(x, other val, vec int) val {
	v := b.emit(opActive, 0, x, other)
	b.code[v].vec = vec
	return v
}

// lanes is the vector of the given words.
func (b *builder) lanes(words ...uint64) val {
	b.lists = append(b.lists, words)
	return b.emit(opLanes, int64(len(b.lists)-1))
}

// rotl rotates the bits of a lane to the left.
func (b *builder) rotl(x val, n int) val {
	if b.avx512 {
		return b.emit(opRotl, int64(n), x)
	}
	return b.or(b.shl(x, n), b.shr(x, b.bits-n))
}

// abs clears the sign, signOf keeps nothing else.
func (b *builder) abs(x val) val    { return b.andNot(b.sign(), x) }
func (b *builder) signOf(x val) val { return b.and(x, b.sign()) }
func (b *builder) neg(x val) val    { return b.xor(x, b.sign()) }

// horner evaluates the polynomial with the coefficients c[0] + c[1] x + … .
func (b *builder) horner(x val, c ...float64) val {
	p := b.num(c[len(c)-1])
	for i := len(c) - 2; i >= 0; i-- {
		p = b.fma(p, x, b.num(c[i]))
	}
	return p
}

// poly evaluates the same polynomial from its even and its odd terms: one operation more and half
// the time until the result is there.
func (b *builder) poly(x val, c ...float64) val {
	if len(c) < 5 {
		return b.horner(x, c...)
	}
	var even, odd []float64
	for i := range c {
		if i%2 == 0 {
			even = append(even, c[i])
		} else {
			odd = append(odd, c[i])
		}
	}
	xx := b.mul(x, x)
	return b.fma(b.horner(xx, odd...), x, b.horner(xx, even...))
}

// live returns the instructions that a store, a carried value or a stop needs, in order.
func (b *builder) live() []bool {
	need := make([]bool, len(b.code))
	for i := len(b.code) - 1; i >= 0; i-- {
		switch b.code[i].op {
		case opStore, opSetCarry, opStop, opResult:
			need[i] = true
		}
		if need[i] {
			for _, v := range b.code[i].operands() {
				need[v] = true
			}
		}
	}
	return need
}
