package plot

import "slices"

// bars is one bar in each of a set of rows.
type bars struct {
	look
	rows    []string
	lengths []float64
	at, of  int // place among the bars of a row, counted from 0
}

// Bars draws horizontal bars in named rows, the first at the top: each group has
// one bar in every row, as long as its value there, and an entry in the legend
// if it has a label. A figure has one set of rows.
func (f *Figure) Bars(rows []string, groups ...Group) *Figure {
	if len(rows) == 0 || len(groups) == 0 {
		return f.add(nil, &EmptyError{Mark: "Bars"})
	}
	if err := f.oneSetOfRows("Bars"); err != nil {
		return f.add(nil, err)
	}
	for i, g := range groups {
		l, err := g.look("Bars")
		if err == nil && len(g.Xs) != len(rows) {
			err = &LengthError{"Bars", g.Label, len(rows), len(g.Xs)}
		}
		f.next(&l)
		f.add(&bars{l, slices.Clone(rows), clone(g.Xs), i, len(groups)}, err)
	}
	return f
}

func (m *bars) extend(r *ranges) {
	r.x.add(0)
	r.x.add(m.lengths...)
	r.floorX = true
	if m.at == 0 {
		r.rows = append(r.rows, m.rows...)
	}
}

func (m *bars) draw(p *panel) {
	const share = 0.8 // of the height of a row
	p.begin("bars")
	foot := snapEdge(p.x(0))
	for i, v := range m.lengths {
		top := share/2 - share*float64(m.at)/float64(m.of) - float64(i)
		y0, y1 := snapEdge(p.y(top)), snapEdge(p.y(top-share/float64(m.of)))
		if y1-y0 > 4*pixel {
			y1 -= pixel
		}
		end := snapEdge(p.x(v))
		p.polygon(rect{min(foot, end), y0, max(foot, end), y1}.corners(), m.paint())
	}
	p.end()
}

func (m *bars) key() (string, swatch) { return m.label, boxSwatch(m.look) }
