package infer

import (
	"context"
	"math"
	"slices"

	"github.com/gopyro/pyro"
	"github.com/gopyro/pyro/infer/internal/replay"
	"github.com/gopyro/pyro/optim"
	"github.com/gopyro/pyro/rng"
	"github.com/gopyro/pyro/tensor"
)

// MAP finds the values of the latent sites with the greatest posterior density,
// by L-BFGS or Newton's method on their unconstrained scale. Discrete sites are
// summed out. The model must be without noise of its own: no subsampled plates.
//
// With Likelihood the log densities of continuous latent sites are left out, so
// that the values are those of maximum likelihood. With Jacobian the density is that on the unconstrained scale, which does not
// have its maximum at the edge of a support; its mode and curvature are those of
// autoguide.Laplace.
type MAP struct {
	Model    pyro.Model
	Start    pyro.Data // start values by site; others start at a draw from the prior, if it has any
	Starts   int       // starts at draws of which the best result is kept; default 1
	Jacobian bool
	// Likelihood leaves the priors out.
	Likelihood bool
	Search     optim.LBFGS
	// Newton, if not nil, takes the place of Search: fewer steps, each with all
	// second derivatives.
	Newton *optim.Newton
}

// Optimum is the result of MAP.
type Optimum struct {
	Values        pyro.Data      // of the latent sites
	LogDensity    float64        // log joint density there
	Unconstrained *tensor.Tensor // all sites in the order of the model, of shape [dim]
	Iterations    int
	Evaluations   int
	Converged     bool
	Why           string // the search stopped
	Stats         Stats  // how the density was computed
}

// Run searches. Start i draws with key.Fold(i). It fails only if every start
// does; when ctx ends, it returns the best so far with its error.
func (m MAP) Run(ctx context.Context, key rng.Key) (*Optimum, error) {
	var best *Optimum
	var first error
	for i := range max(1, m.Starts) {
		o, err := m.from(ctx, key.Fold(i))
		if o != nil && (best == nil || o.LogDensity > best.LogDensity) {
			best = o
		}
		if first == nil {
			first = err
		}
		if ctx.Err() != nil {
			return best, ctx.Err()
		}
	}
	if best != nil {
		return best, nil
	}
	return nil, first
}

func (m MAP) from(ctx context.Context, key rng.Key) (*Optimum, error) {
	model := m.Model
	if m.Likelihood && model != nil {
		model = pyro.With(model, func() pyro.Handler { return withoutPriors{} })
	}
	d, err := newDensity("MAP", model, key, m.Start, m.Jacobian)
	if err != nil {
		return nil, err
	}
	if err := d.noSubsample("MAP"); err != nil {
		return nil, err
	}
	energy := func(x, grad []float64) (float64, error) {
		lp, err := d.eval(key, x, grad)
		for i := range grad {
			grad[i] = -grad[i]
		}
		if replay.Refuses(err) {
			return math.Inf(1), nil
		}
		return -lp, err
	}
	min, err := m.minimize(ctx, d, key, energy)
	if err != nil && ctx.Err() == nil {
		return nil, d.startError(key, min.X, err)
	}
	u := tensor.New(min.X, d.layout.Dim)
	return &Optimum{
		Values: d.values(u), LogDensity: -min.Value, Unconstrained: u,
		Iterations: min.Iterations, Evaluations: min.Evaluations,
		Converged: min.Converged, Why: min.Why, Stats: d.stats(),
	}, nil
}

// minimize searches for the least energy, the negative log density.
func (m MAP) minimize(ctx context.Context, d *density, key rng.Key, energy optim.Objective) (*optim.Minimum, error) {
	if m.Newton == nil {
		return m.Search.Minimize(ctx, energy, d.start.Float64s())
	}
	return m.Newton.Minimize(ctx, energy, func(x, hessian []float64) error {
		h, err := d.hessian(key, x)
		if err != nil {
			return err
		}
		h.Neg().CopyTo(hessian)
		return nil
	}, d.start.Float64s())
}

// withoutPriors masks the continuous latent sites.
type withoutPriors struct{ pyro.NopHandler }

func (withoutPriors) Process(_ *pyro.P, s *pyro.Site) {
	if s.Kind == pyro.SampleSite && !s.Observed && !s.Support().Discrete() {
		s.Mask = tensor.Of(false)
	}
}

// noSubsample refuses plates of which a run handles a part.
func (d *density) noSubsample(who string) error {
	for _, s := range d.layout.Sites {
		if pl := subsampled(s.Site); pl != nil {
			return s.Errorf("%s needs all the data at once, but plate %q is subsampled", who, pl.Name)
		}
	}
	return nil
}

func subsampled(s *pyro.Site) *pyro.Plate {
	i := slices.IndexFunc(s.Plates, func(pl pyro.Plate) bool { return pl.Len() != pl.Size })
	if i < 0 {
		return nil
	}
	return &s.Plates[i]
}
