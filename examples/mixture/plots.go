package mixture

import (
	"fmt"

	"github.com/gopyro/pyro/data"
	"github.com/gopyro/pyro/examples"
	"github.com/gopyro/pyro/plot"
)

// plots shows the criterion, and two and three clusters of petals with the species.
func plots(r *examples.Run, iris data.IrisTable, bic []float64, two, three []int) error {
	criterion := &plot.Figure{Title: "BIC", XLabel: "clusters"}
	ks := make([]float64, len(bic))
	for i := range ks {
		ks[i] = float64(i + 1)
	}
	criterion.Curve(ks, bic, "").Points(ks, bic, "")

	petals := func(title string, label func(i int) string) *plot.Figure {
		fig := &plot.Figure{Title: title, XLabel: "petal length (cm)", YLabel: "petal width (cm)"}
		var order []string
		xs, ys := map[string][]float64{}, map[string][]float64{}
		for i := range iris.Species {
			l := label(i)
			if xs[l] == nil {
				order = append(order, l)
			}
			xs[l], ys[l] = append(xs[l], iris.PetalLength[i]), append(ys[l], iris.PetalWidth[i])
		}
		for _, l := range order {
			fig.Points(xs[l], ys[l], l, plot.Alpha(0.6))
		}
		return fig
	}
	return r.Save("clusters", plot.Grid(2,
		criterion, petals("species", func(i int) string { return iris.Species[i] }),
		petals("two clusters", func(i int) string { return fmt.Sprintf("z = %d", two[i]) }),
		petals("three clusters", func(i int) string { return fmt.Sprintf("z = %d", three[i]) })))
}
