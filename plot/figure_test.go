package plot_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"image/png"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/gopyro/pyro/plot"
)

func TestTextsAreInTheSVG(t *testing.T) {
	fig := &plot.Figure{Title: `P(x | a<b & "c")`, XLabel: "τ²", YLabel: "#"}
	got := texts(t, encode(t, fig.Line(small, "first").Points(small, small, "second"), plot.SVG))
	for _, want := range []string{fig.Title, fig.XLabel, fig.YLabel, "first", "second"} {
		if !strings.Contains(got, "|"+want+"|") {
			t.Errorf("no text %q among %s", want, got)
		}
	}
}

// texts returns the contents of all text elements, each between bars. It
// fails if b is not well-formed XML.
func texts(t testing.TB, b []byte) string {
	t.Helper()
	var out strings.Builder
	d, inText := xml.NewDecoder(bytes.NewReader(b)), false
	for {
		token, err := d.Token()
		if err == io.EOF {
			return out.String()
		}
		if err != nil {
			t.Fatalf("not well-formed: %v", err)
		}
		switch token := token.(type) {
		case xml.StartElement:
			inText = token.Name.Local == "text"
		case xml.EndElement:
			inText = false
		case xml.CharData:
			if inText {
				out.WriteString("|" + string(token) + "|")
			}
		}
	}
}

func FuzzText(f *testing.F) {
	f.Add("a<b>&\"'", "\x00\xff]]>")
	f.Fuzz(func(t *testing.T, title, label string) {
		fig := &plot.Figure{Title: title, XLabel: label, YLabel: title, Width: 1, Height: 1}
		fig.Line(small, label)
		texts(t, encode(t, fig, plot.SVG))
		encode(t, fig, plot.PNG)
	})
}

func TestPNGSize(t *testing.T) {
	for _, c := range []struct {
		fig  *plot.Figure
		w, h int
	}{
		{&plot.Figure{}, 864, 533}, // 6 × 3.7 inches at 144 per inch
		{&plot.Figure{Width: 2, Height: 1.5}, 288, 216},
	} {
		img, err := png.Decode(bytes.NewReader(encode(t, c.fig.Line(small, ""), plot.PNG)))
		if err != nil {
			t.Fatal(err)
		}
		if s := img.Bounds().Size(); s.X != c.w || s.Y != c.h {
			t.Errorf("size %v, want %d × %d", s, c.w, c.h)
		}
	}
}

// Other programs take the size on paper from the chunk pHYs: 144 pixels per
// inch are 5669 per metre.
func TestPNGResolution(t *testing.T) {
	b := encode(t, (&plot.Figure{}).Line(small, ""), plot.PNG)
	if want := "pHYs\x00\x00\x16\x25\x00\x00\x16\x25\x01"; !bytes.Contains(b, []byte(want)) {
		t.Error("no resolution")
	}
}

func TestColors(t *testing.T) {
	for name, want := range map[string]string{
		"red": "#ff0000", "Blue": "#0000ff", "black": "#000000", "#12aBef": "#12abef", "C0": "#0072b2", "C8": "#d55e00",
	} {
		got := encode(t, (&plot.Figure{}).Line(small, "", plot.Color(name), plot.Width(9)), plot.SVG)
		if !strings.Contains(string(got), `stroke="`+want+`" stroke-width="9"`) {
			t.Errorf("%s is not %s", name, want)
		}
	}
}

// The legend stands where the least is: with a rising line not at the top
// right, with a falling one not at the top left.
func TestLegendAvoidsData(t *testing.T) {
	for _, c := range []struct {
		ys     []float64
		legend plot.Legend
		same   bool
	}{
		{[]float64{5, 4, 3}, plot.LegendTopRight, true},
		{[]float64{3, 4, 5}, plot.LegendTopRight, false},
		{[]float64{3, 4, 5}, plot.LegendTopLeft, true},
		{[]float64{3, 4, 5}, plot.LegendBottomRight, false}, // as good as the top left, which comes first
	} {
		auto := encode(t, (&plot.Figure{}).Line(c.ys, "a label"), plot.SVG)
		chosen := encode(t, (&plot.Figure{Legend: c.legend}).Line(c.ys, "a label"), plot.SVG)
		if bytes.Equal(auto, chosen) != c.same {
			t.Errorf("%v: legend at %d is %v, want %v", c.ys, c.legend, !c.same, c.same)
		}
	}
}

// A red bar over the whole axes must colour the middle of the picture, and
// nothing outside the axes although it extends beyond them.
func TestPNGIsDrawnAndClipped(t *testing.T) {
	fig := &plot.Figure{XLim: [2]float64{0, 1}, YLim: [2]float64{0, 1}, NoGrid: true}
	fig.Curve([]float64{-9, 9}, []float64{0.5, 0.5}, "", plot.Color("red"), plot.Width(20))
	img, err := png.Decode(bytes.NewReader(encode(t, fig, plot.PNG)))
	if err != nil {
		t.Fatal(err)
	}
	size := img.Bounds().Size()
	red := func(x, y int) bool { r, g, _, _ := img.At(x, y).RGBA(); return r > 0xF000 && g < 0x1000 }
	if !red(size.X/2, size.Y/2-20) {
		t.Error("the line is not in the middle")
	}
	for y := range size.Y {
		if red(2, y) || red(size.X-3, y) {
			t.Fatal("the line leaves the axes")
		}
	}
}

func TestEqualFiguresGiveEqualBytes(t *testing.T) {
	draw := func(format plot.Format) []byte {
		fig := &plot.Figure{Title: "same"}
		return encode(t, fig.Line(small, "a").Density(ties, "b").Rug(ties).Points(small, small, "c"), format)
	}
	for _, format := range []plot.Format{plot.PNG, plot.SVG} {
		want := draw(format)
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() {
				if !bytes.Equal(draw(format), want) {
					t.Errorf("%s bytes differ", format)
				}
			})
		}
		wg.Wait()
	}
}

func TestDataAreCopied(t *testing.T) {
	xs := append([]float64(nil), small...)
	fig := (&plot.Figure{}).Line(xs, "")
	want := encode(t, fig, plot.SVG)
	xs[0] = 100
	if !bytes.Equal(encode(t, fig, plot.SVG), want) {
		t.Error("the figure changed with the slice")
	}
}

func TestErrors(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	bad := []float64{1, nan, 2, inf}
	fig := func() *plot.Figure { return &plot.Figure{} }
	for _, c := range []struct {
		fig  *plot.Figure
		want string
	}{
		{fig(), "plot: Figure has no data"},
		{&plot.Figure{Title: "ELBO"}, `plot: Figure "ELBO" has no data`},
		{fig().Line(nil, "loss"), `plot: Line "loss" has no data`},
		{fig().Line(bad, "loss"), `plot: Line "loss": 2 of 4 values are not finite, the first is NaN at index 1`},
		{(&plot.Figure{Title: "ELBO"}).Line(bad[3:], ""), `plot: Line: 1 of 1 values are not finite, the first is +Inf at index 0 (in figure "ELBO")`},
		{fig().Line(bad, "").Line(small, ""), "plot: Line: 2 of 4 values are not finite, the first is NaN at index 1"},
		{fig().Curve(small, ties, "c"), `plot: Curve "c": lengths 6 and 9 differ`},
		{fig().Points(ties, small, ""), "plot: Points: lengths 9 and 6 differ"},
		{fig().Points(small[:4], bad, ""), "plot: Points: 2 of 4 values are not finite, the first is NaN at index 1"},
		{fig().Rule(nan), "plot: Rule: 1 of 1 values are not finite, the first is NaN at index 0"},
		{fig().Hist(small, 3, 3, 10), "plot: Hist: [3, 3] is not an interval"},
		{fig().Hist(small, 0, 3, 0), "plot: Hist: 0 bins, want 1 to 1000000"},
		{fig().Hist(small, 10, 30, 5, plot.Label("w")), `plot: Hist "w": none of the 6 values is in [10, 30]`},
		{fig().Density([]float64{2, 2, 2}, "x"), `plot: Density "x": all 3 values are equal or too far apart`},
		{fig().Density(small, "x", plot.Bandwidth(0)), `plot: Density "x": bandwidth 0 is not positive and finite`},
		{fig().Density(nil, ""), "plot: Density has no data"},
		{fig().Rug(nil), "plot: Rug has no data"},
		{fig().Swarm(), "plot: Swarm has no data"},
		{fig().Swarm(plot.Group{Label: "z=0"}), `plot: Swarm "z=0" has no data`},
		{fig().Swarm(plot.Group{Xs: small}).Swarm(plot.Group{Xs: small}), "plot: Swarm: the figure has 1 rows already"},
		{fig().Trace(nil), "plot: Trace has no data"},
		{fig().Trace([][]float64{small, bad}), "plot: Trace: 2 of 4 values are not finite, the first is NaN at index 1"},
		{fig().Band(small, small, ties, "b"), `plot: Band "b": lengths 6 and 9 differ`},
		{fig().Forest(0.9), "plot: Forest has no data"},
		{fig().Bars(nil, plot.Group{Xs: small}), "plot: Bars has no data"},
		{fig().Bars([]string{"a", "b"}, plot.Group{Label: "x", Xs: []float64{1}}), `plot: Bars "x": lengths 2 and 1 differ`},
		{fig().Bars([]string{"a"}, plot.Group{Xs: []float64{1}}).Bars([]string{"a"}, plot.Group{Xs: []float64{1}}), "plot: Bars: the figure has 1 rows already"},
		{fig().Forest(1, plot.Group{Xs: small}), "plot: Forest: probability 1 is outside (0, 1)"},
		{fig().Forest(0.9, plot.Group{Label: "mu", Xs: bad}), `plot: Forest "mu": 2 of 4 values are not finite, the first is NaN at index 1`},
		{fig().Ranks(nil, 5), "plot: Ranks has no data"},
		{fig().Ranks([][]float64{small, ties}, 5), "plot: Ranks: lengths 6 and 9 differ"},
		{fig().Ranks([][]float64{small}, 7), "plot: Ranks: 7 bins, want 1 to the number of values, 6"},
		{fig().Autocorrelation(small, 6), "plot: Autocorrelation: 6 lags of 6 values"},
		{fig().Autocorrelation([]float64{1, 1, 1}, 1), "plot: Autocorrelation: all 3 values are equal or too far apart"},
		{fig().Energy([][]float64{{1}}), "plot: Energy has no data"},
		{fig().Line(small, "", plot.Color("reddish")), `plot: Line: unknown colour "reddish", want a name such as "red", "#rrggbb" or "C0"`},
		{fig().Line(small, "", plot.Shape(plot.Cross)), "plot: Line: option Shape does not apply"},
		{fig().Line(small, "", plot.Alpha(0)), "plot: Line: opacity 0 is outside (0, 1]"},
		{fig().Line(small, "", plot.Width(-1)), "plot: Line: width -1 is not positive and finite"},
		{fig().Line([]float64{-1e308, 1e308}, ""), "plot: Figure: x from 0 to 1 and y from -1e+308 to 1e+308 is too wide to draw"},
		{(&plot.Figure{XLim: [2]float64{3, 1}}).Line(small, ""), "plot: Figure: XLim [3 1] is not an increasing pair of finite numbers"},
		{(&plot.Figure{YLim: [2]float64{0, inf}}).Line(small, ""), "plot: Figure: YLim [0 +Inf] is not an increasing pair of finite numbers"},
		{(&plot.Figure{Width: 1e9}).Line(small, ""), "plot: Figure: size 1e+09 × 0 is not within 1 to 100 inches"},
		{(&plot.Figure{Legend: 99}).Line(small, ""), "plot: Figure: unknown legend position 99"},
	} {
		path := filepath.Join(t.TempDir(), "x.png")
		err := c.fig.Save(path)
		if err == nil || err.Error() != c.want {
			t.Errorf("got  %v\nwant %s", err, c.want)
		}
		if _, err := os.Stat(path); err == nil {
			t.Errorf("%s: a file was written", c.want)
		}
	}
}

func TestErrorTypes(t *testing.T) {
	fig := (&plot.Figure{Title: "x"}).Line([]float64{1, math.NaN()}, "loss")
	var nonFinite *plot.NonFiniteError
	if err := fig.Encode(io.Discard, plot.SVG); !errors.As(err, &nonFinite) {
		t.Fatalf("got %v", err)
	}
	if nonFinite.Count != 1 || nonFinite.Of != 2 || nonFinite.First != 1 || nonFinite.Label != "loss" {
		t.Errorf("got %+v", nonFinite)
	}
	for _, path := range []string{"x.gif", "x", "x.svgz"} {
		var format *plot.FormatError
		err := (&plot.Figure{}).Line(small, "").Save(path)
		if !errors.As(err, &format) {
			t.Fatalf("%s: got %v", path, err)
		}
		if want := fmt.Sprintf("plot: unknown format %q, want png or svg", strings.TrimPrefix(filepath.Ext(path), ".")); err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
	var length *plot.LengthError
	for _, p := range []*plot.Picture{
		plot.Pairs([]string{"a"}, nil, nil),
		plot.Pairs([]string{"a", "b"}, [][]float64{small, ties}, nil),
		plot.Pairs([]string{"a"}, [][]float64{small}, make([]bool, 5)),
	} {
		if err := p.Encode(io.Discard, plot.PNG); !errors.As(err, &length) {
			t.Errorf("got %v", err)
		}
	}
	var empty *plot.EmptyError
	for _, p := range []*plot.Picture{plot.Row(), plot.Row(nil), plot.Pairs(nil, nil, nil), plot.Grid(0, fig), plot.Column(&plot.Figure{})} {
		if err := p.Encode(io.Discard, plot.PNG); !errors.As(err, &empty) {
			t.Errorf("got %v", err)
		}
	}
	if err := (&plot.Figure{}).Line(small, "").Save(filepath.Join(t.TempDir(), "no", "x.png")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("got %v", err)
	}
}

// Data at the ends of what floating point holds must draw or be an error.
func FuzzLine(f *testing.F) {
	f.Add(0.0, 0.0, 0.0)
	f.Add(1e300, 1e-300, -1e300)
	f.Add(5e-324, 0.0, 1e-323)
	f.Add(1.0, math.Nextafter(1, 2), 1.0)
	f.Fuzz(func(t *testing.T, a, b, c float64) {
		var buf bytes.Buffer
		if (&plot.Figure{}).Line([]float64{a, b, c}, "").Encode(&buf, plot.SVG) != nil {
			return
		}
		if s := buf.String(); strings.Contains(s, "NaN") || strings.Contains(s, "Inf") {
			t.Errorf("%v %v %v: coordinates are not finite", a, b, c)
		}
	})
}
