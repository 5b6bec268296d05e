package plot

import "math"

// Legend is where the legend stands.
type Legend int

// Places of the legend. The legend has an entry for each mark with a label,
// and is left out if there is none.
const (
	LegendAuto Legend = iota // the corner that covers the least
	LegendTopRight
	LegendTopLeft
	LegendBottomRight
	LegendBottomLeft
	LegendNone
)

// swatch draws the sample of a mark in the legend, inside a box.
type swatch func(s surface, box rect)

// lineSwatch is a short line.
func lineSwatch(p pen) swatch {
	return func(s surface, b rect) {
		y := snapEdge((b.y0 + b.y1) / 2)
		s.stroke([][]point{{{b.x0, y}, {b.x1, y}}}, p)
	}
}

// boxSwatch is a filled box.
func boxSwatch(l look) swatch {
	return func(s surface, b rect) { s.fill(b.corners(), l.paint()) }
}

// markerSwatch is one point.
func markerSwatch(l look) swatch {
	return func(s surface, b rect) {
		s.markers(l.marker, []point{{(b.x0 + b.x1) / 2, (b.y0 + b.y1) / 2}}, l.size, l.paint())
	}
}

// drawLegend explains the labels of the marks, in the order they were added.
func (p *panel) drawLegend() {
	const (
		line   = 14.0 // from entry to entry
		sample = 16.0
		gap    = 5.0
		pad    = 5.0
	)
	var (
		labels   []string
		swatches []swatch
	)
	for _, m := range p.fig.marks {
		if label, s := m.key(); label != "" {
			labels, swatches = append(labels, label), append(swatches, s)
		}
	}
	if len(labels) == 0 || p.fig.Legend == LegendNone {
		return
	}
	box := p.legendBox(sample+gap+widest(labels)+2*pad, float64(len(labels))*line+pad)
	p.begin("legend")
	p.fill(box.corners(), faded(white(), 0.85))
	p.stroke([][]point{append(box.corners(), box.corners()[0])}, pen{color: gridInk(), width: hairline})
	for i, label := range labels {
		y := box.y0 + pad/2 + (float64(i)+0.5)*line
		x := box.x0 + pad
		swatches[i](p.surface, rect{x, y - 3.5, x + sample, y + 3.5})
		p.text(label, point{x + sample + gap, y + tickSize*textRatio/2}, typeface{size: tickSize, color: ink()})
	}
	p.end()
}

// legendBox places a box of size w × h in its corner of the axes.
func (p *panel) legendBox(w, h float64) rect {
	const inset = 4
	in := p.area.grow(-inset)
	at := func(l Legend) rect {
		x, y := in.x1-w, in.y0
		if l == LegendTopLeft || l == LegendBottomLeft {
			x = in.x0
		}
		if l == LegendBottomLeft || l == LegendBottomRight {
			y = in.y1 - h
		}
		x, y = snap(x), snap(y)
		return rect{x, y, x + snapEdge(w), y + snapEdge(h)}
	}
	if p.fig.Legend != LegendAuto {
		return at(p.fig.Legend)
	}
	best, least := LegendTopRight, math.MaxInt
	for l := LegendTopRight; l <= LegendBottomLeft; l++ {
		box, covered := at(l), 0
		for _, q := range p.inked {
			if box.has(q) {
				covered++
			}
		}
		if covered < least {
			best, least = l, covered
		}
	}
	return at(best)
}

// appendAlong appends places along a line to pts, a few points apart.
func appendAlong(pts, line []point) []point {
	const apart = 4.0
	for i, b := range line {
		if i > 0 {
			a := line[i-1]
			n := math.Hypot(b.x-a.x, b.y-a.y) / apart
			for k := 1.0; k < n; k++ {
				pts = append(pts, point{a.x + (b.x-a.x)*k/n, a.y + (b.y-a.y)*k/n})
			}
		}
		pts = append(pts, b)
	}
	return pts
}
