package plot

import (
	"fmt"
	"math"
)

// histogram is counts in bins of equal width.
type histogram struct {
	look
	lo, hi float64
	counts []int
}

// Hist draws how many of xs fall into each of bins equal parts of [lo, hi].
// A part includes its lower end, the last one both. Values outside [lo, hi]
// are not counted; if all are outside, that is an [ArgumentError], as is
// lo ≥ hi or bins < 1. Options: Color, Alpha, Label.
func (f *Figure) Hist(xs []float64, lo, hi float64, bins int, opts ...Option) *Figure {
	l, err := styled("Hist", look{}, hasColor|hasAlpha|hasLabel, opts)
	if err == nil {
		err = finite("Hist", l.label, xs)
	}
	switch {
	case err != nil:
		return f.add(nil, err)
	case !(lo < hi) || !finiteSpan(lo, hi):
		return f.add(nil, &ArgumentError{"Hist", l.label, fmt.Sprintf("[%v, %v] is not an interval", lo, hi)})
	case bins < 1 || bins > 1e6:
		return f.add(nil, &ArgumentError{"Hist", l.label, fmt.Sprintf("%d bins, want 1 to 1000000", bins)})
	}
	m := &histogram{look: l, lo: lo, hi: hi, counts: make([]int, bins)}
	if m.count(xs) == 0 {
		return f.add(nil, &ArgumentError{"Hist", l.label, fmt.Sprintf("none of the %d values is in [%v, %v]", len(xs), lo, hi)})
	}
	f.next(&m.look)
	return f.add(m, nil)
}

// edge is the lower end of bin i.
func (m *histogram) edge(i int) float64 {
	if i == len(m.counts) {
		return m.hi
	}
	return m.lo + (m.hi-m.lo)*float64(i)/float64(len(m.counts))
}

// count counts xs and returns how many are inside.
func (m *histogram) count(xs []float64) (inside int) {
	n := len(m.counts)
	for _, x := range xs {
		if x < m.lo || x > m.hi {
			continue
		}
		i := min(int((x-m.lo)/(m.hi-m.lo)*float64(n)), n-1)
		// The division may be off by one where x is at an edge.
		for i > 0 && x < m.edge(i) {
			i--
		}
		for i < n-1 && x >= m.edge(i+1) {
			i++
		}
		m.counts[i]++
		inside++
	}
	return inside
}

func (m *histogram) extend(r *ranges) {
	r.x.add(m.lo, m.hi)
	r.floor = true
	for _, c := range m.counts {
		r.y.add(float64(c))
	}
}

func (m *histogram) draw(p *panel) {
	p.begin("hist")
	base := p.y(0)
	for i, c := range m.counts {
		if c == 0 {
			continue
		}
		// A gap of one pixel between bars, unless bars are too narrow for it.
		x0, x1 := snapEdge(p.x(m.edge(i))), snapEdge(p.x(m.edge(i+1)))
		if x1-x0 > 4*pixel {
			x0 += pixel
		}
		y := math.Min(snapEdge(p.y(float64(c))), base-pixel)
		p.polygon(rect{x0, y, x1, base}.corners(), m.paint())
	}
	p.end()
}

func (m *histogram) key() (string, swatch) { return m.label, boxSwatch(m.look) }
