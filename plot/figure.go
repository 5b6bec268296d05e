package plot

import (
	"fmt"
	"io"
)

// A Figure is one pair of axes with marks. Its zero value is empty and ready;
// the methods that add marks copy their data and return the figure, so that
// calls chain. The first mistake is kept and comes out of [Figure.Save] and
// [Figure.Encode]. A figure is for one goroutine at a time; different figures
// are independent.
type Figure struct {
	Title  string
	XLabel string
	YLabel string

	XLim [2]float64 // ends of the x axis; default from the data
	YLim [2]float64 // ends of the y axis; default from the data

	Width  float64 // inches; default 6, or 4 as one of several panels
	Height float64 // inches; default 3.7, or 3 as one of several panels; rows have their own

	NoGrid bool   // leaves out the grid
	HideY  bool   // leaves out the y axis: densities are often read without
	Legend Legend // where the labels of the marks are explained

	axesW, axesH   float64 // size of the axes alone in points, instead of Width and Height
	innerX, innerY bool    // leaves out the tick labels, which a neighbour shows

	marks  []mark
	colors int // colours of the palette given out so far
	err    error
}

// mark is one set of data drawn in one way.
type mark interface {
	// extend makes r include the data.
	extend(r *ranges)
	// draw draws the data; only what is inside the axes may be left.
	draw(p *panel)
	// key returns the entry of the legend, which has none for an empty label.
	key() (label string, sample swatch)
}

// add appends m, unless there was a mistake in it.
func (f *Figure) add(m mark, err error) *Figure {
	if f.err != nil {
		return f
	}
	if err != nil {
		f.err = err
		return f
	}
	f.marks = append(f.marks, m)
	return f
}

// next fills in the next colour of the palette where none was chosen.
func (f *Figure) next(l *look) {
	if !l.colored {
		l.color = palette(f.colors)
		f.colors++
	}
}

// Format is a picture format.
type Format string

// Formats of pictures.
const (
	PNG Format = "png" // 144 pixels per inch
	SVG Format = "svg" // version 1.1, without scripts, styles and ids
)

// Save writes the figure to a file whose extension, .png or .svg, gives the
// format. Equal figures give equal bytes.
//
// It returns the first mistake in the figure: an [EmptyError],
// [NonFiniteError], [LengthError] or [ArgumentError]; a [FormatError]; or the
// error of the file system. No file is written after a mistake in the figure.
func (f *Figure) Save(path string) error { return f.picture().Save(path) }

// Encode writes the figure to w. Its errors are those of [Figure.Save].
func (f *Figure) Encode(w io.Writer, format Format) error { return f.picture().Encode(w, format) }

func (f *Figure) picture() *Picture {
	return &Picture{columns: 1, panels: []*Figure{f}, name: f.Title, alone: true}
}

// check returns the limits of the axes, or the first mistake in the figure.
func (f *Figure) check() (r ranges, err error) {
	wrong := func(format string, args ...any) (ranges, error) {
		return r, &ArgumentError{"Figure", f.Title, fmt.Sprintf(format, args...)}
	}
	switch {
	case f.err != nil && f.Title != "":
		return r, fmt.Errorf("%w (in figure %q)", f.err, f.Title)
	case f.err != nil:
		return r, f.err
	case len(f.marks) == 0:
		return r, &EmptyError{"Figure", f.Title}
	case !validLimits(f.XLim):
		return wrong("XLim %v is not an increasing pair of finite numbers", f.XLim)
	case !validLimits(f.YLim):
		return wrong("YLim %v is not an increasing pair of finite numbers", f.YLim)
	case !validSize(f.Width) || !validSize(f.Height):
		return wrong("size %v × %v is not within 1 to 100 inches", f.Width, f.Height)
	case f.Legend < LegendAuto || f.Legend > LegendNone:
		return wrong("unknown legend position %d", f.Legend)
	}
	return f.ranges()
}

// validLimits tells whether l is unset or usable.
func validLimits(l [2]float64) bool {
	return l == [2]float64{} || l[1]-l[0] > tiny && finiteSpan(l[0], l[1])
}

// validSize tells whether v is unset or a size in inches that can be drawn.
func validSize(v float64) bool { return v == 0 || v >= 1 && v <= 100 }
