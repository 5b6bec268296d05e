package dist

import (
	"math"
	"testing"

	"github.com/gopyro/pyro/tensor"
)

// TestMixtureAsRows compares the density by rows with that by columns, and the
// gradients.
func TestMixtureAsRows(t *testing.T) {
	a, b, c := tensor.Of([]float64{0.5, 1.5, 4}), tensor.Of([]float64{2, 0.7, 1}), tensor.Of([]float64{1.2})
	positive := tensor.Of([]float64{0.1, 0.4, 2, 7, 30})
	unit, counts := tensor.Of([]float64{0.01, 0.3, 0.5, 0.9}), tensor.Of([][]float64{{0, 1}, {4, 12}})
	for name, f := range map[string]struct {
		d func(p, q *tensor.Tensor) Distribution
		x *tensor.Tensor
	}{
		"Normal":            {func(p, q *tensor.Tensor) Distribution { return Normal(p, q) }, positive},
		"Normal, one scale": {func(p, _ *tensor.Tensor) Distribution { return Normal(p, c) }, counts},
		"LogNormal":         {func(p, q *tensor.Tensor) Distribution { return LogNormal(p, q) }, positive},
		"Cauchy":            {func(p, q *tensor.Tensor) Distribution { return Cauchy(p, q) }, positive},
		"Laplace":           {func(p, q *tensor.Tensor) Distribution { return Laplace(p, q) }, positive},
		"Logistic":          {func(p, q *tensor.Tensor) Distribution { return Logistic(p, q) }, positive},
		"Gumbel":            {func(p, q *tensor.Tensor) Distribution { return Gumbel(p, q) }, positive},
		"StudentT":          {func(p, q *tensor.Tensor) Distribution { return StudentT(3, p, q) }, positive},
		"Gamma":             {func(p, q *tensor.Tensor) Distribution { return Gamma(p, q) }, positive},
		"InverseGamma":      {func(p, q *tensor.Tensor) Distribution { return InverseGamma(p, q) }, positive},
		"Beta":              {func(p, q *tensor.Tensor) Distribution { return Beta(p, q) }, unit},
		"Exponential":       {func(p, _ *tensor.Tensor) Distribution { return Exponential(p) }, positive},
		"HalfNormal":        {func(p, _ *tensor.Tensor) Distribution { return HalfNormal(p) }, positive},
		"Weibull":           {func(p, q *tensor.Tensor) Distribution { return Weibull(p, q) }, positive},
		"Poisson":           {func(p, _ *tensor.Tensor) Distribution { return Poisson(p) }, counts},
		"GammaPoisson":      {func(p, q *tensor.Tensor) Distribution { return GammaPoisson(p, q) }, counts},
	} {
		tape := tensor.NewTape()
		p, q := tape.Var(a), tape.Var(b)
		logits := tape.Var(tensor.Of([]float64{0.1, -0.4, 0.8}))
		wrt := []*tensor.Tensor{p, q, logits}
		d := MixtureSameFamily(CategoricalLogits(logits), f.d(p, q)).Expand(f.x.Shape()...)
		m := innerMixture(d)
		rows, ok := m.asRows(f.x)
		if !ok {
			t.Errorf("%s: not by rows", name)
			continue
		}
		columns := m.components.LogProb(f.x.Unsqueeze(-1)).Add(m.logWeights).LogSumExp(-1)
		agree(t, name, rows, columns)
		gr, gc := tensor.Grad(rows.Sum(), wrt...), tensor.Grad(columns.Sum(), wrt...)
		for i := range wrt {
			agree(t, name+", gradient", gr[i], gc[i])
		}
	}
	// Components that differ between elements of the batch have no rows.
	wide := innerMixture(MixtureSameFamily(Categorical([]float64{0.5, 0.5}), Normal(tensor.Ones(3, 2), 1)))
	if _, ok := wide.asRows(tensor.Ones(3)); ok {
		t.Error("a batch of mixtures by rows")
	}
	// Nor has a value that broadcasts to the batch.
	one := innerMixture(MixtureSameFamily(Categorical([]float64{0.5, 0.5}), Normal(tensor.Ones(2), 1)).Expand(3))
	if _, ok := one.asRows(tensor.Of(1.0)); ok {
		t.Error("a single value for a batch by rows")
	}
}

func innerMixture(d Distribution) *mixture {
	switch d := d.(type) {
	case interface{ inner() *mixture }:
		return d.inner()
	}
	panic("not a mixture")
}

func (d *mixture) inner() *mixture { return d }

// agree holds differences within the rounding of some ten operations.
func agree(t *testing.T, name string, got, want *tensor.Tensor) {
	t.Helper()
	g, w := got.Detach().Float64s(), want.Detach().Float64s()
	for i := range w {
		if math.Abs(g[i]-w[i]) > 1e-14*(1+math.Abs(w[i])) {
			t.Errorf("%s: element %d is %v, want %v", name, i, g[i], w[i])
		}
	}
}
