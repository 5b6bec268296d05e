package program

import (
	"slices"

	"github.com/gopyro/pyro/internal/kernel"
)

// Arithmetic on single numbers and short arrays runs as steps of package kernel,
// which take no look-up and no call.

// unarySteps and those below are the steps of the operations that have one, plus 1.
var unarySteps = [Add]kernel.StepOp{
	Neg: 1 + kernel.StepNeg, Abs: 1 + kernel.StepAbs, Square: 1 + kernel.StepSquare, Sqrt: 1 + kernel.StepSqrt,
	Recip: 1 + kernel.StepRecip, Not: 1 + kernel.StepNot,
	AddScalar: 1 + kernel.StepAddNumber, MulScalar: 1 + kernel.StepMulNumber,
}

var binarySteps = [Where]kernel.StepOp{
	Add: 1 + kernel.StepAdd, Sub: 1 + kernel.StepSub, Mul: 1 + kernel.StepMul, Div: 1 + kernel.StepDiv,
	Max: 1 + kernel.StepMax, Min: 1 + kernel.StepMin,
	Less: 1 + kernel.StepLess, LessEqual: 1 + kernel.StepLessEqual, Equal: 1 + kernel.StepEqual,
}

var rightSteps = [Div + 1]kernel.StepOp{
	Add: kernel.StepAddNumber, Sub: kernel.StepSubNumber, Mul: kernel.StepMulNumber, Div: kernel.StepDivNumber,
}

var leftSteps = [Div + 1]kernel.StepOp{
	Add: kernel.StepAddNumber, Sub: kernel.StepSubFrom, Mul: kernel.StepMulNumber, Div: kernel.StepDivBy,
}

// isStep reports whether an instruction runs as steps. Those on long arrays do
// not, which go piece by piece.
func (in *instruction) isStep() bool {
	switch {
	case in.kind == copied:
		return true
	case in.n >= blockRun:
		return false
	case in.kind == picked, in.kind == put:
		return true
	}
	switch in.kind {
	case each:
		return unarySteps[in.code] > 0
	case pairs:
		return binarySteps[in.code] > 0
	case right, left, chosen:
		return true
	case total: // of few elements is in order
		return in.n < arithRun
	}
	return false
}

// steps lists the steps of a slot, and returns the instruction that runs them.
func (c *compiler) steps(s *slot) instruction {
	var list []kernel.Step
	for i := range s.code {
		in := &s.code[i]
		st := kernel.Step{N: int(in.n), Rows: 1, Dst: in.dst, X: in.x, Y: in.y, Z: in.z, Local: c.local[s.refs[i]]}
		switch in.kind {
		case each:
			st.Op = unarySteps[in.code] - 1
			if in.code == AddScalar || in.code == MulScalar {
				st.Y = c.number(in.k)
			}
		case pairs:
			st.Op = binarySteps[in.code] - 1
		case right:
			st.Op = rightSteps[in.code]
		case left:
			st.Op, st.X, st.Y = leftSteps[in.code], in.y, in.x
		case chosen:
			st.Op = kernel.StepWhere
		case copied:
			st.Op = kernel.StepRepeat
		case total:
			st.Op, st.Rows, st.N = kernel.StepSumRows, st.N, 1
		case picked:
			st.Op, st.Index = kernel.StepGather, c.p.calls[in.at].rows
		case put:
			t := &c.p.calls[in.at]
			st.Op, st.Index, st.Rows = kernel.StepScatterAdd, t.rows, c.p.values[t.at].Layout.Size
		}
		list = append(list, st)
		if in.kind == total && in.k < 0 { // a sum is never -0
			list = append(list, kernel.Step{Op: kernel.StepSubFrom, N: 1, Rows: 1, Dst: in.dst, X: in.dst, Y: c.number(0)})
		}
	}
	c.short = append(c.short, list)
	return instruction{kind: steps, at: int32(len(c.short) - 1), n: int32(len(list))}
}

// together orders the steps of each slot so that those on long arrays of one size
// follow each other, which makes them one loop; the others stay in their order, before
// what waits for them.
func (c *compiler) together() {
	made := make([]int, len(c.p.nodes)) // steps of the slot that are still to make a value
	for i := range c.slots {
		s := &c.slots[i]
		if !s.steps || !slices.ContainsFunc(s.code, func(in instruction) bool { return in.loops() }) {
			continue
		}
		for _, r := range s.refs {
			made[r]++
		}
		ready := func(r Ref) bool {
			all := true
			c.reads(r, func(x Ref) { all = all && made[x] == 0 })
			return all
		}
		code, refs := s.code, s.refs
		s.code, s.refs = nil, nil
		take := func(wanted func(in *instruction) bool) {
			left := 0
			for j := range code {
				if in, r := code[j], refs[j]; wanted(&in) && ready(r) {
					s.code, s.refs = append(s.code, in), append(s.refs, r)
					made[r]--
				} else {
					code[left], refs[left] = in, r
					left++
				}
			}
			code, refs = code[:left], refs[:left]
		}
		for len(code) > 0 {
			take(func(in *instruction) bool { return !in.loops() })
			for j := range code {
				if n := code[j].n; ready(refs[j]) {
					take(func(in *instruction) bool { return in.loops() && in.n == n })
					break
				}
			}
		}
	}
}

// loops reports whether a step is one on a long array.
func (in *instruction) loops() bool { return in.kind >= each && in.kind <= chosen && in.n > 64 }

// number is a place with the number v.
func (c *compiler) number(v float64) *float64 {
	s := c.p.mem.float64s(1)
	s[0] = v
	return &s[0]
}

// copies makes Unslice and Cat, where operands become one run of the result each,
// copies of those that vary. The rest of the result stays as it was recorded.
func (c *compiler) copies(r Ref, args []*Array) bool {
	out := &c.p.values[r]
	attr := attrOf(&c.p.nodes[r], c.p.attrs)
	outer, _, inner := split(out.Layout.Dims, attr.Dims[0])
	at := 0
	if attr := attr.Dims; c.p.nodes[r].code == Unslice {
		if attr[2] != 1 {
			return false
		}
		at = attr[1] * inner
	}
	for _, a := range args {
		if outer != 1 || a.DType != Float64 || !a.Layout.Contig {
			return false
		}
	}
	last := int32(-1)
	for i, x := range operands(&c.p.nodes[r], c.p.lists) {
		x, n := c.canon[x], args[i].Layout.Size
		if n > 0 && c.p.nodes[x].state.is(varying) {
			in := instruction{kind: copied, n: int32(n), dst: &out.F64[at], x: &args[i].F64[0]}
			c.place(in, r, c.slot[x])
			last = max(last, c.slot[r])
		}
		at += n
	}
	c.slot[r] = last
	return true
}
