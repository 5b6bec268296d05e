package main

import "fmt"

// choleskyLanes writes the factorization of one matrix in every lane: element
// (i, j) of all of them is the vector i·n+j. Column by column: the pivot, then
// the rows below it, four at a time. Square roots of bad pivots give NaN, which
// the caller finds on the diagonal.
//
//	R8 R9 one and three rows   SI row j   R11 column j in it   R10 j
//	DX first of the rows below   R13 rows left   AX BX vectors k of DX's and SI's rows   CX k left
func choleskyLanes(e *emitter) {
	const pivot, factor = 4, 5
	e.load("n", "R8")
	e.op("IMULQ $%d, R8", e.bytes)
	e.op("LEAQ (R8)(R8*2), R9")
	e.load("a", "SI")
	e.op("XORQ R10, R10")
	e.op("XORQ R11, R11")
	e.label("column")
	e.loadVector("(SI)(R11*1)", 0, false)
	e.op("MOVQ SI, BX")
	e.op("MOVQ R10, CX")
	e.op("TESTQ CX, CX")
	e.op("JZ root")
	e.label("squares")
	e.loadVector("(BX)", factor, false)
	e.packed("VFNMADD231", "%[1]s, %[1]s, %[2]s", e.vector(factor), e.vector(0))
	e.op("ADDQ $%d, BX", e.bytes)
	e.op("DECQ CX")
	e.op("JNZ squares")
	e.label("root")
	e.packed("VSQRT", "%s, %s", e.vector(0), e.vector(0))
	e.storeVector(0, "(SI)(R11*1)", false)
	e.broadcast(e.one(), pivot)
	e.packed("VDIV", "%s, %s, %s", e.vector(0), e.vector(pivot), e.vector(pivot))
	e.op("LEAQ (SI)(R8*1), DX")
	e.load("n", "R13")
	e.op("SUBQ R10, R13")
	e.op("DECQ R13")
	for _, h := range []int{4, 1} {
		rows, next := fmt.Sprintf("rows%d", h), fmt.Sprintf("after%d", h)
		e.label(rows)
		e.op("CMPQ R13, $%d", h)
		e.op("JLT %s", next)
		e.choleskyLaneRows(h, pivot, factor)
		e.op("LEAQ (DX)(R8*%d), DX", h)
		e.op("SUBQ $%d, R13", h)
		e.op("JMP %s", rows)
		e.label(next)
	}
	e.op("ADDQ R8, SI")
	e.op("ADDQ $%d, R11", e.bytes)
	e.op("INCQ R10")
	e.op("CMPQ R10, %s", e.arg("n"))
	e.op("JLT column")
	e.end()
}

func (e *emitter) choleskyLaneRows(h, pivot, factor int) {
	loop, scale := e.fresh("loop"), e.fresh("scale")
	e.op("LEAQ (DX)(R11*1), AX")
	for i := range h {
		e.loadVector(rowAt(i, 0), i, false)
	}
	e.op("MOVQ DX, AX")
	e.op("MOVQ SI, BX")
	e.op("MOVQ R10, CX")
	e.op("TESTQ CX, CX")
	e.op("JZ %s", scale)
	e.align()
	e.label(loop)
	e.loadVector("(BX)", factor, false)
	for i := range h {
		e.fmaMemory("VFNMADD231", rowAt(i, 0), factor, i, false, 0)
	}
	e.op("ADDQ $%d, AX", e.bytes)
	e.op("ADDQ $%d, BX", e.bytes)
	e.op("DECQ CX")
	e.op("JNZ %s", loop)
	e.label(scale)
	for i := range h {
		e.packed("VMUL", "%s, %s, %s", e.vector(pivot), e.vector(i), e.vector(i))
		e.storeVector(i, rowAt(i, 0), false)
	}
}

// solveLanes writes the forward substitution L·X = B in every lane, where the
// steps count vectors, one column after the other.
//
//	R8 R9 steps of rows and columns of L   R12 R13 those of B   DI B's column   R11 columns left
//	SI row i of L   BX B(i)   R10 i   AX L(i, j)   DX B(j)   CX j left
func solveLanes(e *emitter) {
	for _, p := range [][2]string{{"rsl", "R8"}, {"csl", "R9"}, {"rsb", "R12"}, {"csb", "R13"}} {
		e.load(p[0], p[1])
		e.op("IMULQ $%d, %s", e.bytes, p[1])
	}
	e.load("b", "DI")
	e.load("n", "R11")
	e.label("column")
	e.load("l", "SI")
	e.op("MOVQ DI, BX")
	e.op("XORQ R10, R10")
	e.label("row")
	e.loadVector("(BX)", 0, false)
	e.op("MOVQ SI, AX")
	e.op("MOVQ DI, DX")
	e.op("MOVQ R10, CX")
	e.op("TESTQ CX, CX")
	e.op("JZ scale")
	e.align()
	e.label("loop")
	e.loadVector("(AX)", 1, false)
	e.fmaMemory("VFNMADD231", "(DX)", 1, 0, false, 0)
	e.op("ADDQ R9, AX")
	e.op("ADDQ R12, DX")
	e.op("DECQ CX")
	e.op("JNZ loop")
	e.label("scale")
	e.op("CMPB %s, $0", e.arg("unit"))
	e.op("JNE store")
	e.broadcast(e.one(), 1)
	e.packed("VDIV", "(AX), %[1]s, %[1]s", e.vector(1))
	e.packed("VMUL", "%s, %s, %s", e.vector(1), e.vector(0), e.vector(0))
	e.label("store")
	e.storeVector(0, "(BX)", false)
	e.op("ADDQ R8, SI")
	e.op("ADDQ R12, BX")
	e.op("INCQ R10")
	e.op("CMPQ R10, %s", e.arg("m"))
	e.op("JLT row")
	e.op("ADDQ R13, DI")
	e.op("DECQ R11")
	e.op("JNZ column")
	e.end()
}
