package program

import "unsafe"

// logCommon is what a product of logarithms and its gradients share with others
// of the same run of a program: a chain multiplies by one matrix at each step, and
// each product is followed by the gradients in both its operands.
type logCommon struct {
	a, b  *once // exponentials of the operands relative to the largest elements
	ratio *once // exponentials of a gradient
}

// once is numbers that are computed once in a run.
type once struct {
	run        int // in which they were computed last
	exps, tops []float64
	clean      bool // of ratio: none was left out
}

// begin reports whether the numbers are to be computed in this run.
func (o *once) begin(run int) bool {
	if o.run == run {
		return false
	}
	o.run = run
	return true
}

// onceKey tells which numbers are the same.
type onceKey struct {
	in   [4]Ref // what they are computed from; none where there is less
	rows int    // of the left operand, which may be broadcast
	left bool
}

// logCommon finds what a LogMatMul or LogMatMulGrad of one right operand, in
// float64, shares with others; nil if nothing.
func (c *compiler) logCommon(n *node, args []*Array) *logCommon {
	for _, a := range args {
		if a.DType != Float64 || a.Layout.Size == 0 {
			return nil
		}
	}
	ad, bd := args[0].Layout.Dims, args[1].Layout.Dims
	k, cols := ad[len(ad)-1], bd[len(bd)-1]
	out := &c.p.values[c.at]
	if n.code == LogMatMulGrad {
		out = args[2]
	}
	if args[1].Layout.Size != k*cols || out.Layout.Size == 0 {
		return nil
	}
	rows := out.Layout.Size / cols
	in := operands(n, c.p.lists)
	a, b := c.canon[in[0]], c.canon[in[1]]
	common := &logCommon{
		a: c.once(onceKey{in: [4]Ref{a, none, none, none}, rows: rows, left: true}, rows*k, rows),
		b: c.once(onceKey{in: [4]Ref{none, b, none, none}}, k*cols, cols),
	}
	if n.code == LogMatMulGrad {
		common.ratio = c.once(onceKey{in: [4]Ref{a, b, c.canon[in[2]], c.canon[in[3]]}, rows: rows}, rows*cols, 0)
	}
	return common
}

func (c *compiler) once(key onceKey, exps, tops int) *once {
	o := c.onces[key]
	if o == nil {
		o = &once{exps: c.p.mem.float64s(exps), tops: c.p.mem.float64s(tops)}
		c.onces[key] = o
	}
	return o
}

// from64 is s, whose elements have the type T.
func from64[T float](s []float64) []T { return *(*[]T)(unsafe.Pointer(&s)) }
