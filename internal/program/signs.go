package program

// moveSigns takes negatives out of products with constants, which take the sign
// up, and out of sums. Rounding is symmetric, so the bits stay.
func (c *compiler) moveSigns() {
	p := c.p
	n := len(p.nodes)
	c.minus = make([]bool, n)
	for i := range n {
		node := &p.nodes[i]
		if !node.state.is(varying) || p.values[i].DType != Float64 {
			continue
		}
		switch node.code {
		case Mul:
			for j := range 2 {
				x, ok := c.negated(node.in[j])
				k := c.canon[node.in[1-j]]
				if ok && !p.nodes[k].state.is(varying) && p.values[k].DType == Float64 {
					node.in[j], node.in[1-j] = x, c.negative(k)
					break
				}
			}
		case Sum, SumTo:
			if x, ok := c.negated(node.in[0]); ok && p.values[i].Layout.Size == 1 && p.values[x].Layout.Contig {
				node.in[0], c.minus[i] = x, true
			}
		}
	}
	c.minus = append(c.minus, make([]bool, len(p.nodes)-n)...)
}

// negated returns the value whose negative r is.
func (c *compiler) negated(r Ref) (Ref, bool) {
	r = c.canon[r]
	n := &c.p.nodes[r]
	x := c.canon[n.in[0]]
	switch {
	case !n.state.is(varying) || n.nin == 0:
		return none, false
	case n.code == Neg:
		return x, true
	case n.code != Mul:
		return none, false
	case c.constant(n.in[0], -1):
		x = c.canon[n.in[1]]
	case !c.constant(n.in[1], -1):
		return none, false
	}
	return x, sameDims(c.p.values[x].Layout, c.p.values[r].Layout) && c.p.values[x].DType == Float64
}

// negative appends the negative of a constant to the values.
func (c *compiler) negative(k Ref) Ref {
	p := c.p
	a := p.mem.array(p.mem.layout(p.values[k].Layout.Dims), Float64)
	materialise(&a, &p.values[k], a.Layout)
	unary(Neg, 0, a.F64, a.F64)
	p.nodes = append(p.nodes, node{code: Const, attr: -1, state: boxed})
	p.values = append(p.values, a)
	r := Ref(len(p.nodes) - 1)
	c.canon = append(c.canon, r)
	return r
}
