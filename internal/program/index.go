package program

import (
	"unsafe"

	"github.com/gopyro/pyro/internal/kernel"
)

// Index picks rows: operands are x of shape [d1, …, dk, rest…] and k index
// arrays that broadcast to S; the result has shape S + rest. IndexAdd is its
// transpose: operands are values of shape S + rest and the index arrays; Dims
// is the shape of the result, in which rows picked twice add up.

// indices returns, for each element of the broadcast index arrays, the number
// of the row it picks from an array of shape dims.
func (c *call) indices(dims []int) (rows []int, shape []int) {
	idx := c.in[1:]
	if len(idx) > len(dims) {
		c.fail("%d index arrays for %d dims", len(idx), len(dims))
	}
	shape = idx[0].Layout.Dims
	for _, a := range idx[1:] {
		s, ok := broadcast(c.m, shape, a.Layout.Dims)
		if !ok {
			c.fail("index arrays do not broadcast")
		}
		shape = s
	}
	l := c.m.layout(shape)
	rows = c.m.intSlice(l.Size)
	for k, a := range idx {
		n := dims[k]
		for i, v := range c.numbers(a, l) {
			j := int(v)
			switch {
			case float64(j) != v:
				c.fail("index %v at element %d is not an integer", v, i)
			case uint(j) >= uint(n):
				c.fail("index %d at element %d is outside 0…%d", j, i, n-1)
			case k > 0:
				j += rows[i] * n
			}
			rows[i] = j
		}
	}
	return rows, shape
}

// numbers reads a, broadcast to l, as float64.
func (c *call) numbers(a *Array, l *Layout) []float64 {
	if a.DType == Float64 {
		return read[float64](c.m, a, l)
	}
	buf := c.m.float64s(l.Size)
	for i, v := range read[float32](c.m, a, l) {
		buf[i] = float64(v)
	}
	return buf
}

func indexLayout(c *call) *Layout {
	x := c.in[0].Layout.Dims
	k := len(c.in) - 1
	if k > len(x) {
		c.fail("%d index arrays for %d dims", k, len(x))
	}
	shape := c.in[1].Layout.Dims
	for _, a := range c.in[2:] {
		s, ok := broadcast(c.m, shape, a.Layout.Dims)
		if !ok {
			c.fail("index arrays do not broadcast")
		}
		shape = s
	}
	dims := c.m.intSlice(len(shape) + len(x) - k)
	copy(dims, shape)
	copy(dims[len(shape):], x[k:])
	return c.m.layout(dims)
}

func evalIndex(c *call) {
	if c.out.DType == Float32 {
		indexAs(c, c.out.F32)
		return
	}
	indexAs(c, c.out.F64)
}

func indexAs[T float](c *call, dst []T) {
	l := c.in[0].Layout
	rows, _ := c.indices(l.Dims)
	x := read[T](c.m, c.in[0], l.contiguous(c.m))
	n := rowSize(l.Dims[len(c.in)-1:])
	switch n {
	case 0:
		return
	case 1:
		for i, r := range rows {
			dst[i] = x[r]
		}
		return
	}
	if n*int(unsafe.Sizeof(x[0])) > ahead {
		copyRows(dst, x, rows, n)
		return
	}
	per := ahead / (n * int(unsafe.Sizeof(x[0])))
	kernel.Prefetch(x, rows[:min(per, len(rows))], n)
	for len(rows) > 0 {
		some := rows[:min(per, len(rows))]
		rows = rows[len(some):]
		kernel.Prefetch(x, rows[:min(per, len(rows))], n)
		copyRows(dst, x, some, n)
		dst = dst[len(some)*n:]
	}
}

// ahead is the size of the rows that are asked for while those before them are
// copied, since rows that lie anywhere would be waited for one after the other.
// It is as many lines of cache as a core can wait for, and some more. Longer rows
// the machine reads ahead by itself.
const ahead = 24 * 64

func copyRows[T float](dst, x []T, rows []int, n int) {
	for i, r := range rows {
		copy(dst[i*n:(i+1)*n], x[r*n:])
	}
}

func rowSize(dims []int) int {
	n := 1
	for _, d := range dims {
		n *= d
	}
	return n
}

func indexAddLayout(c *call) *Layout { return c.m.layout(c.attr.Dims) }

func evalIndexAdd(c *call) {
	if c.out.DType == Float32 {
		indexAddAs(c, c.out.F32)
		return
	}
	indexAddAs(c, c.out.F64)
}

func indexAddAs[T float](c *call, dst []T) {
	clear(dst)
	rows, _ := c.indices(c.attr.Dims)
	v := read[T](c.m, c.in[0], c.in[0].Layout.contiguous(c.m))
	n := rowSize(c.attr.Dims[len(c.in)-1:])
	for i, r := range rows {
		to := dst[r*n : (r+1)*n]
		for j, x := range v[i*n : (i+1)*n] {
			to[j] += x
		}
	}
}
