package regression

import (
	"context"

	"github.com/gopyro/pyro"
	"github.com/gopyro/pyro/data"
	"github.com/gopyro/pyro/diag"
	"github.com/gopyro/pyro/examples"
	"github.com/gopyro/pyro/infer"
	"github.com/gopyro/pyro/plot"
	"github.com/gopyro/pyro/tensor"
)

// band returns the quantiles of a site with one value for each column, of shape
// [n, columns].
func band(draws *tensor.Tensor, probs ...float64) [][]float64 {
	out := make([][]float64, len(probs))
	for i := range draws.Dim(1) {
		column := draws.Select(1, i).Float64s()
		for k, prob := range probs {
			out[k] = append(out[k], diag.Quantile(column, prob))
		}
	}
	return out
}

// plotLinear shows the distances with where a next car would stop, and how the
// methods see intercept and slope.
func plotLinear(ctx context.Context, r *examples.Run, cars data.StoppingTable, byMethod map[string]pyro.Data) error {
	speeds := tensor.Linspace(0, 30, 31)
	next, err := infer.Predictive{Draws: byMethod["nuts"], Sites: []string{"distance"}}.
		Run(ctx, r.Key("distance"), func(p *pyro.P) { linear(p, speeds, nil) })
	if err != nil {
		return err
	}
	q := band(next.Var("distance"), 0.05, 0.5, 0.95)
	r.Figure("linear_band_5", q[0])
	r.Figure("linear_band_50", q[1])
	r.Figure("linear_band_95", q[2])
	fit := &plot.Figure{Title: "stopping distance", XLabel: "speed (miles per hour)", YLabel: "distance (feet)"}
	fit.Band(speeds.Float64s(), q[0], q[2], "90 % of next cars").Curve(speeds.Float64s(), q[1], "median").
		Points(cars.Speed, cars.Distance, "cars", plot.Color("black"))

	cloud := &plot.Figure{Title: "posterior", XLabel: "intercept", YLabel: "slope"}
	for i, method := range []string{"nuts", "multivariate", "normal"} {
		at := func(site string) []float64 { return byMethod[method][site].Slice(0, 0, 1000).Float64s() }
		cloud.Points(at("intercept"), at("slope"), method, plot.Alpha(0.4), plot.Size(1.4), plot.Color([]string{"C0", "C2", "C1"}[i]))
	}
	return r.Save("linear", plot.Row(fit, cloud))
}

// plotLogistic shows the flowers with the probability of virginica.
func plotLogistic(ctx context.Context, r *examples.Run, width, virginica *tensor.Tensor, draws pyro.Data) error {
	widths := tensor.Linspace(-0.8, 0.9, 35)
	curves, err := infer.Predictive{Draws: draws, Sites: []string{"logit"}}.
		Run(ctx, r.Key("logit"), func(p *pyro.P) { logistic(p, widths, nil) })
	if err != nil {
		return err
	}
	q := band(curves.Var("logit").Sigmoid(), 0.05, 0.5, 0.95)
	r.Figure("logistic_band_5", q[0])
	r.Figure("logistic_band_50", q[1])
	r.Figure("logistic_band_95", q[2])
	fig := &plot.Figure{Title: "versicolor (0) or virginica (1)", XLabel: "width of petals, from the mean (cm)", YLabel: "P(virginica | width)"}
	fig.Band(widths.Float64s(), q[0], q[2], "90 %").Curve(widths.Float64s(), q[1], "median").
		Points(width.Float64s(), virginica.Float64s(), "flowers", plot.Color("black"), plot.Alpha(0.4))
	return r.Save("logistic", fig)
}
