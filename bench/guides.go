package bench

import (
	"github.com/gopyro/pyro"
	"github.com/gopyro/pyro/handler"
	"github.com/gopyro/pyro/infer"
	"github.com/gopyro/pyro/infer/autoguide"
	"github.com/gopyro/pyro/optim"
)

// Guided is a workload with one of the guides and one of the losses that apply.
type Guided struct {
	Workload, Guide, Loss string
	Make                  func() *infer.SVI
}

// AllGuided returns each workload with each guide of continuous sites, a list of
// two guides, and each loss: of c, whose assignments are summed out, the
// enumerated one alone. The subsampled workload has n rows, 1000 in a step.
func AllGuided(n int) (all []Guided) {
	x, y := LogisticData(1000, 20, 1)
	for _, w := range []struct {
		name   string
		model  pyro.Model
		part   string // the site that the first part of the list has alone
		summed string // the site that is summed out
	}{
		{"Iris", IrisModel(), "mu", "z"},
		{"Hierarchical", HierarchicalModel(), "alpha", ""},
		{"Logistic", LogisticModel(x, y, 20), "", ""},
		{"Subsampled", SubsampledModel(n, 1000), "", ""},
	} {
		shown := w.model
		losses := map[string]infer.Loss{"Trace": infer.TraceELBO{}, "MeanField": infer.TraceMeanFieldELBO{}, "Enum": infer.TraceEnumELBO{}}
		if w.summed != "" {
			shown = handler.Block(w.model, handler.Names(w.summed))
			losses = map[string]infer.Loss{"Enum": infer.TraceEnumELBO{}}
		}
		for _, guide := range guideNames {
			if guide == "List" && w.part == "" {
				continue
			}
			for _, loss := range []string{"Trace", "MeanField", "Enum"} {
				if losses[loss] == nil {
					continue
				}
				all = append(all, Guided{w.name, guide, loss, func() *infer.SVI {
					return &infer.SVI{Model: w.model, Guide: guideOf(guide, shown, w.part), Loss: losses[loss], Optim: &optim.Adam{LR: 0.001}}
				}})
			}
		}
	}
	return all
}

var guideNames = []string{
	"Delta", "Laplace", "Normal", "DiagonalNormal", "Structured", "LowRankNormal", "MultivariateNormal", "Flow", "List",
}

// guideOf makes a guide by name.
func guideOf(name string, m pyro.Model, part string) pyro.Model {
	init := autoguide.Feasible()
	switch name {
	case "Delta":
		return (&autoguide.Delta{Model: m, Init: init}).Guide
	case "Laplace":
		return (&autoguide.Laplace{Model: m, Init: init}).Guide
	case "Normal":
		return (&autoguide.Normal{Model: m, Init: init}).Guide
	case "DiagonalNormal":
		return (&autoguide.DiagonalNormal{Model: m, Init: init}).Guide
	case "Structured":
		return (&autoguide.Structured{Model: m, Init: init}).Guide
	case "LowRankNormal":
		return (&autoguide.LowRankNormal{Model: m, Init: init}).Guide
	case "MultivariateNormal":
		return (&autoguide.MultivariateNormal{Model: m, Init: init}).Guide
	case "Flow":
		return (&autoguide.Flow{Model: m, Init: init}).Guide
	case "List":
		return (&autoguide.List{Model: m, Parts: []autoguide.Part{
			&autoguide.Normal{Model: handler.Expose(m, part), Init: init},
			&autoguide.MultivariateNormal{Model: handler.Block(m, handler.Names(part)), Init: init},
		}}).Guide
	}
	panic("bench: no guide " + name)
}
