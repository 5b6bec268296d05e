package main

import "fmt"

// stripVectors is the width of the product's tile in vectors.
const stripVectors = 2

// strip writes the product's kernel: tiles of rows×stripVectors vectors of C in
// registers, one column of A's tile broadcast at a time against one row of B
// (Goto and van de Geijn 2008; Van Zee and van de Geijn 2015, figure 1). A is read
// with any steps, so packed, plain and transposed A need one kernel; the rows left
// over by the full tiles go to tiles of 8, 4, 2 and 1.
//
//	SI A's tile   R8 R9 one and three rows of A   R10 a column of A
//	BX B          R11 a row of B                  R14 B now
//	DI C's tile   R12 a row of C                  R13 rows left   CX columns of A left
//	AX DX R15 rows 0, 4, 8 of A's tile now
func strip(e *emitter) {
	e.load("a", "SI")
	e.loadStep("rsa", "R8")
	e.op("LEAQ (R8)(R8*2), R9")
	e.loadStep("csa", "R10")
	e.load("b", "BX")
	e.loadStep("ldb", "R11")
	e.load("c", "DI")
	e.loadStep("ldc", "R12")
	e.load("m", "R13")
	lanes := e.lanes(e.elem)
	e.load("n", "CX")
	e.op("CMPQ CX, $%d", lanes)
	e.op("JLE narrow")
	e.op("SUBQ $%d, CX", lanes)
	// Full tiles go without a mask, which costs the stores of AVX2 much and the loads
	// of AVX-512 a place among the multiply-adds.
	e.op("CMPQ CX, $%d", lanes)
	e.op("JLT ragged")
	e.stripTiles("full", 2, false)
	e.label("ragged")
	e.mask("AX")
	e.stripTiles("wide", 2, true)
	e.label("narrow")
	e.mask("AX")
	e.stripTiles("thin", 1, true)
}

// stripTiles writes the loop over the rows for one width of tile.
func (e *emitter) stripTiles(name string, vectors int, masked bool) {
	heights := []int{e.rows}
	for h := 8; h > 0; h /= 2 {
		if h < e.rows {
			heights = append(heights, h)
		}
	}
	label := func(h int) string { return fmt.Sprintf("%s%d", name, h) }
	for n, h := range heights {
		e.label(label(h))
		e.op("CMPQ R13, $%d", h)
		next := name + "done"
		if n+1 < len(heights) {
			next = label(heights[n+1])
		}
		e.op("JLT %s", next)
		e.stripTile(h, vectors, masked)
		e.op("SUBQ $%d, R13", h)
		switch {
		case n == 0:
			e.load("stepA", "CX")
			e.op("LEAQ (SI)(CX*%d), SI", e.size)
			e.op("JMP %s", label(h))
		case h > 1:
			e.op("LEAQ (SI)(R8*%d), SI", h)
		}
	}
	e.label(name + "done")
	e.end()
}

// stripTile writes one tile and moves DI to the row below it.
func (e *emitter) stripTile(h, vectors int, masked bool) {
	acc := func(i, v int) int { return i*vectors + v }
	firstB := h * vectors
	if !e.wide() {
		firstB = e.rows * stripVectors
	}
	a := firstB + vectors // the broadcast registers
	spare := e.registers() - a
	if masked && !e.wide() {
		spare--
	}
	// C comes from afar while the products are summed.
	e.op("MOVQ DI, CX")
	for i := range h {
		for v := range vectors {
			e.op("PREFETCHT0 %d(CX)", v*64)
			if !e.wide() {
				break
			}
		}
		if i+1 < h {
			e.op("ADDQ R12, CX")
		}
	}
	bases := []string{"AX", "DX", "R15"}[:(h+3)/4]
	for i, base := range bases {
		if i == 0 {
			e.op("MOVQ SI, %s", base)
		} else {
			e.op("LEAQ (%s)(R8*4), %s", bases[i-1], base)
		}
	}
	e.op("MOVQ BX, R14")
	e.load("k", "CX")
	for i := range h * vectors {
		e.zero(i)
	}
	loop := e.fresh("loop")
	e.align()
	e.label(loop)
	for v := range vectors {
		e.loadVector(fmt.Sprintf("%d(R14)", v*e.bytes), firstB+v, masked && v == vectors-1)
	}
	e.op("ADDQ R11, R14")
	for i := range h {
		step := []string{"", "(R8*1)", "(R8*2)", "(R9*1)"}[i%4]
		e.broadcast(fmt.Sprintf("(%s)%s", bases[i/4], step), a+i%spare)
		for v := range vectors {
			e.packed("VFMADD231", "%s, %s, %s", e.vector(firstB+v), e.vector(a+i%spare), e.vector(acc(i, v)))
		}
	}
	for _, base := range bases {
		e.op("ADDQ R10, %s", base)
	}
	e.op("DECQ CX")
	e.op("JNZ %s", loop)
	e.stripUpdate(h, vectors, masked, firstB, a)
}

// stripUpdate writes C = alpha·sums + beta·C for one tile.
func (e *emitter) stripUpdate(h, vectors int, masked bool, alpha, scratch int) {
	beta := alpha + 1
	if vectors == 1 {
		scratch++
	}
	store, done := e.fresh("store"), e.fresh("done")
	e.broadcast(e.arg("alpha"), alpha)
	if e.size == 8 {
		e.op("MOVQ %s, CX", e.arg("beta"))
		e.op("SHLQ $1, CX") // without the sign of zero
	} else {
		e.op("MOVL %s, CX", e.arg("beta"))
		e.op("SHLL $1, CX")
	}
	e.op("JZ %s", store)
	e.broadcast(e.arg("beta"), beta)
	for _, read := range []bool{true, false} {
		if !read {
			e.label(store)
		}
		for i := range h {
			for v := range vectors {
				last, mem := masked && v == vectors-1, fmt.Sprintf("%d(DI)", v*e.bytes)
				sum := i*vectors + v
				e.packed("VMUL", "%s, %s, %s", e.vector(alpha), e.vector(sum), e.vector(sum))
				if read {
					e.fmaMemory("VFMADD231", mem, beta, sum, last, scratch)
				}
				e.storeVector(sum, mem, last)
			}
			e.op("ADDQ R12, DI")
		}
		if read {
			e.op("JMP %s", done)
		}
	}
	e.label(done)
}
