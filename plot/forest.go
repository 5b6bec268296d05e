package plot

import (
	"fmt"
	"slices"
)

// forest is intervals of draws, one row for each variable.
type forest struct {
	rows []forestRow
}

// forestRow is the summary of one variable.
type forestRow struct {
	look
	middle       float64
	inner, outer interval
}

// Forest draws for each group of draws a row, the first at the top: a dot at
// the median, a thick line over the middle half, and a thin line over the
// highest-density interval of probability prob, in (0, 1). A figure has one
// set of rows. Groups without a colour all have the same.
func (f *Figure) Forest(prob float64, groups ...Group) *Figure {
	switch {
	case len(groups) == 0:
		return f.add(nil, &EmptyError{Mark: "Forest"})
	case !(prob > 0 && prob < 1):
		return f.add(nil, &ArgumentError{"Forest", "", fmt.Sprintf("probability %v is outside (0, 1)", prob)})
	}
	m := &forest{}
	for _, g := range groups {
		l, err := g.look("Forest")
		if err != nil {
			return f.add(nil, err)
		}
		if !l.colored {
			l.color = palette(0)
		}
		sorted := slices.Sorted(slices.Values(g.Xs))
		m.rows = append(m.rows, forestRow{
			look:   l,
			middle: quantile(sorted, 0.5),
			inner:  interval{lo: quantile(sorted, 0.25), hi: quantile(sorted, 0.75)},
			outer:  hdi(sorted, prob),
		})
	}
	return f.add(m, f.oneSetOfRows("Forest"))
}

// hdi is the narrowest interval from one of the sorted values to another that
// holds ⌊prob·n⌋ more (Hyndman 1996; Chen and Shao 1999).
func hdi(sorted []float64, prob float64) interval {
	n := len(sorted)
	k := min(int(prob*float64(n)), n-1)
	best := 0
	for i := range n - k {
		if sorted[i+k]-sorted[i] < sorted[best+k]-sorted[best] {
			best = i
		}
	}
	return interval{lo: sorted[best], hi: sorted[best+k]}
}

func (m *forest) extend(r *ranges) {
	for _, row := range m.rows {
		r.x.add(row.outer.lo, row.outer.hi, row.inner.lo, row.inner.hi)
		r.rows = append(r.rows, row.label)
	}
}

func (m *forest) draw(p *panel) {
	p.begin("forest")
	for i, row := range m.rows {
		y := snapEdge(p.y(-float64(i)))
		p.line([]point{{p.x(row.outer.lo), y}, {p.x(row.outer.hi), y}}, pen{color: row.color, width: 1})
		p.line([]point{{p.x(row.inner.lo), y}, {p.x(row.inner.hi), y}}, pen{color: row.color, width: 3})
		at := []point{{p.x(row.middle), y}}
		p.dots(Circle, at, 3.6, row.color)
		p.dots(Circle, at, 2.1, white())
	}
	p.end()
}

func (m *forest) key() (string, swatch) { return "", nil }
