package program

import "github.com/gopyro/pyro/internal/blas"

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
			if float64(j) != v || uint(j) >= uint(n) {
				c.failIndex(v, i, n)
			}
			if k > 0 {
				j += rows[i] * n
			}
			rows[i] = j
		}
	}
	return rows, shape
}

// failIndex tells what is wrong with an index to n rows.
func (c *call) failIndex(v float64, i, n int) {
	if j := int(v); float64(j) == v {
		c.fail("index %d at element %d is outside 0…%d", j, i, n-1)
	}
	c.fail("index %v at element %d is not an integer", v, i)
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
	if len(dst) == 0 {
		c.indices(l.Dims)
		return
	}
	var index []float64
	if len(c.in) == 2 { // checked where they are used
		index = c.numbers(c.in[1], c.in[1].Layout.contiguous(c.m))
	} else {
		rows, _ := c.indices(l.Dims)
		index = c.m.float64s(len(rows))
		for i, r := range rows {
			index[i] = float64(r)
		}
	}
	var picked int
	x, n := read[T](c.m, c.in[0], l.contiguous(c.m)), len(dst)/len(index)
	switch {
	case c.naturals != nil:
		picked = c.naturals.pick(as64(dst), index)
	case c.times != nil:
		picked = blas.RowsGemv(as64(dst), as64(x), index, n, c.times.x, c.times.y)
	default:
		picked = blas.Rows(dst, x, index, n)
	}
	if i := picked; i < len(index) {
		c.failIndex(index[i], i, l.Dims[0])
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
