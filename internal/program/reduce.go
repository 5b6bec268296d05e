package program

import "github.com/gopyro/pyro/internal/kernel"

// Reductions use Dims, the reduced dims in increasing order, and Flag, which
// keeps them with size 1.

func reduces(dims []int, i int) bool {
	for _, d := range dims {
		if d == i {
			return true
		}
	}
	return false
}

func reduceLayout(c *call) *Layout {
	in := c.in[0].Layout.Dims
	out := c.m.intSlice(len(in))[:0]
	for i, d := range in {
		switch {
		case !reduces(c.attr.Dims, i):
			out = append(out, d)
		case c.attr.Flag:
			out = append(out, 1)
		}
	}
	return c.m.layout(out)
}

// rows returns the elements of x as contiguous rows of n, one for each element
// of the result of reducing dims.
func rows[T float](m *memory, x *Array, dims []int) (data []T, n int) {
	l := x.Layout
	n = 1
	order, strides := m.intSlice(len(l.Dims))[:0], m.intSlice(len(l.Dims))[:0]
	for i := range l.Dims {
		if !reduces(dims, i) {
			order, strides = append(order, l.Dims[i]), append(strides, l.Strides[i])
		}
	}
	for _, d := range dims {
		n *= l.Dims[d]
		order, strides = append(order, l.Dims[d]), append(strides, l.Strides[d])
	}
	v := Layout{Dims: order, Strides: strides, Size: l.Size, Contig: l.Contig}
	if v.Contig { // still in row-major order?
		size := 1
		for i := len(order) - 1; i >= 0; i-- {
			v.Contig = v.Contig && (order[i] == 1 || strides[i] == size)
			size *= order[i]
		}
	}
	if v.Contig {
		return values[T](x)[:l.Size], n
	}
	data = floats[T](m, l.Size)
	strided(data, values[T](x), order, strides)
	return data, n
}

func evalReduce(c *call) {
	if c.out.DType == Float32 {
		reduceAs(c, c.out.F32)
		return
	}
	reduceAs(c, c.out.F64)
}

// fewColumns is the length from which on a row fills a kernel. All elements of
// shorter ones go through exp at once; as many of them are quicker as columns.
const fewColumns = 16

func reduceAs[T float](c *call, dst []T) {
	x, outer, n, inner, ok := middle[T](c.m, c.in[0], c.attr.Dims)
	if !ok || c.code == ArgMax {
		x, n = rows[T](c.m, c.in[0], c.attr.Dims)
		outer, inner = len(dst), 1
	}
	if n == 0 && (c.code == ReduceMax || c.code == ReduceMin || c.code == ArgMax) {
		c.fail("no elements along the reduced dims")
	}
	reduceBlock(c.code, c.m, dst, x, outer, n, inner)
}

// reduceBlock reduces x of shape [outer, n, inner] over n into dst.
func reduceBlock[T float](code Code, m *memory, dst, x []T, outer, n, inner int) {
	switch {
	case inner > 1:
		reduceMiddle(code, m, dst, x, outer, n, inner)
	case code == LogSumExp && 0 < n && n < fewColumns:
		if len(dst) < fewColumns {
			logSumExpRows(m, dst, x, n)
		} else {
			reduceMiddle(code, m, dst, turned(m, x, n), 1, n, len(dst))
		}
	default:
		reduceParts(&reduction[T]{code: code, dst: dst, x: x, n: n})
	}
}

// reduction is one of rows of n elements, and how many rows are a part.
type reduction[T float] struct {
	code   Code
	dst, x []T
	n, per int
}

func (c *reduction[T]) run(part int) {
	lo, hi := part*c.per, min((part+1)*c.per, len(c.dst))
	dst, x, n := c.dst[lo:hi], c.x[lo*c.n:hi*c.n], c.n
	for i := range dst {
		r := x[i*n : (i+1)*n]
		switch c.code {
		case Sum:
			dst[i] = sum(r)
		case ReduceMax:
			dst[i] = maximum(r)
		case ReduceMin:
			dst[i] = minimum(r)
		case ArgMax:
			dst[i] = T(argmax(r))
		case LogSumExp:
			dst[i] = logSumExp(r)
		}
	}
}

// sum adds in a fixed order: that of kernel.Sum in blocks of 4096 elements, and
// the blocks pairwise.
func sum[T float](x []T) T {
	if len(x) >= longSum {
		return sumShared(x)
	}
	return sumBlocks(x)
}

const sumBlock = 4096

// halfSum is where a sum of n elements is halved.
func halfSum(n int) int { return (n/2 + sumBlock - 1) / sumBlock * sumBlock }

func sumBlocks[T float](x []T) T {
	switch {
	case len(x) > sumBlock:
		h := halfSum(len(x))
		return sumBlocks(x[:h]) + sumBlocks(x[h:])
	case len(x) < arithRun:
		var s T
		for _, v := range x {
			s += v
		}
		return s
	case single[T]():
		return T(kernel.Sum32(as32(x)))
	}
	return T(kernel.Sum(as64(x)))
}

// maximum is NaN if an element is.
func maximum[T float](x []T) T {
	if len(x) >= arithRun {
		if single[T]() {
			return T(kernel.MaxOf32(as32(x)))
		}
		return T(kernel.MaxOf(as64(x)))
	}
	m := x[0]
	for _, v := range x[1:] {
		m = max(m, v)
	}
	return m
}

func minimum[T float](x []T) T {
	m := x[0]
	for _, v := range x[1:] {
		m = min(m, v)
	}
	return m
}

// argmax is the first index of the largest element, or of the first NaN.
func argmax[T float](x []T) int {
	k := 0
	for i, v := range x {
		if v != v {
			return i
		}
		if v > x[k] {
			k = i
		}
	}
	return k
}

// logSumExpRows is logSumExp of rows of n in the bits of columns, so that a row
// does not depend on how many there are.
func logSumExpRows[T float](m *memory, dst, x []T, n int) {
	e, s := floats[T](m, len(x)), floats[T](m, len(dst))
	for i := range dst {
		row := x[i*n : (i+1)*n]
		dst[i] = row[0]
		for _, v := range row[1:] {
			dst[i] = max(dst[i], v)
		}
		by := shift(dst[i])
		for j, v := range row {
			e[i*n+j] = v - by
		}
	}
	vectorExp(e)
	for i := range s {
		s[i] = 0
		for _, v := range e[i*n : (i+1)*n] {
			s[i] += v
		}
	}
	addLog(dst, s)
}

func logSumExp[T float](x []T) T {
	if single[T]() {
		return T(kernel.LogSumExp32(as32(x)))
	}
	return T(kernel.LogSumExp(as64(x)))
}

// SumTo reduces an array to Dims, from which it could be broadcast.
func sumToLayout(c *call) *Layout {
	from, to := c.in[0].Layout.Dims, c.attr.Dims
	pad := len(from) - len(to)
	for i, d := range to {
		if pad < 0 || d != 1 && d != from[pad+i] {
			c.fail("%v does not broadcast to the operand's shape", to)
		}
	}
	return c.m.layout(to)
}

func evalSumTo(c *call) {
	c.own = Attr{Dims: sumToDims(c.m, c.in[0].Layout, c.out.Layout)}
	c.code, c.attr = Sum, &c.own
	evalReduce(c)
}

// sumToDims are the dims that SumTo sums over.
func sumToDims(m *memory, from, to *Layout) []int {
	pad := len(from.Dims) - len(to.Dims)
	dims := m.intSlice(len(from.Dims))[:0]
	for i, d := range from.Dims {
		if i < pad || to.Dims[i-pad] == 1 && d != 1 {
			dims = append(dims, i)
		}
	}
	return dims
}

// CumSum runs along Dims[0]; Flag runs from the end.
func evalCumSum(c *call) {
	if c.out.DType == Float32 {
		cumSumAs(c, c.out.F32)
		return
	}
	cumSumAs(c, c.out.F64)
}

func cumSumAs[T float](c *call, dst []T) {
	copy(dst, read[T](c.m, c.in[0], c.out.Layout))
	outer, n, inner := split(c.out.Layout.Dims, c.attr.Dims[0])
	for o := range outer {
		block := dst[o*n*inner : (o+1)*n*inner]
		if c.attr.Flag {
			for i := (n-1)*inner - 1; i >= 0; i-- {
				block[i] += block[i+inner]
			}
			continue
		}
		for i := inner; i < len(block); i++ {
			block[i] += block[i-inner]
		}
	}
}

// split returns the sizes before, along and after dim.
func split(dims []int, dim int) (outer, n, inner int) {
	outer, inner = 1, 1
	for _, d := range dims[:dim] {
		outer *= d
	}
	for _, d := range dims[dim+1:] {
		inner *= d
	}
	return outer, dims[dim], inner
}
