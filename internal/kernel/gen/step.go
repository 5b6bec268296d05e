package main

import (
	"fmt"
	"strings"
)

// Steps are kernels that do not return but jump to the one that the next one names, which R10 points
// to: dst, x, y and z are in its fields. They are threaded code (Bell 1973), whose dispatch takes a
// nanosecond, so that operations on a few elements cost little more than their loads and stores.

// The fields of a Step, which has 48 bytes: the address of the routine, the numbers of elements n and
// of rows m, the operands.
const (
	stepLength = "8(R10)"
	nextStep   = "\tADDQ $48, R10\n\tMOVQ (R10), AX\n\tJMP AX\n\n"
)

// field is where a Step has the address of an operand.
func field(operand int) string { return fmt.Sprintf("%d(R10)", 16+8*operand) }

// step is a kernel.StepOp: its name, the kernel for any length, and the code for one element, if it
// has one of its own.
type step struct {
	name string
	sig  signature
	body func(b *builder)
	one  string // instructions from X0, X1 and X2, which hold the operands, to X0
}

var (
	stepUnary   = sig("", "dst []T", "x []T")
	stepBinary  = sig("", "dst []T", "x []T", "y []T")
	stepNumber  = sig("", "dst []T", "x []T", "y T")
	stepTernary = sig("", "dst []T", "x []T", "y []T", "z []T")
)

// steps are in the order of the constants of type kernel.StepOp.
func steps() []step {
	two := func(name string, f func(b *builder, x, y val) val, one string) step {
		return step{name, stepBinary, func(b *builder) { b.store(0, f(b, b.load(1), b.load(2))) }, one}
	}
	number := func(name string, f func(b *builder, x, y val) val, one string) step {
		return step{name, stepNumber, func(b *builder) { b.store(0, f(b, b.load(1), b.param(2))) }, one}
	}
	unary := func(name string, f func(b *builder, x val) val, one string) step {
		return step{name, stepUnary, func(b *builder) { b.store(0, f(b, b.load(1))) }, one}
	}
	test := func(predicate int) func(b *builder, x, y val) val {
		return func(b *builder, x, y val) val { return truth(b, b.cmp(predicate, x, y)) }
	}
	const add, sub, mul, div = "VADDSD X1, X0, X0", "VSUBSD X1, X0, X0", "VMULSD X1, X0, X0", "VDIVSD X1, X0, X0"
	return []step{
		two("add", (*builder).add, add),
		two("sub", (*builder).sub, sub),
		two("mul", (*builder).mul, mul),
		two("div", (*builder).div, div),
		two("max", larger, ""),
		two("min", smaller, ""),
		two("less", test(lt), "VCMPSD $0x11, X1, X0, X0; VANDPD ONE, X0, X0"),
		two("lessEqual", test(le), "VCMPSD $0x12, X1, X0, X0; VANDPD ONE, X0, X0"),
		two("equal", test(eq), "VCMPSD $0, X1, X0, X0; VANDPD ONE, X0, X0"),
		number("addNumber", (*builder).add, add),
		number("subNumber", (*builder).sub, sub),
		number("mulNumber", (*builder).mul, mul),
		number("divNumber", (*builder).div, div),
		number("subFrom", func(b *builder, x, y val) val { return b.sub(y, x) }, "VSUBSD X0, X1, X0"),
		number("divBy", func(b *builder, x, y val) val { return b.div(y, x) }, "VDIVSD X0, X1, X0"),
		unary("neg", (*builder).neg, "VXORPD SIGN, X0, X0"),
		unary("abs", (*builder).abs, ""),
		unary("square", func(b *builder, x val) val { return b.mul(x, x) }, "VMULSD X0, X0, X0"),
		unary("sqrt", (*builder).sqrt, "VSQRTSD X0, X0, X0"),
		unary("recip", func(b *builder, x val) val { return b.div(b.num(1), x) }, ""),
		unary("not", func(b *builder, x val) val { return truth(b, b.cmp(eq, x, b.num(0))) }, ""),
		{"where", stepTernary, func(b *builder) {
			b.store(0, b.sel(b.cmp(neq, b.load(1), b.num(0)), b.load(2), b.load(3)))
		}, "VXORPD X3, X3, X3; VCMPSD $4, X3, X0, X0; VBLENDVPD X0, X1, X2, X0"},
	}
}

// stepFile is the assembly of all steps and the tables of their addresses.
func stepFile() string {
	f := newAsmFile()
	for _, m := range []machine{avx512, avx2} {
		name := "steps" + m.name
		fmt.Fprintf(&f.text, "// func %s(first *threaded)\nTEXT ·%s(SB), NOSPLIT, $0-8\n", name, name)
		f.text.WriteString("\tMOVQ first+0(FP), R10\n\tMOVQ (R10), AX\n\tJMP AX\n\n")
		fmt.Fprintf(&f.text, "// func %sTable() *[numSteps][2]uintptr\nTEXT ·%sTable(SB), NOSPLIT, $0-8\n", name, name)
		fmt.Fprintf(&f.text, "\tLEAQ %s_table<>(SB), AX\n\tMOVQ AX, ret+0(FP)\n\tRET\n\n", name)
		var table []string
		for _, st := range steps() {
			vector := st.name + m.name + "_step"
			single := vector
			assembleStep(f, m, st, vector)
			if st.one != "" {
				single = st.name + m.name + "_one"
				oneStep(f, st, single)
			}
			table = append(table, single, vector)
		}
		sumStep(f, m, "sum"+m.name)
		repeatStep(f, m, "repeat"+m.name)
		indexSteps(f, m.name)
		endStep(f, "end"+m.name)
		table = append(table, "sum"+m.name+"_one", "sum"+m.name+"_rows", "repeat"+m.name+"_rows", "repeat"+m.name+"_rows")
		for _, name := range []string{"gather", "scatterAdd", "end"} {
			table = append(table, name+m.name+"_step", name+m.name+"_step")
		}
		for i, h := range table {
			fmt.Fprintf(&f.text, "DATA %s_table<>+%d(SB)/8, $%s<>(SB)\n", name, 8*i, h)
		}
		fmt.Fprintf(&f.text, "GLOBL %s_table<>(SB), NOPTR, $%d\n\n", name, 8*len(table))
	}
	return f.String()
}

// assembleStep writes the routine of a step for any length.
func assembleStep(f *asmFile, m machine, st step, name string) {
	k := kernel{name, "", "float64", st.sig, loopShape{body: st.body, step: true}}
	assemble(f, m, k)
}

// oneStep writes the routine of a step for a single number.
func oneStep(f *asmFile, st step, name string) {
	fmt.Fprintf(&f.text, "TEXT %s<>(SB), NOSPLIT|NOFRAME, $0-0\n", name)
	regs := []string{"DI", "SI", "R8", "R9"}
	for i := range st.sig.params {
		fmt.Fprintf(&f.text, "\tMOVQ %s, %s\n", field(i), regs[i])
	}
	for i := range st.sig.params[1:] {
		fmt.Fprintf(&f.text, "\tVMOVSD (%s), X%d\n", regs[i+1], i)
	}
	code := strings.ReplaceAll(st.one, "ONE", (&assembler{file: f}).constant(0x3ff0000000000000, 64))
	code = strings.ReplaceAll(code, "SIGN", (&assembler{file: f}).constant(1<<63, 64))
	for in := range strings.SplitSeq(code, "; ") {
		fmt.Fprintf(&f.text, "\t%s\n", in)
	}
	f.text.WriteString("\tVMOVSD X0, (DI)\n" + nextStep)
}

func endStep(f *asmFile, name string) {
	fmt.Fprintf(&f.text, "TEXT %s_step<>(SB), NOSPLIT|NOFRAME, $0-0\n\tVZEROUPPER\n\tRET\n\n", name)
}

// sumStep writes the sums of m rows of one number and of n.
func sumStep(f *asmFile, m machine, name string) {
	fmt.Fprintf(&f.text, "TEXT %s_one<>(SB), NOSPLIT|NOFRAME, $0-0\n%s", name, `	MOVQ 16(R10), DI
	MOVQ 24(R10), SI
	MOVL 12(R10), BX
	LEAQ (SI)(BX*8), BX
	VXORPD X0, X0, X0
row:
	VADDSD (SI), X0, X0
	ADDQ $8, SI
	CMPQ SI, BX
	JNE row
	VMOVSD X0, (DI)
`+nextStep)
	fmt.Fprintf(&f.text, "TEXT %s_rows<>(SB), NOSPLIT|NOFRAME, $0-0\n%s", name, rowsLoop(m,
		"\tVXORPD V, V, V\n\tMOVQ SI, R9\n\tMOVL 12(R10), BX\nROW:\n\tLOAD (R9), V1\n\tVADDPD V1, V, V\n\tADDQ R8, R9\n\tDECL BX\n\tJNE ROW\n\tSTORE V, (DI)\n")+nextStep)
}

// repeatStep writes m copies of a row of n numbers.
func repeatStep(f *asmFile, m machine, name string) {
	fmt.Fprintf(&f.text, "TEXT %s_rows<>(SB), NOSPLIT|NOFRAME, $0-0\n%s", name, rowsLoop(m,
		"\tLOAD (SI), V\n\tMOVQ DI, R9\n\tMOVL 12(R10), BX\nROW:\n\tSTORE V, (R9)\n\tADDQ R8, R9\n\tDECL BX\n\tJNE ROW\n")+nextStep)
}

// indexSteps writes the steps of n elements by index, which is where z is: those of x, and sums into
// the m of dst, where those that follow each other with one index stay in a register.
func indexSteps(f *asmFile, machine string) {
	const operands = "\tMOVQ 16(R10), DI\n\tMOVQ 24(R10), SI\n\tMOVQ 40(R10), R8\n\tMOVL 8(R10), CX\n"
	fmt.Fprintf(&f.text, "TEXT gather%s_step<>(SB), NOSPLIT|NOFRAME, $0-0\n%s", machine, operands+`	LEAQ (DI)(CX*8), BX
next:
	MOVLQSX (R8), AX
	VMOVSD (SI)(AX*8), X0
	VMOVSD X0, (DI)
	ADDQ $4, R8
	ADDQ $8, DI
	CMPQ DI, BX
	JNE next
`+nextStep)
	fmt.Fprintf(&f.text, "TEXT scatterAdd%s_step<>(SB), NOSPLIT|NOFRAME, $0-0\n%s", machine, operands+`	MOVL 12(R10), BX
	LEAQ (DI)(BX*8), BX
	VXORPD X0, X0, X0
	MOVQ DI, DX
clear:
	VMOVSD X0, (DX)
	ADDQ $8, DX
	CMPQ DX, BX
	JNE clear
	LEAQ (SI)(CX*8), BX
run:
	MOVLQSX (R8), AX
	VMOVSD (DI)(AX*8), X0
next:
	VADDSD (SI), X0, X0
	ADDQ $4, R8
	ADDQ $8, SI
	CMPQ SI, BX
	JEQ last
	CMPL AX, (R8)
	JEQ next
	VMOVSD X0, (DI)(AX*8)
	JMP run
last:
	VMOVSD X0, (DI)(AX*8)
`+nextStep)
}

// rowsLoop goes along a row of n numbers, vector by vector, with the rest masked. R8 is the size of a
// row; V and V1 in the body become registers, LOAD and STORE the moves, ROW a label.
func rowsLoop(m machine, body string) string {
	reg := func(r string) string {
		return strings.NewReplacer("V1,", m.prefix+"1,", "V,", m.prefix+"0,", "V\n", m.prefix+"0\n", "V1\n", m.prefix+"1\n").Replace(r)
	}
	whole := strings.NewReplacer("LOAD", "VMOVUPD", "STORE", "VMOVUPD", "ROW", "row").Replace(body)
	part := strings.ReplaceAll(body, "ROW", "rowTail")
	if m.wide {
		part = strings.NewReplacer("LOAD (R9),", "VMOVUPD.Z (R9), K1,", "LOAD (SI),", "VMOVUPD.Z (SI), K1,", "STORE V,", "VMOVUPD V, K1,").Replace(part)
	} else {
		part = strings.NewReplacer("LOAD (R9),", "VMASKMOVPD (R9), Y15,", "LOAD (SI),", "VMASKMOVPD (SI), Y15,", "STORE V,", "VMASKMOVPD V, Y15,").Replace(part)
	}
	lanes := m.bytes / 8
	mask := "\tMOVQ $-1, DX\n\tSHLQ CX, DX\n\tNOTQ DX\n\tKMOVW DX, K1\n"
	if !m.wide {
		mask = "\tLEAQ tail_64<>+256(SB), DX\n\tSHLQ $3, CX\n\tSUBQ CX, DX\n\tVMOVUPS 0(DX), Y15\n"
	}
	return fmt.Sprintf(`	MOVQ 16(R10), DI
	MOVQ 24(R10), SI
	MOVL 8(R10), CX
	LEAQ (CX*8), R8
	SUBQ $%d, CX
	JLT tail
loop:
%s	ADDQ $%d, SI
	ADDQ $%d, DI
	SUBQ $%d, CX
	JGE loop
tail:
	ADDQ $%d, CX
	JEQ done
%s%sdone:
`, lanes, reg(whole), m.bytes, m.bytes, lanes, lanes, mask, reg(part))
}
