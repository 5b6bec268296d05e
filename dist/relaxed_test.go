package dist_test

import (
	"math"
	"strings"
	"testing"

	"github.com/gopyro/pyro/dist"
	"github.com/gopyro/pyro/dist/disttest"
	"github.com/gopyro/pyro/rng"
	"github.com/gopyro/pyro/tensor"
)

func TestRelaxedBernoulli(t *testing.T) {
	probs := func(p tensors) dist.Distribution { return dist.RelaxedBernoulli(p[0], p[1]) }
	logits := func(p tensors) dist.Distribution { return dist.RelaxedBernoulliLogits(p[0], p[1]) }
	run(t, probs, disttest.Options{}, of(0.7), of(0.3))
	run(t, probs, disttest.Options{}, of(0.9), of(0.9))
	run(t, logits, disttest.Options{}, of(0.4), of(-1.5))
}

func TestRelaxedOneHotCategorical(t *testing.T) {
	probs := func(p tensors) dist.Distribution {
		return dist.RelaxedOneHotCategorical(p[0], p[1].Div(p[1].SumKeep(-1)))
	}
	logits := func(p tensors) dist.Distribution { return dist.RelaxedOneHotCategoricalLogits(p[0], p[1]) }
	run(t, probs, disttest.Options{}, of(0.7), vector(0.2, 0.3, 0.5))
	run(t, logits, disttest.Options{}, of(1.5), vector(0.5, -1, 2, 0))
}

// Of two categories the first share is a relaxed Bernoulli draw, and the density
// of three integrates to 1.
func TestRelaxedOneHotIsADensity(t *testing.T) {
	two := dist.RelaxedOneHotCategorical(0.6, []float64{0.3, 0.7})
	one := dist.RelaxedBernoulli(0.6, 0.3)
	for _, x := range []float64{1e-9, 0.1, 0.5, 0.99} {
		got, want := two.LogProb(tensor.Of([]float64{x, 1 - x})).Item(), one.LogProb(of(x)).Item()
		if math.Abs(got-want) > 1e-12*(1+math.Abs(want)) {
			t.Errorf("at %v: %v, want %v", x, got, want)
		}
	}
	// At temperature 2 the density is 0 at the edges; the error of the sum is of
	// the order of its step.
	three := dist.RelaxedOneHotCategoricalLogits(2, []float64{0.2, -0.3, 0.6})
	const n = 400
	var points [][]float64
	for i := range n {
		for j := range n - i - 1 {
			x, y := (float64(i)+1./3)/n, (float64(j)+1./3)/n
			points = append(points, []float64{x, y, 1 - x - y})
			x, y = (float64(i)+2./3)/n, (float64(j)+2./3)/n
			if x+y < 1 {
				points = append(points, []float64{x, y, 1 - x - y})
			}
		}
	}
	mass := three.LogProb(tensor.Of(points)).Exp().Sum().Item() / (2 * n * n)
	if math.Abs(mass-1) > 0.02 {
		t.Errorf("the mass is %v", mass)
	}
}

// At a low temperature draws are nearly those of the distribution relaxed, and
// stay inside the support.
func TestColdRelaxedDraws(t *testing.T) {
	const n = 20_000
	x := dist.RelaxedBernoulli(1e-3, 0.3).Sample(rng.New(1), n)
	if err := dist.ValidateValue(dist.RelaxedBernoulli(1e-3, 0.3), x); err != nil || x.Min().Item() == 0 || x.Max().Item() == 1 {
		t.Errorf("draws from %v to %v (%v)", x.Min(), x.Max(), err)
	}
	if m := x.Mean().Item(); math.Abs(m-0.3) > 5*math.Sqrt(0.21/n) {
		t.Errorf("mean %v, want 0.3", m)
	}
	d := dist.RelaxedOneHotCategorical(1e-3, []float64{0.2, 0.3, 0.5})
	y := d.Sample(rng.New(2), n)
	if lp := d.LogProb(y); lp.Find(func(v float64) bool { return v-v != 0 }) >= 0 {
		t.Error("a draw has no finite density")
	}
	mean := y.Mean(0)
	for i, p := range []float64{0.2, 0.3, 0.5} {
		if math.Abs(mean.At(i)-p) > 5*math.Sqrt(p*(1-p)/n) {
			t.Errorf("means %v", mean)
		}
	}
}

// Untransform gives noise of which draws are made.
func TestRelaxedFromNoise(t *testing.T) {
	for _, d := range []dist.Distribution{
		dist.RelaxedBernoulli(0.5, []float64{0.1, 0.6}),
		dist.RelaxedOneHotCategorical(0.5, [][]float64{{0.1, 0.9}, {0.6, 0.4}}),
		dist.ProjectedNormal([][]float64{{1, 2, 3}, {-1, 0, 2}}),
		dist.Independent(dist.RelaxedBernoulli(0.5, []float64{0.1, 0.6}), 1),
	} {
		base, f, ok := dist.Untransform(d)
		if !ok {
			t.Errorf("%v is no image", d)
			continue
		}
		got, want := f.Forward(base.Sample(rng.New(1), 4)), d.Sample(rng.New(1), 4)
		if diff := got.Sub(want).Abs().Max().Item(); diff > 1e-15 {
			t.Errorf("%v: draws differ by %v", d, diff)
		}
	}
}

func TestRelaxedRefuse(t *testing.T) {
	for _, c := range []struct {
		d    dist.Distribution
		want string
	}{
		{dist.RelaxedBernoulli(0, 0.5), "RelaxedBernoulli: parameter temperature must be (0, ∞)"},
		{dist.RelaxedBernoulli(1, 1), "RelaxedBernoulli: parameter probs must be (0, 1)"},
		{dist.RelaxedOneHotCategorical(1, []float64{0, 1}), "RelaxedOneHotCategorical: parameter probs must be simplex of positive numbers"},
		{dist.ProjectedNormal([]float64{1}), "ProjectedNormal: parameter concentration must be real vector of 2 or more"},
	} {
		if err := dist.Validate(c.d); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("error %v, want …%s…", err, c.want)
		}
	}
}
