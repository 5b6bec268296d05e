package program

import (
	"fmt"
	"math"
	"slices"
	"testing"
)

func logMatMul(a, b nd) nd {
	n := len(a.dims)
	batch := func(x nd) nd { return nd{dims: x.dims[:len(x.dims)-2]} }
	dims := append(broadcastDims(batch(a), batch(b)), a.dims[n-2], b.dims[len(b.dims)-1])
	return build(dims, func(at []int) float64 {
		return logSumExpOf(logTerms(a, b, at))
	})
}

// logTerms are the terms of one element of the product.
func logTerms(a, b nd, at []int) (terms []float64) {
	r := len(at)
	p, q := slices.Clone(at), slices.Clone(at)
	for k := range a.dims[len(a.dims)-1] {
		p[r-1], q[r-2] = k, k
		terms = append(terms, a.at(p...)+b.at(q...))
	}
	return terms
}

func logSumExpOf(terms []float64) float64 {
	top := math.Inf(-1)
	for _, v := range terms {
		top = max(top, v)
	}
	if math.IsInf(top, 0) {
		return top
	}
	s := 0.0
	for _, v := range terms {
		s += math.Exp(v - top)
	}
	return top + math.Log(s)
}

func logMatMulGrad(a, b, c, g nd) nd {
	dims := slices.Clone(c.dims)
	r := len(dims)
	dims[r-1] = a.dims[len(a.dims)-1]
	return build(dims, func(at []int) (s float64) {
		for j := range c.dims[r-1] {
			q, y := slices.Clone(at), slices.Clone(at)
			q[r-2], q[r-1], y[r-1] = at[r-1], j, j
			if v := c.at(y...); v != math.Inf(-1) {
				s += g.at(y...) * math.Exp(a.at(at...)+b.at(q...)-v)
			}
		}
		return s
	})
}

// logMatMulGradB is the gradient in b, summed over the batch if there is one b.
func logMatMulGradB(a, b, c, g nd) nd {
	h := transposed(logMatMulGrad(transposed(b), transposed(a), transposed(c), transposed(g)))
	r := len(b.dims)
	if sizeOf(b.dims) != sizeOf(b.dims[r-2:]) {
		return h
	}
	sum := nd{dims: b.dims, data: make([]float64, sizeOf(b.dims))}
	for i, v := range h.data {
		sum.data[i%len(sum.data)] += v
	}
	return sum
}

func logMatMulRows() []*entry {
	var rows []*entry
	for i, c := range [][2]operand{
		{in(-2, 2, plain, 2, 3), in(-2, 2, plain, 3, 2)},
		{in(-2, 2, permuted, 2, 3), in(-2, 2, sliced, 3, 2)},
		{in(-2, 2, plain, 2, 1, 2, 2), in(-2, 2, expanded, 2, 2, 1)},
		{in(-2, 2, plain, 3, 1, 2), in(-2, 2, plain, 3, 2, 2)},
		{in(-2, 2, plain, 1, 2, 3), in(-2, 2, plain, 1, 3, 2)},
		{in(-2, 2, plain, 3, 1, 2), in(-2, 2, plain, 1, 2, 2)},
		{in(-2, 2, plain, 1, 3), in(-2, 2, plain, 2, 3, 1)},
		{in(-2, 2, plain, 0, 2, 2), in(-2, 2, plain, 2, 1)},
	} {
		// The logarithm of a sum of k terms, each rounded twice and scaled by
		// largest elements: the terms of Σ exp(|a| + |b|) bound all of them.
		rows = append(rows, &entry{
			code: LogMatMul, name: fmt.Sprint(i), in: c[:], sums: true, ulps: 16,
			want: func(in []nd) nd { return logMatMul(in[0], in[1]) },
		})
		a, b := c[0].dims, c[1].dims
		if sizeOf(a) == 0 {
			continue
		}
		y := logMatMul(build(a, func([]int) float64 { return 0 }), build(b, func([]int) float64 { return 0 })).dims
		rows = append(rows, &entry{
			code: LogMatMulGrad, name: fmt.Sprint(i), in: []operand{c[0], c[1], in(-1, 2, plain, y...), in(-1, 1, plain, y...)},
			ulps: 1 << 10, wide: 1 << 8,
			want: func(in []nd) nd { return logMatMulGrad(in[0], in[1], in[2], in[3]) },
		}, &entry{
			code: LogMatMulGrad, name: fmt.Sprint(i, "b"), in: []operand{c[0], c[1], in(-1, 2, plain, y...), in(-1, 1, plain, y...)},
			attr: Attr{Flag: true}, ulps: 1 << 10, wide: 1 << 8,
			want: func(in []nd) nd { return logMatMulGradB(in[0], in[1], in[2], in[3]) },
		})
	}
	return rows
}

// Terms far below the largest of their row and column keep their digits, and
// what is impossible has no gradient.
func TestLogMatMulFarOut(t *testing.T) {
	inf := math.Inf(-1)
	for name, c := range map[string]struct{ a, b nd }{
		"crossed":    {nd{[]int{1, 2}, []float64{0, -800}}, nd{[]int{2, 2}, []float64{-900, -3, 0, -950}}},
		"impossible": {nd{[]int{2, 2}, []float64{inf, -1, inf, inf}}, nd{[]int{2, 2}, []float64{0, 1, inf, 2}}},
		"far":        {nd{[]int{1, 2}, []float64{-1e6, -1e6}}, nd{[]int{2, 1}, []float64{1e6, 1e6 + 1}}},
		"subnormal":  {nd{[]int{1, 3}, []float64{0, -700, -701}}, nd{[]int{3, 1}, []float64{-720, 0, 0.5}}},
	} {
		t.Run(name, func(t *testing.T) {
			var tape Tape
			a, b := tape.Var(c.a.array(plain)), tape.Var(c.b.array(plain))
			y := tape.Emit(LogMatMul, Attr{}, a, b)
			want := logMatMul(c.a, c.b)
			size := 4 + largest(want)
			compare(t, "value", naive(tape.Value(y)), want, func(int) float64 { return 4 * 0x1p-53 * size })
			g := build(want.dims, func(at []int) float64 { return 1 + float64(at[1]) })
			sum := tape.Emit(Mul, Attr{}, y, tape.Const(g.array(plain)))
			grads := tape.Grad(tape.Emit(Sum, Attr{Dims: []int{0, 1}}, sum), []Ref{a, b}, false)
			// Exponents are sums of numbers of a thousand or so, or a million.
			rel := 8 * 0x1p-53 * (largest(finiteND(c.a)) + largest(finiteND(c.b)) + 1)
			da := logMatMulGrad(c.a, c.b, want, g)
			compare(t, "gradient in a", naive(tape.Value(grads[0])), da, func(i int) float64 { return rel * (1 + math.Abs(da.data[i])) })
			db := logMatMulGradB(c.a, c.b, want, g)
			compare(t, "gradient in b", naive(tape.Value(grads[1])), db, func(i int) float64 { return rel * (1 + math.Abs(db.data[i])) })
		})
	}
}

func finiteND(x nd) nd {
	return build(x.dims, func(at []int) float64 { return finiteOr0(x.at(at...)) })
}
