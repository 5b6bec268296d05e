package pyro_test

import (
	"errors"
	"flag"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/gopyro/pyro"
	"github.com/gopyro/pyro/constraint"
	"github.com/gopyro/pyro/dist"
	"github.com/gopyro/pyro/handler"
	"github.com/gopyro/pyro/rng"
	"github.com/gopyro/pyro/tensor"
)

var update = flag.Bool("update", false, "rewrite golden files")

// scale has two sites, for mistakes in the use of handlers.
func scale(p *pyro.P) {
	w := p.Sample("weight", dist.Normal(8.5, 1))
	p.Sample("measurement", dist.Normal(w, 0.75))
}

var (
	nan  = math.NaN()
	nine = tensor.Of([]float64{1, 2, 3, 4, 5, 6, 7, 8, 9})
)

// mistakes are illegal programs; testdata/mistakes.txt has what each is told.
var mistakes = []struct {
	name  string
	model pyro.Model
}{
	{"9 observations in a plate of 10", func(p *pyro.P) {
		mu := p.Sample("mu", dist.Normal(0, 1))
		p.Plate("data", 10).Observe("x", dist.Normal(mu, 1), nine)
	}},
	{"distribution of 9 in a plate of 10", func(p *pyro.P) { p.Plate("data", 10).Sample("x", dist.Normal(nine, 1)) }},
	{"scalar data in a plate", func(p *pyro.P) { p.Plate("data", 10).Observe("x", dist.Normal(0, 1), tensor.Of(1.5)) }},
	{"all data in a plate that is subsampled", func(p *pyro.P) {
		p.Plate("data", 9, pyro.Subsample(3)).Observe("x", dist.Normal(0, 1), nine)
	}},
	{"batch dim of the distribution without a plate", func(p *pyro.P) { p.Sample("x", dist.Normal([]float64{0, 1, 2}, 1)) }},
	{"batch dim of the data without a plate", func(p *pyro.P) {
		p.Plate("data", 9)
		p.Observe("x", dist.Normal(0, 1), nine)
	}},
	{"batch dim of the scale without a plate", func(p *pyro.P) { p.Scale(nine).Sample("x", dist.Normal(0, 1)) }},
	{"batch dim of the mask without a plate", func(p *pyro.P) { p.Mask(nine).Sample("x", dist.Normal(0, 1)) }},
	{"mask of 9 in a plate of 10", func(p *pyro.P) { p.Plate("data", 10).Mask(nine).Sample("x", dist.Normal(0, 1)) }},
	{"factor of 9 in a plate of 10", func(p *pyro.P) { p.Plate("data", 10).Factor("f", nine) }},
	{"wrong event shape", func(p *pyro.P) { p.Observe("p", dist.Dirichlet([]float64{1, 1, 1}), tensor.Of([]float64{0.5, 0.5})) }},

	{"duplicate site name", func(p *pyro.P) {
		p.Sample("x", dist.Normal(0, 1))
		p.Sample("x", dist.Normal(0, 1))
	}},
	{"one name for a parameter and a site", func(p *pyro.P) {
		p.Param("x", tensor.Of(1))
		p.Sample("x", dist.Normal(0, 1))
	}},
	{"site without a name", func(p *pyro.P) { p.Sample("", dist.Normal(0, 1)) }},
	{"scope without a name", func(p *pyro.P) { p.Scope("") }},
	{"duplicate site name in a scope", func(p *pyro.P) {
		q := p.Scope("left")
		q.Sample("x", dist.Normal(0, 1))
		q.Sample("x", dist.Normal(0, 1))
	}},

	{"empty data", func(p *pyro.P) { p.Plate("data", 0) }},
	{"nested plates of one name", func(p *pyro.P) { p.Plate("data", 3).Plate("data", 3) }},
	{"two plates forced to one dim", func(p *pyro.P) { p.Plate("rows", 3, pyro.Dim(-1)).Plate("columns", 4, pyro.Dim(-1)) }},
	{"plate dim that is not negative", func(p *pyro.P) { p.Plate("data", 3, pyro.Dim(1)) }},
	{"plate opened again with another size", func(p *pyro.P) { p.Plate("data", 3); p.Plate("data", 4) }},
	{"plate opened again with another subsample", func(p *pyro.P) {
		p.Plate("data", 9, pyro.Subsample(3))
		p.Plate("data", 9, pyro.Subsample(4))
	}},
	{"plate opened again with other indices", func(p *pyro.P) {
		p.Plate("data", 9)
		p.Plate("data", 9, pyro.Indices(tensor.Of([]int{1, 2})))
	}},
	{"plate opened again as a loop", func(p *pyro.P) {
		p.Plate("data", 3)
		for range p.Each("data", 3) {
		}
	}},
	{"subsample larger than the plate", func(p *pyro.P) { p.Plate("data", 3, pyro.Subsample(4)) }},
	{"subsample of nothing", func(p *pyro.P) { p.Plate("data", 3, pyro.Subsample(0)) }},
	{"index outside the plate", func(p *pyro.P) { p.Plate("data", 3, pyro.Indices(tensor.Of([]int{0, 3}))) }},
	{"index that is no integer", func(p *pyro.P) { p.Plate("data", 3, pyro.Indices(tensor.Of([]float64{0, 0.5}))) }},
	{"indices of wrong shape", func(p *pyro.P) { p.Plate("data", 3, pyro.Indices(tensor.Of(1))) }},
	{"subsample of data of another size", func(p *pyro.P) { p.Plate("data", 20, pyro.Subsample(4)).Subsample(nine, 0) }},
	{"indices outside plates", func(p *pyro.P) { p.Indices() }},
	{"two plates to cross at one dim", func(p *pyro.P) {
		rows, columns := p.Plate("rows", 3), p.Plate("columns", 4)
		rows.Sample("a", dist.Normal(0, 1)).Add(columns.Sample("b", dist.Normal(0, 1)))
	}},
	{"branch on a site that is summed out", handler.Enum(func(p *pyro.P) {
		if z := p.Sample("z", dist.Bernoulli(0.5)); z.Item() == 1 {
			p.Sample("x", dist.Normal(0, 1))
		}
	}, -1)},
	{"loop with a dim", func(p *pyro.P) {
		for range p.Each("data", 3, pyro.Dim(-1)) {
		}
	}},
	{"negative number of steps", func(p *pyro.P) {
		for range p.Markov("t", -1) {
		}
	}},

	{"negative scale parameter", func(p *pyro.P) { p.Sample("x", dist.Normal(0, -1)) }},
	{"negative element of a parameter", func(p *pyro.P) {
		p.Plate("data", 3).Sample("x", dist.Normal(0, []float64{1, 2, -3}))
	}},
	{"NaN parameter", func(p *pyro.P) { p.Plate("data", 3).Sample("x", dist.Normal([]float64{1, nan, nan}, 1)) }},
	{"NaN in the data", func(p *pyro.P) {
		p.Plate("data", 3).Observe("x", dist.Normal(0, 1), tensor.Of([]float64{1, 2, nan}))
	}},
	{"value outside the support", func(p *pyro.P) {
		p.Plate("data", 3).Observe("x", dist.Gamma(1, 1), tensor.Of([]float64{1, -2, 3}))
	}},
	{"vector outside the support", func(p *pyro.P) {
		p.Plate("data", 2).Observe("p", dist.Dirichlet([]float64{1, 1}), tensor.Of([][]float64{{0.5, 0.5}, {0.5, 0.6}}))
	}},
	{"NaN in a factor", func(p *pyro.P) { p.Factor("penalty", tensor.Of(nan)) }},
	{"negative factor of the log probability", func(p *pyro.P) { p.Scale(tensor.Of(-1)) }},
	{"NaN mask", func(p *pyro.P) { p.Mask(tensor.Of([]float64{1, nan})) }},
	{"nil distribution", func(p *pyro.P) { p.Sample("x", nil) }},
	{"nil deterministic value", func(p *pyro.P) { p.Deterministic("x", nil) }},
	{"nil factor", func(p *pyro.P) { p.Factor("f", nil) }},
	{"nil scale", func(p *pyro.P) { p.Scale(nil) }},

	{"start value outside the constraint", func(p *pyro.P) { p.Param("b", tensor.Of(-1), constraint.Positive) }},
	{"element of a start value outside the constraint", func(p *pyro.P) {
		p.Param("b", tensor.Of([]float64{1, 0}), constraint.Positive)
	}},
	{"start value outside the constraint, bound", pyro.NewParams().Bind(func(p *pyro.P) {
		p.Param("b", tensor.Of(-1), constraint.Positive)
	})},
	{"parameter without start value", func(p *pyro.P) { p.Param("b", nil) }},
	{"nil constraint", func(p *pyro.P) { p.Param("b", tensor.Of(1), nil) }},
	{"discrete constraint", func(p *pyro.P) { p.Param("b", tensor.Of(1), constraint.Boolean) }},
	{"two constraints", func(p *pyro.P) { p.Param("b", tensor.Of(1), constraint.Real, constraint.Positive) }},

	{"shapes that do not broadcast, in arithmetic", func(p *pyro.P) {
		z := p.Plate("data", 3).Sample("z", dist.Normal(0, 1))
		z.Add(tensor.Of([]float64{1, 2}))
	}},
	{"shapes that do not broadcast, before the first site", func(p *pyro.P) { dist.Normal(nine, []float64{1, 2}) }},
	{"mixed number types", func(p *pyro.P) {
		x := p.Plate("data", 2).Sample("x", dist.Normal(tensor.Of([]float64{0, 1}).To(tensor.Float32), 1))
		x.Mul(tensor.Of([]float64{1, 2}))
	}},
	{"index that is no integer, in arithmetic", func(p *pyro.P) { nine.Index(p.Sample("x", dist.Normal(0, 1))) }},

	{"condition on a name that does not exist", handler.Condition(scale, pyro.Data{"wieght": tensor.Of(1)})},
	{"substitute a name that does not exist", handler.Substitute(scale, pyro.Data{"measurment": tensor.Of(1)})},
	{"do a name that does not exist", handler.Do(scale, pyro.Data{"mass": tensor.Of(1)})},
	{"expose a name that does not exist", handler.Expose(scale, "weigth")},
	{"lift a name that does not exist", handler.Lift(scale, map[string]dist.Distribution{"weight": dist.Normal(0, 1)})},
	{"non-centre a name that does not exist", handler.NonCentered(scale, "Weight")},
	{"condition on a name in a scope", handler.Condition(handler.Scope(scale, "left"), pyro.Data{"weight": tensor.Of(1)})},
	{"condition on nil", handler.Condition(scale, pyro.Data{"weight": nil})},
	{"condition on a site that is observed", handler.Condition(func(p *pyro.P) {
		p.Observe("x", dist.Normal(0, 1), tensor.Of(1))
	}, pyro.Data{"x": tensor.Of(2)})},
	{"substitute an observed site", handler.Substitute(func(p *pyro.P) {
		p.Observe("x", dist.Normal(0, 1), tensor.Of(1))
	}, pyro.Data{"x": tensor.Of(2)})},
	{"substitute a parameter outside its constraint", handler.Substitute(func(p *pyro.P) {
		p.Param("b", tensor.Of(1), constraint.Positive)
	}, pyro.Data{"b": tensor.Of(-2)})},
	{"condition outside the support", handler.Condition(func(p *pyro.P) { p.Sample("x", dist.Bernoulli(0.5)) }, pyro.Data{"x": tensor.Of(2)})},
	{"condition on a wrong shape", handler.Condition(scale, pyro.Data{"weight": nine})},
	{"replay an observed site", handler.Replay(scale, trace(handler.Condition(scale, pyro.Data{"weight": tensor.Of(8)})))},
	{"non-centre an observed site", handler.NonCentered(handler.Condition(scale, pyro.Data{"weight": tensor.Of(1)}), "weight")},
	{"non-centre what has no location and scale", handler.NonCentered(func(p *pyro.P) { p.Sample("x", dist.Gamma(1, 1)) }, "x")},
	{"lift by nil", handler.Lift(func(p *pyro.P) { p.Param("b", tensor.Of(1)) }, map[string]dist.Distribution{"b": nil})},
	{"enumerate an infinite support", handler.Enum(func(p *pyro.P) { p.Sample("n", dist.Poisson(3), pyro.Enumerate) }, -2)},
	{"plates that reach enumerated dims", handler.Enum(func(p *pyro.P) {
		p.Plate("rows", 2).Plate("columns", 3).Sample("z", dist.Bernoulli(0.5))
	}, -2)},
	{"record of two runs in one trace", func(p *pyro.P) {
		var tr pyro.Trace
		hidden := handler.Block(handler.Record(scale, &tr), handler.Kinds(pyro.SampleSite))
		hidden(p)
		hidden(p)
	}},
	{"nil model", nil},
	{"nil model under a handler", handler.Condition(nil, nil)},
}

// trace runs a model that is legal.
func trace(m pyro.Model) *pyro.Trace {
	tr, err := pyro.Run(m, rng.New(0))
	if err != nil {
		panic(err)
	}
	return tr
}

// TestMistakes compares what illegal programs are told, the table of sites
// included. Lines of this file are shown as their text.
func TestMistakes(t *testing.T) {
	source, err := os.ReadFile("mistakes_test.go")
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(string(source), "\n")
	line := regexp.MustCompile(`mistakes_test\.go:(\d+)`)
	var b strings.Builder
	for _, m := range mistakes {
		tr, err := pyro.Run(m.model, rng.New(0))
		var e *pyro.SiteError
		if !errors.As(err, &e) {
			t.Errorf("%s: %v, not a *SiteError", m.name, err)
			continue
		}
		if tr != nil {
			t.Errorf("%s: a trace comes with the error", m.name)
		}
		fmt.Fprintf(&b, "== %s\n%s\n", m.name, line.ReplaceAllStringFunc(e.Error(), func(at string) string {
			n, _ := strconv.Atoi(line.FindStringSubmatch(at)[1])
			return "‹" + strings.TrimSpace(lines[n-1]) + "›"
		}))
		if e.Err != nil {
			fmt.Fprintf(&b, "wraps %T\n", e.Err)
		}
		b.WriteString(e.Sites)
		b.WriteString("\n")
	}
	golden(t, "mistakes.txt", b.String())
}

// golden compares got with a file, or with -update writes it.
func golden(t *testing.T, file, got string) {
	t.Helper()
	path := filepath.Join("testdata", file)
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	g, w := strings.Split(got, "\n"), strings.Split(string(want), "\n")
	for i := range max(len(g), len(w)) {
		a, b := "(end)", "(end)"
		if i < len(g) {
			a = g[i]
		}
		if i < len(w) {
			b = w[i]
		}
		if a != b {
			t.Fatalf("%s:%d\n got %s\nwant %s\n(-update rewrites the file)", path, i+1, a, b)
		}
	}
}
