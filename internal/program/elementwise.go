package program

// sameLayout is the layout rule of operations of one operand.
func sameLayout(c *call) *Layout { return c.in[0].Layout.contiguous(c.m) }

// broadcastLayout is the layout rule of operations whose operands broadcast.
func broadcastLayout(c *call) *Layout {
	l := c.in[0].Layout
	for _, a := range c.in[1:] {
		switch r := a.Layout; {
		case l == r, r.Size == 1 && len(r.Dims) <= len(l.Dims):
		case l.Size == 1 && len(l.Dims) <= len(r.Dims), sameDims(l, r) && r.Contig:
			l = r
		case sameDims(l, r):
		default:
			dims, ok := broadcast(c.m, l.Dims, r.Dims)
			if !ok {
				c.fail("shapes do not broadcast")
			}
			l = c.m.layout(dims)
		}
	}
	return l.contiguous(c.m)
}
