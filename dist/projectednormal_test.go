package dist_test

import (
	"math"
	"testing"

	"github.com/gopyro/pyro/dist"
	"github.com/gopyro/pyro/dist/disttest"
	"github.com/gopyro/pyro/rng"
	"github.com/gopyro/pyro/tensor"
)

func TestProjectedNormal(t *testing.T) {
	build := func(p tensors) dist.Distribution { return dist.ProjectedNormal(p[0]) }
	run(t, build, disttest.Options{MeanPath: true, Allocs: 1}, vector(1, -0.5))
	run(t, build, disttest.Options{MeanPath: true, Allocs: 1}, vector(0.3, 2, -1))
}

// The density is a radial integral, here by the trapezoidal rule, whose error
// falls exponentially for such integrands.
func TestProjectedNormalIsTheIntegral(t *testing.T) {
	for _, n := range []int{2, 3, 4, 7} {
		for _, size := range []float64{0, 0.5, 1.9, 2.1, 5, 12, 30} {
			for _, along := range []float64{1, 0.7, 0, -0.3, -1} {
				mean, x := make([]float64, n), make([]float64, n)
				mean[0] = size
				x[0], x[1] = along, math.Sqrt(1-along*along)
				got := dist.ProjectedNormal(mean).LogProb(tensor.Of(x)).Item()
				want := radial(size*along, n-1) - size*size/2 - float64(n)/2*math.Log(2*math.Pi)
				// 900 is the largest term, |mean|².
				if math.Abs(got-want) > 1e-12*(1+math.Abs(want)+size*size) {
					t.Errorf("n = %d, mean %v, along %v: %v, want %v", n, size, along, got, want)
				}
			}
		}
	}
}

// radial is log ∫ rᵏ·exp(r·t - r²/2) dr over r > 0, with r = eˢ.
func radial(t float64, k int) float64 {
	const h = 1e-3
	most, sum := math.Inf(-1), 0.0
	f := func(s float64) float64 {
		r := math.Exp(s)
		return float64(k+1)*s + r*t - r*r/2
	}
	for s := -40.0; s < 6; s += h {
		most = max(most, f(s))
	}
	for s := -40.0; s < 6; s += h {
		sum += math.Exp(f(s) - most)
	}
	return most + math.Log(sum*h)
}

// Over the circle and the sphere the density integrates to 1.
func TestProjectedNormalMass(t *testing.T) {
	circle := dist.ProjectedNormal([]float64{2, -3})
	const n = 720
	total := 0.0
	for i := range n {
		a := 2 * math.Pi * float64(i) / n
		total += math.Exp(circle.LogProb(vector(math.Cos(a), math.Sin(a))).Item()) * 2 * math.Pi / n
	}
	if math.Abs(total-1) > 1e-12 {
		t.Errorf("the mass on the circle is %v", total)
	}
	ball := dist.ProjectedNormal([]float64{0, 0, 1.5})
	total = 0
	for i := range n { // by symmetry around the last axis, z uniform
		z := -1 + (2*float64(i)+1)/n
		total += math.Exp(ball.LogProb(vector(math.Sqrt(1-z*z), 0, z)).Item()) * 2 * math.Pi * 2 / n
	}
	if math.Abs(total-1) > 1e-5 {
		t.Errorf("the mass on the sphere is %v", total)
	}
	if got := dist.ProjectedNormal([]float64{0, 0, 0}).LogProb(vector(0, 1, 0)).Item(); math.Abs(got+math.Log(4*math.Pi)) > 1e-14 {
		t.Errorf("without concentration the log density is %v", got)
	}
	if got := circle.LogProb(vector(1, 1)).Item(); !math.IsInf(got, -1) {
		t.Errorf("off the circle the log density is %v", got)
	}
	x := circle.Sample(rng.New(1), 1000)
	if err := dist.ValidateValue(circle, x); err != nil {
		t.Error(err)
	}
}
