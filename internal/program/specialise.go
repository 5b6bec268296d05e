package program

import "math"

// specialise chooses code without look-ups where the operands allow it.
func (c *compiler) specialise(in *instruction, n *node, out *Array, args []*Array) {
	size := out.Layout.Size
	if size > math.MaxInt32 { // more than an instruction counts
		return
	}
	switch in.code {
	case Index, IndexAdd, Gather, ScatterAdd:
		c.byRows(in, n, out, args)
		return
	}
	var one [3]bool // operands of which all elements are the same
	for i, a := range args {
		if a.DType != Float64 || a.Layout.Size == 0 || a.Layout.Size > math.MaxInt32 || i > 2 {
			return
		}
		one[i] = uniform(a.Layout) || in.code >= Add && in.code <= Div && c.alike(n.in[i])
		if !a.Layout.Contig && !(one[i] && in.code <= Div) { // they go by the layout
			return
		}
		at := &a.F64[0]
		switch i {
		case 0:
			in.x = at
		case 1:
			in.y = at
		case 2:
			in.z = at
		}
	}
	full := func(i int) bool { return args[i].Layout.Size == size && args[i].Layout.Contig }
	in.dst, in.n = &out.F64[0], int32(size)
	switch {
	case in.code >= Neg && in.code <= Polygamma && full(0):
		in.kind, in.step = each, 0b0011
	case in.code >= Add && in.code <= LogGammaSampleDa && full(0) && full(1) && !(size > 1 && (one[0] || one[1])):
		in.kind, in.step = pairs, 0b0111
	case in.code >= Add && in.code <= Div && full(0) && one[1]:
		in.kind, in.step = right, 0b0011
		if in.code == Mul && c.constant(n.in[1], -1) { // the same but for the sign of NaN
			in.kind, in.code = each, Neg
		}
	case in.code >= Add && in.code <= Div && one[0] && full(1):
		in.kind, in.step = left, 0b0101
		if in.code == Mul && c.constant(n.in[0], -1) {
			in.kind, in.code, in.step, in.x, in.y = each, Neg, 0b0011, in.y, nil
		}
	case in.code == Where && full(0) && full(1) && full(2):
		in.kind, in.step = chosen, 0b1111
	case in.code > Where && in.code <= BetaSampleDb && full(0) && full(1) && full(2):
		in.kind, in.step = triples, 0b1111
	case (in.code == Sum || in.code == SumTo) && size == 1 && args[0].Layout.Contig:
		in.kind, in.n, in.k = total, int32(args[0].Layout.Size), 1
		if c.minus[c.at] {
			in.k = -1
		}
	case in.code >= Sum && in.code <= LogSumExp || in.code == SumTo:
		if _, ok := c.block(n, out, args[0]); ok {
			in.kind = reduced
			if in.code == SumTo {
				in.code = Sum
			}
		}
	}
	if size == 1 && !in.isStep() {
		switch in.kind {
		case each:
			in.kind, in.f = number, functions[in.code]
			if in.f != nil {
				in.kind = function
			}
		case pairs:
			in.kind = numbers
		}
	}
}

// constant reports whether an operand is always v.
func (c *compiler) constant(r Ref, v float64) bool {
	r = c.canon[r]
	a := &c.p.values[r]
	return !c.p.nodes[r].state.is(varying) && a.DType == Float64 && c.p.all(r, func(u float64) bool { return u == v })
}

// alike reports whether an operand is always the same number in all elements.
func (c *compiler) alike(r Ref) bool {
	r = c.canon[r]
	a := &c.p.values[r]
	return !c.p.nodes[r].state.is(varying) && a.DType == Float64 && c.p.all(r, func(v float64) bool {
		return math.Float64bits(v) == math.Float64bits(a.F64[0])
	})
}

// block is the shape of x, where a reduction over dims that follow each other is one
// over the middle dim of a block.
func (c *compiler) block(n *node, out, x *Array) (shape [3]int, ok bool) {
	dims := attrOf(n, c.p.attrs).Dims
	if n.code == SumTo {
		dims = sumToDims(nil, x.Layout, out.Layout)
	}
	_, outer, size, inner, ok := middle[float64](nil, x, dims)
	return [3]int{outer, size, inner}, size > 0 && (ok && n.code != ArgMax || inner == 1)
}

// byRows makes picks by constant indices, of single elements, instructions that
// know their positions: Index and IndexAdd, and Gather and ScatterAdd of vectors.
func (c *compiler) byRows(in *instruction, n *node, out *Array, args []*Array) {
	for i, a := range args {
		if a.DType != Float64 || !a.Layout.Contig || i > 0 && c.p.nodes[c.canon[operands(n, c.p.lists)[i]]].state.is(varying) {
			return
		}
	}
	adds := in.code == IndexAdd || in.code == ScatterAdd
	dims := args[0].Layout.Dims
	if adds {
		dims = out.Layout.Dims
	}
	switch in.code {
	case Gather, ScatterAdd:
		if len(args[0].Layout.Dims) != 1 || len(args[1].Layout.Dims) != 1 || len(out.Layout.Dims) != 1 ||
			adds && args[0].Layout.Size != args[1].Layout.Size {
			return
		}
	default:
		if rowSize(dims[len(args)-1:]) != 1 {
			return
		}
	}
	if args[0].Layout.Size == 0 || args[0].Layout.Size > math.MaxInt32 {
		return
	}
	in.x, in.dst, in.kind, in.n = &args[0].F64[0], &out.F64[0], picked, int32(out.Layout.Size)
	if adds {
		in.kind, in.n = put, int32(args[0].Layout.Size)
	}
}

// rows are the positions that constant indices pick from, or add to.
func (c *compiler) rows(n *node, out *Array, args []*Array) []int32 {
	dims := args[0].Layout.Dims
	if n.code == IndexAdd || n.code == ScatterAdd {
		dims = out.Layout.Dims
	}
	look := call{code: n.code, in: args, m: &c.p.scratch}
	rows, _ := look.indices(dims)
	at := make([]int32, len(rows))
	for i, r := range rows {
		at[i] = int32(r)
	}
	return at
}
