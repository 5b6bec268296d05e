package hmc

import (
	"context"
	"math"
	"math/rand/v2"
	"testing"
)

// Steady is the step size of a chain whose target has been raised, from so many
// iterations after a renewal of the metric to the next one. It goes on from the average.
func TestSteady(t *testing.T) {
	for _, c := range []struct {
		name          string
		raised, count int
		want          bool
	}{
		{"content", 0, 1000, false},
		{"raised", 1, fast, true},
		{"just renewed", 1, fast - 1, false},
		{"raised twice", 2, 1000, true},
	} {
		a := newAdaptationOf(t, Warmup{Iterations: 1000})
		a.restart(0.5)
		a.Raised = c.raised
		for range c.count {
			a.Step.Add(-0.01)
		}
		was := a.Step
		a.steady()
		if !c.want {
			if a.Step != was || a.Report.Steady != 0 {
				t.Errorf("%s: %+v, was %+v; %d steady", c.name, a.Step, was, a.Report.Steady)
			}
			continue
		}
		if a.Step.X != was.Average || a.Step.Average != was.Average || a.Report.Steady != 0 {
			t.Errorf("%s: %+v, was %+v; %d steady", c.name, a.Step, was, a.Report.Steady)
		}
		a.Step.Add(0.8)
		was = a.Step
		if a.steady(); a.Step != was || a.Report.Steady != 1 {
			t.Errorf("%s: started anew when it was steady", c.name)
		}
		if a.restart(0.5); a.Step.Gamma == steadyGamma {
			t.Errorf("%s: steady after a renewal", c.name)
		}
	}
}

// With γ = 1 the iterate moves by (√n H_n - √(n-1) H_{n-1}), where H_n is an average of
// errors within ±1, started from t0 = 10 zeros. So |H_n| ≤ n/(n+10), H_n moves by at most
// 1/(n+10) times the distance of 2 that errors can have, and the step in logarithms by less than
//
//	2√n/(n+10) + (√n - √(n-1)) (n-1)/(n+9) < 0.4,
//
// where the usual γ lets it move by 20 times as much. A funnel shows both in one run. Steady
// are no chains but those whose target was raised.
func TestSteadySteps(t *testing.T) {
	const dim, bound = 10, 0.4
	var steady, swift int
	for c := range uint64(8) {
		s, err := Uniform(funnel, rand.New(rand.NewPCG(c, 1+*shift)), dim, 100, 2)
		if err != nil {
			t.Fatal(err)
		}
		cfg := Config{Warmup: Warmup{Iterations: 1000}, Draws: 1, KeepWarmup: true}
		chain, err := Start(NewNUTS(dim, 10), cfg, keyed(c+1_000_003**shift), s)
		if err != nil {
			t.Fatal(err)
		}
		before, gamma, counted := 0.0, 0.0, 0
		for d, err := range chain.Draws(context.Background(), funnel) {
			if err != nil {
				t.Fatal(err)
			}
			a := &chain.State.Adaptation
			if move := math.Abs(math.Log(d.Info.StepSize / before)); d.Warmup && d.Index > 0 {
				switch within := a.Step.Count > 1 && a.Step.Gamma == gamma; { // not started anew
				case within && gamma != steadyGamma && move > 2*bound:
					swift++
				case within && gamma == steadyGamma && move > bound:
					t.Errorf("chain %d, iteration %d: steady step %g after %g", c, d.Index, d.Info.StepSize, before)
				}
			}
			if d.Warmup && gamma == steadyGamma {
				counted++
			}
			before, gamma = d.Info.StepSize, a.Step.Gamma
		}
		report := &chain.State.Adaptation.Report
		if report.Steady != counted || counted > 0 && report.Target == 0.8 {
			t.Errorf("chain %d: target %g, %d steady iterations reported, %d seen", c, report.Target, report.Steady, counted)
		}
		steady += counted
	}
	if steady == 0 || swift == 0 {
		t.Errorf("%d steady iterations and %d swift moves: the test has no force", steady, swift)
	}
}
