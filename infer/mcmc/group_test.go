package mcmc

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/gopyro/pyro"
	"github.com/gopyro/pyro/dist"
	"github.com/gopyro/pyro/handler"
	"github.com/gopyro/pyro/rng"
	"github.com/gopyro/pyro/tensor"
)

// together are models of each kind that chains meet.
var together = map[string]struct {
	model pyro.Model
	apart string // why chains do not move together; "" if they may
}{
	"hierarchy": {handler.NonCentered(hierarchy, "theta"), ""},
	"divergent": {hierarchy, ""},
	"supports":  {supports, ""},
	"refusing": {func(p *pyro.P) { // half of all points give a negative scale
		x := p.Sample("x", dist.Normal(0.2, 1))
		p.Observe("y", dist.Normal(0, x), tensor.Of(0.3))
	}, ""},
	"reading": {func(p *pyro.P) {
		x := p.Sample("x", dist.Normal(0, 1))
		if x.Item() > 100 {
			p.Factor("far", x)
		}
	}, "the model reads a value with Item"},
	"long": {func(p *pyro.P) {
		mu := p.Sample("mu", dist.Normal(0, 1))
		p.Plate("data", 100).Observe("y", dist.Normal(mu, 1), tensor.Linspace(-1, 2, 100))
	}, "its arrays are long"},
}

// TestTogether: chains have the same bits however many of them move together, on
// however many workers.
func TestTogether(t *testing.T) {
	for name, c := range together {
		t.Run(name, func(t *testing.T) {
			n := NUTS{Draws: 60, Warmup: 120, Chains: 5, Workers: 1, Lanes: 1}
			run := func(n NUTS) *Result {
				t.Helper()
				r, err := n.Run(context.Background(), rng.New(5), c.model)
				if err != nil {
					t.Fatal(err)
				}
				return r
			}
			want := run(n)
			for _, how := range []struct{ workers, lanes, most int }{{1, 5, 5}, {1, 3, 3}, {2, 2, 2}, {1, 0, 5}, {3, 0, 2}, {9, 8, 5}} {
				n.Workers, n.Lanes = how.workers, how.lanes
				got := run(n)
				sameDraws(t, want, got)
				if got.Gradients() != want.Gradients() {
					t.Errorf("%+v: %d gradients, want %d", how, got.Gradients(), want.Gradients())
				}
				evaluated := 0
				for i, s := range got.Compute {
					evaluated += s.Replayed + s.Eager
					if s.Refused != want.Compute[i].Refused || s.Refusal != want.Compute[i].Refusal {
						t.Errorf("%+v: chain %d: %+v, want %+v", how, i, s, want.Compute[i])
					}
					if s.Lanes < 1 || s.Lanes > how.most || (s.Lanes > 1) && s.Apart != "" {
						t.Errorf("%+v: chain %d: %+v", how, i, s)
					}
					if how.lanes == 0 && c.apart != "" && (s.Lanes != 1 || !strings.Contains(s.Apart, c.apart)) {
						t.Errorf("%+v: chain %d: %+v", how, i, s)
					}
					if how.workers == 1 && how.lanes > 1 && s.Why == "" && s.Refused == 0 && s.Lanes != how.lanes {
						t.Errorf("%+v: chain %d moved with %d", how, i, s.Lanes)
					}
				}
				if evaluated < got.Gradients() {
					t.Errorf("%+v: %d evaluations are counted, for %d gradients", how, evaluated, got.Gradients())
				}
			}
			h := HMC{NUTS: n}
			h.Lanes, h.Workers = 1, 1
			alone, err := h.Run(context.Background(), rng.New(5), c.model)
			if err != nil {
				t.Fatal(err)
			}
			h.Lanes = 5
			got, err := h.Run(context.Background(), rng.New(5), c.model)
			if err != nil {
				t.Fatal(err)
			}
			sameDraws(t, alone, got)
		})
	}
}

// TestTogetherAll: All yields the draws of Run, though its chains wait for each other
// by turns.
func TestTogetherAll(t *testing.T) {
	n := NUTS{Draws: 150, Warmup: 50, Chains: 6, Workers: 1, Lanes: 1}
	want, err := n.Run(context.Background(), rng.New(2), hierarchy)
	if err != nil {
		t.Fatal(err)
	}
	for _, how := range [][2]int{{1, 1}, {1, 2}, {1, 6}, {2, 3}, {4, 4}} {
		n.Workers, n.Lanes = how[0], how[1]
		count := 0
		for d, err := range n.All(context.Background(), rng.New(2), hierarchy) {
			if err != nil {
				t.Fatal(err)
			}
			if d.Chain != count%6 || d.Index != count/6 {
				t.Fatalf("draw %d is %d of chain %d", count, d.Index, d.Chain)
			}
			if !slices.Equal(d.Value("theta").Float64s(), want.Values(d.Chain, d.Index)["theta"].Float64s()) {
				t.Fatalf("%v: draw %d of chain %d differs", how, d.Index, d.Chain)
			}
			count++
		}
		if count != 900 {
			t.Errorf("%v: %d draws", how, count)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	n.Lanes, n.Workers = 3, 1
	count, last := 0, error(nil)
	for _, err := range n.All(ctx, rng.New(2), hierarchy) {
		if last = err; err != nil {
			break
		}
		if count++; count == 100 {
			cancel()
		}
	}
	if !errors.Is(last, context.Canceled) {
		t.Errorf("after %d draws: %v", count, last)
	}
}

// TestTogetherErrors: a model that changes is found out, however many chains move
// together.
func TestTogetherErrors(t *testing.T) {
	calls := 0
	m := func(p *pyro.P) { // changes at the first comparison
		calls++
		mu := p.Sample("mu", dist.Normal(0, 1))
		p.Observe("y", dist.Normal(mu, 1), tensor.Of(float64(min(calls/60, 1))))
	}
	for _, lanes := range []int{1, 4} {
		calls = 0
		n := NUTS{Workers: 1, Chains: 4, Lanes: lanes, OnDraw: func(Draw) { calls++ }}
		_, err := n.Run(context.Background(), rng.New(1), m)
		var changed *ChangedError
		if !errors.As(err, &changed) || !strings.Contains(changed.What, "constant 1") {
			t.Errorf("%d lanes: %v", lanes, err)
		}
	}
}

// openAll is a task that opens so many chains and keeps nothing of them.
type openAll struct {
	t    *testing.T
	left int
}

func (o *openAll) next(ctx context.Context, g *group) *chain {
	if o.left == 0 {
		return nil
	}
	o.left--
	c, err := g.open(ctx, o.left, nil)
	if err != nil {
		o.t.Fatal(err)
	}
	return c
}

func (o *openAll) ready(*chain) bool         { return true }
func (o *openAll) wait(context.Context) bool { return false }
func (o *openAll) take(*chain, Draw) error   { return nil }

func (o *openAll) over(_ *chain, err error) { o.t.Errorf("a chain ended: %v", err) }

// TestTogetherAllocations: once warm, chains that move together, or one by one,
// allocate nothing, transitions and draws included.
func TestTogetherAllocations(t *testing.T) {
	ctx := context.Background()
	for _, lanes := range []int{1, 8} {
		s, err := NUTS{Draws: 1 << 30, Warmup: 100, Chains: 8, Workers: 1, Lanes: lanes}.sampler()
		if err != nil {
			t.Fatal(err)
		}
		l, err := discover(handler.NonCentered(hierarchy, "theta"), rng.New(1), false)
		if err != nil {
			t.Fatal(err)
		}
		g := s.group(l, rng.New(1))
		tasks := &openAll{t: t, left: lanes}
		round := func() {
			g.gather(ctx, tasks)
			g.evaluate()
			for _, c := range g.round {
				g.advance(ctx, c, tasks)
			}
		}
		warm := func() bool {
			return !slices.ContainsFunc(g.live, func(c *chain) bool { return c.hmc.State.Transitions < 120 })
		}
		// The model is run, and allocates, at each 4096th evaluation.
		for round(); !warm() || g.p.Stats.Replayed%4096 > 1000; {
			round()
		}
		if n := testing.AllocsPerRun(300, round); n != 0 {
			t.Errorf("%d lanes: a round allocates %v times", lanes, n)
		}
		if len(g.live) != lanes || g.live[0].stats.Lanes != lanes && lanes > 1 {
			t.Errorf("%d lanes: %d chains, %+v", lanes, len(g.live), g.live[0].stats)
		}
	}
}
