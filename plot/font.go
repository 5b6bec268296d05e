package plot

import (
	"fmt"
	"sync"

	"codeberg.org/go-fonts/liberation/liberationsansregular"
	"golang.org/x/image/font"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"
	gonumfont "gonum.org/v1/plot/font"
	"gonum.org/v1/plot/vg"
)

// Sizes of text in points.
const (
	titleSize = 11.0
	labelSize = 10.0
	tickSize  = 9.0
)

// capHeight is the height of capitals and digits of Liberation Sans over the
// font size (1409 of 2048 units, its OS/2 table).
const capHeight = 0.688

// sans is Liberation Sans, parsed once. Its metrics are those of Arial, so
// that the layout also fits where SVG falls back to Arial or Helvetica.
var sans = sync.OnceValue(func() *opentype.Font {
	f, err := opentype.Parse(liberationsansregular.TTF)
	if err != nil {
		panic(fmt.Errorf("plot: embedded font: %w", err)) // cannot happen: the font is part of the program
	}
	return f
})

// textWidth is the width of s in points at the given size.
func textWidth(s string, size float64) float64 {
	face := gonumfont.Face{Font: gonumfont.Font{Size: vg.Points(size)}, Face: sans()}
	return face.Width(s).Points()
}

// outline returns the contours of s, its baseline starting at (0, 0), y up.
// Drawing text as outlines keeps it sharp at any angle and subpixel position.
func outline(s string, size float64) vg.Path {
	var (
		f    = sans()
		buf  sfnt.Buffer
		em   = fixed.Int26_6(f.UnitsPerEm())
		k    = size / float64(em)
		x    float64
		prev sfnt.GlyphIndex
		path vg.Path
	)
	for i, r := range s {
		g, err := f.GlyphIndex(&buf, r)
		if err != nil {
			panic(fmt.Errorf("plot: embedded font: %w", err))
		}
		if i > 0 {
			if kern, err := f.Kern(&buf, prev, g, em, font.HintingNone); err == nil {
				x += float64(kern) * k
			}
		}
		// Loaded at 1 unit of the font for 1/64, so that nothing is rounded.
		segments, err := f.LoadGlyph(&buf, g, em, nil)
		if err != nil {
			panic(fmt.Errorf("plot: embedded font: %w", err))
		}
		at := func(p fixed.Point26_6) vg.Point {
			return vg.Point{X: vg.Points(x + float64(p.X)*k), Y: vg.Points(-float64(p.Y) * k)}
		}
		path = appendGlyph(path, segments, at)
		advance, err := f.GlyphAdvance(&buf, g, em, font.HintingNone)
		if err != nil {
			panic(fmt.Errorf("plot: embedded font: %w", err))
		}
		x += float64(advance) * k
		prev = g
	}
	return path
}

// appendGlyph adds the contours of one glyph to path.
func appendGlyph(path vg.Path, segments sfnt.Segments, at func(fixed.Point26_6) vg.Point) vg.Path {
	for i, s := range segments {
		switch s.Op {
		case sfnt.SegmentOpMoveTo:
			if i > 0 {
				path.Close()
			}
			path.Move(at(s.Args[0]))
		case sfnt.SegmentOpLineTo:
			path.Line(at(s.Args[0]))
		case sfnt.SegmentOpQuadTo:
			path.QuadTo(at(s.Args[0]), at(s.Args[1]))
		case sfnt.SegmentOpCubeTo:
			path.CubeTo(at(s.Args[0]), at(s.Args[1]), at(s.Args[2]))
		}
	}
	if len(segments) > 0 {
		path.Close()
	}
	return path
}
