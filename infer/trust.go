package infer

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/gopyro/pyro"
	"github.com/gopyro/pyro/diag"
	"github.com/gopyro/pyro/rng"
)

// Trust is the verdict on a fitted guide, from the tail of the ratios p/q at its
// draws (Yao, Vehtari, Simpson, Gelman 2018; Vehtari, Simpson, Gelman, Yao, Gabry
// 2024).
type Trust struct {
	K           float64 // Pareto shape of the tail; -Inf where all ratios are equal
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
// are better. Discrete sites must be in the guide.
func Check(ctx context.Context, key rng.Key, model, guide pyro.Model, n int) (Trust, error) {
	if n < 100 {
		return Trust{}, fmt.Errorf("infer: Check needs 100 draws or more, not %d", n)
	}
	if guide == nil {
		return Trust{}, fmt.Errorf("infer: Check: the guide is nil")
	}
	w, err := Importance{Samples: n, Guide: guide}.Run(ctx, key, model)
	if err != nil {
		return Trust{}, err
	}
	smooth, k := diag.PSIS(w.LogWeights, 1)
	if slices.Max(w.LogWeights)-slices.Min(w.LogWeights) < equal {
		k = math.Inf(-1)
	}
	s := &Weighted{LogWeights: smooth}
	return Trust{
		K: k, Limit: min(0.7, 1-1/math.Log10(float64(n))),
		ESS: s.ESS(), LogEvidence: s.LogEvidence(), Draws: n,
	}, nil
}
