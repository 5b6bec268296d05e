package infer_test

import (
	"slices"
	"testing"

	"github.com/gopyro/pyro"
	"github.com/gopyro/pyro/constraint"
	"github.com/gopyro/pyro/dist"
	"github.com/gopyro/pyro/infer"
	"github.com/gopyro/pyro/optim"
	"github.com/gopyro/pyro/rng"
	"github.com/gopyro/pyro/tensor"
)

// with adds an unrelated site before and after a model.
func with(m pyro.Model, d dist.Distribution) pyro.Model {
	return func(p *pyro.P) {
		p.Sample("unrelated", d)
		m(p)
		p.Sample("another", d)
	}
}

// What a fit draws and learns of a site does not change by a bit when the model
// gets other sites, nor when it runs twice.
func TestUnrelatedSitesChangeNothing(t *testing.T) {
	noise := dist.Normal([]float64{1, 2}, 3)
	learn := func(model, guide pyro.Model) []float64 {
		svi := &infer.SVI{Model: model, Guide: guide, Optim: &optim.Adam{LR: 0.01}}
		if _, err := svi.Run(t.Context(), rng.New(101), 200); err != nil {
			t.Fatal(err)
		}
		return []float64{svi.Params.Get("a").Item(), svi.Params.Get("b").Item()}
	}
	guide := func(p *pyro.P) {
		a, b := p.Param("a", tensor.Of(guess)), p.Param("b", tensor.Of(1.0), constraint.Positive)
		p.Sample("weight", dist.Normal(a, b))
	}
	extra := func(m pyro.Model, d dist.Distribution) pyro.Model {
		return with(m, dist.Independent(d, 1))
	}
	first := learn(measured(9.5), guide)
	if again := learn(measured(9.5), guide); !slices.Equal(again, first) {
		t.Errorf("twice: %v and %v", first, again)
	}
	if more := learn(extra(measured(9.5), noise), extra(guide, noise)); !slices.Equal(more, first) {
		t.Errorf("with unrelated sites: %v and %v", first, more)
	}

	few := importance(t, infer.Importance{Samples: 300}, rng.New(101), measured(9.5))
	many := importance(t, infer.Importance{Samples: 300}, rng.New(101), extra(measured(9.5), noise))
	if !slices.Equal(few.LogWeights, many.LogWeights) || !slices.Equal(few.Values("weight").Float64s(), many.Values("weight").Float64s()) {
		t.Error("importance samples differ")
	}
}
