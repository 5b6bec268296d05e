package pyro_test

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/gopyro/pyro"
	"github.com/gopyro/pyro/constraint"
	"github.com/gopyro/pyro/dist"
	"github.com/gopyro/pyro/handler"
	"github.com/gopyro/pyro/rng"
	"github.com/gopyro/pyro/tensor"
)

// Layouts of plates: what each gives the batch shape of a site.
func TestPlateLayouts(t *testing.T) {
	normal := dist.Normal(0, 1)
	for name, c := range map[string]struct {
		model pyro.Model
		want  []int
	}{
		"one":    {func(p *pyro.P) { p.Plate("a", 3).Sample("x", normal) }, []int{3}},
		"nested": {func(p *pyro.P) { p.Plate("a", 3).Plate("b", 4).Sample("x", normal) }, []int{4, 3}},
		"outer first by dims": {func(p *pyro.P) {
			p.Plate("a", 3, pyro.Dim(-2)).Plate("b", 4).Sample("x", normal)
		}, []int{3, 4}},
		"a free dim between": {func(p *pyro.P) {
			p.Plate("a", 3, pyro.Dim(-3)).Plate("b", 4, pyro.Dim(-1)).Sample("x", normal)
		}, []int{3, 1, 4}},
		"the free dim is taken next": {func(p *pyro.P) {
			p.Plate("a", 3, pyro.Dim(-3)).Plate("b", 4).Plate("c", 5).Sample("x", normal)
		}, []int{3, 5, 4}},
		"crossed": {func(p *pyro.P) {
			rows := p.Plate("rows", 3, pyro.Dim(-2))
			columns := p.Plate("columns", 4, pyro.Dim(-1))
			rows.Sample("r", normal)
			columns.Sample("c", normal)
			rows.Plate("columns", 4).Sample("x", normal)
		}, []int{3, 4}},
		"opened again keeps its dim": {func(p *pyro.P) {
			p.Plate("a", 3, pyro.Dim(-2)).Sample("y", normal)
			p.Plate("a", 3).Sample("x", normal)
		}, []int{3, 1}},
		"a loop takes no dim": {func(p *pyro.P) {
			for range p.Each("a", 1) {
				p.Plate("b", 4).Sample("x", normal)
			}
		}, []int{4}},
		"size one":            {func(p *pyro.P) { p.Plate("a", 1).Plate("b", 2).Sample("x", normal) }, []int{2, 1}},
		"parameters of shape": {func(p *pyro.P) { p.Plate("a", 3).Sample("x", dist.Normal([]float64{1, 2, 3}, 1)) }, []int{3}},
		"parameters broadcast": {func(p *pyro.P) {
			p.Plate("a", 3).Plate("b", 2).Sample("x", dist.Normal([][]float64{{1}, {2}}, 1))
		}, []int{2, 3}},
		"vector events": {func(p *pyro.P) {
			p.Plate("a", 3).Sample("x", dist.Independent(dist.Normal([]float64{1, 2}, 1), 1))
		}, []int{3}},
		"independent of one": {func(p *pyro.P) { p.Sample("x", dist.Normal([]float64{1}, 1)) }, []int{1}},
	} {
		tr := trace(c.model)
		s := tr.Site("x")
		if !slices.Equal(s.Dist.BatchShape(), c.want) {
			t.Errorf("%s: batch shape %v, want %v", name, s.Dist.BatchShape(), c.want)
		}
		if got := s.LogProb().Shape(); !slices.Equal(got, c.want) {
			t.Errorf("%s: log probability of shape %v, want %v", name, got, c.want)
		}
		seen := map[float64]bool{}
		for _, v := range s.Value.Float64s() {
			if seen[v] {
				t.Errorf("%s: elements of a plate have the same draw %v", name, v)
			}
			seen[v] = true
		}
	}
}

// The loop and the plate have one log joint.
func TestLoopAndPlateAgree(t *testing.T) {
	flips := []float64{1, 1, 0, 1, 0, 1, 1, 0, 0, 1}
	fairness := func(p *pyro.P) *tensor.Tensor { return p.Sample("f", dist.Beta(10, 10)) }
	models := map[string]pyro.Model{
		"loop": func(p *pyro.P) {
			f := fairness(p)
			for i, v := range flips {
				p.Observe(fmt.Sprintf("obs_%d", i), dist.Bernoulli(f), tensor.Of(v))
			}
		},
		"plate": func(p *pyro.P) {
			p.Plate("data", len(flips)).Observe("obs", dist.Bernoulli(fairness(p)), tensor.Of(flips))
		},
		"sequential plate": func(p *pyro.P) {
			f := fairness(p)
			for i, q := range p.Each("data", len(flips)) {
				q.Observe(fmt.Sprintf("obs_%d", i), dist.Bernoulli(f), tensor.Of(flips[i]))
			}
		},
	}
	// Beta(½; 10, 10)·2⁻¹⁰, with B(10, 10) = 9!²/19!.
	lg := func(x float64) float64 { v, _ := math.Lgamma(x); return v }
	want := 18*math.Log(0.5) - 2*lg(10) + lg(20) + 10*math.Log(0.5)
	for name, m := range models {
		tr := trace(handler.Substitute(m, pyro.Data{"f": tensor.Of(0.5)}))
		// lg(20) ≈ 39 is the largest term; it and its like are each good to a few ulps.
		if got := tr.LogProb().Item(); math.Abs(got-want) > 16*0x1p-52*lg(20) {
			t.Errorf("%s: log joint %v, want %v", name, got, want)
		}
	}
}

func TestSubsample(t *testing.T) {
	const n, m = 20, 5
	full := tensor.Arange(n)
	var picked *tensor.Tensor
	tr := trace(func(p *pyro.P) {
		q := p.Plate("data", n, pyro.Subsample(m))
		local := q.Param("local", full)
		picked = q.Indices()
		q.Observe("x", dist.Normal(local, 1), q.Subsample(full, 0))
		again := p.Plate("data", n, pyro.Subsample(m))
		again.Observe("y", dist.Normal(0, 1), again.Subsample(full, 0))
	})
	index := picked.Float64s()
	if len(index) != m || len(distinct(index)) != m {
		t.Fatalf("indices %v", index)
	}
	if got := tr.Value("data").Float64s(); !slices.Equal(got, index) {
		t.Errorf("the trace has indices %v, the handle %v", got, index)
	}
	for _, name := range []string{"x", "y"} {
		if got := tr.Value(name).Float64s(); !slices.Equal(got, index) {
			t.Errorf("%s has elements %v, want %v", name, got, index)
		}
		if s := tr.Site(name).Scale.Item(); s != n/m {
			t.Errorf("%s is scaled by %v", name, s)
		}
	}
	// Data and local parameters are of the same elements, so x is at its mean.
	if got, want := tr.Site("x").LogProb().Sum().Item(), -n*0.5*math.Log(2*math.Pi); !within(got, want, 8) {
		t.Errorf("log probability %v, want %v", got, want)
	}
	if tr.Value("local").Len() != n {
		t.Errorf("the parameter has shape %v, want all elements", tr.Value("local").Shape())
	}

	// The full data give what no subsampling gives.
	all := func(opts ...pyro.PlateOption) float64 {
		return trace(func(p *pyro.P) {
			q := p.Plate("data", n, opts...)
			q.Observe("x", dist.Normal(0, 1), q.Subsample(full, 0))
		}).LogProb().Item()
	}
	if a, b := all(), all(pyro.Subsample(n)); a != b {
		t.Errorf("a subsample of all gives %v, not %v", b, a)
	}
}

func distinct(x []float64) map[float64]bool {
	m := map[float64]bool{}
	for _, v := range x {
		m[v] = true
	}
	return m
}

// The estimate from a minibatch is unbiased: its mean over all minibatches of
// one element is the full log joint.
func TestSubsampleUnbiased(t *testing.T) {
	y := tensor.Of([]float64{0.3, -1, 2, 0.5})
	joint := func(opts ...pyro.PlateOption) float64 {
		return trace(func(p *pyro.P) {
			q := p.Plate("data", 4, opts...)
			q.Observe("y", dist.Normal(0, 1), q.Subsample(y, 0))
		}).LogProb().Item()
	}
	mean := 0.0
	for i := range 4 {
		mean += joint(pyro.Indices(tensor.Of([]int{i}))) / 4
	}
	if want := joint(); !within(mean, want, 16) {
		t.Errorf("mean %v, want %v", mean, want)
	}
}

// All subsets are equally likely: χ² over the 10 pairs of 5, at p = 1e-6.
func TestSubsampleUniform(t *testing.T) {
	const runs = 5000
	counts := map[[2]float64]int{}
	for seed := range uint64(runs) {
		tr, err := pyro.Run(func(p *pyro.P) { p.Plate("data", 5, pyro.Subsample(2)) }, rng.New(seed))
		if err != nil {
			t.Fatal(err)
		}
		v := tr.Value("data").Float64s()
		slices.Sort(v)
		counts[[2]float64(v)]++
	}
	chi2 := 0.0
	for _, c := range counts {
		d := float64(c) - runs/10
		chi2 += d * d / (runs / 10)
	}
	const limit = 45.1 // the 1-1e-6 quantile of χ² with 9 degrees of freedom is 45.08
	if len(counts) != 10 || chi2 > limit {
		t.Errorf("χ² = %v over %d pairs", chi2, len(counts))
	}
}

// Scales of nested subsamples multiply, N/n · M/m.
func TestNestedSubsample(t *testing.T) {
	rows, columns := tensor.Of([]int{4, 0}), tensor.Of([]int{2})
	x := tensor.Arange(6*3).Reshape(6, 3)
	tr := trace(func(p *pyro.P) {
		q := p.Plate("rows", 6, pyro.Dim(-2), pyro.Indices(rows)).Plate("columns", 3, pyro.Dim(-1), pyro.Indices(columns))
		q.Observe("x", dist.Normal(0, 1), q.Subsample(x, 0))
		q.Observe("v", dist.Independent(dist.Normal(tensor.Zeros(2), 1), 1), q.Subsample(tensor.Arange(36).Reshape(6, 3, 2), 1))
		q.Deterministic("wide", q.Subsample(tensor.Arange(3).Reshape(1, 3), 0))
	})
	s := tr.Site("x")
	if got := s.Scale.Item(); got != 6/2.0*3/1.0 {
		t.Errorf("scale %v, want 9", got)
	}
	if v := s.Value; !slices.Equal(v.Shape(), []int{2, 1}) || v.At(0, 0) != 4*3+2 || v.At(1, 0) != 2 {
		t.Errorf("elements %v", v)
	}
	if v := tr.Value("v"); !slices.Equal(v.Shape(), []int{2, 1, 2}) || v.At(0, 0, 1) != 2*(4*3+2)+1 {
		t.Errorf("vectors %v", v)
	}
	if v := tr.Value("wide"); !slices.Equal(v.Shape(), []int{1, 1}) || v.Item() != 2 {
		t.Errorf("row %v", v)
	}
	if got, want := s.LogProb().At(1, 0), 9*(-2-0.5*math.Log(2*math.Pi)); !within(got, want, 8) {
		t.Errorf("log probability %v, want %v", got, want)
	}
}

// Replay picks the same minibatch, and Seed another one.
func TestSubsampleAndHandlers(t *testing.T) {
	m := func(p *pyro.P) { p.Plate("data", 1000, pyro.Subsample(3)).Sample("x", dist.Normal(0, 1)) }
	tr := trace(m)
	again, err := pyro.Run(handler.Replay(m, tr), rng.New(99))
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(tr.Value("data").Float64s(), again.Value("data").Float64s()) {
		t.Errorf("replay picks %v, not %v", again.Value("data"), tr.Value("data"))
	}
	if other := trace(handler.Seed(m, rng.New(7))); slices.Equal(tr.Value("data").Float64s(), other.Value("data").Float64s()) {
		t.Error("another seed picks the same elements")
	}
}

func TestEach(t *testing.T) {
	indices := tensor.Of([]int{7, 2, 5})
	var turns []int
	tr := trace(func(p *pyro.P) {
		for i, q := range p.Each("data", 9, pyro.Indices(indices)) {
			turns = append(turns, i)
			q.Observe(fmt.Sprint("x", i), dist.Normal(0, 1), tensor.Of(0))
		}
		for i, q := range p.Each("data", 9) { // the same elements
			q.Deterministic(fmt.Sprint("d", i), tensor.Of(i))
			if i == 2 {
				break
			}
		}
	})
	if !slices.Equal(turns, []int{7, 2, 5}) {
		t.Errorf("turns %v", turns)
	}
	if want := []string{"data", "x7", "x2", "x5", "d7", "d2"}; !slices.Equal(tr.Names(), want) {
		t.Errorf("sites %v, want %v", tr.Names(), want)
	}
	for i, name := range []string{"x7", "x2", "x5"} {
		s := tr.Site(name)
		if pl := s.Plates[0]; !pl.Sequential || pl.Index != turns[i] || pl.Name != "data" {
			t.Errorf("%s is in %+v", name, pl)
		}
		if got, want := s.LogProb().Item(), 3*-0.5*math.Log(2*math.Pi); !within(got, want, 4) {
			t.Errorf("%s counts %v, want %v", name, got, want)
		}
	}
}

func TestMarkov(t *testing.T) {
	var steps []int
	tr := trace(func(p *pyro.P) {
		x := tensor.Of(0.0)
		for i, q := range p.Markov("t", 4) {
			steps = append(steps, i)
			x = q.Sample(fmt.Sprint("x", i), dist.Normal(x, 1))
		}
		for range p.Markov("none", 0) {
			t.Error("a step of no steps")
		}
	})
	if !slices.Equal(steps, []int{0, 1, 2, 3}) || tr.Len() != 4 {
		t.Errorf("steps %v, sites %v", steps, tr.Names())
	}
}

func TestParamInASubsampledPlate(t *testing.T) {
	ps := pyro.NewParams()
	m := ps.Bind(func(p *pyro.P) {
		q := p.Plate("data", 4, pyro.Indices(tensor.Of([]int{2, 0})))
		v := q.Param("a", tensor.Of([][]float64{{1, 2}, {3, 4}, {5, 6}, {7, 8}}), constraint.Independent(constraint.Positive, 1))
		q.Deterministic("v", v)
		q.Deterministic("shared", q.Param("b", tensor.Of(3.0)))
	})
	tr := trace(m)
	if v := tr.Value("v"); !slices.Equal(v.Shape(), []int{2, 2}) || math.Abs(v.At(0, 1)-6) > 1e-14 || math.Abs(v.At(1, 0)-1) > 1e-14 {
		t.Errorf("part %v", v)
	}
	if v := tr.Value("shared"); v.Rank() != 0 {
		t.Errorf("shared %v", v)
	}
	if v := ps.Get("a"); !slices.Equal(v.Shape(), []int{4, 2}) {
		t.Errorf("stored %v", v)
	}
}
