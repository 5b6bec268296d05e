package plot

import (
	"fmt"
	"image/color"
	"strconv"
	"strings"

	"golang.org/x/image/colornames"
)

// palette returns the i-th colour of Okabe and Ito (2008), "Color Universal
// Design", which readers with any common colour blindness can tell apart.
// Yellow is left out: it is too light on white.
func palette(i int) color.NRGBA {
	okabeIto := [...]color.NRGBA{
		{0x00, 0x72, 0xB2, 0xFF}, // blue
		{0xD5, 0x5E, 0x00, 0xFF}, // vermillion
		{0x00, 0x9E, 0x73, 0xFF}, // bluish green
		{0xCC, 0x79, 0xA7, 0xFF}, // reddish purple
		{0xE6, 0x9F, 0x00, 0xFF}, // orange
		{0x56, 0xB4, 0xE9, 0xFF}, // sky blue
		{0x33, 0x33, 0x33, 0xFF}, // near black
	}
	return okabeIto[i%len(okabeIto)]
}

func ink() color.NRGBA     { return color.NRGBA{0x26, 0x26, 0x26, 0xFF} } // text
func axisInk() color.NRGBA { return color.NRGBA{0x8C, 0x8C, 0x8C, 0xFF} } // axes and ticks
func gridInk() color.NRGBA { return color.NRGBA{0xE9, 0xE9, 0xE9, 0xFF} } // grid
func ruleInk() color.NRGBA { return color.NRGBA{0x4D, 0x4D, 0x4D, 0xFF} } // reference lines
func white() color.NRGBA   { return color.NRGBA{0xFF, 0xFF, 0xFF, 0xFF} }
func black() color.NRGBA   { return color.NRGBA{0, 0, 0, 0xFF} }

// parseColor reads a colour name of SVG 1.1, "#rrggbb", or "C0", "C1", … for
// the colours that marks get by themselves.
func parseColor(s string) (color.NRGBA, error) {
	if c, ok := colornames.Map[strings.ToLower(s)]; ok {
		return color.NRGBA(c), nil // every named colour is opaque
	}
	if n, ok := strings.CutPrefix(s, "C"); ok {
		if i, err := strconv.ParseUint(n, 10, 31); err == nil {
			return palette(int(i)), nil
		}
	}
	if h, ok := strings.CutPrefix(s, "#"); ok && len(h) == 6 {
		if v, err := strconv.ParseUint(h, 16, 32); err == nil {
			return color.NRGBA{uint8(v >> 16), uint8(v >> 8), uint8(v), 0xFF}, nil
		}
	}
	return color.NRGBA{}, fmt.Errorf("unknown colour %q, want a name such as \"red\", \"#rrggbb\" or \"C0\"", s)
}

// faded returns c with its opacity multiplied by alpha.
func faded(c color.NRGBA, alpha float64) color.NRGBA {
	c.A = uint8(float64(c.A)*alpha + 0.5)
	return c
}
