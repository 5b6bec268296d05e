package program

// reshapeView gives the operand the dims Dims; it copies only what is not in
// row-major order.
func reshapeView(c *call) Array {
	a := *c.in[0]
	l := c.m.layout(c.attr.Dims)
	if l.Size != a.Layout.Size {
		c.fail("cannot take the shape %v: %d elements, not %d", c.attr.Dims, l.Size, a.Layout.Size)
	}
	if !a.Layout.Contig {
		out := c.m.array(a.Layout.contiguous(c.m), a.DType)
		materialise(&out, &a, out.Layout)
		a.F64, a.F32 = out.F64, out.F32
	}
	a.Layout = l
	return a
}

// expandView broadcasts the operand to Dims.
func expandView(c *call) Array {
	a := *c.in[0]
	dims := c.attr.Dims
	pad := len(dims) - len(a.Layout.Dims)
	if pad < 0 {
		c.fail("cannot expand to %v, which has fewer dims", dims)
	}
	for _, d := range dims {
		if d < 0 {
			c.fail("cannot expand to %v: negative size", dims)
		}
	}
	for i, d := range a.Layout.Dims {
		if d != dims[pad+i] && d != 1 {
			c.fail("cannot expand to %v: size %d at dim %d", dims, d, i-len(a.Layout.Dims))
		}
	}
	a.Layout = c.m.view(dims, expandStrides(c.m, a.Layout, dims))
	return a
}

// permuteView reorders the dims: dim i of the result is Dims[i] of the operand.
func permuteView(c *call) Array {
	a := *c.in[0]
	n := len(a.Layout.Dims)
	s := c.m.intSlice(2 * n)
	for i, d := range c.attr.Dims {
		s[i], s[n+i] = a.Layout.Dims[d], a.Layout.Strides[d]
	}
	a.Layout = c.m.view(s[:n], s[n:])
	return a
}

// sliceView keeps the elements Dims[1], Dims[1]+Dims[3], … below Dims[2] of dim
// Dims[0].
func sliceView(c *call) Array {
	a := *c.in[0]
	dim, start, stop, step := c.attr.Dims[0], c.attr.Dims[1], c.attr.Dims[2], c.attr.Dims[3]
	n := len(a.Layout.Dims)
	s := c.m.intSlice(2 * n)
	copy(s[:n], a.Layout.Dims)
	copy(s[n:], a.Layout.Strides)
	s[dim] = (stop - start + step - 1) / step
	s[n+dim] *= step
	offset := start * a.Layout.Strides[dim]
	a.Layout = c.m.view(s[:n], s[n:])
	if a.Layout.Size == 0 {
		return a
	}
	if a.DType == Float32 {
		a.F32 = a.F32[offset:]
	} else {
		a.F64 = a.F64[offset:]
	}
	return a
}

// Unslice is the transpose of Slice: its operand lands at Dims[1], Dims[1] +
// Dims[2], … of dim Dims[0], whose size is Dims[3]; the rest is 0.
func unsliceLayout(c *call) *Layout {
	dims := append(c.m.intSlice(len(c.in[0].Layout.Dims))[:0], c.in[0].Layout.Dims...)
	dims[c.attr.Dims[0]] = c.attr.Dims[3]
	return c.m.layout(dims)
}

func evalUnslice(c *call) {
	if c.out.DType == Float32 {
		unsliceAs(c, c.out.F32)
		return
	}
	unsliceAs(c, c.out.F64)
}

func unsliceAs[T float](c *call, dst []T) {
	clear(dst)
	l := c.in[0].Layout
	x := read[T](c.m, c.in[0], l.contiguous(c.m))
	dim, start, step := c.attr.Dims[0], c.attr.Dims[1], c.attr.Dims[2]
	outer, n, inner := split(l.Dims, dim)
	full := c.attr.Dims[3]
	for o := range outer {
		for i := range n {
			copy(dst[(o*full+start+i*step)*inner:][:inner], x[(o*n+i)*inner:])
		}
	}
}

// Flip reverses dim Dims[0].
func evalFlip(c *call) {
	if c.out.DType == Float32 {
		flipAs(c, c.out.F32)
		return
	}
	flipAs(c, c.out.F64)
}

func flipAs[T float](c *call, dst []T) {
	x := read[T](c.m, c.in[0], c.out.Layout)
	outer, n, inner := split(c.out.Layout.Dims, c.attr.Dims[0])
	for o := range outer {
		for i := range n {
			copy(dst[(o*n+i)*inner:][:inner], x[(o*n+n-1-i)*inner:])
		}
	}
}

// Cat joins the operands along Dims[0].
func catLayout(c *call) *Layout {
	first := c.in[0].Layout.Dims
	dim := c.attr.Dims[0]
	dims := append(c.m.intSlice(len(first))[:0], first...)
	dims[dim] = 0
	for _, a := range c.in {
		d := a.Layout.Dims
		if len(d) != len(dims) {
			c.fail("operands of different rank")
		}
		for i := range d {
			if i != dim && d[i] != dims[i] {
				c.fail("sizes differ at dim %d, along which they are not joined", i-len(d))
			}
		}
		dims[dim] += d[dim]
	}
	return c.m.layout(dims)
}

func evalCat(c *call) {
	if c.out.DType == Float32 {
		catAs(c, c.out.F32)
		return
	}
	catAs(c, c.out.F64)
}

func catAs[T float](c *call, dst []T) {
	outer, full, inner := split(c.out.Layout.Dims, c.attr.Dims[0])
	at := 0
	for _, a := range c.in {
		x := read[T](c.m, a, a.Layout.contiguous(c.m))
		n := a.Layout.Dims[c.attr.Dims[0]]
		for o := range outer {
			copy(dst[(o*full+at)*inner:][:n*inner], x[o*n*inner:])
		}
		at += n
	}
}
