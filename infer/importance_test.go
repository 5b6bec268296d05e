package infer_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"runtime"
	"slices"
	"sync/atomic"
	"testing"

	"github.com/gopyro/pyro"
	"github.com/gopyro/pyro/constraint"
	"github.com/gopyro/pyro/dist"
	"github.com/gopyro/pyro/handler"
	"github.com/gopyro/pyro/infer"
	"github.com/gopyro/pyro/optim"
	"github.com/gopyro/pyro/rng"
	"github.com/gopyro/pyro/tensor"
)

const guess = 8.5

// scale is the model of a weight that a scale measures.
func scale(p *pyro.P) {
	w := p.Sample("weight", dist.Normal(guess, 1))
	p.Sample("measurement", dist.Normal(w, 0.75))
}

// measured is scale with a known measurement.
func measured(x float64) pyro.Model {
	return handler.Condition(scale, pyro.Data{"measurement": tensor.Of(x)})
}

func importance(t *testing.T, im infer.Importance, key rng.Key, m pyro.Model) *infer.Weighted {
	t.Helper()
	w, err := im.Run(t.Context(), key, m)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// Without observations the proposal is the prior, and all weights are equal. The
// marginal of the measurement is N(8.5, 1.25); the mean of 100 draws of 100
// samples has the variance 1.25²(1/100 + 1/100), and 5 deviations are 0.89. The
// draws are of the stored samples: the model does not run again.
func TestImportanceFromThePrior(t *testing.T) {
	var runs atomic.Int64
	m := func(p *pyro.P) {
		runs.Add(1)
		scale(p)
	}
	w := importance(t, infer.Importance{Samples: 100}, rng.New(0), m)
	if w.Len() != 100 || !slices.Equal(w.LogWeights, make([]float64, 100)) || w.LogEvidence() != 0 {
		t.Errorf("%d samples with log weights %v", w.Len(), w.LogWeights)
	}
	near(t, "ESS", w.ESS(), 100)
	ran := runs.Load()
	marginal := w.Marginal("measurement")
	sum := 0.0
	for i := range 100 {
		sum += marginal.Sample(rng.New(1).Fold(i)).Item()
	}
	if math.Abs(sum/100-guess) > 0.89 {
		t.Errorf("the mean of draws is %v", sum/100)
	}
	if runs.Load() != ran {
		t.Errorf("%d runs of the model for draws from the result", runs.Load()-ran)
	}
}

// The expectations of the scale with guess 8.5 and measurement 9.5. Weights from
// the prior have E[w²]/E[w]² = 1/0.5986, so that n samples have the effective
// number 0.5986n; means have a deviation of about 0.6/√(0.5986n).
func TestImportanceOfTheScale(t *testing.T) {
	const n = 40_000
	w := importance(t, infer.Importance{Samples: n}, rng.New(0), measured(9.5))
	within(t, "ESS fraction", w.ESS()/n, 0.5986, 0.015)
	within(t, "log evidence", w.LogEvidence(), -1.4620821, 0.0085) // deviation √(0.67/n) = 0.0041
	within(t, "mean", w.Mean("weight").Item(), 9.14, 0.0019)       // in units of 1 + 9.14: 5 deviations
	within(t, "deviation", w.SD("weight").Item(), 0.6, 0.0086)
	if !slices.Equal(w.Sites(), []string{"weight"}) {
		t.Errorf("sites %v", w.Sites())
	}

	prior := func(p *pyro.P) { p.Sample("weight", dist.Normal(guess, 1)) }
	v := importance(t, infer.Importance{Samples: n, Guide: prior}, rng.New(0), measured(9.5))
	within(t, "log evidence with the prior as guide", v.LogEvidence(), w.LogEvidence(), 1e-12)

	// A guide that depends on a vector of measurements: N((guess + Σm)/(n + 1), 1/(n + 1)).
	data := []float64{9.5}
	guide := func(p *pyro.P) {
		sum := guess
		for _, m := range data {
			sum += m
		}
		k := float64(len(data) + 1)
		p.Sample("weight", dist.Normal(sum/k, 1/k))
	}
	g := importance(t, infer.Importance{Samples: n, Guide: guide}, rng.New(0), measured(9.5))
	within(t, "mean with a guide", g.Mean("weight").Item(), 9.14, 0.002)
	// E[w²]/E[w]² = 1/0.7807, but w² has no variance: the estimate converges slowly.
	within(t, "ESS fraction with a guide", g.ESS()/n, 0.7807, 0.06)
}

// With the posterior as guide, all weights are p(data).
func TestImportanceWithTheExactGuide(t *testing.T) {
	guide := func(p *pyro.P) { p.Sample("weight", dist.Normal(9.14, 0.6)) }
	w := importance(t, infer.Importance{Samples: 10, Guide: guide}, rng.New(0), measured(9.5))
	within(t, "ESS", w.ESS(), 10, 1e-9)
	for _, l := range w.LogWeights {
		within(t, "log weight", l, -1.4620820845188, 1e-12)
	}
}

// A trained guide is nearly the posterior.
func TestImportanceWithTheTrainedGuide(t *testing.T) {
	svi := &infer.SVI{Model: measured(9.5), Guide: func(p *pyro.P) {
		a, b := p.Param("a", tensor.Of(guess)), p.Param("b", tensor.Of(1.0), constraint.Positive)
		p.Sample("weight", dist.Normal(a, b))
	}, Optim: &optim.Adam{LR: 0.01, Schedule: optim.Cosine(2000, 0)}}
	if _, err := svi.Run(t.Context(), rng.New(0), 2000); err != nil {
		t.Fatal(err)
	}
	w := importance(t, infer.Importance{Samples: 10, Guide: svi.Params.Bind(svi.Guide)}, rng.New(0), svi.Model)
	if w.ESS() < 9.8 {
		t.Errorf("the effective number is %v of 10", w.ESS())
	}
}

// dump writes all there is to a result.
func dump(w *infer.Weighted) string {
	s := fmt.Sprintf("%x", w.LogWeights)
	for _, site := range w.Sites() {
		v := w.Values(site)
		s += fmt.Sprintf(" %s%v %x", site, v.Shape(), v.Float64s())
	}
	return s
}

// sometimes has a site that some runs lack, and a vector.
func sometimes(p *pyro.P) {
	n := 0
	for p.Sample(fmt.Sprintf("x_%d", n), dist.Bernoulli(0.5)).Item() == 1 {
		n++
	}
	p.Sample("v", dist.Independent(dist.Normal(tensor.Zeros(3), 1), 1))
	p.Deterministic("n", tensor.Of(n))
	p.Observe("y", dist.Normal(n, 1), tensor.Of(1.0))
}

func TestImportanceDoesNotDependOnWorkers(t *testing.T) {
	want := dump(importance(t, infer.Importance{Samples: 500, Workers: 1}, rng.New(0), sometimes))
	for _, workers := range []int{0, 2, 3, 7} {
		for _, cores := range []int{1, 2} {
			defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(cores))
			if got := dump(importance(t, infer.Importance{Samples: 500, Workers: workers}, rng.New(0), sometimes)); got != want {
				t.Errorf("%d workers on %d cores give another result", workers, cores)
			}
		}
	}
}

func TestSitesThatOnlySomeRunsHave(t *testing.T) {
	w := importance(t, infer.Importance{Samples: 2000, Workers: 3}, rng.New(0), sometimes)
	count := 0
	for _, n := range w.Values("n").Float64s() {
		if n >= 2 {
			count++
		}
	}
	if got := w.Values("x_2").Len(); got != count || count == 0 {
		t.Errorf("%d values of x_2, want %d", got, count)
	}
	if s := w.Values("v").Shape(); !slices.Equal(s, []int{2000, 3}) {
		t.Errorf("shape %v", s)
	}
	// Given that it exists, x_2 is a fair coin times the weight of going on:
	// P(x_2 = 1 | n ≥ 2) = Σ_{n≥3} q(n) / Σ_{n≥2} q(n), q(n) = 2^-n exp(-(n-1)²/2).
	q := func(from int) (s float64) {
		for n := from; n < 30; n++ {
			s += math.Exp2(-float64(n)) * math.Exp(-float64((n-1)*(n-1))/2)
		}
		return s
	}
	within(t, "mean of x_2", w.Mean("x_2").Item(), q(3)/q(2), 0.08) // √(p(1-p)/500) = 0.015

	// Resampling keeps values together: in each sample x_2 = 1 goes with n ≥ 3.
	r := w.Resample(rng.New(1), 1000)
	within(t, "ESS", r.ESS(), 1000, 1e-12)
	ns, x2, k := r.Values("n").Float64s(), r.Values("x_2").Float64s(), 0
	for _, n := range ns {
		if n >= 2 {
			if (x2[k] == 1) != (n >= 3) {
				t.Fatalf("x_2 = %v in a sample with n = %v", x2[k], n)
			}
			k++
		}
	}
	if k != len(x2) {
		t.Errorf("%d values of x_2, want %d", len(x2), k)
	}
}

// Systematic resampling takes each sample ⌊nw⌋ or ⌈nw⌉ times.
func TestResampleIsSystematic(t *testing.T) {
	w := importance(t, infer.Importance{Samples: 50}, rng.New(0), measured(9.5))
	const n = 1000
	r := w.Resample(rng.New(2), n)
	counts := map[float64]int{}
	for _, v := range r.Values("weight").Float64s() {
		counts[v]++
	}
	total := 50 * math.Exp(w.LogEvidence())
	for i, v := range w.Values("weight").Float64s() {
		want := n * math.Exp(w.LogWeights[i]) / total
		if c := float64(counts[v]); math.Abs(c-want) >= 1+1e-9 {
			t.Errorf("sample %d of weight %v was taken %v times", i, want/n, c)
		}
	}
}

func TestImportanceKeepsWhatIsAsked(t *testing.T) {
	w := importance(t, infer.Importance{Samples: 10, Sites: []string{"measurement"}}, rng.New(0), measured(9.5))
	if !slices.Equal(w.Sites(), []string{"measurement"}) || w.Values("measurement").At(3) != 9.5 {
		t.Errorf("kept %v", w.Sites())
	}
	_, err := infer.Importance{Samples: 10, Sites: []string{"wieght"}}.Run(t.Context(), rng.New(0), measured(9.5))
	want := `pyro: site "wieght": Importance.Sites: no run has such a site; did you mean "weight"?`
	message(t, err, want)
	message(t, panics(func() { w.Mean("weight") }), `pyro: site "weight": the posterior has no such site; there are ["measurement"]`)
}

// 10,000 samples of two numbers keep two numbers each and their weight.
func TestImportanceMemory(t *testing.T) {
	const n = 10_000
	run := func() *infer.Weighted {
		return importance(t, infer.Importance{Samples: n, Workers: 1}, rng.New(0), scale)
	}
	run()
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	w := run()
	runtime.GC()
	runtime.ReadMemStats(&after)
	if kept := int64(after.HeapAlloc) - int64(before.HeapAlloc); kept > 3*8*n+64<<10 {
		t.Errorf("%d samples keep %d bytes", n, kept)
	}
	runtime.KeepAlive(w)
}

func TestImportanceMistakes(t *testing.T) {
	run := func(im infer.Importance, m pyro.Model) error {
		_, err := im.Run(t.Context(), rng.New(0), m)
		return err
	}
	off := func(p *pyro.P) {
		x := p.Sample("x", dist.Uniform(0, 1))
		p.Factor("never", x.Mul(tensor.Of(0.0)).Add(tensor.Of(math.Inf(-1))))
	}
	if err := run(infer.Importance{}, off); !errors.Is(err, infer.ErrNoWeight) {
		t.Errorf("all weights are zero: %v", err)
	}
	w, _ := infer.Importance{Samples: 5}.Run(t.Context(), rng.New(0), off)
	if w.Len() != 5 || w.ESS() != 0 || !math.IsInf(w.LogEvidence(), -1) {
		t.Errorf("%d samples, ESS %v, log evidence %v", w.Len(), w.ESS(), w.LogEvidence())
	}
	message(t, panics(func() { w.Resample(rng.New(0), 3) }), "tensor: Resample: all weights are zero")
	message(t, panics(func() { w.Resample(rng.New(0), 0) }), "tensor: Resample: 0 samples; it must be positive")

	message(t, run(infer.Importance{Samples: -1}, scale), "infer: Importance.Samples is -1; it must be positive")
	message(t, run(infer.Importance{}, nil), "infer: Importance.Run: the model is nil")

	var e *infer.NonFiniteError
	infinite := func(p *pyro.P) {
		p.Sample("weight", dist.Normal(0, 1))
		p.Factor("f", tensor.Of(math.Inf(1)))
	}
	err := run(infer.Importance{Samples: 300, Workers: 3}, infinite)
	message(t, err, `infer: the log weight is +Inf in sample 1; the log probability of model site "f" is +Inf`)
	if !errors.As(err, &e) || e.Site != "f" || e.Step != 1 {
		t.Errorf("%+v", e)
	}

	var runs atomic.Int64
	grows := func(p *pyro.P) {
		n := 1
		if runs.Add(1) > 100 {
			n = 2
		}
		p.Plate("data", n).Sample("v", dist.Normal(0, 1)).Sum().Item() // which keeps it from being recorded
	}
	err = run(infer.Importance{Samples: 150, Workers: 1}, grows)
	message(t, err, "pyro: site \"v\" in plate \"data\": the value has shape [2] in sample 101, but [1] before\n"+
		"\tto repair it: leave it out, by naming the sites to keep in Sites")
}

func TestImportanceCancelled(t *testing.T) {
	for _, workers := range []int{1, 2} {
		ctx, cancel := context.WithCancel(t.Context())
		var runs atomic.Int64
		m := func(p *pyro.P) {
			if runs.Add(1) == 200 {
				cancel()
			}
			scale(p)
			p.Sample("read", dist.Normal(0, 1)).Item() // which keeps it from being recorded
		}
		w, err := infer.Importance{Samples: 1_000_000, Workers: workers}.Run(ctx, rng.New(0), m)
		if !errors.Is(err, context.Canceled) || w.Len() == 0 || w.Len() > 210 {
			t.Errorf("%d samples, %v", w.Len(), err)
		}
		// They are the first ones of a whole run.
		whole := importance(t, infer.Importance{Samples: w.Len()}, rng.New(0), scale)
		if !slices.Equal(w.Values("weight").Float64s(), whole.Values("weight").Float64s()) {
			t.Error("the samples are not those of a whole run")
		}
		cancel()
	}
}

// A panic that is not the library's passes, also from a worker goroutine.
func TestForeignPanicsPass(t *testing.T) {
	bug := errors.New("a bug in the model")
	var runs atomic.Int64
	m := func(p *pyro.P) {
		scale(p)
		if runs.Add(1) == 6 { // of which few are made
			panic(bug)
		}
	}
	guide := func(p *pyro.P) {
		p.Param("shift", tensor.Of(0.0))
		scale(p)
	}
	for name, f := range map[string]func(){
		"Importance": func() { _, _ = infer.Importance{Samples: 500, Workers: 2}.Run(t.Context(), rng.New(0), m) },
		"Predictive": func() { _, _ = infer.Predictive{N: 500}.Run(t.Context(), rng.New(0), m) },
		"SVI": func() {
			svi := &infer.SVI{Model: m, Guide: guide, Optim: &optim.SGD{}}
			_, _ = svi.Run(t.Context(), rng.New(0), 500)
		},
		"Starts": func() {
			_, _, _, _ = infer.Starts{New: func(rng.Key) (*infer.SVI, error) {
				return &infer.SVI{Model: m, Guide: guide, Optim: &optim.SGD{}}, nil
			}}.Run(t.Context(), rng.New(0), 500)
		},
	} {
		runs.Store(0)
		if v := panics(f); v != bug {
			t.Errorf("%s: got %v", name, v)
		}
	}
}
