package mcmc

import (
	"context"
	"errors"
	"math"
	"slices"

	"github.com/gopyro/pyro/infer/internal/hmc"
	"github.com/gopyro/pyro/optim"
	"github.com/gopyro/pyro/rng"
)

// Move takes a first point of a chain to a better one: x is on the unconstrained
// scale, of which density returns the log density and writes the gradient, -Inf
// where it is zero. It returns a point of its own; random numbers come from key
// alone. An error of density ends it, and the run.
type Move func(ctx context.Context, key rng.Key, density func(x, grad []float64) (float64, error), x []float64) ([]float64, error)

// Moved starts where move takes the points of from, such as a search for a mode or
// a draw from an approximation of the posterior. Where density or gradient are not
// finite at a first point, another is taken.
func Moved(from Init, move Move) Init { return Init{move: move, next: &from} }

// Climbed starts after n ≥ 1 iterations of L-BFGS up the log density from the
// points of from: for posteriors so narrow, or starts so far, that warm-up would
// spend its time on the way. Some twenty are enough for that; a long climb ends at a
// mode, or in the neck of a hierarchical model, where the density is high and the
// mass is not.
func Climbed(n int, from Init) Init {
	return Moved(from, func(ctx context.Context, _ rng.Key, density func(x, grad []float64) (float64, error), x []float64) ([]float64, error) {
		m, err := optim.LBFGS{Most: max(n, 1)}.Minimize(ctx, func(x, grad []float64) (float64, error) {
			logp, err := density(x, grad)
			for i := range grad {
				grad[i] = -grad[i]
			}
			return -logp, err
		}, x)
		if errors.Is(err, optim.ErrStart) {
			return x, nil
		}
		if err != nil {
			return nil, err
		}
		return m.X, nil
	})
}

// total is the density with zero where points are refused.
func (p *potential) total(x, grad []float64) (float64, error) {
	logp, err := p.density(x, grad)
	switch {
	case errors.Is(err, hmc.ErrReject):
		return math.Inf(-1), nil
	case err == nil && math.IsNaN(logp):
		return math.Inf(-1), nil
	}
	return logp, err
}

// moved is the point to which the moves of init take x, from the inside out.
func (p *potential) moved(ctx context.Context, init *Init, key rng.Key, x []float64) ([]float64, error) {
	if init.move == nil {
		return x, nil
	}
	x, err := p.moved(ctx, init.next, key.Fold(0), x)
	if err != nil {
		return nil, err
	}
	grad := make([]float64, p.dim)
	if logp, err := p.total(x, grad); err != nil || !finite(logp) || slices.ContainsFunc(grad, func(g float64) bool { return !finite(g) }) {
		return x, err
	}
	to, err := init.move(ctx, key.Fold(1), p.total, slices.Clone(x))
	if err == nil && len(to) != p.dim {
		err = &SettingsError{"a Move returned a point of another dimension"}
	}
	return to, err
}
