package plot

import "image/color"

// Lengths of the layout in points.
const (
	edge      = 7.0 // empty border of a picture
	tickLen   = 3.0
	tickGap   = 3.0 // between a tick and its label
	labelGap  = 5.0 // between tick labels and the label of the axis
	titleGap  = 7.0 // between the title and the axes
	overhang  = 9.0 // right of the axes, for the last tick label
	hairline  = pixel
	textRatio = capHeight // height of a line of capitals over its size
)

// panel is a figure being drawn: a surface with the transform from data to
// points, and the area inside the axes to which marks are clipped.
type panel struct {
	surface
	fig    *Figure
	r      ranges
	area   rect
	left   float64 // space left of the axes, the same in a column of panels
	xt, yt ticks
	inked  []point // places where marks were drawn, for the legend to avoid
}

func (p *panel) x(v float64) float64 {
	return p.area.x0 + (v-p.r.x.lo)/(p.r.x.hi-p.r.x.lo)*p.area.w()
}

func (p *panel) y(v float64) float64 {
	return p.area.y1 - (v-p.r.y.lo)/(p.r.y.hi-p.r.y.lo)*p.area.h()
}

func (p *panel) pt(x, y float64) point { return point{p.x(x), p.y(y)} }

// line strokes the part of an open line that is inside the axes.
func (p *panel) line(pts []point, pen pen) {
	lines := clipLine(p.area, pts)
	if len(lines) == 0 {
		return
	}
	for _, l := range lines {
		p.inked = appendAlong(p.inked, l)
	}
	p.stroke(lines, pen)
}

// polygon fills the part of a polygon that is inside the axes.
func (p *panel) polygon(pts []point, c color.NRGBA) {
	poly := clipPolygon(p.area, pts)
	if len(poly) < 3 {
		return
	}
	p.inked = appendAlong(p.inked, poly)
	p.fill(poly, c)
}

// dots draws the markers whose centres are inside the axes.
func (p *panel) dots(m Marker, at []point, r float64, c color.NRGBA) {
	in := make([]point, 0, len(at))
	for _, q := range at {
		if p.area.grow(1e-6).has(q) { // the margin is for rounding of the transform
			in = append(in, q)
		}
	}
	p.inked = append(p.inked, in...)
	p.markers(m, in, r, c)
}

// draw draws the figure; the layout has been done.
func (p *panel) draw() {
	p.begin("panel")
	p.drawGrid()
	for _, rules := range [...]bool{false, true} { // rules stand over the data they are compared with
		for _, m := range p.fig.marks {
			if _, ok := m.(*rule); ok == rules {
				m.draw(p)
			}
		}
	}
	p.drawAxes()
	p.drawTitles()
	p.drawLegend()
	p.end()
}
