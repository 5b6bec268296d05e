package plot

// band is the area between two curves.
type band struct {
	look
	xs, lo, hi []float64
}

// Band fills the area between the points (xs[i], lo[i]) and (xs[i], hi[i]),
// such as an interval of predictions. Options: Color, Alpha (default 0.2).
func (f *Figure) Band(xs, lo, hi []float64, label string, opts ...Option) *Figure {
	l, err := styled("Band", look{label: label, alpha: 0.2}, hasColor|hasAlpha, opts)
	if err == nil {
		err = finitePairs("Band", label, xs, lo)
	}
	if err == nil {
		err = finitePairs("Band", label, xs, hi)
	}
	f.next(&l)
	return f.add(&band{l, clone(xs), clone(lo), clone(hi)}, err)
}

func (m *band) extend(r *ranges) {
	r.x.add(m.xs...)
	r.y.add(m.lo...)
	r.y.add(m.hi...)
}

func (m *band) draw(p *panel) {
	n := len(m.xs)
	outline := make([]point, 2*n)
	for i, x := range m.xs {
		outline[i] = p.pt(x, m.hi[i])
		outline[2*n-1-i] = p.pt(x, m.lo[i])
	}
	p.begin("band")
	p.polygon(outline, m.paint())
	p.end()
}

func (m *band) key() (string, swatch) { return m.label, boxSwatch(m.look) }
