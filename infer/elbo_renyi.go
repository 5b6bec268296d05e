package infer

import (
	"errors"
	"fmt"
	"math"

	"github.com/gopyro/pyro"
	"github.com/gopyro/pyro/rng"
	"github.com/gopyro/pyro/tensor"
)

// RenyiELBO is the negative variational Rényi bound (Li and Turner 2016,
// equation 13) over K runs,
//
//	-1/(1-α) · log (1/K · Σₖ (p(x, zₖ)/q(zₖ))^(1-α)).
//
// Alpha 0 is the importance weighted bound of Burda, Grosse and Salakhutdinov
// (2016), which with more runs comes nearer to the log evidence; alpha below 0
// bounds it from above in the limit, and near 1 it becomes the ELBO.
//
// Sites whose draws carry no gradient use the score function with the runs' other
// weights as baseline (VIMCO: Mnih and Rezende 2016, equation 10).
type RenyiELBO struct {
	Alpha     float64 // any but 1; default 0
	Particles int     // K; default 2
}

// Loss is one estimate of the bound.
func (l RenyiELBO) Loss(tape *tensor.Tape, key rng.Key, model, guide pyro.Model) (*tensor.Tensor, error) {
	if l.Alpha == 1 {
		return nil, errors.New("infer: RenyiELBO has no order 1; that is TraceELBO")
	}
	if !finite(l.Alpha) {
		return nil, fmt.Errorf("infer: RenyiELBO.Alpha is %v", l.Alpha)
	}
	list, err := pairs("RenyiELBO", orTwo(l.Particles), tape, key, model, guide)
	if err != nil {
		return nil, err
	}
	var loss *tensor.Tensor
	err = pyro.Guard(func() { loss = l.bound(list).Neg() })
	return loss, err
}

// bound is the Rényi bound with its surrogate gradient.
func (l RenyiELBO) bound(list []runs) *tensor.Tensor {
	w := make([]*tensor.Tensor, len(list))
	for k, r := range list {
		w[k] = logRatio(r.p, r.q)
	}
	bound := l.powerMean(w)
	total := bound
	for k, r := range list {
		score := logScored(r.q)
		if score == nil {
			continue
		}
		reward := bound.Detach()
		if len(w) > 1 {
			reward = reward.Sub(l.without(k, w))
		}
		total = total.Add(gradientOnly(score).Mul(reward))
	}
	return total
}

// powerMean is 1/(1-α)·log mean exp((1-α)·w).
func (l RenyiELBO) powerMean(w []*tensor.Tensor) *tensor.Tensor {
	if len(w) == 1 {
		return w[0]
	}
	r := 1 - l.Alpha
	return tensor.Stack(0, w...).MulScalar(r).LogSumExp().AddScalar(-math.Log(float64(len(w)))).DivScalar(r)
}

// without is the bound with log weight k replaced by the mean of the others, so
// that it does not depend on run k.
func (l RenyiELBO) without(k int, w []*tensor.Tensor) *tensor.Tensor {
	others := make([]*tensor.Tensor, len(w))
	mean := tensor.Of(0.0)
	for i, v := range w {
		others[i] = v.Detach()
		if i != k {
			mean = mean.Add(others[i])
		}
	}
	others[k] = mean.DivScalar(float64(len(w) - 1))
	return l.powerMean(others)
}

// logScored is Σ log q, without scales, over the sites that need the score
// function, or nil.
func logScored(q *pyro.Trace) *tensor.Tensor {
	var total *tensor.Tensor
	for s := range q.Latents() {
		switch {
		case !scores(s):
		case total == nil:
			total = sum(s.Unscaled())
		default:
			total = total.Add(sum(s.Unscaled()))
		}
	}
	return total
}
