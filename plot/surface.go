package plot

import (
	"image/color"
	"math"
)

// A surface is what pictures are drawn on: SVG text or a raster image.
// Lengths are in points (1/72 inch); y grows downwards from the top edge.
type surface interface {
	begin(class string) // opens a group of shapes that belong together
	end()
	stroke(lines [][]point, p pen) // open lines, one path
	fill(poly []point, c color.NRGBA)
	markers(m Marker, at []point, r float64, c color.NRGBA)
	text(s string, at point, t typeface)
}

// point is a place on a surface.
type point struct{ x, y float64 }

// rect is an upright rectangle: left, top, right, bottom.
type rect struct{ x0, y0, x1, y1 float64 }

func (r rect) w() float64       { return r.x1 - r.x0 }
func (r rect) h() float64       { return r.y1 - r.y0 }
func (r rect) has(p point) bool { return r.x0 <= p.x && p.x <= r.x1 && r.y0 <= p.y && p.y <= r.y1 }
func (r rect) corners() []point {
	return []point{{r.x0, r.y0}, {r.x1, r.y0}, {r.x1, r.y1}, {r.x0, r.y1}}
}
func (r rect) grow(d float64) rect { return rect{r.x0 - d, r.y0 - d, r.x1 + d, r.y1 + d} }

// pen is how lines are drawn.
type pen struct {
	color color.NRGBA
	width float64
	dash  []float64
}

// typeface is how text is set. Anchor 0, ½, 1 puts the start, middle or end
// of the text at its place; the baseline is at its y.
type typeface struct {
	size   float64
	color  color.NRGBA
	anchor float64
	up     bool // reads upwards: turned by 90° against the clock
}

// dpi is the resolution of raster images: one pixel is half a point.
const dpi = 144

// pixel is the size of one pixel in points.
const pixel = 72.0 / dpi

// snap moves v to the nearest pixel centre, so that a line one pixel wide is sharp.
func snap(v float64) float64 { return (math.Floor(v/pixel) + 0.5) * pixel }

// snapEdge moves v to the nearest edge between pixels, for lines two pixels
// wide and for filled areas.
func snapEdge(v float64) float64 { return math.Round(v/pixel) * pixel }
