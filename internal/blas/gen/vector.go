package main

import "fmt"

// dots writes y[i] += alpha·(row i of A)·x: four rows at a time, each summed in
// two vectors, then one at a time in the same order, so that a row's bits don't
// depend on its neighbours.
//
//	SI A's rows   R8 R9 one and three rows   R10 x   DI y   R13 rows left
//	AX A now   BX x now   CX columns left
func dots(e *emitter) {
	e.load("a", "SI")
	e.loadStep("lda", "R8")
	e.op("LEAQ (R8)(R8*2), R9")
	e.load("x", "R10")
	e.load("y", "DI")
	e.load("m", "R13")
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
	e.op("ADDQ $%d, CX", lanes)
	e.op("JZ %s", sum)
	e.mask("DX")
	step(1, true)
	e.label(sum)
	for i := range h {
		e.packed("VADD", "%s, %s, %s", e.vector(acc(i, 1)), e.vector(acc(i, 0)), e.vector(acc(i, 0)))
		e.sumLanes(acc(i, 0), acc(i, 1))
		e.single("VMOV", "%s, X%d", e.arg("alpha"), acc(i, 1))
		e.single("VMOV", "%d(DI), X%d", i*e.size, x)
		e.single("VFMADD231", "X%d, X%d, X%d", acc(i, 1), acc(i, 0), x)
		e.single("VMOV", "X%d, %d(DI)", x, i*e.size)
	}
}

// sumLanes adds the lanes of v, halving; the sum is in the first.
func (e *emitter) sumLanes(v, scratch int) {
	if e.wide() {
		e.op("VEXTRACTF64X4 $1, Z%d, Y%d", v, scratch)
		e.packed("VADD", "Y%d, Y%d, Y%d", scratch, v, v)
	}
	e.op("VEXTRACTF128 $1, Y%d, X%d", v, scratch)
	e.packed("VADD", "X%d, X%d, X%d", scratch, v, v)
	e.op("VPERMILPD $1, X%d, X%d", v, scratch)
	e.packed("VADD", "X%d, X%d, X%d", scratch, v, v)
	if e.size == 4 {
		e.op("VMOVSHDUP X%d, X%d", v, scratch)
		e.packed("VADD", "X%d, X%d, X%d", scratch, v, v)
	}
}

// axpys writes y += alpha·x[i]·(row i of A): four rows for one pass over y, then
// one row at a time; every element of y takes its rows in order.
//
//	SI A's rows   R8 R9 one and three rows   R10 x   DI y   R13 rows left
//	AX A now   BX y now   CX columns left
func axpys(e *emitter) {
	e.load("a", "SI")
	e.loadStep("lda", "R8")
	e.op("LEAQ (R8)(R8*2), R9")
	e.load("x", "R10")
	e.load("y", "DI")
	e.load("m", "R13")
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
	e.op("ADDQ $%d, CX", lanes)
	e.op("JZ %s", done)
	e.mask("DX")
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
