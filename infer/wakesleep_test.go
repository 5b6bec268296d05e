package infer_test

import (
	"context"
	"math"
	"testing"

	"github.com/gopyro/pyro"
	"github.com/gopyro/pyro/constraint"
	"github.com/gopyro/pyro/dist"
	"github.com/gopyro/pyro/infer"
	"github.com/gopyro/pyro/optim"
	"github.com/gopyro/pyro/rng"
	"github.com/gopyro/pyro/tensor"
)

// seen has a latent number and one noisy look at it: z given x is normal with
// mean x/2 and variance ½.
func seen(p *pyro.P) {
	z := p.Sample("z", dist.Normal(0, 1))
	p.Observe("x", dist.Normal(z, 1), tensor.Of(1.4))
}

// encoder maps data to a guide.
func encoder(p *pyro.P) {
	x := p.Deterministic("x", tensor.Of(1.4))
	slope := p.Param("slope", tensor.Of(0.1))
	level := p.Param("level", tensor.Of(0.3))
	sd := p.Param("sd", tensor.Of(1.5), constraint.Positive)
	p.Sample("z", dist.Normal(x.Mul(slope).Add(level), sd))
}

func TestSleepLearnsTheEncoder(t *testing.T) {
	svi := &infer.SVI{
		Model: seen, Guide: encoder, Loss: infer.ReweightedWakeSleep{Sleep: 1, Dreams: 10},
		Optim: &optim.Adam{LR: 0.03, Schedule: optim.Exponential(math.Pow(0.01, 1./2000))},
	}
	if _, err := svi.Run(context.Background(), rng.New(1), 2000); err != nil {
		t.Fatal(err)
	}
	if svi.Stats.Replayed == 0 {
		t.Errorf("no step was replayed: %+v", svi.Stats)
	}
	// A regression on dreams: the last thousand steps see 10⁴ of them at a small
	// rate, so that the standard errors are near 1/√10⁴ each.
	for name, want := range map[string]float64{"slope": 0.5, "level": 0, "sd": math.Sqrt(0.5)} {
		if got := svi.Params.Get(name).Item(); math.Abs(got-want) > 0.05 {
			t.Errorf("%s is %v, want %v", name, got, want)
		}
	}
}

func TestWakeGradientsFollowTheFormulas(t *testing.T) {
	model := func(p *pyro.P) {
		z := p.Sample("z", dist.Normal(p.Param("mu", tensor.Of(0.2)), 1))
		p.Observe("x", dist.Normal(z, 1), tensor.Of(1.4))
	}
	guide := func(p *pyro.P) { p.Sample("z", dist.Normal(p.Param("m", tensor.Of(0.5)), 1)) }
	const n = 3
	key := rng.New(8)
	v, grad := lossAndGrad(t, infer.ReweightedWakeSleep{Particles: n}, pyro.NewParams(), key, model, guide)
	var w, z [n]float64
	total := 0.0
	for k := range n {
		tr, err := pyro.Run(guide, key.Fold(0).Fold(k).Fold(0))
		if err != nil {
			t.Fatal(err)
		}
		z[k] = tr.Value("z").Item()
		sq := func(x float64) float64 { return 0.5 * x * x }
		w[k] = math.Exp(-sq(z[k]-0.2) - sq(1.4-z[k]) + sq(z[k]-0.5) - 0.5*math.Log(2*math.Pi))
		total += w[k]
	}
	var mu, m float64
	for k := range n {
		mu -= w[k] / total * (z[k] - 0.2)
		m -= w[k] / total * (z[k] - 0.5)
	}
	if want := -math.Log(total / n); math.Abs(v-want) > 1e-14*10 {
		t.Errorf("loss %v, want %v", v, want)
	}
	if math.Abs(grad["mu"]-mu) > 1e-14*10 || math.Abs(grad["m"]-m) > 1e-14*10 {
		t.Errorf("gradients %v, want mu %v, m %v", grad, mu, m)
	}
}

func TestWakeAndSleepMix(t *testing.T) {
	key := rng.New(3)
	params := pyro.NewParams()
	_, wake := lossAndGrad(t, infer.ReweightedWakeSleep{}, params, key, seen, encoder)
	_, sleep := lossAndGrad(t, infer.ReweightedWakeSleep{Sleep: 1}, params, key, seen, encoder)
	_, both := lossAndGrad(t, infer.ReweightedWakeSleep{Sleep: 0.25}, params, key, seen, encoder)
	for name := range both {
		if want := 0.75*wake[name] + 0.25*sleep[name]; math.Abs(both[name]-want) > 1e-13*(1+math.Abs(want)) {
			t.Errorf("gradient of %s is %v, want %v", name, both[name], want)
		}
	}
}

func TestEnergyDistanceIsTheCRPS(t *testing.T) {
	// For one normal datum the energy score of power 1 is the CRPS, which has a
	// closed form (Gneiting and Raftery 2007, section 4.2).
	model := func(p *pyro.P) {
		p.Observe("x", dist.Normal(p.Sample("z", dist.Normal(0, 1)), 1.5), tensor.Of(0.9))
	}
	guide := func(p *pyro.P) { p.Sample("z", dist.Delta(p.Param("m", tensor.Of(-0.3)))) }
	crps := func(m float64) float64 {
		w := (0.9 - m) / 1.5
		cdf := 0.5 * math.Erfc(-w/math.Sqrt2)
		return 1.5 * (w*(2*cdf-1) + 2*math.Exp(-w*w/2)/math.Sqrt(2*math.Pi) - 1/math.Sqrt(math.Pi))
	}
	const h = 1e-5
	mean, se := average(t, 3000, infer.EnergyDistance{Particles: 3}, pyro.NewParams(), model, guide)
	withinSE(t, "score", mean[""], se[""], crps(-0.3))
	withinSE(t, "gradient", mean["m"], se["m"], (crps(-0.3+h)-crps(-0.3-h))/(2*h))

	// The prior adds its log density.
	prior := infer.EnergyDistance{Particles: 3, Prior: 2}
	a, _ := lossAndGrad(t, infer.EnergyDistance{Particles: 3}, pyro.NewParams(), rng.New(1), model, guide)
	b, _ := lossAndGrad(t, prior, pyro.NewParams(), rng.New(1), model, guide)
	if want := 2 * (0.5*0.09 + 0.5*math.Log(2*math.Pi)); math.Abs(b-a-want) > 1e-14*10 {
		t.Errorf("the prior adds %v, want %v", b-a, want)
	}
}

func TestEnergyDistanceFits(t *testing.T) {
	data := tensor.Of([]float64{1.2, 0.8, 1.1, 0.9, 1.0, 1.3, 0.7, 1.0})
	model := func(p *pyro.P) {
		z := p.Sample("z", dist.Normal(0, 10))
		p.Plate("n", 8).Observe("x", dist.Normal(z, 0.2), data)
	}
	guide := func(p *pyro.P) { p.Sample("z", dist.Delta(p.Param("m", tensor.Of(0.0)))) }
	svi := &infer.SVI{
		Model: model, Guide: guide, Loss: infer.EnergyDistance{Particles: 4},
		Optim: &optim.Adam{LR: 0.02, Schedule: optim.Exponential(math.Pow(0.01, 1./1000))},
	}
	if _, err := svi.Run(context.Background(), rng.New(1), 1000); err != nil {
		t.Fatal(err)
	}
	// By symmetry the optimum is the mean of the data, 1; its standard error from
	// the model's noise is 0.2/√8.
	if m := svi.Params.Get("m").Item(); math.Abs(m-1) > 0.2/math.Sqrt(8) || svi.Stats.Replayed == 0 {
		t.Errorf("m is %v, want 1; %+v", m, svi.Stats)
	}
}

func TestMMDOfNormals(t *testing.T) {
	// x - x' is normal with variance 2 whatever the mean, so that for h = 1 the
	// squared discrepancy of N(m, 1) from N(0, 1) is 2/√3·(1 - exp(-m²/6)).
	const m = 1.5
	model := func(p *pyro.P) { p.Plate("n", 4).Sample("z", dist.Normal(0, 1)) }
	guide := func(p *pyro.P) { p.Plate("n", 4).Sample("z", dist.Normal(p.Param("m", tensor.Of(m)), 1)) }
	mean, se := average(t, 3000, infer.MMD{Weight: 3}, pyro.NewParams(), model, guide)
	withinSE(t, "loss", mean[""], se[""], 3*2/math.Sqrt(3)*(1-math.Exp(-m*m/6)))
	withinSE(t, "gradient", mean["m"], se["m"], 3*2/math.Sqrt(3)*math.Exp(-m*m/6)*m/3)
}
