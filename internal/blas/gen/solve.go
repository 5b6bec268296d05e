package main

import "fmt"

// panel is the number of vectors of columns that solve and choleskyRows hold: 32
// float64 or 64 float32 in either instruction set, chains enough to hide the
// latency of the multiply-adds.
func (e *emitter) panel() int { return 256 / e.bytes }

// solve writes the forward substitution L·X = B: the columns of B in panels, each
// row of a panel less the products with the rows above it.
//
//	SI row i of L   R8 its step   R9 the step of columns   DI panel of B   R12 a row of B
//	BX row i of B   R13 columns left   R10 i   AX L(i, j)   DX row j of B   CX j left
func solve(e *emitter) {
	panel := e.panel()
	width := panel * e.lanes(e.elem)
	e.loadStep("rsl", "R8")
	e.loadStep("csl", "R9")
	e.load("b", "DI")
	e.loadStep("ldb", "R12")
	e.load("n", "R13")
	e.label("panels")
	e.op("CMPQ R13, $%d", width)
	e.op("JLT narrow")
	e.solvePanel(panel, false)
	e.op("ADDQ $%d, DI", panel*e.bytes)
	e.op("SUBQ $%d, R13", width)
	e.op("JMP panels")
	e.label("narrow")
	e.op("CMPQ R13, $%d", e.lanes(e.elem))
	e.op("JLT tail")
	e.solvePanel(1, false)
	e.op("ADDQ $%d, DI", e.bytes)
	e.op("SUBQ $%d, R13", e.lanes(e.elem))
	e.op("JMP narrow")
	e.label("tail")
	e.op("MOVQ R13, CX")
	e.op("TESTQ CX, CX")
	e.op("JZ done")
	e.mask("AX")
	e.solvePanel(1, true)
	e.label("done")
	e.end()
}

func (e *emitter) solvePanel(vectors int, masked bool) {
	factor, scratch := vectors, vectors+1
	row, loop, scale, store := e.fresh("row"), e.fresh("loop"), e.fresh("scale"), e.fresh("store")
	e.load("l", "SI")
	e.op("MOVQ DI, BX")
	e.op("XORQ R10, R10")
	e.label(row)
	for v := range vectors {
		e.loadVector(fmt.Sprintf("%d(BX)", v*e.bytes), v, masked)
	}
	e.op("MOVQ SI, AX")
	e.op("MOVQ DI, DX")
	e.op("MOVQ R10, CX")
	e.op("TESTQ CX, CX")
	e.op("JZ %s", scale)
	e.align()
	e.label(loop)
	e.broadcast("(AX)", factor)
	for v := range vectors {
		e.fmaMemory("VFNMADD231", fmt.Sprintf("%d(DX)", v*e.bytes), factor, v, masked, scratch)
	}
	e.op("ADDQ R9, AX")
	e.op("ADDQ R12, DX")
	e.op("DECQ CX")
	e.op("JNZ %s", loop)
	e.label(scale)
	e.op("CMPB %s, $0", e.arg("unit"))
	e.op("JNE %s", store)
	// AX has come to the diagonal.
	e.single("VMOV", "%s, X%d", e.one(), factor)
	e.single("VDIV", "(AX), X%d, X%d", factor, factor)
	e.single("VBROADCAST", "X%d, %s", factor, e.vector(factor))
	for v := range vectors {
		e.packed("VMUL", "%s, %s, %s", e.vector(factor), e.vector(v), e.vector(v))
	}
	e.label(store)
	for v := range vectors {
		e.storeVector(v, fmt.Sprintf("%d(BX)", v*e.bytes), masked)
	}
	e.op("ADDQ R8, SI")
	e.op("ADDQ R12, BX")
	e.op("INCQ R10")
	e.op("CMPQ R10, %s", e.arg("m"))
	e.op("JLT %s", row)
}

// choleskyRows writes the factorization A = Uᵀ·U of a small matrix given by its
// upper triangle: row by row, as solve, with the factor's own rows for B and its
// columns for L, and a square root on the diagonal. Rows are whole vectors: what
// stands below the diagonal and beyond column n does not count and is overwritten.
// The result is the index of the first bad pivot, or n.
//
// A block of lanes rows needs the vectors from its own on; there is one loop for
// each number of them, and each falls through to the next shorter.
//
//	DI row 0 at the block's columns   R12 a row   BX row i there   R10 i   R11 last row of the block
//	SI column i of row 0   AX U(j, i)   DX row j   CX j left   R8 n
func choleskyRows(e *emitter) {
	lanes := e.lanes(e.elem)
	panel := e.panel()
	e.load("a", "DI")
	e.loadStep("lda", "R12")
	e.load("n", "R8")
	e.op("MOVQ DI, BX")
	e.op("MOVQ DI, SI")
	e.op("XORQ R10, R10")
	e.op("XORQ R11, R11")
	for vectors := panel; vectors > 1; vectors-- {
		e.op("CMPQ R8, $%d", (vectors-1)*lanes)
		e.op("JGT block%d", vectors)
	}
	e.op("JMP block1")
	for vectors := panel; vectors > 0; vectors-- {
		e.label(fmt.Sprintf("block%d", vectors))
		e.op("ADDQ $%d, R11", lanes)
		e.choleskyBlock(vectors)
		e.op("ADDQ $%d, DI", e.bytes)
		e.op("ADDQ $%d, BX", e.bytes)
	}
	e.label("done")
	e.op("MOVQ R10, %s", e.arg("ret"))
	e.end()
}

func (e *emitter) choleskyBlock(vectors int) {
	factor := vectors
	row, loop, pivot := e.fresh("row"), e.fresh("loop"), e.fresh("pivot")
	e.label(row)
	e.op("CMPQ R10, R8")
	e.op("JGE done")
	for v := range vectors {
		e.loadVector(fmt.Sprintf("%d(BX)", v*e.bytes), v, false)
	}
	e.op("MOVQ SI, AX")
	e.op("MOVQ DI, DX")
	e.op("MOVQ R10, CX")
	e.op("TESTQ CX, CX")
	e.op("JZ %s", pivot)
	e.align()
	e.label(loop)
	e.broadcast("(AX)", factor)
	for v := range vectors {
		e.fmaMemory("VFNMADD231", fmt.Sprintf("%d(DX)", v*e.bytes), factor, v, false, 0)
	}
	e.op("ADDQ R12, AX")
	e.op("ADDQ R12, DX")
	e.op("DECQ CX")
	e.op("JNZ %s", loop)
	e.label(pivot)
	// The pivot is in the first vector; AX has come to its place.
	zero, one := factor+1, factor+2
	e.storeVector(0, "(BX)", false)
	e.single("VMOV", "(AX), X%d", factor)
	e.op("VXORPS X%[1]d, X%[1]d, X%[1]d", zero)
	e.single("VUCOMI", "X%d, X%d", zero, factor)
	e.op("JLS done") // not above zero, or NaN
	e.single("VSQRT", "X%d, X%d, X%d", factor, factor, factor)
	e.single("VMOV", "%s, X%d", e.one(), one)
	e.single("VDIV", "X%d, X%d, X%d", factor, one, one)
	e.single("VBROADCAST", "X%d, %s", one, e.vector(one))
	for v := range vectors {
		e.packed("VMUL", "%s, %s, %s", e.vector(one), e.vector(v), e.vector(v))
		e.storeVector(v, fmt.Sprintf("%d(BX)", v*e.bytes), false)
	}
	e.single("VMOV", "X%d, (AX)", factor)
	e.op("ADDQ R12, BX")
	e.op("ADDQ $%d, SI", e.size)
	e.op("INCQ R10")
	e.op("CMPQ R10, R11")
	e.op("JLT %s", row)
}
