package program

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
	clear(rows)
	buf := c.m.float64s(l.Size)
	for k, a := range idx {
		c.integers(a, l, buf)
		for i, v := range buf {
			j := int(v)
			if j < 0 || j >= dims[k] {
				c.fail("index %d at element %d is outside 0…%d", j, i, dims[k]-1)
			}
			rows[i] = rows[i]*dims[k] + j
		}
	}
	return rows, shape
}

// integers reads a, broadcast to l, into buf and checks that it holds integers.
func (c *call) integers(a *Array, l *Layout, buf []float64) {
	if a.DType == Float32 {
		for i, v := range read[float32](c.m, a, l) {
			buf[i] = float64(v)
		}
	} else {
		copy(buf, read[float64](c.m, a, l))
	}
	for i, v := range buf {
		if v != float64(int(v)) {
			c.fail("index %v at element %d is not an integer", v, i)
		}
	}
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
	for len(rows) > 0 {
		some := rows[:min(len(rows), 32)]
		c.touched = touch(x, some, n)
		for i, r := range some {
			copy(dst[i*n:(i+1)*n], x[r*n:])
		}
		rows, dst = rows[len(some):], dst[len(some)*n:]
	}
}

// touch reads something of each cache line of some rows. The reads wait for
// memory together, where copies row by row would wait one after the other.
func touch[T float](x []T, rows []int, n int) float64 {
	const line = 8
	var s T
	for _, r := range rows {
		row := x[r*n : (r+1)*n]
		for j := 0; j < len(row); j += line {
			s += row[j]
		}
		s += row[len(row)-1]
	}
	return float64(s)
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
