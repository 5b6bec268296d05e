package scale

import (
	"github.com/gopyro/pyro/examples"
	"github.com/gopyro/pyro/plot"
	"github.com/gopyro/pyro/rng"
	"github.com/gopyro/pyro/tensor"
)

// sampler is what histograms are drawn of.
type sampler interface {
	Sample(key rng.Key, sample ...int) *tensor.Tensor
}

// histogram shows 100 draws.
func histogram(r *examples.Run, file, title string, d sampler) error {
	fig := &plot.Figure{Title: title, XLabel: "weight", YLabel: "#"}
	draws := d.Sample(r.Key("draws of "+file), 100)
	return r.Save(file, fig.Hist(draws.Float64s(), 5, 12, 10))
}

// training shows the losses, and the paths of both parameters beside the exact
// values.
func training(r *examples.Run, file string, losses, a, b []float64) error {
	elbo := &plot.Figure{Title: "ELBO", XLabel: "step", YLabel: "loss"}
	if err := r.Save(file+"_elbo", elbo.Line(losses, "")); err != nil {
		return err
	}
	return r.Save(file+"_params", plot.Row(
		(&plot.Figure{YLabel: "a"}).Rule(9.14).Line(a, ""),
		(&plot.Figure{YLabel: "b"}).Rule(0.6).Line(b, "")))
}
