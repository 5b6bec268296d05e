package plot

// scatter is points.
type scatter struct {
	look
	xs, ys []float64
}

// Points draws a point at each (xs[i], ys[i]).
// Options: Color, Alpha, Shape, Size.
func (f *Figure) Points(xs, ys []float64, label string, opts ...Option) *Figure {
	l, err := styled("Points", look{label: label, size: 2.4}, hasColor|hasAlpha|hasMarker|hasSize, opts)
	if err == nil {
		err = finitePairs("Points", label, xs, ys)
	}
	f.next(&l)
	return f.add(&scatter{l, clone(xs), clone(ys)}, err)
}

func (m *scatter) extend(r *ranges) {
	r.x.add(m.xs...)
	r.y.add(m.ys...)
}

func (m *scatter) draw(p *panel) {
	at := make([]point, len(m.xs))
	for i := range at {
		at[i] = p.pt(m.xs[i], m.ys[i])
	}
	p.begin("points")
	p.dots(m.marker, at, m.size, m.paint())
	p.end()
}

func (m *scatter) key() (string, swatch) { return m.label, markerSwatch(m.look) }

// rug is short strokes at the foot of the axes.
type rug struct {
	look
	xs []float64
}

// Rug draws a short stroke on the x axis at each of xs.
// Options: Color, Alpha, Width, Label.
func (f *Figure) Rug(xs []float64, opts ...Option) *Figure {
	l, err := styled("Rug", look{color: ink(), width: 0.8, alpha: 0.5}, hasColor|hasAlpha|hasWidth|hasLabel, opts)
	if err == nil {
		err = finite("Rug", l.label, xs)
	}
	return f.add(&rug{l, clone(xs)}, err)
}

func (m *rug) extend(r *ranges) { r.x.add(m.xs...) }

func (m *rug) draw(p *panel) {
	const height = 7
	p.begin("rug")
	for _, v := range m.xs {
		x := p.x(v)
		p.line([]point{{x, p.area.y1}, {x, p.area.y1 - height}}, m.pen())
	}
	p.end()
}

func (m *rug) key() (string, swatch) { return m.label, lineSwatch(m.pen()) }
