package pyro_test

import (
	"fmt"
	"testing"

	"github.com/gopyro/pyro"
	"github.com/gopyro/pyro/dist"
	"github.com/gopyro/pyro/handler"
	"github.com/gopyro/pyro/rng"
	"github.com/gopyro/pyro/tensor"
)

// threeHandlers is a model of n statements that each pass three handlers.
func threeHandlers(n int, statement func(p *pyro.P, name string)) pyro.Model {
	names := make([]string, n)
	for i := range names {
		names[i] = fmt.Sprint("site", i)
	}
	var m pyro.Model = func(p *pyro.P) {
		for _, name := range names {
			statement(p, name)
		}
	}
	m = handler.Config(m, func(*pyro.Site) {})
	m = handler.Seed(m, rng.New(1))
	return handler.Block(m, func(*pyro.Site) bool { return false })
}

// fixed is a statement that draws nothing: what it costs is the language.
func fixed(p *pyro.P, name string) { p.Observe(name, standard, zero) }

// drawn is one that draws.
func drawn(p *pyro.P, name string) { p.Sample(name, standard) }

var (
	standard = dist.Normal(0, 1)
	zero     = tensor.Of(0.0)
)

func benchmarkSites(b *testing.B, m pyro.Model, n int, tape *tensor.Tape) {
	b.Helper()
	key := rng.New(0)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := pyro.RunOn(tape, m, key); err != nil {
			b.Fatal(err)
		}
		if tape != nil {
			tape.Reset()
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*n), "ns/site")
}

func BenchmarkEmptyRun(b *testing.B) { benchmarkSites(b, func(*pyro.P) {}, 1, nil) }

func BenchmarkObserveUnderThreeHandlers(b *testing.B) {
	benchmarkSites(b, threeHandlers(100, fixed), 100, tensor.NewTape())
}

func BenchmarkSampleUnderThreeHandlers(b *testing.B) {
	benchmarkSites(b, threeHandlers(100, drawn), 100, tensor.NewTape())
}

func BenchmarkParamSite(b *testing.B) {
	ps := pyro.NewParams()
	init := tensor.Of(1.0)
	m := ps.Bind(func(p *pyro.P) {
		for range 100 {
			p.Param("a", init)
		}
	})
	benchmarkSites(b, m, 100, tensor.NewTape())
}

func BenchmarkPlateSites(b *testing.B) {
	x := tensor.Zeros(10)
	d := dist.Normal(tensor.Zeros(10), 1)
	m := func(p *pyro.P) {
		q := p.Plate("data", 10)
		q.Observe("x", d, x)
		q.Observe("y", d, x)
	}
	benchmarkSites(b, m, 3, tensor.NewTape())
}

// A statement that passes three handlers allocates nothing of its own: sites come
// in blocks of 8, and the trace's list and index grow by doubling.
func TestAllocationsPerSite(t *testing.T) {
	tape := tensor.NewTape()
	count := func(n int) float64 {
		m := threeHandlers(n, fixed)
		return testing.AllocsPerRun(50, func() {
			if _, err := pyro.RunOn(tape, m, rng.New(0)); err != nil {
				t.Fatal(err)
			}
			tape.Reset()
		})
	}
	few, many := count(20), count(220)
	if per := (many - few) / 200; per > 0.25 {
		t.Errorf("%v allocations a site", per)
	}
}
