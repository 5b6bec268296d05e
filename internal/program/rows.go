package program

// Rows that are picked from data and multiplied by a vector, such as those of a
// minibatch by coefficients, are multiplied where they are picked: memory is what
// takes the time, and the product is made while rows are waited for. They are stored
// as well, since the gradient reads them.

// rowProduct is a product that an Index of rows makes: with x, in y.
type rowProduct struct{ x, y []float64 }

// bringRows moves each Index of rows to the MatMul that reads them first.
func (c *compiler) bringRows() {
	p := c.p
	for j := range c.slots {
		s := &c.slots[j]
		if s.steps || s.code[0].code != MatMul {
			continue
		}
		rows := c.made(p.nodes[s.refs[0]].in[0])
		i := int(c.slot[rows])
		if i < 0 || p.nodes[rows].code != Index || len(c.slots[i].code) != 1 {
			continue
		}
		read := false
		for _, between := range c.slots[i+1 : j] {
			for _, r := range between.refs {
				c.reads(r, func(x Ref) { read = read || x == rows })
			}
		}
		if !read {
			c.moveSlot(i, j-1)
		}
	}
}

// moveSlot moves the slot at from to a later place.
func (c *compiler) moveSlot(from, to int) {
	s := c.slots[from]
	copy(c.slots[from:to], c.slots[from+1:to+1])
	c.slots[to] = s
	for r, at := range c.slot {
		switch {
		case int(at) == from:
			c.slot[r] = int32(to)
		case int(at) > from && int(at) <= to:
			c.slot[r]--
		}
	}
}

// multipliesRows makes the Index that comes last in the code so far make the product of in
// as well, if in multiplies the rows that it picks by a vector.
func (c *compiler) multipliesRows(in *instruction) bool {
	p := c.p
	if len(p.code) == 0 {
		return false
	}
	last := &p.code[len(p.code)-1]
	if last.kind != general || last.code != Index {
		return false
	}
	t, product := p.calls[last.at], &p.calls[in.at]
	rows, g := &p.values[t.at], &product.product
	if len(t.args) != 2 || rowSize(t.args[0].Layout.Dims[1:]) != g.n || rows.DType != Float64 || rows.Layout.Size != g.m*g.n ||
		g.trans || g.tall != nil || g.lda != g.n || &g.a[0] != &rows.F64[0] || within(g.x, rows.F64) {
		return false
	}
	t.times = &rowProduct{x: g.x, y: p.values[product.at].F64[:g.m]}
	last.at = int32(len(p.calls))
	p.calls = append(p.calls, t)
	return true
}
