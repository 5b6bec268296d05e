package pyro_test

import (
	"slices"
	"testing"

	"github.com/gopyro/pyro"
	"github.com/gopyro/pyro/dist"
	"github.com/gopyro/pyro/handler"
	"github.com/gopyro/pyro/rng"
	"github.com/gopyro/pyro/tensor"
)

// A rehearsal sees what the handlers outside decide, draws what the run will
// draw, and leaves nothing in the run.
func TestRehearse(t *testing.T) {
	part := func(p *pyro.P) {
		a := p.Sample("a", dist.Normal(0, 1))
		b := p.Sample("b", dist.Normal(a, 1))
		p.Plate("data", 2).Sample("x", dist.Normal(b, p.Param("s", tensor.Of(1.0))))
	}
	var rehearsed *pyro.Trace
	var met pyro.Trace
	m := func(p *pyro.P) {
		p.Sample("before", dist.Normal(0, 1))
		p = p.Plate("outer", 3)
		tr, err := p.Rehearse(part, func(m pyro.Model) pyro.Model {
			return handler.Config(m, func(s *pyro.Site) { s.Aux = true })
		})
		if err != nil {
			t.Fatal(err)
		}
		rehearsed = tr
		part(p)
	}
	x := tensor.Of([]float64{5, 6, 7})
	tr, err := pyro.Run(handler.Record(handler.Condition(m, pyro.Data{"a": x}), &met), rng.New(0))
	if err != nil {
		t.Fatal(err)
	}
	if got := rehearsed.Names(); !slices.Equal(got, []string{"a", "b", "data", "x", "s"}) && !slices.Equal(got, []string{"a", "b", "data", "s", "x"}) {
		t.Errorf("rehearsed %v", got)
	}
	for s := range rehearsed.Sites() {
		if s.Kind != pyro.SampleSite {
			continue
		}
		if got, want := s.Value.Float64s(), tr.Value(s.Name).Float64s(); !slices.Equal(got, want) {
			t.Errorf("%s is %v in the rehearsal, %v in the run", s.Name, got, want)
		}
		if !s.Aux || tr.Site(s.Name).Aux {
			t.Errorf("%s: what is outside the rehearsal reaches the run, or not it", s.Name)
		}
	}
	if !rehearsed.Site("a").Observed || met.Len() != tr.Len() {
		t.Errorf("a is observed: %v; the handler met %v", rehearsed.Site("a").Observed, met.Names())
	}
	typo := handler.Condition(m, pyro.Data{"a": x, "c": x})
	if _, err := pyro.Run(typo, rng.New(0)); err == nil {
		t.Error("a name that no site has passes because another was met twice")
	}
}
