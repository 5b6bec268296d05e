package plot

// rule is a straight line across the axes.
type rule struct {
	look
	at       float64
	vertical bool
}

// Rule draws a dashed horizontal line at y, a value to compare with. The axis
// is extended to it, and it is drawn over the other marks. Options: Color, Alpha, Width, Solid, Label.
func (f *Figure) Rule(y float64, opts ...Option) *Figure {
	return f.rule("Rule", y, false, opts)
}

// VRule draws a dashed vertical line at x. Options as for [Figure.Rule].
func (f *Figure) VRule(x float64, opts ...Option) *Figure {
	return f.rule("VRule", x, true, opts)
}

func (f *Figure) rule(name string, at float64, vertical bool, opts []Option) *Figure {
	l, err := styled(name, look{color: ruleInk(), width: 1, dash: dashes()}, hasColor|hasAlpha|hasWidth|hasDash|hasLabel, opts)
	if err == nil {
		err = finite(name, l.label, []float64{at})
	}
	return f.add(&rule{l, at, vertical}, err)
}

func (m *rule) extend(r *ranges) {
	if m.vertical {
		r.x.add(m.at)
	} else {
		r.y.add(m.at)
	}
}

func (m *rule) draw(p *panel) {
	p.begin("rule")
	if m.vertical {
		x := snapEdge(p.x(m.at))
		p.line([]point{{x, p.area.y1}, {x, p.area.y0}}, m.pen())
	} else {
		y := snapEdge(p.y(m.at))
		p.line([]point{{p.area.x0, y}, {p.area.x1, y}}, m.pen())
	}
	p.end()
}

func (m *rule) key() (string, swatch) { return m.label, lineSwatch(m.pen()) }
