package infer_test

import (
	"context"
	"errors"
	"math"
	"runtime"
	"slices"
	"testing"

	"github.com/gopyro/pyro"
	"github.com/gopyro/pyro/dist"
	"github.com/gopyro/pyro/handler"
	"github.com/gopyro/pyro/infer"
	"github.com/gopyro/pyro/infer/autoguide"
	"github.com/gopyro/pyro/optim"
	"github.com/gopyro/pyro/rng"
	"github.com/gopyro/pyro/tensor"
)

// The fit of the iris tutorial has no noise, so that from its printed start it
// must follow the trajectory that Pyro 1.8.6 has in 64-bit arithmetic. Losses
// are those before the update of the step, parameters those after it.
func TestIrisTrajectory(t *testing.T) {
	table := []struct {
		step              int
		loss, p, mu0, mu1 float64
		sigma0, sigma1    float64
	}{
		{1, 309.91876, 0.50050, 4.06170, 2.89690, 1.36266, 1.61982},
		{100, 307.27203, 0.54131, 4.14839, 2.97759, 1.47558, 1.72703},
		{300, 306.28708, 0.57162, 4.27113, 2.92090, 1.49669, 1.69624},
		{500, 302.17903, 0.57337, 4.47914, 2.58553, 1.26280, 1.52031},
		{700, 275.38268, 0.62846, 4.83383, 2.07042, 0.85105, 0.97772},
		{1000, 241.45074, 0.66501, 4.91903, 1.55132, 0.81073, 0.50990},
		{1500, 215.88046, 0.66675, 4.90529, 1.46192, 0.81896, 0.26094},
		{2000, 210.51753, 0.66680, 4.90507, 1.46185, 0.81933, 0.19342},
		{3000, 210.20633, 0.66685, 4.90484, 1.46179, 0.81969, 0.17833},
	}
	svi, guide := iris(autoguide.Values(pyro.Data{
		"p":     tensor.Of([]float64{0.5, 0.5}),
		"mu":    tensor.Of([]float64{4.0607, 2.8959}),
		"sigma": tensor.Of([]float64{1.3613, 1.6182}),
	}, nil), 1e-3)
	check := func(step int, what string, got, want float64) {
		if math.Abs(got-want) > 2e-5*math.Abs(want) { // of what is printed to 5 decimals
			t.Errorf("step %d: %s is %v, want %v", step, what, got, want)
		}
	}
	for step, err := range svi.Steps(t.Context(), rng.New(0), 3000) {
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range table {
			if row.step == step.N {
				v := guide.Values(svi.Params)
				check(step.N, "loss", step.Loss, row.loss)
				check(step.N, "p", v["p"].At(0), row.p)
				check(step.N, "mu[0]", v["mu"].At(0), row.mu0)
				check(step.N, "mu[1]", v["mu"].At(1), row.mu1)
				check(step.N, "sigma[0]", v["sigma"].At(0), row.sigma0)
				check(step.N, "sigma[1]", v["sigma"].At(1), row.sigma1)
			}
		}
	}
	if svi.Stats.Replayed < 2900 {
		t.Errorf("%+v", svi.Stats)
	}

	// The first 50 petals are one cluster, all others the other.
	tr, err := pyro.Run(infer.Discrete(handler.Substitute(mixture(petals), guide.Values(svi.Params))), rng.New(0))
	if err != nil {
		t.Fatal(err)
	}
	for i, z := range tr.Value("z").Float64s() {
		if want := map[bool]float64{true: 1, false: 0}[i < 50]; z != want {
			t.Errorf("petal %d is in cluster %v", i, z)
		}
	}
}

func irisStarts() infer.Starts {
	return infer.Starts{N: 20, Short: 200, Keep: 4, New: func(rng.Key) (*infer.SVI, error) {
		svi, _ := iris(autoguide.Median(15), 0.05)
		return svi, nil
	}}
}

// The true optimum is 210.2063248.
func TestIrisBestOfStarts(t *testing.T) {
	if testing.Short() {
		t.Skip("ten fits of 20 starts")
	}
	for seed := range uint64(10) {
		best, _, report, err := irisStarts().Run(t.Context(), rng.New(seed), 2000)
		if err != nil {
			t.Fatal(err)
		}
		loss, err := best.Evaluate(rng.New(0))
		if err != nil || !(loss <= 210.2064) || len(report) != 20 {
			t.Errorf("seed %d: loss %v, %v", seed, loss, err)
		}
	}
}

func TestStartsDoNotDependOnCores(t *testing.T) {
	run := func(cores int) ([]float64, []infer.Start) {
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(cores))
		_, losses, report, err := irisStarts().Run(t.Context(), rng.New(3), 300)
		if err != nil {
			t.Fatal(err)
		}
		return losses, report
	}
	l1, r1 := run(1)
	l2, r2 := run(2)
	if !slices.Equal(l1, l2) || !slices.Equal(r1, r2) {
		t.Errorf("one core: %v, two: %v", r1, r2)
	}
	full, kept := 0, 0
	for _, s := range r1 {
		switch s.Steps {
		case 300:
			full++
		case 200:
			kept++
		}
	}
	if full != 4 || kept != 16 {
		t.Errorf("%d starts ran to the end, %d were given up", full, kept)
	}
}

// Starts that fail are left behind; if all do, that is the error.
func TestStartsThatFail(t *testing.T) {
	n := 0
	bad := errors.New("no start")
	fit := func(loc float64) *infer.SVI {
		return &infer.SVI{
			Model: func(p *pyro.P) {
				m := p.Param("m", tensor.Of(loc))
				p.Observe("x", dist.Normal(m, 1), tensor.Of(0.0))
				p.Factor("f", m.Log().MulScalar(0)) // NaN where m < 0
			},
			Guide: noGuide, Optim: &optim.SGD{LR: 0.01},
		}
	}
	starts := infer.Starts{N: 3, New: func(rng.Key) (*infer.SVI, error) {
		n++
		switch n {
		case 1:
			return nil, bad
		case 2:
			return fit(-1), nil
		}
		return fit(1), nil
	}}
	best, losses, report, err := starts.Run(t.Context(), rng.New(0), 20)
	if err != nil || best == nil || len(losses) != 20 {
		t.Fatalf("%v, %d losses", err, len(losses))
	}
	if !errors.Is(report[0].Err, bad) || report[1].Err == nil || report[2].Err != nil || !math.IsInf(report[0].Loss, 1) || !math.IsInf(report[1].Loss, 1) {
		t.Errorf("%+v", report)
	}
	starts.New = func(rng.Key) (*infer.SVI, error) { return nil, bad }
	if best, _, _, err := starts.Run(t.Context(), rng.New(0), 20); best != nil || !errors.Is(err, bad) {
		t.Errorf("got %v, %v", best, err)
	}
	starts.New = func(rng.Key) (*infer.SVI, error) { return fit(1), nil }
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if best, _, _, err := starts.Run(ctx, rng.New(0), 20); best != nil || !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, %v", best, err)
	}
}

// The autoguide of the best start is found by its index in the report.
func TestGuideOfBestStart(t *testing.T) {
	model := func(p *pyro.P) {
		mu := p.Sample("mu", dist.Normal(0, 10))
		modes := tensor.Stack(-1, mu, mu.Neg())
		p.Observe("x", dist.MixtureSameFamily(dist.Categorical([]float64{0.9, 0.1}), dist.Normal(modes, 0.1)), tensor.Of(3.0))
	}
	var guides []*autoguide.Normal
	best, losses, report, err := infer.Starts{N: 4, New: func(key rng.Key) (*infer.SVI, error) {
		at := autoguide.Values(pyro.Data{"mu": tensor.Of(float64(3 - 6*(len(guides)%2)))}, nil)
		guides = append(guides, &autoguide.Normal{Model: model, Init: at})
		return &infer.SVI{Model: model, Guide: guides[len(guides)-1].Guide, Optim: &optim.Adam{LR: 0.02}}, nil
	}}.Run(t.Context(), rng.New(0), 200)
	if err != nil {
		t.Fatal(err)
	}
	var at []int
	for i, s := range report {
		if s.Best {
			at = append(at, i)
		}
	}
	if len(at) != 1 || len(guides) != 4 || report[at[0]].Steps != len(losses) {
		t.Fatalf("the best of %d are %v: %+v", len(guides), at, report)
	}
	for _, s := range report {
		if s.Loss < report[at[0]].Loss {
			t.Errorf("the best is %+v, but there is %+v", report[at[0]], s)
		}
	}
	// It is the mode of weight 0.9, around 3, and the guide that was fitted to it.
	if got := guides[at[0]].Median(best.Params)["mu"].Item(); math.Abs(got-3) > 0.1 {
		t.Errorf("the best guide has median %v, want 3 within its standard deviation", got)
	}
}
