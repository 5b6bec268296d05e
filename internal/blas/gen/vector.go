package main

import "fmt"

// dots writes y[i] += alpha·(row i of A)·x: four rows at a time, each summed in
// two vectors, then one at a time in the same order, so that a row's bits don't
// depend on its neighbours.
//
//	SI A's rows   R8 R9 one and three rows   R10 x   DI y   R13 rows left
//	AX A now   BX x now   CX columns left   R11 columns of the masked vector
func dots(e *emitter) {
	e.load("a", "SI")
	e.loadStep("lda", "R8")
	e.op("LEAQ (R8)(R8*2), R9")
	e.load("x", "R10")
	e.load("y", "DI")
	e.load("m", "R13")
	e.load("n", "CX")
	e.op("ANDQ $%d, CX", e.lanes(e.elem)-1)
	e.op("MOVQ CX, R11")
	e.mask("DX")
	for _, h := range []int{4, 1} {
		rows, next := fmt.Sprintf("rows%d", h), fmt.Sprintf("after%d", h)
		e.label(rows)
		e.op("CMPQ R13, $%d", h)
		e.op("JLT %s", next)
		e.dotRows(h)
		e.op("SUBQ $%d, R13", h)
		e.op("LEAQ (SI)(R8*%d), SI", h)
		e.op("ADDQ $%d, DI", h*e.size)
		e.op("JMP %s", rows)
		e.label(next)
	}
	e.end()
}

// rowAt is the memory operand at a displacement in row i of four from AX.
func rowAt(i, displacement int) string {
	return fmt.Sprintf("%d(AX)%s", displacement, []string{"", "(R8*1)", "(R8*2)", "(R9*1)"}[i])
}

func (e *emitter) dotRows(h int) {
	const unroll = 2
	lanes := e.lanes(e.elem)
	acc := func(i, u int) int { return i*unroll + u }
	x, scratch := h*unroll, h*unroll+unroll
	e.op("MOVQ SI, AX")
	e.op("MOVQ R10, BX")
	e.load("n", "CX")
	for i := range h * unroll {
		e.zero(i)
	}
	loop, single, tail, sum := e.fresh("loop"), e.fresh("single"), e.fresh("tail"), e.fresh("sum")
	step := func(vectors int, masked bool) {
		for u := range vectors {
			e.loadVector(fmt.Sprintf("%d(BX)", u*e.bytes), x+u, masked)
		}
		for i := range h {
			for u := range vectors {
				e.fmaMemory("VFMADD231", rowAt(i, u*e.bytes), x+u, acc(i, u), masked, scratch)
			}
		}
		if !masked {
			e.op("ADDQ $%d, AX", vectors*e.bytes)
			e.op("ADDQ $%d, BX", vectors*e.bytes)
			e.op("SUBQ $%d, CX", vectors*lanes)
		}
	}
	e.op("SUBQ $%d, CX", unroll*lanes)
	e.op("JLT %s", single)
	e.align()
	e.label(loop)
	step(unroll, false)
	e.op("JGE %s", loop)
	e.label(single)
	e.op("ADDQ $%d, CX", (unroll-1)*lanes)
	e.op("JLT %s", tail)
	step(1, false)
	e.label(tail)
	e.op("TESTQ R11, R11")
	e.op("JZ %s", sum)
	step(1, true)
	e.label(sum)
	for i := range h {
		e.packed("VADD", "%s, %s, %s", e.vector(acc(i, 1)), e.vector(acc(i, 0)), e.vector(acc(i, 0)))
		if e.wide() {
			e.op("VEXTRACTF64X4 $1, Z%d, Y%d", acc(i, 0), acc(i, 1))
			e.packed("VADD", "Y%d, Y%d, Y%d", acc(i, 1), acc(i, 0), acc(i, 0))
		}
	}
	if h == 1 {
		e.sumOne(acc(0, 0), acc(0, 1))
	} else {
		e.sumFour(acc(0, 0), acc(1, 0), acc(2, 0), acc(3, 0), acc(0, 1))
	}
}

// sumOne adds alpha times the sum of the lanes of Y register v to an element of
// y: neighbours, then neighbouring pairs, then halves.
func (e *emitter) sumOne(v, scratch int) {
	for n := 4; n < 32/e.size*2; n *= 2 {
		e.packed("VHADD", "Y%[1]d, Y%[1]d, Y%[1]d", v)
	}
	e.op("VEXTRACTF128 $1, Y%d, X%d", v, scratch)
	e.packed("VADD", "X%d, X%d, X%d", scratch, v, v)
	e.single("VMOV", "%s, X%d", e.arg("alpha"), scratch)
	e.single("VFMADD213", "(DI), X%d, X%d", scratch, v)
	e.single("VMOV", "X%d, (DI)", v)
}

// sumFour is sumOne for four registers and elements, added in the same order.
func (e *emitter) sumFour(a, b, c, d, scratch int) {
	e.packed("VHADD", "Y%d, Y%d, Y%d", b, a, a)
	e.packed("VHADD", "Y%d, Y%d, Y%d", d, c, c)
	reg := "Y"
	if e.size == 8 {
		e.op("VPERM2F128 $0x20, Y%d, Y%d, Y%d", c, a, scratch)
		e.op("VPERM2F128 $0x31, Y%d, Y%d, Y%d", c, a, b)
	} else {
		reg = "X"
		e.packed("VHADD", "Y%d, Y%d, Y%d", c, a, scratch)
		e.op("VEXTRACTF128 $1, Y%d, X%d", scratch, b)
	}
	e.packed("VADD", "%[1]s%d, %[1]s%[3]d, %[1]s%[2]d", reg, b, scratch)
	e.single("VBROADCAST", "%s, %s%d", e.arg("alpha"), reg, a)
	e.packed("VFMADD213", "(DI), %[1]s%d, %[1]s%[3]d", reg, a, b)
	e.packed("VMOVU", "%s%d, (DI)", reg, b)
}

// axpys writes y += alpha·x[i]·(row i of A). A short y stays in registers, in two
// parts for even and odd rows. A long one is passed over for every four rows, then
// for every one, and its elements take the rows in order.
//
//	SI A's rows   R8 R9 one and three rows   R10 x   DI y   R13 rows left
//	AX A now   BX y now   CX columns left   R11 columns of the masked vector
func axpys(e *emitter) {
	e.load("a", "SI")
	e.loadStep("lda", "R8")
	e.op("LEAQ (R8)(R8*2), R9")
	e.load("x", "R10")
	e.load("y", "DI")
	e.load("m", "R13")
	e.load("n", "CX")
	lanes := e.lanes(e.elem)
	for v := 1; v <= e.short(); v++ {
		e.op("CMPQ CX, $%d", v*lanes)
		e.op("JLE short%d", v)
	}
	e.op("ANDQ $%d, CX", lanes-1)
	e.op("MOVQ CX, R11")
	e.mask("DX")
	for _, h := range []int{4, 1} {
		rows, next := fmt.Sprintf("rows%d", h), fmt.Sprintf("after%d", h)
		e.label(rows)
		e.op("CMPQ R13, $%d", h)
		e.op("JLT %s", next)
		e.axpyRows(h)
		e.op("SUBQ $%d, R13", h)
		e.op("LEAQ (SI)(R8*%d), SI", h)
		e.op("ADDQ $%d, R10", h*e.size)
		e.op("JMP %s", rows)
		e.label(next)
	}
	e.end()
	for v := 1; v <= e.short(); v++ {
		e.label(fmt.Sprintf("short%d", v))
		e.axpyShort(v)
		e.end()
	}
}

// short is the number of vectors of y that fit twice in registers, with three
// more for factors and a masked load and the mask.
func (e *emitter) short() int { return min(4, (e.registers()-4)/2) }

// axpyShort sums all rows into a y of the given number of vectors.
func (e *emitter) axpyShort(vectors int) {
	alpha, factor := 2*vectors, 2*vectors+1
	scratch := factor + 1
	if vectors > 1 {
		e.op("SUBQ $%d, CX", (vectors-1)*e.lanes(e.elem))
	}
	e.mask("DX")
	at := func(v int) string { return fmt.Sprintf("%d(DI)", v*e.bytes) }
	last := func(v int) bool { return v == vectors-1 }
	for v := range vectors {
		e.loadVector(at(v), v, last(v))
		e.zero(vectors + v)
	}
	e.single("VMOV", "%s, X%d", e.arg("alpha"), alpha)
	row := func(i int) {
		e.single("VMUL", "%d(R10), X%d, X%d", i*e.size, alpha, factor)
		e.single("VBROADCAST", "X%d, %s", factor, e.vector(factor))
		for v := range vectors {
			e.fmaMemory("VFMADD231", rowAt(i, v*e.bytes), factor, i*vectors+v, last(v), scratch)
		}
	}
	loop, single, store := e.fresh("loop"), e.fresh("single"), e.fresh("store")
	e.op("MOVQ SI, AX")
	e.op("SUBQ $2, R13")
	e.op("JLT %s", single)
	e.align()
	e.label(loop)
	row(0)
	row(1)
	e.op("LEAQ (AX)(R8*2), AX")
	e.op("ADDQ $%d, R10", 2*e.size)
	e.op("SUBQ $2, R13")
	e.op("JGE %s", loop)
	e.label(single)
	e.op("ADDQ $2, R13")
	e.op("JZ %s", store)
	row(0)
	e.label(store)
	for v := range vectors {
		e.packed("VADD", "%s, %s, %s", e.vector(vectors+v), e.vector(v), e.vector(v))
		e.storeVector(v, at(v), last(v))
	}
}

func (e *emitter) axpyRows(h int) {
	const unroll = 4
	lanes := e.lanes(e.elem)
	y, scratch := h, h+unroll
	e.broadcast(e.arg("alpha"), scratch)
	for i := range h {
		e.broadcast(fmt.Sprintf("%d(R10)", i*e.size), i)
		e.packed("VMUL", "%s, %s, %s", e.vector(scratch), e.vector(i), e.vector(i))
	}
	e.op("MOVQ SI, AX")
	e.op("MOVQ DI, BX")
	e.load("n", "CX")
	loop, single, tail, done := e.fresh("loop"), e.fresh("single"), e.fresh("tail"), e.fresh("done")
	step := func(vectors int, masked bool) {
		for u := range vectors {
			e.loadVector(fmt.Sprintf("%d(BX)", u*e.bytes), y+u, masked)
		}
		for i := range h {
			for u := range vectors {
				e.fmaMemory("VFMADD231", rowAt(i, u*e.bytes), i, y+u, masked, scratch)
			}
		}
		for u := range vectors {
			e.storeVector(y+u, fmt.Sprintf("%d(BX)", u*e.bytes), masked)
		}
		if !masked {
			e.op("ADDQ $%d, AX", vectors*e.bytes)
			e.op("ADDQ $%d, BX", vectors*e.bytes)
			e.op("SUBQ $%d, CX", vectors*lanes)
		}
	}
	e.op("SUBQ $%d, CX", unroll*lanes)
	e.op("JLT %s", single)
	e.align()
	e.label(loop)
	step(unroll, false)
	e.op("JGE %s", loop)
	e.label(single)
	e.op("ADDQ $%d, CX", (unroll-1)*lanes)
	e.op("JLT %s", tail)
	again := e.fresh("again")
	e.label(again)
	step(1, false)
	e.op("JGE %s", again)
	e.label(tail)
	e.op("TESTQ R11, R11")
	e.op("JZ %s", done)
	step(1, true)
	e.label(done)
}

// transposeTiles writes dst = srcᵀ for a src of shape [m, n], both multiples of
// four, in tiles of 4×4 (the same in both instruction sets: the shuffles of wider
// tiles cost as much as they save).
//
//	SI src   R8 R9 one and three rows of it   DI dst   R10 R11 one and three rows of it
//	AX src now   BX dst now   CX columns left   R13 rows left
func transposeTiles(e *emitter) {
	reg, bytes := "Y", 32
	if e.size == 4 {
		reg, bytes = "X", 16
	}
	e.load("src", "SI")
	e.loadStep("lds", "R8")
	e.op("LEAQ (R8)(R8*2), R9")
	e.load("dst", "DI")
	e.loadStep("ldd", "R10")
	e.op("LEAQ (R10)(R10*2), R11")
	e.load("m", "R13")
	e.label("rows")
	e.op("MOVQ SI, AX")
	e.op("MOVQ DI, BX")
	e.load("n", "CX")
	e.align()
	e.label("loop")
	for i := range 4 {
		e.packed("VMOVU", "%s, %s%d", rowAt(i, 0), reg, i)
	}
	// Pairs of rows are interleaved, then pairs of pairs.
	three := func(name, imm string, b, a, dst int) {
		e.op("%s %s%[3]s%[4]d, %[3]s%[5]d, %[3]s%[6]d", name, imm, reg, b, a, dst)
	}
	three("VUNPCKL"+e.p, "", 1, 0, 4)
	three("VUNPCKH"+e.p, "", 1, 0, 5)
	three("VUNPCKL"+e.p, "", 3, 2, 6)
	three("VUNPCKH"+e.p, "", 3, 2, 7)
	if e.size == 8 {
		three("VPERM2F128", "$0x20, ", 6, 4, 0)
		three("VPERM2F128", "$0x20, ", 7, 5, 1)
		three("VPERM2F128", "$0x31, ", 6, 4, 2)
		three("VPERM2F128", "$0x31, ", 7, 5, 3)
	} else {
		three("VUNPCKLPD", "", 6, 4, 0)
		three("VUNPCKHPD", "", 6, 4, 1)
		three("VUNPCKLPD", "", 7, 5, 2)
		three("VUNPCKHPD", "", 7, 5, 3)
	}
	for i, at := range []string{"(BX)", "(BX)(R10*1)", "(BX)(R10*2)", "(BX)(R11*1)"} {
		e.packed("VMOVU", "%s%d, %s", reg, i, at)
	}
	e.op("ADDQ $%d, AX", bytes)
	e.op("LEAQ (BX)(R10*4), BX")
	e.op("SUBQ $4, CX")
	e.op("JNZ loop")
	e.op("LEAQ (SI)(R8*4), SI")
	e.op("ADDQ $%d, DI", bytes)
	e.op("SUBQ $4, R13")
	e.op("JNZ rows")
	e.end()
}
