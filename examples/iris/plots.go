package iris

import (
	"fmt"

	"github.com/gopyro/pyro"
	"github.com/gopyro/pyro/dist"
	"github.com/gopyro/pyro/examples"
	"github.com/gopyro/pyro/plot"
	"github.com/gopyro/pyro/tensor"
)

// plots draws the data, the losses, the densities of the clusters and the data
// split by cluster.
func plots(r *examples.Run, x, losses []float64, est *pyro.Trace, z []int) error {
	petals := &plot.Figure{XLabel: "petal_length"}
	if err := r.Save("petals", petals.Swarm(plot.Group{Xs: x})); err != nil {
		return err
	}
	loss := &plot.Figure{Title: "Loss", XLim: [2]float64{0, 3000}}
	if err := r.Save("loss", loss.Line(losses, "")); err != nil {
		return err
	}

	clusters, density := make([]plot.Group, k), &plot.Figure{}
	grid := tensor.Linspace(0, 9.99, 1000)
	for i, color := range []string{"red", "blue"} {
		label := fmt.Sprintf("z=%d", i)
		d := dist.Normal(est.Value("mu").At(i), est.Value("sigma").At(i)).LogProb(grid).Exp()
		density.Curve(grid.Float64s(), d.MulScalar(est.Value("p").At(i)).Float64s(), label, plot.Color(color))
		clusters[i] = plot.Group{Label: label, Color: color}
	}
	density.Points(x, make([]float64, len(x)), "", plot.Color("black"), plot.Alpha(0.3), plot.Shape(plot.Cross))
	if err := r.Save("density", density); err != nil {
		return err
	}

	for i, v := range x {
		c := &clusters[z[i]]
		c.Xs = append(c.Xs, v)
	}
	split := &plot.Figure{XLabel: "petal_length", YLabel: "z"}
	return r.Save("clusters", split.Swarm(clusters...))
}
