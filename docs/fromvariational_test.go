package docs

import (
	"context"
	"testing"

	"github.com/gopyro/pyro"
	"github.com/gopyro/pyro/dist"
	"github.com/gopyro/pyro/handler"
	"github.com/gopyro/pyro/infer"
	"github.com/gopyro/pyro/infer/autoguide"
	"github.com/gopyro/pyro/optim"
	"github.com/gopyro/pyro/rng"
	"github.com/gopyro/pyro/tensor"
)

// The Go forms of the table of guides, losses and reparameterisations, running.
func TestGuidesAndLosses(t *testing.T) {
	ctx, key := context.Background(), rng.New(1)
	model := func(p *pyro.P) {
		x := p.Sample("x", dist.Normal(0, 1))
		p.Observe("y", dist.Normal(x, 1), tensor.Of(1.0))
	}
	own := func(p *pyro.P) { p.Sample("x", dist.Normal(p.Param("m", tensor.Of(0.0)), 1)) }
	parts := []autoguide.Part{autoguide.Func(own)}
	laplace := &autoguide.Laplace{Model: model}
	for _, guide := range []interface {
		autoguide.Part
		autoguide.Posterior
	}{
		&autoguide.Normal{Model: model}, &autoguide.DiagonalNormal{Model: model},
		&autoguide.MultivariateNormal{Model: model}, &autoguide.LowRankNormal{Model: model, Rank: 1},
		&autoguide.Structured{Model: model}, &autoguide.Flow{Model: model},
		&autoguide.List{Model: model, Parts: parts}, laplace,
	} {
		for _, loss := range []infer.Loss{
			&infer.Vectorized{Of: infer.TraceELBO{}, Particles: 16},
			infer.TraceMeanFieldELBO{},
			&infer.TraceGraphELBO{Decay: 0.9},
			infer.TensorMonteCarlo{Draws: 5},
			infer.RenyiELBO{Alpha: 0.5, Particles: 2},
		} {
			svi := &infer.SVI{Model: model, Guide: guide.Guide, Loss: loss, Optim: &optim.Adam{LR: 0.01}}
			if _, err := svi.Run(ctx, key, 10); err != nil {
				t.Fatal(err)
			}
			if low, mid := guide.Quantile(svi.Params, 0.1)["x"], guide.Median(svi.Params)["x"]; low.Item() > mid.Item() {
				t.Errorf("%T: the 0.1-quantile is %v, the median %v", guide, low, mid)
			}
			if guide, ok := guide.(autoguide.Warp); ok {
				runs(t, autoguide.NeuTra(model, guide, svi.Params), "neutra")
			}
			if guide == laplace {
				if _, _, err := laplace.Fit(svi.Params); err != nil {
					t.Error(err)
				}
			}
		}
	}
}

// runs checks that a model has a site.
func runs(t *testing.T, m pyro.Model, site string) {
	t.Helper()
	tr, err := pyro.Run(m, rng.New(2))
	if err != nil {
		t.Fatal(err)
	}
	if tr.Site(site) == nil {
		t.Errorf("there is no site %s:\n%v", site, tr)
	}
}

func TestReparameterisations(t *testing.T) {
	key := rng.New(1)
	of := func(d dist.Distribution) pyro.Model { return func(p *pyro.P) { p.Sample("x", d) } }
	model := of(dist.Normal(1, 2))
	runs(t, handler.LearnedCentered(model, "x"), "x_decentered")
	runs(t, handler.NonCentered(model, "x"), "x_decentered")
	model = of(dist.ProjectedNormal([]float64{1, 2}))
	runs(t, handler.Untransformed(model, "x"), "x_base")
	model = of(dist.StudentT(4, 0, 1))
	runs(t, handler.NormalMixture(model, "x"), "x_mixing")
	model = of(dist.VonMises(0, 1))
	runs(t, handler.Circular(model, "x"), "x_plane")
	if _, report, err := (handler.Strategy{}.Reparam(model, key)); err != nil || len(report) != 1 {
		t.Errorf("report %v (%v)", report, err)
	}
	model = func(p *pyro.P) { p.Sample("z", dist.OneHotCategorical([]float64{0.2, 0.8}), pyro.NoEnum) }
	runs(t, handler.Untransformed(handler.Relaxed(model, 0.5, "z"), "z"), "z_base")
	g := &autoguide.Discrete{Model: handler.Expose(model, "z")}
	runs(t, g.Guide, "z")
}
