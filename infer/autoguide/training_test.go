package autoguide_test

import (
	"errors"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gopyro/pyro"
	"github.com/gopyro/pyro/dist"
	"github.com/gopyro/pyro/handler"
	"github.com/gopyro/pyro/infer"
	"github.com/gopyro/pyro/infer/autoguide"
	"github.com/gopyro/pyro/optim"
	"github.com/gopyro/pyro/rng"
	"github.com/gopyro/pyro/tensor"
)

// trained makes a fit of each guide there is, with the model that it is for and a
// loss that applies.
func trained() map[string]func() (*infer.SVI, guide) {
	fit := func(m pyro.Model, g guide, loss infer.Loss) (*infer.SVI, guide) {
		return &infer.SVI{Model: m, Guide: g.Guide, Loss: loss, Optim: &optim.Adam{LR: 0.02, Schedule: optim.Cosine(4000, 0)}}, g
	}
	out := map[string]func() (*infer.SVI, guide){
		"List": func() (*infer.SVI, guide) {
			return fit(mixed, &autoguide.List{Model: mixed, Parts: []autoguide.Part{
				&autoguide.Normal{Model: handler.Block(mixed, handler.Names("z"))},
				&autoguide.Flow{Model: handler.Block(mixed, handler.Names("w", "s"))},
			}}, nil)
		},
		"Func": func() (*infer.SVI, guide) {
			return fit(walk, autoguide.Func(func(p *pyro.P) {
				a := p.Sample("a", dist.Normal(p.Param("m", tensor.Of(0.0)), 0.8))
				p.Sample("b", dist.Normal(a.MulScalar(0.5).Add(p.Param("n", tensor.Of(0.0))), 0.7))
			}), nil)
		},
		"Discrete": func() (*infer.SVI, guide) {
			return fit(labels, &autoguide.Discrete{Model: labels}, &infer.TraceGraphELBO{Particles: 4, Decay: 0.9})
		},
	}
	for name := range every(mixed, nil) {
		out[name] = func() (*infer.SVI, guide) { return fit(mixed, every(mixed, nil)[name], nil) }
	}
	return out
}

// A fit of any guide that was stopped goes on to the bits of one that was not: the
// guide, made anew, has learned its model in another run.
func TestEveryGuideResumes(t *testing.T) {
	const steps = 150
	saved := func(s *infer.SVI) string {
		var b strings.Builder
		if err := s.Params.Save(&b); err != nil {
			t.Fatal(err)
		}
		return b.String()
	}
	for name, fit := range trained() {
		whole, g := fit()
		want, err := whole.Run(t.Context(), rng.New(7), steps)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		path := filepath.Join(t.TempDir(), "fit")
		var last *infer.SVI
		var again guide
		for _, stop := range []int{1, 70, 101, steps} {
			last, again = fit()
			last.Checkpoint, last.CheckpointEvery = path, time.Nanosecond
			got, err := last.Run(t.Context(), rng.New(7), stop)
			if err != nil || !slices.Equal(got, want[:stop]) {
				t.Errorf("%s: other losses after a stop before step %d (%v)", name, stop, err)
			}
		}
		if saved(last) != saved(whole) {
			t.Errorf("%s: other parameters after stops", name)
		}
		a, b := g.Sample(whole.Params, rng.New(3), 3), again.Sample(last.Params, rng.New(3), 3)
		for site, v := range a {
			if !slices.Equal(v.Float64s(), b[site].Float64s()) {
				t.Errorf("%s: other draws of %s after stops", name, site)
			}
		}
	}
}

// What fits are judged and steered by takes every guide: the best of several
// starts, the gradient report, the rate search, the test of convergence and the
// verdict on the guide.
func TestEveryGuideTrains(t *testing.T) {
	for name, fit := range trained() {
		starts := infer.Starts{N: 3, Short: 20, New: func(rng.Key) (*infer.SVI, error) {
			s, _ := fit()
			return s, nil
		}}
		best, losses, report, err := starts.Run(t.Context(), rng.New(1), 60)
		if err != nil || len(losses) != 60 || len(report) != 3 {
			t.Errorf("%s: %d losses of the best of %d starts (%v)", name, len(losses), len(report), err)
			continue
		}
		norms, err := best.Gradients(rng.New(2), 20)
		if err != nil || len(norms) != len(best.Params.Leaves()) {
			t.Errorf("%s: gradients\n%v(%v)", name, norms, err)
		}
		for _, g := range norms {
			if !(g.Norm > 0) || !(g.Noise >= 0) || math.IsInf(g.Norm, 0) {
				t.Errorf("%s: gradient %+v", name, g)
			}
		}
		fresh, _ := fit()
		if rates, err := (infer.RateSearch{Steps: 60, Low: 1e-4, High: 1}).Run(t.Context(), rng.New(3), fresh); err != nil || !(rates.Best > 0) {
			t.Errorf("%s: rate search: %v", name, err)
		}
		s, _ := fit()
		if losses, done, err := s.RunUntil(t.Context(), rng.New(4), 4000, infer.Converge{Window: 100}); err != nil || !done {
			t.Errorf("%s: no convergence in %d steps (%v)", name, len(losses), err)
		}
		verdict, err := infer.Check(t.Context(), rng.New(5), s.Model, s.Params.Bind(s.Guide), 500)
		if name == "Delta" || name == "Laplace" {
			var e *pyro.SiteError
			if !errors.As(err, &e) || e.Site == "" || !strings.Contains(err.Error(), "no spread to judge") {
				t.Errorf("%s: error %v for a point, verdict %v", name, err, verdict)
			}
			continue
		}
		// Some posteriors are not those of the family, but the fit is nearer than the
		// start, from which all but the given function and the equal odds are far.
		start := pyro.NewParams()
		before, failed := infer.Check(t.Context(), rng.New(5), s.Model, start.Bind(s.Guide), 500)
		if err != nil || failed != nil || !(verdict.K < 1) || !(verdict.ESS > before.ESS) {
			t.Errorf("%s: %v after %v (%v, %v)", name, verdict, before, err, failed)
		}
	}
}
