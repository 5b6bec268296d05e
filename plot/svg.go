package plot

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"image/color"
	"io"
	"math"
	"strconv"
)

// vector writes SVG 1.1. It needs no clip paths, gradients or ids, so that
// several pictures can stand in one HTML page.
type vector struct {
	buf bytes.Buffer
}

func newVector(w, h float64, title string) *vector {
	s := &vector{}
	fmt.Fprintf(&s.buf, `<svg xmlns="http://www.w3.org/2000/svg" width="%spt" height="%spt" viewBox="0 0 %s %s"`,
		num(w), num(h), num(w), num(h))
	s.buf.WriteString(` role="img" fill="none" stroke-linejoin="round"` +
		` font-family="'Liberation Sans', Arial, Helvetica, sans-serif">` + "\n")
	fmt.Fprintf(&s.buf, "<title>%s</title>\n", escape(title))
	fmt.Fprintf(&s.buf, `<rect width="%s" height="%s" fill="#ffffff"/>`+"\n", num(w), num(h))
	return s
}

func (s *vector) writeTo(w io.Writer) error {
	s.buf.WriteString("</svg>\n")
	_, err := s.buf.WriteTo(w)
	return err
}

func (s *vector) begin(class string) { fmt.Fprintf(&s.buf, "<g class=\"%s\">\n", class) }
func (s *vector) end()               { s.buf.WriteString("</g>\n") }

func (s *vector) stroke(lines [][]point, p pen) {
	s.buf.WriteString(`<path d="`)
	for _, line := range lines {
		s.points(line)
	}
	fmt.Fprintf(&s.buf, `"%s stroke-width="%s"`, paint("stroke", p.color), num(p.width))
	for i, d := range p.dash {
		s.buf.WriteString([]string{` stroke-dasharray="`, " "}[min(i, 1)] + num(d))
		if i == len(p.dash)-1 {
			s.buf.WriteString(`"`)
		}
	}
	s.buf.WriteString("/>\n")
}

func (s *vector) fill(poly []point, c color.NRGBA) {
	s.buf.WriteString(`<path d="`)
	s.points(poly)
	fmt.Fprintf(&s.buf, "Z\"%s/>\n", paint("fill", c))
}

// points writes the path data of an open line.
func (s *vector) points(line []point) {
	for i, q := range line {
		s.buf.WriteByte("ML"[min(i, 1)])
		s.buf.WriteString(num(q.x))
		s.buf.WriteByte(' ')
		s.buf.WriteString(num(q.y))
	}
}

func (s *vector) markers(m Marker, at []point, r float64, c color.NRGBA) {
	if m == Cross {
		fmt.Fprintf(&s.buf, "<g%s stroke-width=\"%s\">\n", paint("stroke", c), num(crossWidth))
	} else {
		fmt.Fprintf(&s.buf, "<g%s>\n", paint("fill", c))
	}
	for _, q := range at {
		if m == Cross {
			s.buf.WriteString(`<path d="`)
			for _, line := range cross(q, r) {
				s.points(line)
			}
			s.buf.WriteString("\"/>\n")
			continue
		}
		fmt.Fprintf(&s.buf, "<circle cx=\"%s\" cy=\"%s\" r=\"%s\"/>\n", num(q.x), num(q.y), num(r))
	}
	s.end()
}

func (s *vector) text(str string, at point, t typeface) {
	s.buf.WriteString("<text")
	if t.up {
		fmt.Fprintf(&s.buf, ` transform="translate(%s %s) rotate(-90)"`, num(at.x), num(at.y))
	} else {
		fmt.Fprintf(&s.buf, ` x="%s" y="%s"`, num(at.x), num(at.y))
	}
	fmt.Fprintf(&s.buf, ` font-size="%s"%s`, num(t.size), paint("fill", t.color))
	switch t.anchor {
	case 0.5:
		s.buf.WriteString(` text-anchor="middle"`)
	case 1:
		s.buf.WriteString(` text-anchor="end"`)
	}
	fmt.Fprintf(&s.buf, ">%s</text>\n", escape(str))
}

// num writes a length with at most two decimals: 1/100 point is below what
// any screen or printer shows.
func num(v float64) string {
	v = math.Round(v*100) / 100
	if v == 0 {
		return "0" // not -0
	}
	return strconv.FormatFloat(v, 'f', -1, 64)
}

// paint writes c as the attribute called name, with its opacity.
func paint(name string, c color.NRGBA) string {
	s := fmt.Sprintf(` %s="#%02x%02x%02x"`, name, c.R, c.G, c.B)
	if c.A < 0xFF {
		s += fmt.Sprintf(` %s-opacity="%s"`, name, num(float64(c.A)/0xFF))
	}
	return s
}

// escape makes s safe inside an element; what XML does not allow becomes U+FFFD.
func escape(s string) string {
	var b bytes.Buffer
	_ = xml.EscapeText(&b, []byte(s)) // a bytes.Buffer never fails
	return b.String()
}
