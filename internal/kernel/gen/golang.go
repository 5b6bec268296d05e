package main

import (
	"fmt"
	"math"
	"strings"
)

// The third target: a body as a Go function of one lane, with math.FMA where the vectors fuse, so
// that the bits are the same. Every value is a variable of its own: of floating point, of bits or,
// for masks, bool.

type goType int

const (
	goFloat goType = iota
	goWord
	goBool
)

func (op opcode) goType() goType {
	switch op {
	case opAnd, opOr, opXor, opAndNot, opIAdd, opISub, opShl, opShr:
		return goWord
	case opCmp, opMaskOr:
		return goBool
	}
	return goFloat
}

// goFunc writes the function of a body that loads its arguments (of the given Go type) from
// parameters 0, 1, … and stores its results to the same.
func goFunc(doc, name string, words bool, args, results []string, body func(b *builder)) string {
	b := newBuilder(64, false)
	body(b)
	var s strings.Builder
	typ := "float64"
	if words {
		typ = "uint64"
	}
	fmt.Fprintf(&s, "// %s %s\nfunc %s(%s %s) (%s float64) {\n", name, doc, name,
		strings.Join(args, ", "), typ, strings.Join(results, ", "))
	live := b.live()
	for i, in := range b.code {
		if live[i] {
			s.WriteString(b.goStatement(val(i), in, args, results, words))
		}
	}
	return s.String() + "return\n}\n\n"
}

func (b *builder) goStatement(v val, in instr, args, results []string, words bool) string {
	switch in.op {
	case opConst:
		return ""
	case opStore:
		return fmt.Sprintf("%s = %s\n", results[in.imm], b.goFloat(in.a))
	case opLoad:
		arg := args[in.imm]
		if words {
			arg = "math.Float64frombits(" + arg + ")"
		}
		return fmt.Sprintf("v%d := %s\n", v, arg)
	case opSelect:
		return fmt.Sprintf("v%d := %s\nif v%d {\nv%d = %s\n}\n", v, b.goFloat(in.c), in.a, v, b.goFloat(in.b))
	}
	return fmt.Sprintf("v%d := %s\n", v, b.goExpr(in))
}

func (b *builder) goExpr(in instr) string {
	infix := map[opcode]string{
		opAdd: "+", opSub: "-", opMul: "*", opDiv: "/",
		opAnd: "&", opOr: "|", opXor: "^", opIAdd: "+", opISub: "-", opMaskOr: "||",
	}
	preds := map[int64]string{
		eq: "%s == %s", lt: "%s < %s", le: "%s <= %s", gt: "%s > %s", ge: "%s >= %s",
		neq: "%s != %s", notLT: "!(%s < %s)", notGT: "!(%s > %s)",
	}
	f, w := b.goFloat, b.goWord
	switch in.op {
	case opAdd, opSub, opMul, opDiv:
		return fmt.Sprintf("float64(%s %s %s)", f(in.a), infix[in.op], f(in.b)) // not to be fused
	case opAnd, opOr, opXor, opIAdd, opISub:
		return fmt.Sprintf("%s %s %s", w(in.a), infix[in.op], w(in.b))
	case opMaskOr:
		return fmt.Sprintf("v%d %s v%d", in.a, infix[in.op], in.b)
	case opAndNot:
		return fmt.Sprintf("%s &^ %s", w(in.b), w(in.a))
	case opShl:
		return fmt.Sprintf("%s << %d", w(in.a), in.imm)
	case opShr:
		return fmt.Sprintf("%s >> %d", w(in.a), in.imm)
	case opMax: // for NaN as the instruction does it; never for two zeros of different sign
		return fmt.Sprintf("larger(%s, %s)", f(in.a), f(in.b))
	case opMin:
		return fmt.Sprintf("-larger(-%s, -%s)", f(in.a), f(in.b))
	case opSqrt:
		return fmt.Sprintf("math.Sqrt(%s)", f(in.a))
	case opFMA:
		return fmt.Sprintf("math.FMA(%s, %s, %s)", f(in.a), f(in.b), f(in.c))
	case opFNMA:
		return fmt.Sprintf("math.FMA(-%s, %s, %s)", f(in.a), f(in.b), f(in.c))
	case opFMS:
		return fmt.Sprintf("math.FMA(%s, %s, -%s)", f(in.a), f(in.b), f(in.c))
	case opCmp:
		return fmt.Sprintf(preds[in.imm], f(in.a), f(in.b))
	}
	panic(fmt.Sprintf("operation %d has no Go form", in.op))
}

// goFloat is v as an expression of floating point.
func (b *builder) goFloat(v val) string {
	in := b.code[v]
	switch {
	case in.op == opConst:
		x := math.Float64frombits(uint64(in.imm))
		switch {
		case math.IsNaN(x), math.IsInf(x, 0), x == 0 && math.Signbit(x), x != 0 && math.Abs(x) < 0x1p-1000:
			return fmt.Sprintf("math.Float64frombits(%#x)", uint64(in.imm))
		}
		if x == math.Trunc(x) && math.Abs(x) < 1e6 {
			return fmt.Sprintf("float64(%v)", x)
		}
		return fmt.Sprintf("float64(%x)", x)
	case in.op.goType() == goWord:
		return fmt.Sprintf("math.Float64frombits(v%d)", v)
	}
	return fmt.Sprintf("v%d", v)
}

// goWord is v as an expression of bits.
func (b *builder) goWord(v val) string {
	in := b.code[v]
	switch {
	case in.op == opConst:
		return fmt.Sprintf("uint64(%#x)", uint64(in.imm))
	case in.op.goType() == goWord:
		return fmt.Sprintf("v%d", v)
	}
	return fmt.Sprintf("math.Float64bits(v%d)", v)
}

// scalars returns the Go functions for which package math is not accurate enough or not the same as
// the vectors to the last bit.
func scalars() string {
	var s strings.Builder
	s.WriteString(header + "package kernel\n\nimport \"math\"\n\n")
	s.WriteString(goFunc("is x^y for 0 < x < +Inf and finite y.", "powInner", false, []string{"x", "y"}, []string{"z"},
		func(b *builder) { b.store(0, pow(b, b.load(0), b.load(1))) }))
	s.WriteString(goFunc("is log Γ(x) for 0 < x < 2^1000.", "lgammaInner", false, []string{"x"}, []string{"y"},
		func(b *builder) { b.store(0, lgamma(b, b.load(0))) }))
	s.WriteString(goFunc("is ψ(x) for 0 < x < 2^1000.", "digammaInner", false, []string{"x"}, []string{"y"},
		func(b *builder) { b.store(0, digamma(b, b.load(0))) }))
	s.WriteString(goFunc("is the sine of |x| <= 2^30.", "sinInner", false, []string{"x"}, []string{"y"},
		func(b *builder) { b.store(0, sin(b, b.load(0))) }))
	s.WriteString(goFunc("is the cosine of |x| <= 2^30.", "cosInner", false, []string{"x"}, []string{"y"},
		func(b *builder) { b.store(0, cos(b, b.load(0))) }))
	s.WriteString(goFunc("makes two normal numbers of two words of random bits.", "boxMuller", true, []string{"u", "v"}, []string{"x", "y"},
		func(b *builder) {
			x, y := boxMuller(b, b.load(0), b.load(1))
			b.store(0, x)
			b.store(1, y)
		}))
	return s.String()
}
