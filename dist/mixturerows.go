package dist

import (
	"slices"

	"github.com/gopyro/pyro/tensor"
)

// asRows is the log density at x of a mixture whose components differ in the
// numbers of a univariate family alone, with a row for each component, where
// LogProb has a column for each: operations on few long rows take a fraction of
// the time of those on many short ones. ok is false for other mixtures, and where
// x has fewer dims than the mixture.
func (d *mixture) asRows(x *tensor.Tensor) (logp *tensor.Tensor, ok bool) {
	k := d.components.BatchShape()[len(d.batch)]
	rank := x.Rank()
	if b, fits := tensor.Broadcast(x.Shape(), d.batch); rank == 0 || !fits || !slices.Equal(b, x.Shape()) {
		return nil, false
	}
	shape := make([]int, rank+1)
	for i := range shape {
		shape[i] = 1
	}
	ok = true
	upright := func(v *tensor.Tensor) *tensor.Tensor {
		n := v.Size()
		if n != 1 && (n != k || v.Dim(-1) != k) { // it differs between elements of the batch
			ok = false
			return v
		}
		shape[0] = n
		return v.Reshape(shape...)
	}
	weights := upright(d.logWeights)
	if !ok {
		return nil, false
	}
	rows, known := withParameters(d.components, upright)
	if !known || !ok {
		return nil, false
	}
	return rows.LogProb(x).Add(weights).LogSumExp(0), true
}

// withParameters makes a univariate distribution again with f of each parameter;
// ok is false for families that it does not know.
func withParameters(d Distribution, f func(*tensor.Tensor) *tensor.Tensor) (e Distribution, ok bool) {
	switch d := d.(type) {
	case *normal:
		return newNormal(f(d.loc), f(d.scale)), true
	case *lognormal:
		return LogNormal(f(d.loc), f(d.scale)), true
	case *cauchy:
		return Cauchy(f(d.loc), f(d.scale)), true
	case *laplace:
		return Laplace(f(d.loc), f(d.scale)), true
	case *logistic:
		return Logistic(f(d.loc), f(d.scale)), true
	case *gumbel:
		return Gumbel(f(d.loc), f(d.scale)), true
	case *studentt:
		return StudentT(f(d.df), f(d.loc), f(d.scale)), true
	case *gamma:
		return Gamma(f(d.concentration), f(d.rate)), true
	case *inversegamma:
		return InverseGamma(f(d.concentration), f(d.rate)), true
	case *beta:
		return Beta(f(d.a), f(d.b)), true
	case *exponential:
		return Exponential(f(d.rate)), true
	case *halfnormal:
		return HalfNormal(f(d.scale)), true
	case *weibull:
		return Weibull(f(d.scale), f(d.k)), true
	case *poisson:
		return newPoisson(f(d.rate)), true
	case *gammaPoisson:
		return newGammaPoisson(f(d.concentration), f(d.rate)), true
	}
	return nil, false
}
