package main

import "fmt"

// Instruction selection: how each operation of the intermediate language becomes one or a few
// instructions. Operands are in the assembler's order, destination last.

func (a *allocator) instr(v val, in instr) {
	switch in.op {
	case opConst, opParam, opCarry:
	case opLoad:
		a.load(v, in)
	case opStore:
		a.store(in)
	case opSetCarry:
		a.asm.line("VMOVUP%s %s, %s", a.size(), a.src(in.a), a.asm.carried(in.imm))
	case opStop:
		a.stop(in)
	case opActive:
		a.active(v, in)
	case opFMA, opFNMA, opFMS:
		a.fused(v, in)
	case opCmp:
		a.compare(v, in)
	case opMaskOr:
		a.maskOr(v, in)
	case opSelect:
		a.choose(v, in)
	case opLanes:
		a.asm.line("VMOVUP%s %s, %s", a.size(), a.asm.list(a.b.lists[in.imm]), a.dst(v))
	case opSwap:
		a.swap(v, in)
	case opResult:
		a.asm.line("VMOVS%s X%d, ret+%d(FP)", a.size()[:1], a.at[in.a], a.asm.resultOffset())
	default:
		a.plain(v, in)
	}
}

// plain is for the operations of the table encodings.
func (a *allocator) plain(v val, in instr) {
	name, imm := mnemonic(in.op, a.b.bits)
	switch encodings[in.op].shape {
	case unaryOp:
		x, dot := a.any(in.a)
		a.asm.line("%s%s %s%s", name, dot, imm, join(x, a.dst(v)))
	case shiftOp:
		x := a.src(in.a)
		a.asm.line("%s $%d, %s", name, in.imm, join(x, a.dst(v)))
	case commutative:
		if a.inMem(in.a) && !a.inMem(in.b) {
			in.a, in.b = in.b, in.a
		}
		fallthrough
	default:
		x := a.src(in.a)
		y, dot := a.any(in.b)
		a.asm.line("%s%s %s", name, dot, join(y, x, a.dst(v)))
	}
}

// fused picks the form of the fused multiplication that overwrites an operand no longer needed:
// 231 the addend, 213 and 132 a factor.
func (a *allocator) fused(v val, in instr) {
	stem := map[opcode]string{opFMA: "VFMADD", opFNMA: "VFNMADD", opFMS: "VFMSUB"}[in.op]
	put := func(form, dot, m, r, d string) {
		a.asm.line("%s%s%s%s %s", stem, form, suffix(a.b.bits), dot, join(m, r, d))
	}
	x, y, z := in.a, in.b, in.c
	if a.inMem(x) || (!a.inMem(y) && a.dies(y) && !a.dies(x)) {
		x, y = y, x // x is the factor in a register, dying if one is
	}
	switch {
	case !a.inMem(z) && a.dies(z):
		r := a.src(x)
		m, dot := a.any(y)
		put("231", dot, m, r, a.inPlace(v, z))
	case !a.inMem(x) && a.dies(x) && a.inMem(z):
		r := a.src(y)
		m, dot := a.any(z)
		put("213", dot, m, r, a.inPlace(v, x))
	case !a.inMem(x) && a.dies(x):
		r := a.src(z)
		m, dot := a.any(y)
		put("132", dot, m, r, a.inPlace(v, x))
	case a.inMem(z):
		r := a.src(x)
		m, dot := a.any(y)
		mem, bcast := a.mem(z)
		d := a.take(v)
		a.move(mem, bcast, d)
		put("231", dot, m, r, a.reg(d))
	default:
		r, c := a.src(x), a.src(z)
		m, bcast := "", false
		if a.inMem(y) {
			m, bcast = a.mem(y)
		} else {
			m = a.src(y)
		}
		d := a.take(v)
		a.move(m, bcast, d)
		put("213", "", c, r, a.reg(d))
	}
}

func (a *allocator) compare(v val, in instr) {
	x := a.src(in.a)
	y, dot := a.any(in.b)
	d := ""
	if a.m.wide {
		d = a.mreg(v)
	} else {
		d = a.dst(v)
	}
	a.asm.line("VCMP%s%s $%d, %s", suffix(a.b.bits), dot, in.imm, join(y, x, d))
}

func (a *allocator) maskOr(v val, in instr) {
	if a.m.wide {
		x, y := a.k(in.a), a.k(in.b)
		a.asm.line("KORW %s", join(x, y, a.mreg(v)))
		return
	}
	x, y := a.src(in.a), a.src(in.b)
	a.asm.line("VOR%s %s", suffix(a.b.bits), join(x, y, a.dst(v)))
}

func (a *allocator) choose(v val, in instr) {
	no := a.src(in.c)
	if a.m.wide {
		yes, dot := a.any(in.b)
		m := a.k(in.a)
		a.asm.line("VBLENDM%s%s %s", suffix(a.b.bits), dot, join(yes, no, m, a.dst(v)))
		return
	}
	m := a.src(in.a)
	yes, _ := a.any(in.b)
	a.asm.line("VBLENDV%s %s", suffix(a.b.bits), join(m, yes, no, a.dst(v)))
}

func (a *allocator) swap(v val, in instr) {
	x := a.src(in.a)
	d := a.dst(v)
	switch {
	case in.imm == 32:
		a.asm.line("VPERMILPS $0xB1, %s, %s", x, d)
	case in.imm == 64:
		a.asm.line("VPERMILPD $0x55, %s, %s", x, d)
	case in.imm == 128 && !a.m.wide:
		a.asm.line("VPERM2F128 $1, %s, %s, %s", x, x, d)
	case in.imm == 128:
		a.asm.line("VSHUFF64X2 $0xB1, %s, %s, %s", x, x, d)
	case in.imm == 256 && a.m.wide:
		a.asm.line("VSHUFF64X2 $0x4E, %s, %s, %s", x, x, d)
	default:
		panic(fmt.Sprintf("no exchange of %d bits", in.imm))
	}
}

// load reads a vector; elements of 32 bits are widened for lanes of 64.
func (a *allocator) load(v val, in instr) {
	mem := a.asm.address(int(in.imm), in.vec)
	if a.mask {
		a.asm.tailMask(in.vec)
	}
	r := a.take(v)
	d := a.reg(r)
	widen := a.asm.elem < a.b.bits
	switch {
	case widen && !a.mask:
		a.asm.line("VCVTPS2PD %s, %s", mem, d)
	case widen && a.m.wide:
		a.asm.line("VCVTPS2PD.Z %s, K1, %s", mem, d)
	case widen:
		a.asm.line("VMASKMOVPS %s, X15, X%d", mem, r)
		a.asm.line("VCVTPS2PD X%d, %s", r, d)
	case !a.mask:
		a.asm.line("VMOVUP%s %s, %s", a.size(), mem, d)
	case a.m.wide:
		a.asm.line("VMOVUP%s.Z %s, K1, %s", a.size(), mem, d)
	default:
		a.asm.line("VMASKMOVP%s %s, Y15, %s", a.size(), mem, d)
	}
}

func (a *allocator) store(in instr) {
	mem := a.asm.address(int(in.imm), in.vec)
	x, prefix, size := a.src(in.a), a.m.prefix, a.size()
	if a.mask {
		a.asm.tailMask(in.vec)
	}
	if a.asm.elem < a.b.bits { // narrowed in a register of its own
		r := a.take(none)
		a.holder[r] = none
		prefix, size = a.m.half(), "S"
		narrow := "VCVTPD2PS"
		if !a.m.wide {
			narrow = "VCVTPD2PSY"
		}
		y := fmt.Sprintf("%s%d", prefix, r)
		a.asm.line("%s %s, %s", narrow, x, y)
		x = y
	}
	switch {
	case !a.mask:
		a.asm.line("VMOVUP%s %s, %s", size, x, mem)
	case a.m.wide:
		a.asm.line("VMOVUP%s %s, K1, %s", size, x, mem)
	default:
		a.asm.line("VMASKMOVP%s %s, %s15, %s", size, x, prefix, mem)
	}
}

// laneMask is the tail's mask as wide as the lanes, in a register of its own. AVX2 only.
func (a *allocator) laneMask() string {
	if a.asm.elem == a.b.bits {
		return "Y15"
	}
	r := a.take(none)
	a.holder[r] = none
	a.asm.line("VPMOVSXDQ X15, Y%d", r)
	return a.reg(r)
}

// active replaces the lanes beyond the operand; in.vec tells which vector.
func (a *allocator) active(v val, in instr) {
	x, y := a.src(in.a), a.src(in.b)
	switch {
	case !a.mask:
		a.asm.line("VMOVUP%s %s, %s", a.size(), x, a.dst(v))
	case a.m.wide:
		a.asm.tailMask(in.vec)
		a.asm.line("VBLENDM%s %s, K1, %s", suffix(a.b.bits), join(x, y), a.dst(v))
	default:
		a.asm.tailMask(in.vec)
		m := a.laneMask()
		a.asm.line("VBLENDV%s %s", suffix(a.b.bits), join(m, x, y, a.dst(v)))
	}
}

// stop leaves the loop if the mask holds in a lane of the operand.
func (a *allocator) stop(in instr) {
	if a.m.wide {
		k := a.k(in.a)
		if a.mask {
			a.asm.line("KTESTW K1, %s", k)
		} else {
			a.asm.line("KORTESTW %s, %s", k, k)
		}
		a.asm.line("JNE done")
		return
	}
	x := a.src(in.a)
	if a.mask {
		m := a.laneMask()
		a.asm.line("VTESTP%s %s, %s", a.size(), m, x)
	} else {
		a.asm.line("VTESTP%s %s, %s", a.size(), x, x)
	}
	a.asm.line("JNE done")
}
