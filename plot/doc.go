// Package plot draws numbers as pictures for papers and reports: PNG and SVG
// in one style, from plain slices, without a display, a browser or a global
// state. It knows nothing of models or inference.
//
// A [Figure] is a pair of axes to which one adds marks; a [Picture] is several
// figures with aligned axes. Calls chain, and what is wrong comes out of Save
// as a typed error:
//
//	package main
//
//	import (
//		"log"
//		"math"
//
//		"github.com/gopyro/pyro/plot"
//	)
//
//	func main() {
//		loss := make([]float64, 1000)
//		for i := range loss {
//			loss[i] = 3 + 12*math.Exp(-float64(i)/120)
//		}
//		fig := &plot.Figure{Title: "ELBO", XLabel: "step", YLabel: "loss"}
//		if err := fig.Line(loss, "").Rule(3, plot.Label("optimum")).Save("elbo.png"); err != nil {
//			log.Fatal(err)
//		}
//	}
//
// Marks that are not given a colour get the next one of Okabe and Ito's
// palette, which colour-blind readers can tell apart. Everything is clipped at
// the axes. Ticks stand at multiples of 1, 2 or 5 times a power of ten. Text is
// set in Liberation Sans; an SVG names Arial and Helvetica, which have the same
// widths, for readers without that font.
//
// Equal figures give equal bytes. Different figures may be drawn at the same
// time by different goroutines.
//
// Log axes, interaction, images and 3D are not here.
package plot
