package plot

import (
	"fmt"
	"image/color"
)

// An Option changes how a mark looks. An option that has no meaning for a
// mark is an [ArgumentError].
type Option struct {
	name  string
	trait trait
	apply func(*look) error
}

// trait is a set of properties of a mark.
type trait int

const (
	hasColor trait = 1 << iota
	hasAlpha
	hasWidth
	hasDash
	hasMarker
	hasSize
	hasStart
	hasFill
	hasLabel
	hasBandwidth
)

// look is how a mark is drawn; options change it.
type look struct {
	label   string
	color   color.NRGBA
	colored bool    // color was chosen by option
	alpha   float64 // in (0, 1]
	width   float64 // of lines, in points
	dash    []float64
	marker  Marker
	size    float64 // radius of markers, in points
	start   float64 // abscissa of the first value
	fill    bool
	kernel  float64 // bandwidth of a density, 0 for that of the data
}

// paint is the colour with the opacity in it.
func (l look) paint() color.NRGBA { return faded(l.color, l.alpha) }

// pen is the line style.
func (l look) pen() pen { return pen{color: l.paint(), width: l.width, dash: l.dash} }

// Color sets the colour: a name of SVG 1.1 such as "red" or "steelblue",
// "#rrggbb", or "C0" to "C6" for the colours of Okabe and Ito that marks get
// by themselves.
func Color(name string) Option {
	return Option{"Color", hasColor, func(l *look) (err error) {
		l.colored = true
		l.color, err = parseColor(name)
		return err
	}}
}

// Alpha sets the opacity, in (0, 1].
func Alpha(a float64) Option {
	return Option{"Alpha", hasAlpha, func(l *look) error {
		if !(a > 0 && a <= 1) {
			return fmt.Errorf("opacity %v is outside (0, 1]", a)
		}
		l.alpha = a
		return nil
	}}
}

// Width sets the width of lines in points (1/72 inch), positive.
func Width(pt float64) Option {
	return Option{"Width", hasWidth, func(l *look) error {
		l.width = pt
		return positive("width", pt)
	}}
}

// Dashed draws lines dashed.
func Dashed() Option {
	return Option{"Dashed", hasDash, func(l *look) error { l.dash = dashes(); return nil }}
}

// Solid draws the lines solid that are dashed by default.
func Solid() Option {
	return Option{"Solid", hasDash, func(l *look) error { l.dash = nil; return nil }}
}

// Marker is the shape of a point.
type Marker int

// Shapes of points.
const (
	Circle Marker = iota
	Cross
)

// Shape sets the shape of points; the default is [Circle].
func Shape(m Marker) Option {
	return Option{"Shape", hasMarker, func(l *look) error {
		if m != Circle && m != Cross {
			return fmt.Errorf("unknown marker %d", m)
		}
		l.marker = m
		return nil
	}}
}

// Size sets the radius of points in points (1/72 inch), positive.
func Size(pt float64) Option {
	return Option{"Size", hasSize, func(l *look) error {
		l.size = pt
		return positive("size", pt)
	}}
}

// Start sets the abscissa of the first value; the default is 0.
func Start(x float64) Option {
	return Option{"Start", hasStart, func(l *look) error {
		if x-x != 0 {
			return fmt.Errorf("start %v is not finite", x)
		}
		l.start = x
		return nil
	}}
}

// Filled fills the area under a curve lightly.
func Filled() Option {
	return Option{"Filled", hasFill, func(l *look) error { l.fill = true; return nil }}
}

// Bandwidth sets the standard deviation of the kernel of a density, in the
// units of the data, positive.
func Bandwidth(h float64) Option {
	return Option{"Bandwidth", hasBandwidth, func(l *look) error {
		l.kernel = h
		return positive("bandwidth", h)
	}}
}

// Label names a mark in the legend, for marks that take no label otherwise.
func Label(s string) Option {
	return Option{"Label", hasLabel, func(l *look) error { l.label = s; return nil }}
}

func positive(what string, v float64) error {
	if !(v > 0) || v-v != 0 {
		return fmt.Errorf("%s %v is not positive and finite", what, v)
	}
	return nil
}

func dashes() []float64 { return []float64{4, 2.5} }

// styled applies opts to l, which holds the defaults of the mark called name
// that has the traits can.
func styled(name string, l look, can trait, opts []Option) (look, error) {
	if l.alpha == 0 {
		l.alpha = 1
	}
	for _, o := range opts {
		if o.apply == nil || o.trait&can == 0 {
			return l, &ArgumentError{name, l.label, fmt.Sprintf("option %s does not apply", o.name)}
		}
		if err := o.apply(&l); err != nil {
			return l, &ArgumentError{name, l.label, err.Error()}
		}
	}
	return l, nil
}
