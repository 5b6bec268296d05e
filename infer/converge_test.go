package infer_test

import (
	"context"
	"math"
	"strings"
	"testing"

	"github.com/gopyro/pyro"
	"github.com/gopyro/pyro/dist"
	"github.com/gopyro/pyro/infer"
	"github.com/gopyro/pyro/optim"
	"github.com/gopyro/pyro/rng"
)

func TestConverge(t *testing.T) {
	noise := make([]float64, 400)
	rng.New(1).Normals(noise)
	series := func(slope, sd float64) []float64 {
		out := make([]float64, 400)
		for i := range out {
			out[i] = 10 + slope*float64(i) + sd*noise[i]
		}
		return out
	}
	// The gain is 200·|slope|; its standard error 0.1·sd.
	for _, c := range []struct {
		slope, sd float64
		want      bool
	}{
		{-0.01, 0, false}, {0, 0, true}, {-0.01, 1, false}, {-0.01, 100, true}, {0.01, 1, true}, {-1e-11, 0, true},
	} {
		if got := (infer.Converge{}).Test(series(c.slope, c.sd)); got != c.want {
			t.Errorf("slope %v, noise %v: %v", c.slope, c.sd, got)
		}
	}
	if (infer.Converge{}).Test(make([]float64, 399)) {
		t.Error("399 losses are too few for two windows of 200")
	}
}

func TestRunUntil(t *testing.T) {
	svi := &infer.SVI{Model: normalNormal, Guide: normalGuide(), Optim: &optim.Adam{LR: 0.01}}
	losses, done, err := svi.RunUntil(context.Background(), rng.New(1), 10000, infer.Converge{})
	if err != nil || !done || len(losses) >= 10000 || len(losses)%200 != 0 {
		t.Fatalf("%d losses, converged %v (%v)", len(losses), done, err)
	}
	if m := svi.Params.Get("m"); math.Abs(m.At(0)-normalMean[0]) > normalSD[0] {
		t.Errorf("stopped at %v, the mean is %v", m, normalMean)
	}
	if _, _, err := svi.RunUntil(context.Background(), rng.New(1), 10, infer.Converge{Window: 1}); err == nil {
		t.Error("a window of 1 is accepted")
	}
}

func TestCheckJudgesGuides(t *testing.T) {
	exact := exactPosterior()
	good, err := infer.Check(context.Background(), rng.New(1), normalNormal, exact.Bind(normalGuide()), 1000)
	if err != nil {
		t.Fatal(err)
	}
	// All weights are equal but for rounding.
	if !good.Good() || math.Abs(good.ESS-1000) > 1e-6 || math.Abs(good.LogEvidence-familyEvidence()) > 1e-9 {
		t.Errorf("the posterior itself: %+v", good)
	}
	if !strings.Contains(good.String(), "near the posterior") {
		t.Errorf("verdict %q", good)
	}
	// Exponential distributions of rate 1 and r: the ratio has the Pareto tail
	// t^(-r/(r-1)), so k = 1 - 1/r. The fit has 3·√5000 = 212 tail draws and the
	// standard error (1 + k)/√212.
	const rate = 20
	wide := func(p *pyro.P) { p.Sample("z", dist.Exponential(1)) }
	narrow := func(p *pyro.P) { p.Sample("z", dist.Exponential(rate)) }
	mean, refused := 0.0, 0
	for seed := range uint64(4) {
		bad, err := infer.Check(context.Background(), rng.New(seed), wide, narrow, 5000)
		if err != nil {
			t.Fatal(err)
		}
		mean += bad.K / 4
		if !bad.Good() {
			refused++
		}
	}
	k := 1 - 1./rate
	if math.Abs(mean-k) > 4*(1+k)/math.Sqrt(4*212) || refused < 2 {
		t.Errorf("too narrow a guide: k %v in the mean, want %v; refused %d times of 4", mean, k, refused)
	}
	if _, err := infer.Check(context.Background(), rng.New(1), wide, narrow, 10); err == nil {
		t.Error("10 draws are accepted")
	}
}
