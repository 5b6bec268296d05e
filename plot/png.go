package plot

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"image/color"
	"io"
	"math"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/vgimg"
)

// raster draws on an image with [dpi] pixels per inch. Its canvas has y up.
type raster struct {
	canvas *vgimg.Canvas
	height float64 // in points
}

func newRaster(w, h float64) *raster {
	return &raster{vgimg.NewWith(vgimg.UseWH(vg.Points(w), vg.Points(h)), vgimg.UseDPI(dpi)), h}
}

func (s *raster) writeTo(w io.Writer) error {
	var buf bytes.Buffer
	if _, err := (vgimg.PngCanvas{Canvas: s.canvas}).WriteTo(&buf); err != nil {
		return err
	}
	// The header of a PNG is its signature and the chunk IHDR, of 8 + 25 bytes.
	for _, part := range [][]byte{buf.Next(33), resolution(), buf.Bytes()} {
		if _, err := w.Write(part); err != nil {
			return err
		}
	}
	return nil
}

// resolution is the chunk pHYs (PNG specification, 11.3.4.3), by which other
// programs know the size of the picture on paper: pixels per metre, the same
// in x and y. Package image/png does not write it.
func resolution() []byte {
	chunk := []byte("\x00\x00\x00\x09pHYs")
	perMetre := uint32(math.Round(dpi / 0.0254))
	chunk = binary.BigEndian.AppendUint32(chunk, perMetre)
	chunk = binary.BigEndian.AppendUint32(chunk, perMetre)
	chunk = append(chunk, 1) // the unit is the metre
	return binary.BigEndian.AppendUint32(chunk, crc32.ChecksumIEEE(chunk[4:]))
}

func (s *raster) begin(string) {}
func (s *raster) end()         {}

func (s *raster) at(p point) vg.Point {
	return vg.Point{X: vg.Points(p.x), Y: vg.Points(s.height - p.y)}
}

func (s *raster) stroke(lines [][]point, p pen) {
	var path vg.Path
	for _, line := range lines {
		for i, q := range line {
			if i == 0 {
				path.Move(s.at(q))
			} else {
				path.Line(s.at(q))
			}
		}
	}
	dash := make([]vg.Length, len(p.dash))
	for i, d := range p.dash {
		dash[i] = vg.Points(d)
	}
	s.canvas.SetColor(p.color)
	s.canvas.SetLineWidth(vg.Points(p.width))
	s.canvas.SetLineDash(dash, 0)
	s.canvas.Stroke(path)
}

func (s *raster) fill(poly []point, c color.NRGBA) {
	var path vg.Path
	for i, q := range poly {
		if i == 0 {
			path.Move(s.at(q))
		} else {
			path.Line(s.at(q))
		}
	}
	path.Close()
	s.canvas.SetColor(c)
	s.canvas.Fill(path)
}

func (s *raster) markers(m Marker, at []point, r float64, c color.NRGBA) {
	for _, q := range at {
		if m == Cross {
			s.stroke(cross(q, r), pen{color: c, width: crossWidth})
			continue
		}
		var path vg.Path
		centre := s.at(q)
		path.Move(vg.Point{X: centre.X + vg.Points(r), Y: centre.Y})
		path.Arc(centre, vg.Points(r), 0, 2*math.Pi)
		path.Close()
		s.canvas.SetColor(c)
		s.canvas.Fill(path)
	}
}

func (s *raster) text(str string, at point, t typeface) {
	s.canvas.Push()
	defer s.canvas.Pop()
	s.canvas.SetColor(t.color)
	s.canvas.Translate(s.at(at))
	if t.up {
		s.canvas.Rotate(math.Pi / 2)
	}
	s.canvas.Translate(vg.Point{X: vg.Points(-t.anchor * textWidth(str, t.size))})
	s.canvas.Fill(outline(str, t.size))
}

// crossWidth is the line width of crosses in points.
const crossWidth = 1.0

// cross returns the two strokes of a cross with half diagonals of r·√2.
func cross(c point, r float64) [][]point {
	return [][]point{{{c.x - r, c.y - r}, {c.x + r, c.y + r}}, {{c.x - r, c.y + r}, {c.x + r, c.y - r}}}
}
