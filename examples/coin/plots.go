package coin

import (
	"github.com/gopyro/pyro/dist"
	"github.com/gopyro/pyro/examples"
	"github.com/gopyro/pyro/plot"
	"github.com/gopyro/pyro/tensor"
)

// plots draws the losses, and the guide between prior and exact posterior.
func plots(r *examples.Run, losses []float64, alpha, beta float64) error {
	elbo := &plot.Figure{Title: "ELBO", XLabel: "step", YLabel: "loss"}
	if err := r.Save("elbo", elbo.Line(losses, "")); err != nil {
		return err
	}
	x := tensor.Linspace(0.001, 0.999, 500)
	density := func(a, b float64) []float64 { return dist.Beta(a, b).LogProb(x).Exp().Float64s() }
	fig := &plot.Figure{Title: "P(fairness | flips)", XLabel: "latent_fairness", YLabel: "density"}
	fig.Curve(x.Float64s(), density(10, 10), "prior").
		Curve(x.Float64s(), density(alpha, beta), "guide").
		Curve(x.Float64s(), density(16, 14), "exact posterior", plot.Dashed())
	return r.Save("fairness", fig)
}
