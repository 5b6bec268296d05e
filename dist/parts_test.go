package dist_test

import (
	"math"
	"testing"

	"github.com/gopyro/pyro/dist"
	"github.com/gopyro/pyro/dist/disttest"
	"github.com/gopyro/pyro/rng"
	"github.com/gopyro/pyro/tensor"
	"github.com/gopyro/pyro/transform"
)

func TestUntransform(t *testing.T) {
	loc := tensor.Of([]float64{0.5, -1, 2})
	for _, d := range []dist.Distribution{
		dist.LogNormal(loc, 0.7),
		dist.Transformed(dist.Normal(loc, 2), transform.Exp, transform.Affine(1, 3)),
		dist.Independent(dist.LogNormal(loc, 0.7), 1),
		dist.Independent(dist.Transformed(dist.Normal(loc, 2), transform.Tanh), 1).Expand(4),
		dist.Transformed(dist.Normal(loc, 2), transform.StickBreaking),
		dist.Masked(dist.LogNormal(loc, 0.7), true),
	} {
		base, f, ok := dist.Untransform(d)
		if !ok {
			t.Fatalf("%v is not taken apart", d)
		}
		x := base.Sample(rng.New(1), 5)
		y := f.Forward(x)
		det := f.LogAbsDet(x, y)
		want := base.LogProb(x)
		for det.Rank() > want.Rank() {
			det = det.Sum(-1)
		}
		got := d.LogProb(y)
		// The inverse of the map loses a few bits.
		if e := got.Sub(want.Sub(det)).Abs().Max().Item(); !(e < 1e-10) {
			t.Errorf("%v: log density %v, from its parts %v", d, got, want.Sub(det))
		}
	}
	if _, _, ok := dist.Untransform(dist.Normal(0, 1)); ok {
		t.Error("a normal distribution is taken apart")
	}
}

func TestNormalMixture(t *testing.T) {
	for _, d := range []dist.Distribution{
		dist.StudentT(3, 1, 2),
		dist.Cauchy(0.5, 0.3),
		dist.Laplace(-1, 2),
	} {
		mixing, given, ok := dist.NormalMixture(d)
		if !ok {
			t.Fatalf("%v is not taken apart", d)
		}
		for _, x := range []float64{-3, 0.2, 1.1, 6} {
			density := func(y *tensor.Tensor) *tensor.Tensor { return given(y).LogProb(tensor.Of(x)).Exp() }
			got, tol := disttest.Expect(mixing, density)
			if want := math.Exp(d.LogProb(tensor.Of(x)).Item()); !(math.Abs(got-want) <= tol+1e-12) {
				t.Errorf("%v at %v: density %v, mixed %v ± %.1g", d, x, want, got, tol)
			}
		}
	}
	wide := dist.Independent(dist.StudentT(3, []float64{0, 1}, 2), 1).Expand(5)
	mixing, given, ok := dist.NormalMixture(wide)
	if !ok {
		t.Fatal("not taken apart")
	}
	y := mixing.Sample(rng.New(1))
	if g := given(y); len(g.EventShape()) != 1 || g.BatchShape()[0] != 5 || y.Dim(1) != 2 {
		t.Errorf("mixing draws %v, given %v", y.Shape(), g)
	}
	if _, _, ok := dist.NormalMixture(dist.Normal(0, 1)); ok {
		t.Error("a normal distribution is taken apart")
	}
}
