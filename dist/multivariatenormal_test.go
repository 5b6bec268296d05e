package dist_test

import (
	"math"
	"testing"

	"github.com/gopyro/pyro/dist"
	"github.com/gopyro/pyro/rng"
	"github.com/gopyro/pyro/tensor"
)

// A factor that is the same along the last dim of the batch gives what one for each
// element gives, densities and draws.
func TestSharedFactors(t *testing.T) {
	key := rng.New(0)
	low := tensor.Normals(key.Fold(0), 3, 1, 2, 2).Tril(-1).Add(tensor.Uniforms(key.Fold(1), 3, 1, 2).AddScalar(0.5).DiagEmbed())
	loc := tensor.Normals(key.Fold(2), 5, 2)
	x := tensor.Normals(key.Fold(3), 3, 5, 2)
	families := map[string]func(f *tensor.Tensor) dist.Distribution{
		"cholesky":   func(f *tensor.Tensor) dist.Distribution { return dist.MultivariateNormalCholesky(loc, f) },
		"covariance": func(f *tensor.Tensor) dist.Distribution { return dist.MultivariateNormal(loc, f.MatMul(f.T())) },
		"precision": func(f *tensor.Tensor) dist.Distribution {
			return dist.MultivariateNormalPrecision(loc, f.MatMul(f.T()))
		},
	}
	close := func(a, b *tensor.Tensor) bool { // the sums have few terms
		d := a.Sub(b).Abs().Max().Item()
		return d <= 1e-13*math.Max(1, b.Abs().Max().Item())
	}
	for name, family := range families {
		shared, each := family(low), family(low.Expand(3, 5, 2, 2))
		if a, b := shared.LogProb(x), each.LogProb(x); !close(a, b) {
			t.Errorf("%s: log densities %v, want %v", name, a, b)
		}
		if a, b := shared.Sample(key, 4), each.Sample(key, 4); !close(a, b) {
			t.Errorf("%s: draws %v, want %v", name, a, b)
		}
		grad := func(f func(l *tensor.Tensor) dist.Distribution) *tensor.Tensor {
			_, g := tensor.ValueAndGrad(func(l *tensor.Tensor) *tensor.Tensor { return f(l).LogProb(x).Sum() }, low)
			return g
		}
		a, b := grad(family), grad(func(l *tensor.Tensor) dist.Distribution { return family(l.Expand(3, 5, 2, 2)) })
		if !close(a, b) {
			t.Errorf("%s: gradients %v, want %v", name, a, b)
		}
	}
}
