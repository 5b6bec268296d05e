package dist_test

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/gopyro/pyro/dist"
	"github.com/gopyro/pyro/tensor"
)

// The tables of testdata/ref hold 50-digit values; testdata/gen made them and
// says what their keys mean.
type table struct {
	Family string
	Cases  []struct {
		Params                  map[string]any
		Mean, Variance, Entropy any
		Points, Outside         []point
		Quantiles               []struct{ Q, X any }
	}
}

type point struct {
	X, Logp, CDF any
	GradX        any `json:"grad_x"`
	Grad         map[string]any
}

// numbers reads a number, null (NaN), "inf", "-inf" or nested arrays of them.
func numbers(v any) *tensor.Tensor {
	switch v := v.(type) {
	case nil:
		return tensor.Of(math.NaN())
	case float64:
		return tensor.Of(v)
	case string:
		if v == "inf" {
			return tensor.Of(math.Inf(1))
		}
		return tensor.Of(math.Inf(-1))
	case []any:
		rows := make([]*tensor.Tensor, len(v))
		for i, r := range v {
			rows[i] = numbers(r)
		}
		return tensor.Stack(0, rows...)
	}
	panic(fmt.Sprintf("number %v", v))
}

func number(v any) float64 { return numbers(v).Item() }

func readTable(t *testing.T, family string) table {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", "ref", family+".json"))
	if err != nil {
		t.Fatal(err)
	}
	var tab table
	if err := json.Unmarshal(data, &tab); err != nil {
		t.Fatal(err)
	}
	return tab
}

// near reports whether got is want to a relative error, of at least floor in
// absolute terms. Infinities must be the same.
func near(got, want, rel, floor float64) bool {
	if got == want || math.IsNaN(got) && math.IsNaN(want) {
		return true
	}
	return math.Abs(got-want) <= max(rel*math.Abs(want), floor) && !math.IsInf(want, 0)
}

// refFamily is how a family's table is read: its constructor, the names of its
// parameters and the tolerances that are not the usual ones.
type refFamily struct {
	names []string
	make  func(p []*tensor.Tensor) dist.Distribution
	// terms is the size of what the log density, or the entropy, adds up, where
	// that is much more than its value. Each term is rounded, by half a unit in
	// the last place for each of two or three operations and once more for its
	// operands: 2⁻⁵¹ of terms is allowed.
	terms func(p []float64, x float64) float64
}

// family is a row of references.
func family(make func(p []*tensor.Tensor) dist.Distribution, names ...string) refFamily {
	return refFamily{names: names, make: make}
}

func (f refFamily) withTerms(terms func(p []float64, x float64) float64) refFamily {
	f.terms = terms
	return f
}

func TestReference(t *testing.T) {
	for name, f := range references {
		t.Run(name, func(t *testing.T) {
			for _, c := range readTable(t, name).Cases {
				p := make([]*tensor.Tensor, len(f.names))
				v := make([]float64, len(p))
				for i, n := range f.names {
					p[i] = numbers(c.Params[n])
					v[i] = number(c.Params[n])
				}
				d := f.make(p)
				for _, pt := range append(c.Points, c.Outside...) {
					if name == "VonMises" && number(pt.X) > math.Pi {
						continue // the table goes around loc, the support around 0
					}
					checkLogProb(t, d, pt, f.floor(v, number(pt.X)))
					checkGradients(t, f, p, pt, f.floor(v, number(pt.X)))
					checkCDF(t, d, pt)
				}
				if cum, ok := dist.As[dist.Cumulative](d); ok {
					for _, q := range c.Quantiles {
						checkQuantile(t, cum, number(q.Q), number(q.X))
					}
				}
				m := number(c.Mean)
				checkMoments(t, d, m, number(c.Variance))
				if e, ok := dist.As[dist.Entropic](d); ok {
					if got, want := e.Entropy().Item(), number(c.Entropy); !near(got, want, 1e-12, f.floor(v, m)) {
						t.Errorf("%v: entropy %v, want %v", d, got, want)
					}
				}
			}
		})
	}
}

// floor is the absolute error allowed at x; log densities pass through 0.
func (f *refFamily) floor(p []float64, x float64) float64 {
	terms := 1.0
	if f.terms != nil {
		if v := f.terms(p, x); v > 1 && !math.IsInf(v, 1) {
			terms = v
		}
	}
	return 0x1p-51 * terms
}

func checkLogProb(t *testing.T, d dist.Distribution, pt point, floor float64) {
	t.Helper()
	got, want := d.LogProb(numbers(pt.X)).Item(), number(pt.Logp)
	if !near(got, want, 1e-12, floor) {
		t.Errorf("%v at %v: log density %v, want %v (off by %.2g)", d, pt.X, got, want, got-want)
	}
}

// checkGradients demands 1e-9 of each derivative, or the floor of the density
// over the operand: d/dv of a term is of the size of the term over v.
func checkGradients(t *testing.T, f refFamily, p []*tensor.Tensor, pt point, floor float64) {
	t.Helper()
	tape := tensor.NewTape()
	vars := []*tensor.Tensor{tape.Var(numbers(pt.X))}
	for _, v := range p {
		vars = append(vars, tape.Var(v.Clone()))
	}
	d := f.make(vars[1:])
	y := d.LogProb(vars[0])
	if !y.Tracked() {
		t.Fatalf("%v: the log density does not depend on its operands", d)
	}
	for i, g := range tensor.Grad(y, vars...) {
		name, want := "x", number(pt.GradX)
		if i > 0 {
			name = f.names[i-1]
			want = number(pt.Grad[name])
		}
		got := g.Item()
		if math.IsInf(number(pt.Logp), -1) && pt.Grad == nil { // outside
			want = 0
		} else if math.IsNaN(want) {
			continue
		}
		if !near(got, want, 1e-9, floor/min(1, math.Abs(vars[i].Item()))) {
			t.Errorf("%v at %v: gradient in %s %v, want %v (off by %.2g)", d, pt.X, name, got, want, got-want)
		}
	}
}

func checkCDF(t *testing.T, d dist.Distribution, pt point) {
	t.Helper()
	c, ok := dist.As[dist.Cumulative](d)
	if !ok || pt.CDF == nil {
		return
	}
	if got, want := c.CDF(numbers(pt.X)).Item(), number(pt.CDF); !near(got, want, 1e-11, math.SmallestNonzeroFloat64) {
		t.Errorf("%v at %v: distribution function %v, want %v (relative error %.2g)", d, pt.X, got, want, got/want-1)
	}
}

// checkQuantile demands 1e-11, or a rounding of the distance of the quartiles
// where x passes through 0.
func checkQuantile(t *testing.T, d dist.Cumulative, q, want float64) {
	t.Helper()
	got := d.Quantile(tensor.Of(q)).Item()
	width := 0x1p-52 * (d.Quantile(tensor.Of(0.75)).Item() - d.Quantile(tensor.Of(0.25)).Item())
	if !near(got, want, 1e-11, width) {
		t.Errorf("%v: quantile of %v is %v, want %v (relative error %.2g)", d, q, got, want, got/want-1)
	}
}

func checkMoments(t *testing.T, d dist.Distribution, mean, variance float64) {
	t.Helper()
	m, ok := dist.As[dist.Moments](d)
	if !ok {
		return
	}
	if got := m.Mean().Item(); !near(got, mean, 1e-13, 0) {
		t.Errorf("%v: mean %v, want %v", d, got, mean)
	}
	if got := m.Variance().Item(); !near(got, variance, 1e-12, 0) {
		t.Errorf("%v: variance %v, want %v", d, got, variance)
	}
}
