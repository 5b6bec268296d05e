package program

// Gather picks along dim Dims[0] of x (counted from the right, negative):
// result[…, i, …] = x[…, index[…, i, …], …], where the other dims of x and
// index broadcast. ScatterAdd is its transpose; Dims[1] is the size of the dim
// in the result, and Dims[2:] are the dims of the result, if they are not those
// that values and index broadcast to: what was broadcast is added up.

// gatherDims returns the result's dims.
func (c *call) gatherDims() []int {
	x, idx := c.in[0].Layout.Dims, c.in[1].Layout.Dims
	d := -c.attr.Dims[0]
	if d > len(x) || d > len(idx) {
		c.fail("no dim %d", -d)
	}
	one := func(dims []int) []int {
		s := append(c.m.intSlice(len(dims))[:0], dims...)
		s[len(s)-d] = 1
		return s
	}
	out, ok := broadcast(c.m, one(x), one(idx))
	if !ok {
		c.fail("shapes do not broadcast apart from dim %d", -d)
	}
	out[len(out)-d] = idx[len(idx)-d]
	return out
}

func gatherLayout(c *call) *Layout { return c.m.layout(c.gatherDims()) }

func evalGather(c *call) {
	if c.out.DType == Float32 {
		gatherAs(c, c.out.F32)
		return
	}
	gatherAs(c, c.out.F64)
}

func gatherAs[T float](c *call, dst []T) {
	x := values[T](c.in[0])
	p := c.picks(c.out.Layout.Dims, c.in[0].Layout)
	for i := 0; i < len(dst); p.advance() {
		a, o := p.a, p.o
		for range p.n {
			dst[i] = x[o+p.index[a]*p.stride]
			i, a, o = i+1, a+p.indexStep, o+p.step
		}
	}
}

func scatterAddLayout(c *call) *Layout {
	if to := c.attr.Dims[2:]; len(to) > 0 {
		return c.m.layout(to)
	}
	in := c.scatterDims()
	out := append(c.m.intSlice(len(in))[:0], in...)
	out[len(out)+c.attr.Dims[0]] = c.attr.Dims[1]
	return c.m.layout(out)
}

// scatterDims returns the dims of values and index broadcast together.
func (c *call) scatterDims() []int {
	in, ok := broadcast(c.m, c.in[0].Layout.Dims, c.in[1].Layout.Dims)
	if !ok {
		c.fail("shapes do not broadcast")
	}
	return in
}

func evalScatterAdd(c *call) {
	if c.out.DType == Float32 {
		scatterAddAs(c, c.out.F32)
		return
	}
	scatterAddAs(c, c.out.F64)
}

func scatterAddAs[T float](c *call, dst []T) {
	clear(dst)
	in := c.scatterDims()
	v := read[T](c.m, c.in[0], c.m.layout(in))
	p := c.picks(in, c.out.Layout)
	for i := 0; i < len(v); p.advance() {
		a, o := p.a, p.o
		for range p.n {
			dst[o+p.index[a]*p.stride] += v[i]
			i, a, o = i+1, a+p.indexStep, o+p.step
		}
	}
}

// picks walks through positions in row-major order, with where each is in the
// index array (a) and in an array (o) from which it picks along one dim.
type picks struct {
	index  []int // the elements of the index array
	stride int   // of the picked dim

	a, o int // where the present run along the last dim starts in both

	// Dims of more than one position: of the last, n and its steps, and of those
	// before it.
	n, indexStep, step       int
	sizes, indexSteps, steps []int
	at                       []int // position along them
}

// picks makes the walk through dims, with the index array that operand 1 is and
// an array of layout l.
func (c *call) picks(dims []int, l *Layout) (p picks) {
	idx := c.in[1].Layout
	d := len(l.Dims) + c.attr.Dims[0]
	p = picks{index: c.m.intSlice(idx.Size), stride: l.Strides[d], n: 1}
	own := idx.contiguous(c.m)
	for i, v := range c.numbers(c.in[1], own) {
		if p.index[i] = int(v); float64(p.index[i]) != v || uint(p.index[i]) >= uint(l.Dims[d]) {
			c.failIndex(v, i, l.Dims[d])
		}
	}
	indexSteps, steps := expandStrides(c.m, own, dims), expandStrides(c.m, l, dims)
	steps[len(dims)+c.attr.Dims[0]] = 0
	p.sizes, p.indexSteps, p.steps = c.m.intSlice(len(dims))[:0], indexSteps[:0], steps[:0]
	for i, n := range dims {
		if n != 1 {
			p.sizes, p.indexSteps, p.steps = append(p.sizes, n), append(p.indexSteps, indexSteps[i]), append(p.steps, steps[i])
		}
	}
	if last := len(p.sizes) - 1; last >= 0 {
		p.n, p.indexStep, p.step = p.sizes[last], p.indexSteps[last], p.steps[last]
		p.sizes = p.sizes[:last]
	}
	p.at = c.m.intSlice(len(p.sizes))
	clear(p.at)
	return p
}

// advance goes to the next run along the last dim.
func (p *picks) advance() {
	for d := len(p.sizes) - 1; d >= 0; d-- {
		p.at[d]++
		p.a, p.o = p.a+p.indexSteps[d], p.o+p.steps[d]
		if p.at[d] < p.sizes[d] {
			return
		}
		p.a, p.o, p.at[d] = p.a-p.at[d]*p.indexSteps[d], p.o-p.at[d]*p.steps[d], 0
	}
}
