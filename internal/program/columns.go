package program

import (
	"math"

	"github.com/gopyro/pyro/internal/kernel"
)

// columns reduces a row-major block of shape [n, m] over n, row by row, so that
// nothing is transposed.
type columns[T float] struct {
	code Code
	m    *memory
}

// reduceMiddle reduces x of shape [outer, n, inner] over n into dst.
func reduceMiddle[T float](code Code, m *memory, dst, x []T, outer, n, inner int) {
	r := columns[T]{code: code, m: m}
	for o := range outer {
		r.reduce(dst[o*inner:(o+1)*inner], x[o*n*inner:(o+1)*n*inner], inner)
	}
}

func (r columns[T]) reduce(dst, x []T, m int) {
	switch r.code {
	case Sum:
		r.sum(dst, x, m)
	case LogSumExp:
		r.logSumExp(dst, x, m)
	case ReduceMax:
		r.fold(Max, dst, x, m)
	case ReduceMin:
		r.fold(Min, dst, x, m)
	}
}

func (r columns[T]) fold(code Code, dst, x []T, m int) {
	if len(x) == m {
		copy(dst, x)
		return
	}
	binary(code, dst, x[:m], x[m:2*m])
	for i := 2 * m; i < len(x); i += m {
		binary(code, dst, dst, x[i:i+m])
	}
}

// sum adds up to 64 rows in order, and more pairwise.
func (r columns[T]) sum(dst, x []T, m int) {
	depth := 0 // halvings
	for n := len(x) / m; n > sumRows; depth++ {
		h := halfRows(n)
		n = max(h, n-h)
	}
	if len(x) >= longSum && len(x)/m >= sumParts*2*sumRows {
		buf := floats[T](r.m, sumParts*(depth+1)*m)
		sumColumns(columnSums[T]{x: x, m: m, sums: buf[:sumParts*m], halves: buf[sumParts*m:]}, dst)
		return
	}
	r.sumHalves(dst, x, m, floats[T](r.m, depth*m))
}

const sumRows = 64

// halfRows is where a sum of n rows is halved.
func halfRows(n int) int { return (n/2 + sumRows - 1) / sumRows * sumRows }

func (r columns[T]) sumHalves(dst, x []T, m int, halves []T) {
	n := len(x) / m
	if n <= sumRows {
		r.fold(Add, dst, x, m)
		return
	}
	h, half := halfRows(n)*m, halves[:m]
	r.sumHalves(dst, x[:h], m, halves)
	r.sumHalves(half, x[h:], m, halves[m:])
	binary(Add, dst, dst, half)
}

// logSumExp is as for one row: log Σ exp(x - max) + max, and max where that is
// infinite or NaN.
func (r columns[T]) logSumExp(dst, x []T, m int) {
	r.fold(Max, dst, x, m)
	by, s, e := dst, floats[T](r.m, m), floats[T](r.m, len(x))
	finite := allFinite(dst)
	if !finite {
		by = floats[T](r.m, m)
		for i, v := range dst {
			by[i] = shift(v)
		}
	}
	for i := 0; i < len(x); i += m {
		binary(Sub, e[i:i+m], x[i:i+m], by)
	}
	vectorExp(e)
	r.fold(Add, s, e, m) // the same as from 0 on, since none is -0
	if finite {
		vectorLog(s)
		binary(Add, dst, dst, s)
		return
	}
	addLog(dst, s)
}

// allFinite reports whether no element is infinite or NaN.
func allFinite[T float](x []T) bool {
	if !single[T]() {
		return kernel.Within(as64(x), -math.MaxFloat64, math.MaxFloat64)
	}
	for _, v := range x {
		if v-v != 0 {
			return false
		}
	}
	return true
}

// shift is v, or 0 where v is infinite or NaN.
func shift[T float](v T) T {
	if v-v != 0 {
		return 0
	}
	return v
}

// addLog adds log s to dst where that is finite.
func addLog[T float](dst, s []T) {
	vectorLog(s)
	for i, v := range dst {
		if v-v == 0 {
			dst[i] = v + s[i]
		}
	}
}

// vectorExp and vectorLog take kernels for any length, so that an element does
// not depend on how many there are.
func vectorExp[T float](x []T) {
	if single[T]() {
		kernel.Exp32(as32(x), as32(x))
	} else {
		kernel.Exp(as64(x), as64(x))
	}
}

func vectorLog[T float](x []T) {
	if single[T]() {
		kernel.Log32(as32(x), as32(x))
	} else {
		kernel.Log(as64(x), as64(x))
	}
}

// middle returns x as a contiguous block [outer, n, inner] where the reduced
// dims are next to each other and something is to the right of them.
func middle[T float](m *memory, x *Array, dims []int) (data []T, outer, n, inner int, ok bool) {
	l := x.Layout
	if len(dims) == 0 || dims[len(dims)-1]-dims[0] != len(dims)-1 || !l.Contig {
		return nil, 0, 0, 0, false
	}
	outer, n, inner = rowSize(l.Dims[:dims[0]]), rowSize(l.Dims[dims[0]:dims[len(dims)-1]+1]), rowSize(l.Dims[dims[len(dims)-1]+1:])
	return values[T](x)[:l.Size], outer, n, inner, inner > 1 && n > 0
}

// turned returns x, rows of n, as columns: [n, rows].
func turned[T float](m *memory, x []T, n int) []T {
	rows := len(x) / n
	t := floats[T](m, len(x))
	for i := range rows {
		for j, v := range x[i*n : (i+1)*n] {
			t[j*rows+i] = v
		}
	}
	return t
}
