package infer_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/gopyro/pyro"
	"github.com/gopyro/pyro/constraint"
	"github.com/gopyro/pyro/dist"
	"github.com/gopyro/pyro/handler"
	"github.com/gopyro/pyro/infer"
	"github.com/gopyro/pyro/rng"
	"github.com/gopyro/pyro/tensor"
)

// bySamples is importance sampling by its definition: each sample by itself, on no
// tape. It writes what dump does.
func bySamples(key rng.Key, n int, m, guide pyro.Model, keep ...string) (string, error) {
	var logw []float64
	values, shapes, names := map[string][]float64{}, map[string][]int{}, []string{}
	for i := range n {
		model, key := m, key.Fold(i)
		var q *pyro.Trace
		if guide != nil {
			var err error
			if q, err = pyro.Run(guide, key); err != nil {
				return "", fmt.Errorf("guide: %w", err)
			}
			model = handler.Replay(m, q)
		}
		p, err := pyro.Run(model, key)
		if err != nil {
			return "", fmt.Errorf("model: %w", err)
		}
		w := 0.0
		if q == nil {
			for s := range p.Observed() {
				w += s.LogProb().Sum().Item()
			}
		} else {
			w = p.LogProb().Item()
			for s := range q.Sites() {
				if s.Kind == pyro.SampleSite {
					w -= s.LogProb().Sum().Item()
				}
			}
		}
		logw = append(logw, w)
		for s := range p.Sites() {
			latent := s.Kind == pyro.DeterministicSite || s.Kind == pyro.SampleSite && !s.Observed
			if len(keep) > 0 && !slices.Contains(keep, s.Name) || len(keep) == 0 && !latent {
				continue
			}
			if shapes[s.Name] == nil {
				names, shapes[s.Name] = append(names, s.Name), append([]int{0}, s.Value.Shape()...)
			}
			shapes[s.Name][0]++
			values[s.Name] = append(values[s.Name], s.Value.Float64s()...)
		}
	}
	out := fmt.Sprintf("%x", logw)
	for _, name := range names {
		out += fmt.Sprintf(" %s%v %x", name, shapes[name], values[name])
	}
	return out, nil
}

// sampled are models with all that a sample may be made of.
var sampled = map[string]struct {
	model, guide pyro.Model
	keep         []string
}{
	"scale":    {model: measured(9.5)},
	"prior":    {model: scale},
	"observed": {model: measured(9.5), keep: []string{"measurement", "weight"}},
	"guide":    {model: measured(9.5), guide: drawing("weight", dist.Normal(9.14, 0.6))},
	"coin": {model: func(p *pyro.P) {
		f := p.Sample("fairness", dist.Beta(10, 10))
		for i := range 10 {
			p.Observe(fmt.Sprintf("obs_%d", i), dist.Bernoulli(f), tensor.Of(float64(i/6)))
		}
	}},
	"plates": {
		model: plated,
		guide: func(p *pyro.P) {
			p.Sample("mu", dist.Normal(1, 2))
			p.Sample("tau", dist.LogNormal(0, 0.5))
			p.Plate("schools", 8).Sample("theta", dist.StudentT(5, 1, 3))
		},
	},
	"hierarchy": {model: plated},
	"parameters": {model: measured(9.5), guide: pyro.NewParams().Bind(func(p *pyro.P) { // the first run makes them
		a := p.Param("a", tensor.Of(9.0))
		b := p.ParamFunc("b", func() *tensor.Tensor { return a.Detach().MulScalar(0.1) }, constraint.Positive)
		p.Sample("weight", dist.Normal(a, b))
	})},
	"subsample": {model: func(p *pyro.P) {
		w := p.Sample("w", dist.Normal(0, 1))
		d := p.Plate("rows", 50, pyro.Subsample(4))
		d.Observe("y", dist.Normal(w, 1), d.Subsample(tensor.Linspace(-1, 1, 50), 0))
	}},
	"discrete": {model: func(p *pyro.P) {
		probs := p.Sample("probs", dist.Dirichlet([]float64{1, 2, 3}))
		d := p.Plate("data", 5)
		z := d.Sample("z", dist.Categorical(probs))
		n := d.Sample("n", dist.Poisson(z.AddScalar(0.5)))
		d.Sample("b", dist.Binomial(10, 0.3))
		p.Deterministic("most", n.Max(0))
		p.Deterministic("constant", tensor.Of([]float64{1, 2}))
		d.Observe("x", dist.Normal(tensor.Of([]float64{-1, 0, 2}).Index(z), 1), tensor.Of([]float64{0.1, 0.2, -1, 3, 1}))
	}},
	"matrix": {model: func(p *pyro.P) {
		l := p.Sample("l", dist.LKJCholesky(3, 2))
		x := p.Sample("x", dist.MultivariateNormalCholesky(tensor.Zeros(3), l))
		p.Factor("f", x.Square().Sum().Neg())
	}},
	"long": {model: func(p *pyro.P) {
		w := p.Sample("w", dist.Independent(dist.Normal(tensor.Zeros(2), 1), 1))
		x := tensor.Linspace(-1, 1, 200)
		p.Plate("rows", 200).Observe("y", dist.Normal(x.Mul(w.Select(0, 0)).Add(w.Select(0, 1)), 1), x)
	}},
	"float32": {model: func(p *pyro.P) {
		x := p.Plate("d", 3).Sample("x", dist.Normal(tensor.Zeros(3).To(tensor.Float32), 1))
		p.Plate("e", 3).Observe("y", dist.Gamma(x.Exp(), 1), tensor.Of([]float64{1, 2, 3}).To(tensor.Float32))
	}},
	"sometimes": {model: sometimes},
	"branches": {model: func(p *pyro.P) {
		if p.Sample("x", dist.Normal(0, 1)).Item() > 1 {
			p.Sample("rare", dist.Exponential(1))
		}
	}},
	"flips coins": {model: func(p *pyro.P) {
		w := p.Sample("w", dist.Normal(0, 1))
		if p.Key().FoldName("coin").Uniform() < 0.02 {
			w = w.Exp()
		}
		p.Deterministic("d", w)
	}},
	"scaled and masked": {model: func(p *pyro.P) {
		u := p.Sample("u", dist.Uniform(0, 1))
		q := p.Plate("d", 3).Scale(u).Mask(u.Less(tensor.Of(0.5)).Expand(3))
		q.Observe("y", dist.Exponential(u), tensor.Of([]float64{1, 2, 3}))
	}},
	"no site": {model: func(p *pyro.P) { p.Observe("y", dist.Normal(0, 1), tensor.Of(1.0)) }, keep: []string{"y"}},
}

func plated(p *pyro.P) {
	mu := p.Sample("mu", dist.Normal(0, 5))
	tau := p.Sample("tau", dist.HalfCauchy(5))
	d := p.Plate("schools", 8)
	theta := d.Sample("theta", dist.Normal(mu, tau))
	d.Observe("y", dist.Normal(theta, []float64{15, 10, 16, 11, 9, 11, 10, 18}), tensor.Of([]float64{28, 8, -3, 7, -1, 1, 18, 12}))
}

// TestReplayedSamplesAreThoseOfTheModel: bit by bit, on any number of cores.
func TestReplayedSamplesAreThoseOfTheModel(t *testing.T) {
	const n = 300
	for name, m := range sampled {
		key := rng.New(3)
		want, err := bySamples(key, n, m.model, m.guide, m.keep...)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for _, cores := range []int{1, 2} {
			func() {
				defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(cores))
				w := importance(t, infer.Importance{Samples: n, Guide: m.guide, Sites: m.keep}, key, m.model)
				if got := dump(w); got != want {
					t.Errorf("%s on %d cores: samples differ from those of the model:\n%.300s\n%.300s", name, cores, got, want)
				}
				dynamic := name == "sometimes" || name == "branches" || name == "flips coins"
				if s := w.Stats; (s.Why != "") != dynamic || (s.Replayed > 200) == dynamic || s.Replayed+s.Eager != n || (s.Instructions > 0) == dynamic && name != "no site" {
					t.Errorf("%s: %+v", name, s)
				}
			}()
		}
	}
}

// Draws of Predictive are inputs of the computation.
func TestPredictiveReplays(t *testing.T) {
	const n = 300
	draws := pyro.Data{"mu": tensor.Normals(rng.New(1), n), "tau": tensor.Linspace(0.5, 4, n).To(tensor.Float32).To(tensor.Float64)}
	single := pyro.Data{"x": tensor.Normals(rng.New(2), n, 3).To(tensor.Float32)}
	for name, c := range map[string]struct {
		pr    infer.Predictive
		model pyro.Model
	}{
		"prior":   {infer.Predictive{N: n}, plated},
		"guide":   {infer.Predictive{N: n, Guide: drawing("mu", dist.Normal(1, 2))}, plated},
		"draws":   {infer.Predictive{Draws: draws}, handler.Uncondition(plated)},
		"float32": {infer.Predictive{Draws: single}, handler.Uncondition(sampled["float32"].model)},
	} {
		key := rng.New(4)
		for _, cores := range []int{1, 2} {
			func() {
				defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(cores))
				got := predict(t, c.pr, key, c.model)
				if got.Stats.Why != "" || got.Stats.Replayed < 200 {
					t.Errorf("%s: %+v", name, got.Stats)
				}
				for i := range n {
					key, model := key.Fold(i), c.model
					if c.pr.Guide != nil {
						q, err := pyro.Run(c.pr.Guide, key.Fold(0))
						if err != nil {
							t.Fatal(err)
						}
						model = handler.Replay(model, q)
					}
					if c.pr.Draws != nil {
						at := pyro.Data{}
						for name, v := range c.pr.Draws {
							at[name] = v.Select(0, i)
						}
						model = handler.Substitute(model, at)
					}
					p, err := pyro.Run(model, key.Fold(1))
					if err != nil {
						t.Fatal(err)
					}
					for _, site := range got.Sites() {
						if want := p.Value(site).Float64s(); !slices.Equal(got.Var(site).Select(0, i).Float64s(), want) {
							t.Fatalf("%s on %d cores: %s in run %d is %v, want %v", name, cores, site, i, got.Var(site).Select(0, i), want)
						}
					}
				}
			}()
		}
	}
}

// A model that captures what changes at its r-th run: what is recorded before is
// never passed off as what it is then.
func TestSampledModelChanges(t *testing.T) {
	key := rng.New(5)
	changes := map[string]func(p *pyro.P, changed bool){
		"constant": func(p *pyro.P, changed bool) {
			x := 1.0
			if changed {
				x = 2
			}
			p.Observe("y", dist.Normal(p.Sample("w", dist.Normal(0, 1)), 1), tensor.Of(x))
		},
		"operation": func(p *pyro.P, changed bool) {
			w := p.Sample("w", dist.Normal(0, 1))
			if changed {
				w = w.Exp()
			}
			p.Deterministic("d", w)
		},
		"name": func(p *pyro.P, changed bool) {
			w := p.Sample("w", dist.Normal(0, 1))
			if changed {
				p.Deterministic("e", w)
			} else {
				p.Deterministic("d", w)
			}
		},
		"read": func(p *pyro.P, changed bool) {
			if w := p.Sample("w", dist.Normal(0, 1)); changed && w.Item() > 0 {
				p.Deterministic("d", w)
			}
		},
	}
	for name, m := range changes {
		for _, at := range []int64{2, 50, 1000} {
			var runs atomic.Int64
			// Runs 1 and 2 are recorded and compared; run r ≥ 3 is the check of the
			// last sample of part r - 2, of which each has 64 after the first sample.
			w, err := infer.Importance{Samples: int(at)*64 + 1000, Workers: 1}.Run(t.Context(), key, func(p *pyro.P) { m(p, runs.Add(1) >= at) })
			var changed *infer.ChangedError
			found, step := errors.As(err, &changed), int(at-2)*64+1
			switch {
			case at == 2 && err != nil:
				t.Errorf("%s at run %d: %v", name, at, err)
			case at > 2 && (!found || changed.Step != step || w.Len() != step-64):
				t.Errorf("%s at run %d: %d samples, %v", name, at, w.Len(), err)
			case found && !strings.Contains(err.Error(), "let the model depend on what it draws and is given alone"):
				t.Errorf("%s: %v", name, err)
			}
			if at > 50 {
				continue
			}
			ran := 0
			want, failed := bySamples(key, w.Len(), func(p *pyro.P) { ran++; m(p, at == 2 && ran >= 2) }, nil)
			if failed != nil {
				t.Fatal(failed)
			}
			if got := dump(w); got != want {
				t.Errorf("%s at run %d: the samples differ from those of the model:\n%.200s\n%.200s", name, at, got, want)
			}
		}
	}
}

// Mistakes in one of many samples are found where a run of each finds them, with
// the same words.
func TestSampledMistakes(t *testing.T) {
	x := func(p *pyro.P) *tensor.Tensor { return p.Sample("x", dist.Normal(0, 1)) }
	for name, m := range map[string]pyro.Model{
		"parameter":        func(p *pyro.P) { p.Sample("y", dist.Normal(0, x(p).AddScalar(2.2))) },
		"moving parameter": func(p *pyro.P) { p.Sample("y", dist.Uniform(x(p), 2.2)) },
		"in a plate": func(p *pyro.P) {
			p.Plate("d", 3).Sample("y", dist.Exponential(x(p).AddScalar(2.2).Mul(tensor.Of([]float64{1, 2, 3}))))
		},
		"infinite": func(p *pyro.P) { p.Sample("y", dist.Normal(x(p).MulScalar(300).Exp(), 1)) },
		"infinite but unused": func(p *pyro.P) {
			p.Sample("y", dist.Normal(x(p).MulScalar(300).Exp(), 1), pyro.NoReparam)
		},
		"support":        func(p *pyro.P) { p.Observe("y", dist.Gamma(2, 1), x(p).AddScalar(2.2)) },
		"moving support": func(p *pyro.P) { p.Observe("y", dist.Uniform(-9, x(p).AddScalar(2.2)), tensor.Of(0.0)) },
		"moving supports": func(p *pyro.P) {
			p.Plate("d", 2).Observe("y", dist.Uniform(-9, x(p).AddScalar(tail).Mul(tensor.Of([]float64{1, 2}))), tensor.Of([]float64{0, 0}))
		},
		"counts": func(p *pyro.P) {
			p.Observe("y", dist.Multinomial(x(p).Abs().MulScalar(0.35).Floor().AddScalar(1), []float64{0.5, 0.5}), tensor.Of([]float64{1, 0}))
		},
		"mixture": func(p *pyro.P) {
			p.Sample("y", dist.MixtureSameFamily(dist.Categorical([]float64{0.5, 0.5}), dist.Normal(0, x(p).AddScalar(tail).Expand(2))))
		},
		"NaN": func(p *pyro.P) { p.Factor("y", x(p).AddScalar(tail).Log()) },
		"+Inf": func(p *pyro.P) {
			p.Factor("y", x(p).AddScalar(tail).Less(tensor.Of(0.0)).Where(tensor.Of(math.Inf(1)), tensor.Of(0.0)))
		},
		"scale": func(p *pyro.P) { p.Scale(x(p).AddScalar(tail)).Observe("y", dist.Normal(0, 1), tensor.Of(0.0)) },
		"index": func(p *pyro.P) {
			p.Deterministic("y", tensor.Of([]float64{1, 2, 3}).Index(x(p).Abs().AddScalar(0.7).Floor()))
		},
		"matrix": func(p *pyro.P) {
			a := tensor.Stack(0, tensor.Of([]float64{1, 0}), tensor.Stack(0, tensor.Of(0.0), x(p).AddScalar(tail)))
			p.Deterministic("y", a.Cholesky())
		},
	} {
		key := rng.New(6)
		good := 0
		var want error
		for want == nil && good < 5000 {
			if want = alone(m, key.Fold(good)); want == nil {
				good++
			}
		}
		if good < 80 || want == nil || good == 5000 {
			t.Fatalf("%s: %d samples before %v", name, good, want)
		}
		for _, workers := range []int{1, 2} {
			w, err := infer.Importance{Samples: 5000, Workers: workers}.Run(t.Context(), key, m)
			var bad *infer.NonFiniteError
			switch {
			case errors.As(want, &bad) && err != nil:
				if got := err.Error(); !strings.Contains(got, fmt.Sprintf("in sample %d; the log probability of model site \"y\" is %v", good+1, bad.Value)) {
					t.Errorf("%s: %v", name, err)
				}
			case err == nil || err.Error() != "model: "+want.Error():
				t.Errorf("%s: got  %v\n\twant %v", name, err, want)
			}
			if w.Len() != good {
				t.Errorf("%s: %d samples before the mistake, want %d", name, w.Len(), good)
			}
			if w.Stats.Why != "" || w.Stats.Replayed == 0 {
				t.Errorf("%s is not replayed: %+v", name, w.Stats)
			}
		}
	}
}

// tail is where about one of 700 standard normal numbers is.
const tail = 3

// alone is what is wrong with a model in a run by itself.
func alone(m pyro.Model, key rng.Key) error {
	tr, err := pyro.Run(m, key)
	if err != nil {
		return err
	}
	for s := range tr.Observed() {
		if v := s.LogProb().Sum().Item(); math.IsNaN(v) || v > math.MaxFloat64 {
			return &infer.NonFiniteError{Value: v}
		}
	}
	return nil
}

// A run that is broken off while it replays keeps samples that it has compared.
type brokenOff struct {
	context.Context
	calls atomic.Int64
	after int64
}

func (c *brokenOff) Err() error {
	if c.calls.Add(1) > c.after {
		return context.Canceled
	}
	return nil
}

func TestReplayedSamplesBrokenOff(t *testing.T) {
	const n = 10_000
	whole := importance(t, infer.Importance{Samples: 2000}, rng.New(0), scale).Values("weight").Float64s()
	changes := 0
	for after := range int64(40) {
		for _, workers := range []int{1, 2} {
			ctx := &brokenOff{Context: t.Context(), after: after}
			w, err := infer.Importance{Samples: n, Workers: workers}.Run(ctx, rng.New(0), scale)
			var changed *infer.ChangedError
			if !errors.Is(err, context.Canceled) || errors.As(err, &changed) || after > 30 && w.Len() == 0 ||
				w.Len() > 0 && !slices.Equal(w.Values("weight").Float64s(), whole[:w.Len()]) {
				t.Errorf("broken off at look %d: %d samples, %v", after, w.Len(), err)
			}
		}
		// Now the model changes when it is broken off.
		ctx := &brokenOff{Context: t.Context(), after: after}
		w, err := infer.Importance{Samples: n, Workers: 1}.Run(ctx, rng.New(0), func(p *pyro.P) {
			if ctx.calls.Load() > after {
				p.Sample("more", dist.Normal(0, 1))
			}
			scale(p)
		})
		var changed *infer.ChangedError
		if errors.As(err, &changed) {
			changes++
			if w.Len()%chunk != 1 || changed.Step <= w.Len() {
				t.Errorf("changed at look %d: %d samples are kept, %v", after, w.Len(), err)
			}
		}
		if !errors.Is(err, context.Canceled) || w.Len() > 0 && !slices.Equal(w.Values("weight").Float64s(), whole[:w.Len()]) {
			t.Errorf("changed at look %d: %d samples, %v", after, w.Len(), err)
		}
	}
	if changes < 20 {
		t.Errorf("%d changes were found", changes)
	}
}

// chunk is the number of samples of which the last is compared with the model.
const chunk = 64

// What a sample allocates is the part of it that compares one in 64 with the model,
// and the list of parts.
func TestReplayedSamplesAllocateLittle(t *testing.T) {
	count := func(n int) float64 {
		return testing.AllocsPerRun(3, func() {
			importance(t, infer.Importance{Samples: n, Workers: 1}, rng.New(0), measured(9.5))
		})
	}
	if each := (count(20_000) - count(10_000)) / 10_000; each > 1 {
		t.Errorf("a sample allocates %.2f times", each)
	}
}
