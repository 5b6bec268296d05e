package plot_test

import (
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"

	"github.com/gopyro/pyro/plot"
)

func Example() {
	dir, err := os.MkdirTemp("", "plot")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)

	loss := make([]float64, 1000)
	for i := range loss {
		loss[i] = 3 + 12*math.Exp(-float64(i)/120)
	}
	fig := &plot.Figure{Title: "ELBO", XLabel: "step", YLabel: "loss"}
	fmt.Println(fig.Line(loss, "").Save(filepath.Join(dir, "elbo.png")))
	// Output: <nil>
}

// Two panels, each with the value that is to be reached.
func ExampleRow() {
	a := []float64{8.5, 8.9, 9.05, 9.12, 9.14}
	b := []float64{1, 0.8, 0.7, 0.63, 0.6}
	pic := plot.Row(
		(&plot.Figure{XLabel: "step", YLabel: "a"}).Line(a, "").Rule(9.14),
		(&plot.Figure{XLabel: "step", YLabel: "b"}).Line(b, "").Rule(0.6),
	)
	fmt.Println(pic.Encode(io.Discard, plot.SVG))
	// Output: <nil>
}

// A mixture density over its data, drawn as faint crosses on the axis.
func ExampleFigure_Curve() {
	normal := func(x, mean, sd float64) float64 {
		z := (x - mean) / sd
		return math.Exp(-z*z/2) / (sd * math.Sqrt(2*math.Pi))
	}
	var xs, red, blue []float64
	for x := 0.0; x <= 10; x += 0.01 {
		xs = append(xs, x)
		red = append(red, 0.33*normal(x, 1.46, 0.17))
		blue = append(blue, 0.67*normal(x, 4.9, 0.82))
	}
	data := []float64{1.4, 1.3, 1.5, 4.7, 4.5, 4.9, 6.0, 5.1}
	fig := (&plot.Figure{}).
		Curve(xs, red, "z=0", plot.Color("red")).
		Curve(xs, blue, "z=1", plot.Color("blue")).
		Points(data, make([]float64, len(data)), "", plot.Color("black"), plot.Alpha(0.3), plot.Shape(plot.Cross))
	fmt.Println(fig.Encode(io.Discard, plot.SVG))
	// Output: <nil>
}

func ExampleFigure_Swarm() {
	fig := (&plot.Figure{XLabel: "petal length"}).Swarm(
		plot.Group{Label: "z=0", Xs: []float64{1.4, 1.4, 1.3, 1.5, 1.4, 1.7}},
		plot.Group{Label: "z=1", Xs: []float64{4.7, 4.5, 4.9, 4.0, 4.6, 4.5}},
	)
	fmt.Println(fig.Encode(io.Discard, plot.SVG))
	// Output: <nil>
}

func ExampleNonFiniteError() {
	fig := (&plot.Figure{Title: "ELBO"}).Line([]float64{3, 2, math.NaN(), math.NaN()}, "loss")
	err := fig.Encode(io.Discard, plot.SVG)
	fmt.Println(err)
	var nonFinite *plot.NonFiniteError
	fmt.Println(errors.As(err, &nonFinite), nonFinite.First)
	// Output:
	// plot: Line "loss": 2 of 4 values are not finite, the first is NaN at index 2 (in figure "ELBO")
	// true 2
}
