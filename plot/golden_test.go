package plot_test

import (
	"bytes"
	"flag"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/gopyro/pyro/plot"
)

var update = flag.Bool("update", false, "rewrite testdata/*.svg")

// encode returns the bytes of a figure.
func encode(t testing.TB, f *plot.Figure, format plot.Format) []byte {
	t.Helper()
	var buf bytes.Buffer
	if err := f.Encode(&buf, format); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

var number = regexp.MustCompile(`-?[0-9]+(\.[0-9]+)?`)

// sameSVG tells whether two texts are the same up to the last of the two
// decimals of their numbers, which may be rounded differently on machines
// that fuse multiplication and addition.
func sameSVG(a, b string) bool {
	if number.ReplaceAllString(a, "0") != number.ReplaceAllString(b, "0") {
		return false
	}
	as, bs := number.FindAllString(a, -1), number.FindAllString(b, -1)
	for i := range as {
		x, _ := strconv.ParseFloat(as[i], 64)
		y, _ := strconv.ParseFloat(bs[i], 64)
		if math.Abs(x-y) > 0.0101 {
			return false
		}
	}
	return true
}

var (
	small  = []float64{1, 3, 2, 5, 4, 4.5}
	ties   = []float64{1, 1, 1, 1.1, 1.1, 2, 2.5, 2.5, 3}
	chains = [][]float64{
		{0.1, 0.4, -0.3, 0.8, 0.2, -0.6, 0.5, 0.9, -0.2, 0.3},
		{-0.5, 0.2, 0.6, -0.1, 0.7, 0.4, -0.8, 0.1, 0.3, 0.0},
	}
)

// golden are the pictures kept in testdata, with the number of shapes of the
// mark that the SVG must hold: what is counted, and how often.
var golden = []struct {
	name  string
	pic   *plot.Picture
	shape string
	count int
}{
	{"line", plot.Row((&plot.Figure{Title: "ELBO", XLabel: "step", YLabel: "loss"}).Line(small, "loss", plot.Start(1))), `<g class="line">`, 1},
	{"curve", plot.Row((&plot.Figure{XLim: [2]float64{1.5, 4}}).Curve(small, ties[:6], "a", plot.Color("red"), plot.Dashed()).Curve(ties[:6], small, "b", plot.Width(2), plot.Alpha(0.5))), `<g class="line">`, 2},
	{"rule", plot.Row((&plot.Figure{}).Line(small, "").Rule(2.5).VRule(3, plot.Label("limit"), plot.Solid())), `<g class="rule">`, 2},
	{"hist", plot.Row((&plot.Figure{Title: "P(weight | measurement, guess)", XLabel: "weight", YLabel: "#"}).Hist(small, 0, 6, 6)), "Z\" fill=\"#0072b2\"", 5},
	{"points", plot.Row((&plot.Figure{}).Points(small, small, "circles").Points(small, ties[:6], "crosses", plot.Shape(plot.Cross), plot.Color("black"), plot.Alpha(0.3))), "<circle", len(small) + 1},
	{"density", plot.Row((&plot.Figure{HideY: true}).Density(ties, "x", plot.Filled()).Rug(ties)), `stroke-opacity="0.5" stroke-width="0.8"`, len(ties)},
	{"swarm", plot.Row((&plot.Figure{XLabel: "petal length", YLabel: "z"}).Swarm(plot.Group{Label: "z=0", Xs: ties}, plot.Group{Label: "z=1", Xs: small, Color: "black"})), "<circle", len(ties) + len(small)},
	{"trace", plot.Row((&plot.Figure{XLabel: "draw"}).Trace(chains)), `<g class="line">`, 2},
	{"band", plot.Row((&plot.Figure{}).Band(small, ties[:6], small, "90 %")), `fill-opacity="0.2"`, 2},
	{"forest", plot.Row((&plot.Figure{XLabel: "effect"}).Forest(0.9, plot.Group{Label: "mu", Xs: small}, plot.Group{Label: "tau", Xs: ties, Color: "black"}).VRule(0)), "<circle", 4},
	{"bars", plot.Row((&plot.Figure{XLabel: "rate"}).Bars([]string{"seen", "done"}, plot.Group{Label: "A", Xs: []float64{0.78, 0.83}}, plot.Group{Label: "B", Xs: []float64{0.82, 0}})), `<g class="bars">`, 2},
	{"ranks", plot.Row((&plot.Figure{Title: "mu", XLabel: "rank"}).Ranks(chains, 4)), "stroke-dasharray", 2},
	{"autocorrelation", plot.Row((&plot.Figure{XLabel: "lag"}).Autocorrelation(chains[0], 5)), "<circle", 6},
	{"energy", plot.Row((&plot.Figure{HideY: true}).Energy(chains)), `<g class="density">`, 2},
	{"pairs", plot.Pairs([]string{"mu", "tau"}, chains, []bool{9: true}), "<circle", 10},
	{"grid", plot.Grid(2, (&plot.Figure{YLabel: "a"}).Line(small, "").Rule(9.14), (&plot.Figure{YLabel: "b"}).Line(small, "").Rule(0.6), nil, (&plot.Figure{}).Line([]float64{-2e6, 3e6}, "")), `<g class="panel">`, 3},
}

func TestGolden(t *testing.T) {
	for _, g := range golden {
		t.Run(g.name, func(t *testing.T) {
			var buf bytes.Buffer
			if err := g.pic.Encode(&buf, plot.SVG); err != nil {
				t.Fatal(err)
			}
			got := buf.String()
			if n := strings.Count(got, g.shape); n != g.count {
				t.Errorf("%d of %q, want %d", n, g.shape, g.count)
			}
			path := filepath.Join("testdata", g.name+".svg")
			if *update {
				if err := os.WriteFile(path, buf.Bytes(), 0o666); err != nil {
					t.Fatal(err)
				}
				return
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if !sameSVG(got, string(want)) {
				t.Errorf("the SVG differs from %s (-update rewrites it):\n%s", path, firstDifference(got, string(want)))
			}
		})
	}
}

// firstDifference shows the first lines that differ.
func firstDifference(got, want string) string {
	gs, ws := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i := range min(len(gs), len(ws)) {
		if !sameSVG(gs[i], ws[i]) {
			return "got  " + gs[i] + "\nwant " + ws[i]
		}
	}
	return "one text is longer"
}
