package plot

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// A Picture is several figures side by side, their axes aligned.
type Picture struct {
	panels  []*Figure
	columns int
	name    string
	alone   bool // one figure with the sizes of a figure
	err     error
}

// Row puts figures side by side.
func Row(figs ...*Figure) *Picture { return Grid(len(figs), figs...) }

// Column puts figures one below the other.
func Column(figs ...*Figure) *Picture { return Grid(1, figs...) }

// Grid puts figures into rows of so many columns, left to right and top to
// bottom. A nil figure leaves its place empty.
func Grid(columns int, figs ...*Figure) *Picture {
	var titles []string
	for _, f := range figs {
		if f != nil && f.Title != "" {
			titles = append(titles, f.Title)
		}
	}
	return &Picture{panels: append([]*Figure(nil), figs...), columns: columns, name: strings.Join(titles, ", ")}
}

// Save writes the picture to a file, as [Figure.Save] does.
func (p *Picture) Save(path string) error {
	format := Format(strings.ToLower(strings.TrimPrefix(filepath.Ext(path), ".")))
	var buf bytes.Buffer
	if err := p.Encode(&buf, format); err != nil {
		return err
	}
	return os.WriteFile(path, buf.Bytes(), 0o666)
}

// Encode writes the picture to w, as [Figure.Encode] does.
func (p *Picture) Encode(w io.Writer, format Format) error {
	if format != PNG && format != SVG {
		return &FormatError{format}
	}
	panels, width, height, err := p.layout()
	if err != nil {
		return err
	}
	var s interface {
		surface
		writeTo(io.Writer) error
	}
	if format == PNG {
		s = newRaster(width, height)
	} else {
		s = newVector(width, height, p.name)
	}
	for _, panel := range panels {
		panel.surface = s
		panel.draw()
	}
	return s.writeTo(w)
}

// layout gives each figure its area, so that the axes of a row end at the
// same heights and those of a column at the same sides. It returns the size
// of the picture in points.
func (p *Picture) layout() (panels []*panel, width, height float64, err error) {
	if p.err != nil {
		return nil, 0, 0, p.err
	}
	if len(p.panels) == 0 || p.columns < 1 {
		return nil, 0, 0, &EmptyError{Mark: "Picture"}
	}
	var (
		columns = min(p.columns, len(p.panels))
		rows    = (len(p.panels) + columns - 1) / columns
		cells   = make([]*panel, rows*columns)
	)
	for i, f := range p.panels {
		if f == nil {
			continue
		}
		r, err := f.check()
		if err != nil {
			return nil, 0, 0, err
		}
		cells[i] = &panel{fig: f, r: r}
		panels = append(panels, cells[i])
	}
	if len(panels) == 0 {
		return nil, 0, 0, &EmptyError{Mark: "Picture"}
	}
	for r := range rows {
		height = p.layoutRow(cells[r*columns:(r+1)*columns], height)
	}
	for c := range columns {
		var column []*panel
		for r := range rows {
			column = append(column, cells[r*columns+c])
		}
		width = p.layoutColumn(column, width)
	}
	return panels, width, height, nil
}

// layoutRow sets the heights in a row that starts at top and returns its end.
func (p *Picture) layoutRow(row []*panel, top float64) float64 {
	var above, below, height float64
	for _, q := range row {
		if q != nil {
			above, below = max(above, q.fig.above(q.r)), max(below, q.fig.below())
		}
	}
	for _, q := range row {
		if q != nil {
			height = max(height, p.height(q, above+below))
		}
	}
	for _, q := range row {
		if q != nil {
			q.area.y0, q.area.y1 = snap(top+above), snap(top+height-below)
			q.setTicksY()
		}
	}
	return top + height
}

// layoutColumn sets the widths in a column that starts at left and returns its end.
func (p *Picture) layoutColumn(column []*panel, left float64) float64 {
	var before, width float64
	for _, q := range column {
		if q != nil {
			before = max(before, q.leftOf())
		}
	}
	for _, q := range column {
		if q != nil {
			width = max(width, p.width(q, before+edge+overhang))
		}
	}
	for _, q := range column {
		if q != nil {
			q.area.x0, q.area.x1 = snap(left+before), snap(left+width-edge-overhang)
			q.left = before
			q.setTicksX()
		}
	}
	return left + width
}

// width is the width of a panel in points; margins is what is beside its axes.
func (p *Picture) width(q *panel, margins float64) float64 {
	switch {
	case q.fig.axesW != 0:
		return q.fig.axesW + margins
	case q.fig.Width != 0:
		return q.fig.Width * 72
	case p.alone:
		return 6 * 72
	}
	return 4 * 72
}

// height is the height of a panel in points; margins is what is above and
// below its axes. Few rows need less than other figures, many need more.
func (p *Picture) height(q *panel, margins float64) float64 {
	most := 3.0
	if p.alone {
		most = 3.7
	}
	switch n := float64(len(q.r.rows)); {
	case q.fig.axesH != 0:
		return q.fig.axesH + margins
	case q.fig.Height != 0:
		return q.fig.Height * 72
	case n > 0:
		return max(min(most, 1.1+1.3*n), 0.8+0.25*n) * 72
	}
	return most * 72
}
