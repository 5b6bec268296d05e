package infer

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/gopyro/pyro"
	"github.com/gopyro/pyro/diag"
	"github.com/gopyro/pyro/dist"
	"github.com/gopyro/pyro/rng"
)

// Trust is the verdict on a fitted guide, from the tail of the ratios p/q at its
// draws (Yao, Vehtari, Simpson, Gelman 2018; Vehtari, Simpson, Gelman, Yao, Gabry
// 2024).
type Trust struct {
	K           float64 // Pareto shape of the tail; -Inf where ratios are equal or take few values, and so are bounded
	Limit       float64 // above it, estimates from this many draws cannot be trusted
	ESS         float64 // effective number of draws, with smoothed weights
	LogEvidence float64 // log p(data), from smoothed weights
	Draws       int
}

// Good reports whether the guide is near enough to the posterior for its draws,
// weighted, to stand for it.
func (t Trust) Good() bool { return t.K <= t.Limit }

func (t Trust) String() string {
	verdict := "the guide can be trusted: weight its draws by p/q, or take it as a proposal"
	switch {
	case t.K > 1:
		verdict = "the guide is far from the posterior: use another family, or reparameterise the model"
	case !t.Good():
		verdict = "the guide is not near enough to the posterior: weighted estimates need many more draws, or another family"
	case t.K <= 0.5 && t.ESS >= 0.9*float64(t.Draws):
		verdict = "the guide is near the posterior"
	}
	return fmt.Sprintf("Pareto k %.2f (limit %.2f), effective draws %.0f of %d: %s", t.K, t.Limit, t.ESS, t.Draws, verdict)
}

// equal is the range of log weights that count as one: the rounding of models
// with log densities up to 1e6.
const equal = 1e-8

// Check draws n times from a guide, with its parameters bound, and judges it by
// the weights of importance sampling. At least 100 draws are needed; 1000 or more
// are better. Discrete sites must be in the guide. A site that the guide gives one
// value in every draw has no ratios to judge, and is a *pyro.SiteError.
func Check(ctx context.Context, key rng.Key, model, guide pyro.Model, n int) (Trust, error) {
	if n < 100 {
		return Trust{}, fmt.Errorf("infer: Check needs 100 draws or more, not %d", n)
	}
	if guide == nil {
		return Trust{}, fmt.Errorf("infer: Check: the guide is nil")
	}
	if err := spreads(key, guide); err != nil {
		return Trust{}, err
	}
	w, err := Importance{Samples: n, Guide: guide}.Run(ctx, key, model)
	if err != nil {
		return Trust{}, err
	}
	smooth, k := diag.PSIS(w.LogWeights, 1)
	if values(w.LogWeights) <= n/10 {
		k = math.Inf(-1)
	}
	s := &Weighted{LogWeights: smooth}
	return Trust{
		K: k, Limit: min(0.7, 1-1/math.Log10(float64(n))),
		ESS: s.ESS(), LogEvidence: s.LogEvidence(), Draws: n,
	}, nil
}

// values is the number of values that log weights take. Those of draws from a
// density differ; where most draws come again, as of discrete sites, their ratios
// have no tail.
func values(logWeights []float64) int {
	sorted := slices.Sorted(slices.Values(logWeights))
	count, last := 0, math.NaN()
	for _, v := range sorted {
		if !(v-last < equal) {
			count, last = count+1, v
		}
	}
	return count
}

// spreads refuses a guide with a site that is a point, the same in two runs.
func spreads(key rng.Key, guide pyro.Model) error {
	one, err := pyro.Run(guide, key.FoldName("one"))
	if err != nil {
		return inGuide(err)
	}
	other, err := pyro.Run(guide, key.FoldName("other"))
	if err != nil {
		return inGuide(err)
	}
	for s := range one.Latents() {
		v := other.Value(s.Name)
		if !s.Aux && dist.IsPoint(s.Dist) && v != nil && slices.Equal(v.Float64s(), s.Value.Float64s()) {
			return s.Errorf("Check: the guide gives this site one value, so that it has no spread to judge\n" +
				"\tto repair it: fit a guide of a distribution, or make one of the point with autoguide.Laplace")
		}
	}
	return nil
}
