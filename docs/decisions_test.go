package docs

import (
	"slices"
	"testing"

	"github.com/gopyro/pyro/dist"
	"github.com/gopyro/pyro/rng"
)

// Decision 001: element i of a draw depends on the key and on i alone, also
// where a sampler rejects (Gamma, Beta, Poisson, Binomial).
func TestElementsDependOnKeyAndIndex(t *testing.T) {
	for _, d := range []dist.Distribution{
		dist.Normal(0, 1), dist.Gamma(0.3, 1), dist.Beta(2, 3), dist.StudentT(3, 0, 1), dist.Poisson(50), dist.Binomial(100, 0.3),
		dist.Bernoulli(0.3), dist.Categorical([]float64{0.2, 0.3, 0.5}), dist.Dirichlet([]float64{0.5, 1, 2}),
	} {
		short, long := d.Sample(rng.New(1), 10).Float64s(), d.Sample(rng.New(1), 1000).Float64s()
		if !slices.Equal(short, long[:len(short)]) {
			t.Errorf("%v: %v is not the beginning of %v", d, short, long[:len(short)])
		}
	}
}
