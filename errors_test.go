package pyro_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/gopyro/pyro"
	"github.com/gopyro/pyro/constraint"
	"github.com/gopyro/pyro/dist"
	"github.com/gopyro/pyro/handler"
	"github.com/gopyro/pyro/rng"
	"github.com/gopyro/pyro/tensor"
)

// caught returns the *SiteError that f panics with.
func caught(t *testing.T, f func()) (e *pyro.SiteError) {
	t.Helper()
	defer func() {
		v := recover()
		var ok bool
		if e, ok = v.(*pyro.SiteError); !ok {
			t.Fatalf("panic with %v (%T), not a *SiteError", v, v)
		}
	}()
	f()
	return nil
}

// siteError runs m, which must fail.
func siteError(t *testing.T, m pyro.Model) *pyro.SiteError {
	t.Helper()
	_, err := pyro.Run(m, rng.New(0))
	var e *pyro.SiteError
	if !errors.As(err, &e) {
		t.Fatalf("got %v, want a *SiteError", err)
	}
	return e
}

func TestSiteErrorFields(t *testing.T) {
	e := siteError(t, func(p *pyro.P) {
		p.Sample("mu", dist.Normal(0, 1))
		rows := p.Plate("rows", 2, pyro.Dim(-2))
		rows.Plate("columns", 3).Sample("x", dist.Normal(0, []float64{1, 1, -4}))
	})
	if e.Site != "x" || e.After {
		t.Errorf("site %q, after %v", e.Site, e.After)
	}
	if len(e.Plates) != 2 || e.Plates[0].Name != "rows" {
		t.Errorf("plates %v", e.Plates)
	}
	if !strings.HasPrefix(e.Line, "errors_test.go:") {
		t.Errorf("line %q", e.Line)
	}
	if want := []string{"site", "mu", "rows", "columns"}; !slices.Equal(firstWords(e.Sites), want) {
		t.Errorf("table of %v, want %v", firstWords(e.Sites), want)
	}
	var pe *dist.ParamError
	if !errors.As(e, &pe) || pe.Param != "scale" || !slices.Equal(pe.Index, []int{2}) {
		t.Errorf("the error below is %#v; %v", e.Err, e)
	}

	e = siteError(t, func(p *pyro.P) {
		p.Plate("data", 3).Observe("x", dist.Bernoulli(0.5), tensor.Of([]float64{0, 1, 2}))
	})
	var se *dist.SupportError
	if !errors.As(e, &se) || !slices.Equal(se.Index, []int{2}) || se.Value.Item() != 2 {
		t.Errorf("the error below is %#v; %v", e.Err, e)
	}

	e = siteError(t, func(p *pyro.P) { p.Sample("x", dist.Normal(0, 1)).Select(0, 1) })
	var te *tensor.Error
	if !errors.As(e, &te) || !e.After || e.Site != "x" {
		t.Errorf("%#v", e)
	}

	e = siteError(t, func(p *pyro.P) { p.Sample("x", unsampled{dist.Normal(0, 1)}) })
	var me *dist.MethodError
	if !errors.As(e, &me) || e.Site != "x" || e.After {
		t.Errorf("%#v", e)
	}
}

// firstWords returns the first column of a table.
func firstWords(table string) (words []string) {
	for line := range strings.Lines(table) {
		words = append(words, strings.Fields(line)[0])
	}
	return words
}

// unsampled cannot be drawn from.
type unsampled struct{ dist.Distribution }

func (unsampled) Sample(rng.Key, ...int) *tensor.Tensor {
	panic(&dist.MethodError{Dist: "unsampled", Method: "Sample", Reason: "no"})
}

// A density whose shape is wrong is found when it is computed.
func TestLogProbShape(t *testing.T) {
	tr := trace(func(p *pyro.P) {
		p.Sample("a", dist.Normal(0, 1))
		p.Sample("x", wide{dist.Normal(0, 1)})
	})
	e := caught(t, func() { tr.LogProb() })
	want := "pyro: site \"x\": the log probability has shape [4], but no plate is at dim -1, of size 4\n" +
		"\tto repair it: open a plate of size 4 around the site,\n" +
		"\tor make the dim part of one draw with dist.Independent(d, 1),\n" +
		"\tor use the handle that the plate returned, not the one it was made from"
	if e.Error() != want {
		t.Errorf("got %s\nwant %s", e, want)
	}
	if got := firstWords(e.Sites); !slices.Equal(got, []string{"site", "a", "x"}) {
		t.Errorf("table of %v", got)
	}
	e = caught(t, func() { trace(func(p *pyro.P) { p.Deterministic("d", tensor.Of(1)) }).Site("d").LogProb() })
	if want := `pyro: site "d": a deterministic statement has no log probability`; e.Error() != want {
		t.Errorf("got %s\nwant %s", e, want)
	}
}

// wide has log densities of shape [4].
type wide struct{ dist.Distribution }

func (wide) LogProb(*tensor.Tensor) *tensor.Tensor { return tensor.Zeros(4) }

func TestHandleAfterItsRun(t *testing.T) {
	var kept *pyro.P
	trace(func(p *pyro.P) {
		kept = p.Plate("data", 2)
		p.Sample("x", dist.Normal(0, 1))
	})
	want := `pyro: after site "x": a handle is used after its run ended; a model must not keep p`
	for name, f := range map[string]func(){
		"Sample":  func() { kept.Sample("y", dist.Normal(0, 1)) },
		"Param":   func() { kept.Param("y", tensor.Of(1)) },
		"Plate":   func() { kept.Plate("y", 1) },
		"Scale":   func() { kept.Scale(tensor.Of(1)) },
		"Mask":    func() { kept.Mask(tensor.Of(1)) },
		"Scope":   func() { kept.Scope("y") },
		"handler": func() { handler.Seed(scale, rng.New(1))(kept) },
		"Apply":   func() { kept.Apply(&pyro.Site{Name: "y"}) },
	} {
		if e := caught(t, f); e.Error() != want {
			t.Errorf("%s: got %s\nwant %s", name, e, want)
		}
	}
}

// custom is a panic value of a model's own.
type custom struct{ n int }

// Panics that are not about the modelling language pass through, as they are.
func TestForeignPanics(t *testing.T) {
	var none map[string]int
	for name, m := range map[string]pyro.Model{
		"custom":             func(*pyro.P) { panic(custom{3}) },
		"in an init":         func(p *pyro.P) { p.ParamFunc("a", func() *tensor.Tensor { panic(custom{3}) }) },
		"in a density":       func(p *pyro.P) { p.Sample("x", faulty{dist.Normal(0, 1)}) },
		"under handlers":     handler.Seed(handler.Condition(func(*pyro.P) { panic(custom{3}) }, nil), rng.New(1)),
		"in a handler":       pyro.With(scale, func() pyro.Handler { return broken{} }),
		"inside a plate":     func(p *pyro.P) { p.Plate("data", 2); panic(custom{3}) },
		"inside a loop":      func(p *pyro.P) { eachPanics(p) },
		"before any site":    func(*pyro.P) { panic(custom{3}) },
		"nil map (runtime)":  func(*pyro.P) { none["x"] = 1 },
		"an error, but none": func(*pyro.P) { panic(fmt.Errorf("of ours: %w", &pyro.SiteError{})) },
	} {
		func() {
			defer func() {
				v := recover()
				switch err, isErr := v.(error); {
				case v == custom{3}:
				case isErr && (strings.Contains(err.Error(), "nil map") || strings.Contains(err.Error(), "of ours")):
				default:
					t.Errorf("%s: panic value %v (%T)", name, v, v)
				}
			}()
			_, err := pyro.Run(m, rng.New(0))
			t.Errorf("%s: Run returned (error %v)", name, err)
		}()
	}
}

func eachPanics(p *pyro.P) {
	for range p.Each("data", 2) {
		panic(custom{3})
	}
}

type faulty struct{ dist.Distribution }

func (faulty) Sample(rng.Key, ...int) *tensor.Tensor { panic(custom{3}) }

type broken struct{ pyro.NopHandler }

func (broken) Process(*pyro.P, *pyro.Site) { panic(custom{3}) }

func TestParamsMistakes(t *testing.T) {
	ps := pyro.NewParams()
	ps.Set("alpha", tensor.Of(15.0), constraint.Positive)
	ps.Set("beta", tensor.Of(15.0), constraint.Positive)
	for _, m := range []struct {
		f    func()
		want string
	}{
		{func() { ps.Get("alfa") }, `pyro: site "alfa": there is no such parameter; did you mean "alpha"?`},
		{func() { ps.Get("gamma_q") }, `pyro: site "gamma_q": there is no such parameter; there are ["alpha" "beta"]`},
		{func() { ps.Unconstrained("bata") }, `pyro: site "bata": there is no such parameter; did you mean "beta"?`},
		{func() { pyro.NewParams().Get("a") }, `pyro: site "a": there is no such parameter; there are none`},
		{func() { ps.Set("alpha", tensor.Of(-1), constraint.Positive) }, `pyro: site "alpha": value -1 is not in (0, ∞)`},
		{func() { ps.Set("n", tensor.Of(1), constraint.Integer) }, `pyro: site "n": a parameter cannot be trained on integer, which is discrete`},
		{func() { ps.Set("", tensor.Of(1), constraint.Real) }, `pyro: Set: a parameter without a name`},
		{func() { ps.Set("a", nil, constraint.Real) }, `pyro: site "a": Set: the value or the constraint is nil`},
		{func() { ps.Set("a", tensor.Of(1), nil) }, `pyro: site "a": Set: the value or the constraint is nil`},
		{
			func() { ps.Update(func(string, *tensor.Tensor) *tensor.Tensor { return tensor.Of([]float64{1, 2}) }) },
			`pyro: site "alpha": Update: the new leaf has shape [2], not []`,
		},
		{func() { ps.Update(func(string, *tensor.Tensor) *tensor.Tensor { return nil }) }, `pyro: site "alpha": Update: the new leaf is nil`},
		{func() { ps.Descend(tensor.Of(1), nil) }, `pyro: Descend: the loss is not on a tape; run the models with RunOn`},
	} {
		if e := caught(t, m.f); e.Error() != m.want {
			t.Errorf("got  %s\nwant %s", e, m.want)
		}
	}
	e := siteError(t, ps.Bind(func(p *pyro.P) { p.Param("alpha", tensor.Of(1)) }))
	if want := `pyro: site "alpha": the parameter is constrained to real here, but to (0, ∞) where it was made`; !strings.HasPrefix(e.Error(), want) {
		t.Errorf("got  %s\nwant %s", e, want)
	}
}

func TestNearListsSome(t *testing.T) {
	var names []string
	for i := range 100 {
		names = append(names, fmt.Sprintf("site_%d", i))
	}
	got := pyro.Near("unlike", names)
	if want := `"site_19"] and 80 more`; !strings.HasSuffix(got, want) {
		t.Errorf("%s\nwant the first twenty%s", got, want)
	}
	if got := pyro.Near("unlike", names[:21]); strings.Contains(got, "more") {
		t.Errorf("one more is not left out: %s", got)
	}
}
