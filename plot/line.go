package plot

import (
	"math"
	"sort"
)

// curve is a line through points.
type curve struct {
	look
	xs, ys []float64
}

// Line draws ys against 0, 1, 2, …, or against start, start+1, … with
// [Start]. A long line is thinned to the lowest and highest value in each
// pixel column; a restless one gets half the width unless [Width] is given.
// Options: Color, Alpha, Width, Dashed, Solid, Start.
func (f *Figure) Line(ys []float64, label string, opts ...Option) *Figure {
	l, err := styled("Line", look{label: label}, hasColor|hasAlpha|hasWidth|hasDash|hasStart, opts)
	if err == nil {
		err = finite("Line", label, ys)
	}
	xs := make([]float64, len(ys))
	for i := range xs {
		xs[i] = l.start + float64(i)
	}
	f.next(&l)
	return f.add(&curve{l, xs, clone(ys)}, err)
}

// Curve draws a line through the points (xs[i], ys[i]) in their order.
// Options: Color, Alpha, Width, Dashed, Solid.
func (f *Figure) Curve(xs, ys []float64, label string, opts ...Option) *Figure {
	l, err := styled("Curve", look{label: label}, hasColor|hasAlpha|hasWidth|hasDash, opts)
	if err == nil {
		err = finitePairs("Curve", label, xs, ys)
	}
	f.next(&l)
	return f.add(&curve{l, clone(xs), clone(ys)}, err)
}

// Trace draws the values of Markov chains, chains[i][t], against t, each in
// its colour. Options: Alpha, Width, Start.
func (f *Figure) Trace(chains [][]float64, opts ...Option) *Figure {
	l, err := styled("Trace", look{width: 0.5, alpha: 0.7}, hasAlpha|hasWidth|hasStart, opts)
	if err == nil && len(chains) == 0 {
		err = &EmptyError{Mark: "Trace"}
	}
	if err != nil {
		return f.add(nil, err)
	}
	for i, chain := range chains {
		l.color = palette(i)
		xs := make([]float64, len(chain))
		for t := range xs {
			xs[t] = l.start + float64(t)
		}
		f.add(&curve{l, xs, clone(chain)}, finite("Trace", "", chain))
	}
	return f
}

func clone(xs []float64) []float64 { return append([]float64(nil), xs...) }

// finitePairs checks two slices that belong together.
func finitePairs(mark, label string, xs, ys []float64) error {
	if len(xs) != len(ys) {
		return &LengthError{mark, label, len(xs), len(ys)}
	}
	if err := finite(mark, label, xs); err != nil {
		return err
	}
	return finite(mark, label, ys)
}

func (c *curve) extend(r *ranges) {
	r.x.add(c.xs...)
	r.y.add(c.ys...)
}

func (c *curve) draw(p *panel) {
	pts := make([]point, len(c.xs))
	for i := range pts {
		pts[i] = p.pt(c.xs[i], c.ys[i])
	}
	pts = decimate(pts)
	pen := c.pen()
	if pen.width == 0 {
		pen.width = lineWidth
		if restless(pts, p.area.w()) {
			pen.width /= 2
		}
	}
	p.begin("line")
	if len(pts) == 1 { // a line of one point would not be seen
		p.dots(Circle, pts, max(pen.width, 1.5), c.paint())
	}
	p.line(pts, pen)
	p.end()
}

func (c *curve) key() (string, swatch) {
	pen := c.pen()
	if pen.width == 0 {
		pen.width = lineWidth
	}
	return c.label, lineSwatch(pen)
}

// lineWidth is the width of calm lines in points.
const lineWidth = 1.4

// restless tells whether a line goes up and down so much that its strokes
// would run together: it is more than eight times as long as the axis.
func restless(pts []point, width float64) bool {
	length := 0.0
	for i := 1; i < len(pts); i++ {
		length += math.Hypot(pts[i].x-pts[i-1].x, pts[i].y-pts[i-1].y)
	}
	return length > 8*width
}

// decimate thins a line whose x grows to at most two points, the lowest and
// the highest in their order, in each pixel column, and the two ends. What is
// drawn stays the same to within a pixel. Other lines come back unchanged.
func decimate(pts []point) []point {
	if !sort.SliceIsSorted(pts, func(i, j int) bool { return pts[i].x < pts[j].x }) {
		return pts
	}
	var out []point
	for i := 0; i < len(pts); {
		column := snap(pts[i].x)
		lo, hi := i, i
		for ; i < len(pts) && snap(pts[i].x) == column; i++ {
			if pts[i].y < pts[lo].y {
				lo = i
			}
			if pts[i].y > pts[hi].y {
				hi = i
			}
		}
		if len(out) == 0 && min(lo, hi) > 0 {
			out = append(out, pts[0])
		}
		out = append(out, pts[min(lo, hi)])
		if lo != hi {
			out = append(out, pts[max(lo, hi)])
		}
		if i == len(pts) && max(lo, hi) < i-1 {
			out = append(out, pts[i-1])
		}
	}
	return out
}
