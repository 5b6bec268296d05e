package dist_test

import (
	"math"
	"slices"
	"testing"

	"github.com/gopyro/pyro/dist"
	"github.com/gopyro/pyro/rng"
	"github.com/gopyro/pyro/tensor"
)

// With z = (x - loc)/scale the densities differ by the Jacobian 1/scale.
func TestLocScale(t *testing.T) {
	loc, scale := tensor.Of([]float64{-1, 2}), tensor.Of([]float64{0.5, 3})
	for _, d := range []dist.Distribution{
		dist.Normal(loc, scale), dist.StudentT(3, loc, scale), dist.Cauchy(loc, scale),
		dist.Laplace(loc, scale), dist.Logistic(loc, scale), dist.Gumbel(loc, scale),
	} {
		d = d.Expand(3, 2)
		l, s, standard, ok := dist.LocScale(d)
		if !ok || !slices.Equal(standard.BatchShape(), []int{3, 2}) {
			t.Fatalf("%v: %v of batch shape %v, %v", d, standard, standard.BatchShape(), ok)
		}
		z := standard.Sample(rng.New(1))
		got := d.LogProb(z.Mul(s).Add(l))
		want := standard.LogProb(z).Sub(s.Log())
		// Rounding of loc + scale·z changes z by a few units in the last place of
		// loc/scale, and the density by its slope, at most |z| + 1 here.
		if worst := got.Sub(want).Abs().Max().Item(); worst > 64*0x1p-52*(1+z.Square().Max().Item()) || math.IsNaN(worst) {
			t.Errorf("%v: off by %v", d, worst)
		}
	}
	if _, _, _, ok := dist.LocScale(dist.Gamma(1, 1)); ok {
		t.Error("Gamma is not a location-scale family")
	}
}
