package infer_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/gopyro/pyro"
	"github.com/gopyro/pyro/constraint"
	"github.com/gopyro/pyro/data"
	"github.com/gopyro/pyro/dist"
	"github.com/gopyro/pyro/handler"
	"github.com/gopyro/pyro/infer"
	"github.com/gopyro/pyro/infer/autoguide"
	"github.com/gopyro/pyro/optim"
	"github.com/gopyro/pyro/rng"
	"github.com/gopyro/pyro/tensor"
)

// mixture is the model of the iris tutorial.
func mixture(x *tensor.Tensor) pyro.Model {
	return func(p *pyro.P) {
		probs := p.Sample("p", dist.Dirichlet(tensor.Ones(2)))
		cluster := p.Plate("cluster_param_plate", 2)
		mu := cluster.Sample("mu", dist.Normal(0, 10))
		sigma := cluster.Sample("sigma", dist.InverseGamma(1, 1))
		obs := p.Plate("data_plate", x.Len())
		z := obs.Sample("z", dist.Categorical(probs))
		obs.Observe("x", dist.Normal(mu.Index(z), sigma.Index(z)), x)
	}
}

var petals = tensor.Of(data.Iris().PetalLength)

func iris(start autoguide.Init, lr float64) (*infer.SVI, *autoguide.Delta) {
	m := mixture(petals)
	guide := &autoguide.Delta{Model: handler.Expose(m, "p", "mu", "sigma"), Init: start}
	return &infer.SVI{Model: m, Guide: guide.Guide, Optim: &optim.Adam{LR: lr}, Loss: infer.TraceEnumELBO{}}, guide
}

// fits are the fits that are replayed in tests, made anew by each call.
var fits = map[string]func() *infer.SVI{
	"coin": func() *infer.SVI {
		c := conjugates()[4]
		return &infer.SVI{Model: c.model, Guide: c.guide(c.start[0], c.start[1]), Optim: &optim.Adam{LR: 5e-4}}
	},
	"scale": func() *infer.SVI {
		c := conjugates()[5]
		return &infer.SVI{Model: c.model, Guide: c.guide(c.start[0], c.start[1]), Optim: &optim.SGD{LR: 1e-3, Momentum: 0.1}}
	},
	"iris": func() *infer.SVI {
		svi, _ := iris(nil, 0.01)
		return svi
	},
	"hierarchical": func() *infer.SVI {
		y := tensor.Of([]float64{28, 8, -3, 7, -1, 1, 18, 12})
		sd := tensor.Of([]float64{15, 10, 16, 11, 9, 11, 10, 18})
		m := func(p *pyro.P) {
			mu := p.Sample("mu", dist.Normal(0, 5))
			tau := p.Sample("tau", dist.HalfCauchy(5))
			schools := p.Plate("schools", 8)
			theta := schools.Sample("theta", dist.Normal(mu, tau))
			schools.Observe("y", dist.Normal(theta, sd), y)
		}
		return &infer.SVI{Model: m, Guide: (&autoguide.Normal{Model: m}).Guide, Optim: &optim.ClippedAdam{LR: 0.01}, Loss: infer.TraceELBO{Particles: 2}}
	},
	"subsampled regression": func() *infer.SVI { return regression(1000, 20) },
	"score function": func() *infer.SVI {
		c := conjugates()[1]
		return &infer.SVI{Model: c.model, Guide: c.guide(c.start[0], c.start[1], pyro.NoReparam), Optim: &optim.Adam{LR: 0.01}}
	},
	"discrete guide": func() *infer.SVI {
		return &infer.SVI{Model: func(p *pyro.P) {
			d := p.Plate("data", 3)
			z := d.Sample("z", dist.Categorical([]float64{0.2, 0.3, 0.5}))
			d.Observe("x", dist.Normal(z, 1), tensor.Of([]float64{0.1, 0.9, 2.2}))
		}, Guide: func(p *pyro.P) {
			q := p.Param("q", tensor.Full(1.0/3, 3, 3), constraint.Simplex)
			p.Plate("data", 3).Sample("z", dist.Categorical(q))
		}, Optim: &optim.Adam{LR: 0.01}}
	},
	"float32": func() *infer.SVI {
		x := tensor.Linspace(-1, 1, 20).To(tensor.Float32)
		return &infer.SVI{Model: func(p *pyro.P) {
			w := p.Sample("w", dist.Normal(tensor.Zeros(1).To(tensor.Float32), 1))
			p.Plate("data", 20).Observe("y", dist.Normal(x.Mul(w), 0.5), x.MulScalar(2))
		}, Guide: func(p *pyro.P) {
			loc := p.Param("loc", tensor.Of([]float64{0}).To(tensor.Float32))
			scale := p.Param("scale", tensor.Of([]float64{1}).To(tensor.Float32), constraint.Positive)
			p.Sample("w", dist.Normal(loc, scale))
		}, Optim: &optim.Adam{LR: 0.01}}
	},
}

// regression is a linear regression of n rows of which each step sees k.
func regression(n, k int) *infer.SVI {
	x, y := tensor.Normals(rng.New(5), n, 3), tensor.Normals(rng.New(6), n)
	m := func(p *pyro.P) {
		w := p.Sample("w", dist.Independent(dist.Normal(tensor.Zeros(3), 1), 1))
		p = p.Plate("data", n, pyro.Subsample(k))
		mean := p.Subsample(x, 1).Mul(w).Sum(-1)
		p.Observe("y", dist.Normal(mean, 1), p.Subsample(y, 0))
	}
	return &infer.SVI{Model: m, Guide: (&autoguide.Normal{Model: m}).Guide, Optim: &optim.Adam{LR: 0.01}}
}

// A run that replays gives the bits of single steps that do not, on one core
// and on two.
func TestReplayIsBitEqualToSteps(t *testing.T) {
	const steps = 150
	for name, fit := range fits {
		t.Run(name, func(t *testing.T) {
			key := rng.New(11)
			single := fit()
			var want []float64
			for i := range steps {
				loss, err := single.Step(key.Fold(i))
				if err != nil {
					t.Fatal(err)
				}
				want = append(want, loss)
			}
			for _, cores := range []int{1, 2} {
				defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(cores))
				svi := fit()
				got, err := svi.Run(t.Context(), key, steps)
				if err != nil {
					t.Fatal(err)
				}
				if !slices.Equal(got, want) {
					t.Errorf("the losses of Run differ from those of Step: %v and %v", got[:5], want[:5])
				}
				for name, v := range single.Params.All() {
					if got := svi.Params.Get(name).Float64s(); !slices.Equal(got, v.Float64s()) {
						t.Errorf("%s is %v after Run, %v after Step", name, got, v)
					}
				}
				st := svi.Stats
				// Eager: two or three steps to agree, steps 64 and 128, the last.
				if st.Replayed+st.Eager != steps || st.Eager > 6 || st.Why != "" || st.Instructions == 0 || st.Bytes == 0 {
					t.Errorf("%+v", st)
				}
			}
		})
	}
}

// A step that replays allocates nothing.
func TestReplayAllocatesNothing(t *testing.T) {
	for name, fit := range fits {
		t.Run(name, func(t *testing.T) {
			svi := fit()
			// Steps 4 to 63 replay; 10 of them warm up. What a step allocates is in
			// every stretch of eight, what the runtime does now and then is not.
			least := ^uint64(0)
			var before, now runtime.MemStats
			for step, err := range svi.Steps(t.Context(), rng.New(0), 1000) {
				if err != nil {
					t.Fatal(err)
				}
				if step.N < 14 || (step.N-14)%8 != 0 {
					continue
				}
				runtime.ReadMemStats(&now)
				if step.N > 14 {
					least = min(least, now.Mallocs-before.Mallocs)
				}
				if step.N == 62 {
					break
				}
				before = now
			}
			if least != 0 {
				t.Errorf("eight steps made %d allocations or more", least)
			}
		})
	}
}

// dynamic are models whose path depends on what they draw.
var dynamic = map[string]pyro.Model{
	"weather": func(p *pyro.P) {
		cloudy := p.Sample("cloudy", dist.Bernoulli(0.3)).Item() == 1
		loc := map[bool]float64{true: 55, false: 75}[cloudy]
		p.Observe("temp", dist.Normal(p.Sample("bias", dist.Normal(0, 5)).AddScalar(loc), 10), tensor.Of(60.0))
	},
	"geometric": func(p *pyro.P) {
		n := 0
		for p.Sample(fmt.Sprintf("x_%d", n), dist.Bernoulli(0.5)).Item() == 1 {
			n++
		}
		p.Observe("y", dist.Normal(p.Sample("bias", dist.Normal(0, 5)).AddScalar(float64(n)), 1), tensor.Of(2.0))
	},
	"branch": func(p *pyro.P) {
		b := p.Sample("bias", dist.Normal(0, 1))
		if b.At() > 0 {
			b = b.MulScalar(3)
		}
		p.Observe("y", dist.Normal(b, 1), tensor.Of(2.0))
	},
	"size": func(p *pyro.P) {
		b := p.Sample("bias", dist.Normal(0, 1))
		n := 1 + int(math.Abs(b.Item())*2)
		p.Plate("data", n).Observe("y", dist.Normal(b, 1), tensor.Ones(n))
	},
}

// Their guide draws the discrete sites that a run reaches.
func dynamicGuide(name string) pyro.Model {
	return func(p *pyro.P) {
		switch name {
		case "weather":
			p.Sample("cloudy", dist.Bernoulli(p.Param("q", tensor.Of(0.4), constraint.UnitInterval)))
		case "geometric":
			q := p.Param("q", tensor.Of(0.4), constraint.UnitInterval)
			for n := 0; p.Sample(fmt.Sprintf("x_%d", n), dist.Bernoulli(q)).Item() == 1; {
				n++
			}
		}
		p.Sample("bias", dist.Normal(p.Param("loc", tensor.Of(0.1)), p.Param("scale", tensor.Of(1.0), constraint.Positive)))
	}
}

// Models that read their draws stay eager, are right, and say so.
func TestDynamicModelsStayEager(t *testing.T) {
	const steps = 200
	want := map[string]string{
		"weather":   `the model reads a value with Item near site "cloudy"`,
		"geometric": `the model reads a value with Item near site "x_0"`,
		"branch":    `the model reads a value with At near site "bias"`,
		"size":      `the model reads a value with Item near site "bias"`,
	}
	for name, model := range dynamic {
		fit := func() *infer.SVI {
			return &infer.SVI{Model: model, Guide: dynamicGuide(name), Optim: &optim.Adam{LR: 0.01}}
		}
		svi, single := fit(), fit()
		got, err := svi.Run(t.Context(), rng.New(0), steps)
		if err != nil {
			t.Fatal(err)
		}
		for i, loss := range got {
			if l, err := single.Step(rng.New(0).Fold(i)); err != nil || l != loss {
				t.Fatalf("%s: step %d has loss %v in Run, %v in Step (%v)", name, i, loss, l, err)
			}
		}
		if svi.Stats.Replayed != 0 || svi.Stats.Eager != steps || svi.Stats.Why != want[name] {
			t.Errorf("%s: %+v", name, svi.Stats)
		}
	}
}

// reading is a fit whose model reads x through a closure.
func reading(x func() *tensor.Tensor) *infer.SVI {
	c := conjugates()[5]
	return &infer.SVI{Model: func(p *pyro.P) {
		w := p.Sample("weight", dist.Normal(8.5, 1))
		v := x()
		if v.Rank() == 0 {
			p.Observe("measurement", dist.Normal(w, 0.75), v)
		} else {
			p.Plate("data", v.Len()).Observe("measurement", dist.Normal(w, 0.75), v)
		}
	}, Guide: c.guide(c.start[0], c.start[1]), Optim: &optim.SGD{LR: 1e-3}}
}

// A closure that takes a new minibatch each run, or batches of changing size, is
// seen at once to differ, and runs eagerly, with the results of single steps.
func TestNewMinibatchEachRun(t *testing.T) {
	for name, next := range map[string]func(i int) *tensor.Tensor{
		"values": func(i int) *tensor.Tensor { return tensor.Of([]float64{float64(i), 1}) },
		"sizes":  func(i int) *tensor.Tensor { return tensor.Ones(1 + i%3) },
	} {
		batches := func() func() *tensor.Tensor {
			i := 0
			return func() *tensor.Tensor { i++; return next(i) }
		}
		svi, single := reading(batches()), reading(batches())
		got, err := svi.Run(t.Context(), rng.New(0), 100)
		if err != nil {
			t.Fatal(err)
		}
		for i, loss := range got {
			if l, err := single.Step(rng.New(0).Fold(i)); err != nil || l != loss {
				t.Fatalf("%s: step %d has loss %v in Run, %v in Step (%v)", name, i, loss, l, err)
			}
		}
		if svi.Stats.Replayed != 0 || !strings.HasPrefix(svi.Stats.Why, "two runs differ: ") {
			t.Errorf("%s: %+v", name, svi.Stats)
		}
	}
}

// A loop body that changes what the model reads gets an error from Steps, at
// the check that follows, whenever it does so.
func TestLoopBodyChangesTheModel(t *testing.T) {
	for _, at := range []int{1, 2, 3, 50, 64, 1000} {
		x := tensor.Of(9.5)
		svi := reading(func() *tensor.Tensor { return x })
		last := 0
		var failed error
		for step, err := range svi.Steps(t.Context(), rng.New(0), 2000) {
			if failed = err; err != nil {
				break
			}
			if last = step.N; last == at {
				x = tensor.Of(3.0)
			}
		}
		if at == 1 { // before two steps agreed: all later ones see the new value
			if failed != nil || svi.Stats.Why != "" {
				t.Errorf("changed at step 1: %v, %+v", failed, svi.Stats)
			}
			continue
		}
		var e *infer.ChangedError
		if !errors.As(failed, &e) || e.Step != last+1 || e.Step <= at || e.Step > at+64 {
			t.Fatalf("changed at step %d: %v", at, failed)
		}
		if at == 50 {
			want := "infer: model or guide changed during the run, found at step 65: " + e.What + "\n" +
				"\tto repair it: give what changes to each step by itself with SVI.Step, which runs the model anew"
			if e.Error() != want || !strings.HasPrefix(e.What, "constant ") || !strings.HasSuffix(e.What, " of shape [], which goes into Sub, differs between runs") {
				t.Errorf("got  %v\nwant %v", e, want)
			}
		}
	}
}

// Step itself is never stale, nor is a run that follows a change.
func TestStepSeesEveryChange(t *testing.T) {
	x := tensor.Of(9.5)
	svi, fresh := reading(func() *tensor.Tensor { return x }), reading(func() *tensor.Tensor { return x })
	for i := range 200 {
		switch i {
		case 2, 50, 100:
			x = tensor.Of(float64(i))
		case 150:
			model := svi.Model
			svi.Model = handler.Scale(model, tensor.Of(2.0))
			fresh.Model = svi.Model
			fresh = &infer.SVI{Model: svi.Model, Guide: svi.Guide, Optim: fresh.Optim, Params: fresh.Params}
		}
		a, err := svi.Step(rng.New(0).Fold(i))
		if err != nil {
			t.Fatal(err)
		}
		if b, err := fresh.Step(rng.New(0).Fold(i)); a != b || err != nil {
			t.Fatalf("step %d: %v and %v, %v", i, a, b, err)
		}
	}
	if _, err := svi.Run(t.Context(), rng.New(0), 10); err != nil {
		t.Fatal(err)
	}
	x = tensor.Of(0.0)
	a, err := svi.Run(t.Context(), rng.New(0), 10)
	if err != nil || a[0] < 20 {
		t.Errorf("the run does not see the new datum: %v, %v", a, err)
	}
}

// A loop that is broken off, or a context that ends, after a change.
func TestChangeBeforeAnEarlyEnd(t *testing.T) {
	x := tensor.Of(9.5)
	svi := reading(func() *tensor.Tensor { return x })
	for step := range svi.Steps(t.Context(), rng.New(0), 1000) {
		if step.N == 10 {
			x = tensor.Of(3.0)
		}
		if step.N == 20 {
			break
		}
	}
	if svi.Stats.Changed == nil {
		t.Error("the change was not noticed")
	}
	for step := range svi.Steps(t.Context(), rng.New(0), 1000) {
		if step.N == 20 {
			break
		}
	}
	if svi.Stats.Changed != nil {
		t.Errorf("nothing changed, but %v", svi.Stats.Changed)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var last error
	for step, err := range svi.Steps(ctx, rng.New(0), 1000) {
		last = err
		if step.N == 10 {
			x = tensor.Of(5.0)
		}
		if step.N == 20 {
			cancel()
		}
	}
	var e *infer.ChangedError
	if !errors.Is(last, context.Canceled) || !errors.As(last, &e) {
		t.Errorf("got %v", last)
	}
}

// Parameters are inputs: a loop body may set them, and even replace the store.
func TestLoopBodyMovesParameters(t *testing.T) {
	run := func(steps func(svi *infer.SVI, body func(n int))) (losses []float64) {
		svi := fits["scale"]()
		steps(svi, func(n int) {
			switch n {
			case 20:
				svi.Params.Set("a", tensor.Of(4.0), constraint.Real)
			case 40:
				svi.Params.Update(func(_ string, x *tensor.Tensor) *tensor.Tensor { return x.AddScalar(0.1) })
			case 60:
				svi.Params = svi.Params.Clone()
			}
			l, err := svi.Evaluate(rng.New(9))
			if err != nil {
				t.Fatal(err)
			}
			losses = append(losses, l)
		})
		return losses
	}
	replayed := run(func(svi *infer.SVI, body func(int)) {
		for step, err := range svi.Steps(t.Context(), rng.New(1), 200) {
			if err != nil {
				t.Fatal(err)
			}
			body(step.N)
		}
		if svi.Stats.Replayed < 150 {
			t.Errorf("%+v", svi.Stats)
		}
	})
	eager := run(func(svi *infer.SVI, body func(int)) {
		for i := range 200 {
			if _, err := svi.Step(rng.New(1).Fold(i)); err != nil {
				t.Fatal(err)
			}
			body(i + 1)
		}
	})
	if !slices.Equal(replayed, eager) {
		t.Errorf("losses differ: %v, %v", replayed[15:25], eager[15:25])
	}
}

// What goes wrong inside a replayed step is told as in an eager one.
func TestReplayedMistakes(t *testing.T) {
	// The scale falls by about one a step, and is negative at last.
	falling := func() *infer.SVI {
		return &infer.SVI{
			Model: func(p *pyro.P) { p.Observe("x", dist.Normal(0, p.Param("scale", tensor.Of(30.5))), tensor.Of(0.0)) },
			Guide: noGuide, Optim: &optim.SGD{LR: 1}, NaN: infer.StopOnNaN,
		}
	}
	// exp overflows.
	growing := func() *infer.SVI {
		return &infer.SVI{
			Model: func(p *pyro.P) { p.Factor("grow", p.Param("u", tensor.Of(5.0)).Exp()) },
			Guide: noGuide, Optim: &optim.SGD{LR: 0.05},
		}
	}
	// The density of a gamma distribution is finite where its concentration is not
	// positive: only the check of the parameter finds that out.
	hidden := func() *infer.SVI {
		return &infer.SVI{
			Model: func(p *pyro.P) {
				a := p.Param("a", tensor.Of([]float64{3.05, 9}))
				d := p.Plate("data", 2)
				d.Observe("x", dist.Gamma(a, 1), tensor.Of([]float64{1e-30, 1}))
			},
			Guide: noGuide, Optim: &optim.SGD{LR: 1e-3},
		}
	}
	// Sooner or later a count is drawn that the table does not have.
	outside := func() *infer.SVI {
		table := tensor.Of([]float64{1, 2, 3, 4, 5})
		return &infer.SVI{
			Model: func(p *pyro.P) {
				i := p.Sample("count", dist.Poisson(1))
				p.Observe("x", dist.Normal(table.Index(i).Mul(p.Param("b", tensor.Of(1.0))), 1), tensor.Of(1.0))
			},
			Guide: func(p *pyro.P) { p.Sample("count", dist.Poisson(1)) }, Optim: &optim.SGD{LR: 1e-3},
		}
	}
	for name, fit := range map[string]func() *infer.SVI{"support": falling, "overflow": growing, "hidden": hidden, "index": outside} {
		svi, single := fit(), fit()
		losses, got := svi.Run(t.Context(), rng.New(0), 10_000)
		var want error
		n := 0
		for ; want == nil; n++ {
			_, want = single.Step(rng.New(0).Fold(n))
		}
		if got == nil || strings.ReplaceAll(got.Error(), fmt.Sprintf(" at step %d", n), "") != want.Error() || len(losses) != n-1 {
			t.Errorf("%s: after %d steps\n%v\nafter %d single ones\n%v", name, len(losses), got, n-1, want)
		}
	}
}
