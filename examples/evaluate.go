package examples

import (
	"math"

	"github.com/gopyro/pyro"
	"github.com/gopyro/pyro/handler"
	"github.com/gopyro/pyro/infer"
	"github.com/gopyro/pyro/rng"
	"github.com/gopyro/pyro/tensor"
)

// LogJoint returns the log joint probability of m with its latent sites at the
// given values.
func LogJoint(m pyro.Model, at pyro.Data) (float64, error) {
	tr, err := pyro.Run(handler.Substitute(m, at), rng.Key{})
	if err != nil {
		return math.NaN(), err
	}
	return tr.LogProb().Item(), nil
}

// Evidence returns the probability of what m observes; its latent sites must be
// discrete, and are summed out exactly.
func Evidence(m pyro.Model) (float64, error) {
	lp, err := LogEvidence(m)
	return math.Exp(lp), err
}

// LogEvidence returns the logarithm of Evidence.
func LogEvidence(m pyro.Model) (float64, error) {
	nothing := func(*pyro.P) {}
	loss, err := infer.TraceEnumELBO{}.Loss(tensor.NewTape(), rng.Key{}, m, nothing)
	if err != nil {
		return math.NaN(), err
	}
	return -loss.Item(), nil
}

// LossRange returns the least and the largest of n losses that are estimated
// from one draw each. With the exact posterior for a guide they are equal.
func LossRange(key rng.Key, model, guide pyro.Model, n int) (lo, hi float64, err error) {
	lo, hi = math.Inf(1), math.Inf(-1)
	tape := tensor.NewTape()
	for i := range n {
		loss, err := infer.TraceELBO{}.Loss(tape, key.Fold(i), model, guide)
		if err != nil {
			return lo, hi, err
		}
		lo, hi = min(lo, loss.Item()), max(hi, loss.Item())
		tape.Reset()
	}
	return lo, hi, nil
}
