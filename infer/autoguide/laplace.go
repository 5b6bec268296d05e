package autoguide

import (
	"fmt"

	"github.com/gopyro/pyro"
	"github.com/gopyro/pyro/constraint"
	"github.com/gopyro/pyro/rng"
	"github.com/gopyro/pyro/tensor"
)

// Laplace guides by a point, NAME.loc, on the unconstrained scale: fitted with an
// ELBO, it is the mode of the posterior density there. Fit then makes the normal
// distribution whose mean is that point and whose precision is the curvature of
// the density at it (Tierney and Kadane 1986).
//
//	guide := &autoguide.Laplace{Model: model}
//	svi := &infer.SVI{Model: model, Guide: guide.Guide, Optim: &optim.Adam{LR: 0.01}}
//	losses, err := svi.Run(ctx, key, 2000)
//	normal, params, err := guide.Fit(svi.Params)
//	sd := normal.Posterior(params)
type Laplace struct {
	Model pyro.Model
	Init  Init   // of the point; default Median(15)
	Name  string // scope of the guide's own statements; default "auto"

	vector
}

// Guide draws the sites at the point.
func (g *Laplace) Guide(p *pyro.P) {
	q := g.open(p, "autoguide.Laplace", g.Name, g.Model, g.Init)
	g.draw(p, g.loc(q))
}

// Median returns the sites at the point.
func (g *Laplace) Median(params *pyro.Params) pyro.Data {
	g.ready()
	return g.layout.Values(g.get(params, "loc"))
}

// Quantile returns the sites at the point: spread is what Fit finds. It panics
// with a *pyro.SiteError unless 0 < q < 1.
func (g *Laplace) Quantile(params *pyro.Params, q float64) pyro.Data {
	checkQuantile(q)
	return g.Median(params)
}

// Sample returns the sites at the point n times, of shape [n] + the site's.
func (g *Laplace) Sample(params *pyro.Params, _ rng.Key, n int) pyro.Data {
	return repeat(g.Median(params), n)
}

// LogDensity is 0 at the point and -Inf elsewhere.
func (g *Laplace) LogDensity(params *pyro.Params, values pyro.Data) (float64, error) {
	return atPoint(&g.prototype, g.Median(params), values)
}

// CurvatureError says that the point of a Laplace guide is no strict maximum:
// the matrix of second derivatives of the negative log density is not positive
// definite there.
type CurvatureError struct {
	Hessian *tensor.Tensor
	Err     error // of the factorisation
}

func (e *CurvatureError) Error() string {
	return fmt.Sprintf("autoguide: Laplace: the point is not a strict maximum of the posterior density: %v\n"+
		"\tto repair it: take more steps to reach it, or give flat directions a prior", e.Err)
}

// Unwrap returns the error of the factorisation.
func (e *CurvatureError) Unwrap() error { return e.Err }

// Fit returns the normal approximation at the point in params as a guide with
// parameters of its own, a copy of params with NAME.factor added. The model is
// taken at params; it must have no subsampled plates. It fails with a
// *CurvatureError where the point is not a strict maximum.
func (g *Laplace) Fit(params *pyro.Params) (*MultivariateNormal, *pyro.Params, error) {
	g.ready()
	for _, s := range g.layout.Sites {
		for _, pl := range s.Plates {
			if pl.Len() != pl.Size {
				return nil, nil, s.Errorf("autoguide: Laplace.Fit needs all the data at once, but plate %q is subsampled", pl.Name)
			}
		}
	}
	loc := g.get(params, "loc")
	factor, err := g.spread(params.Bind(g.Model), loc)
	if err != nil {
		return nil, nil, err
	}
	out := params.Clone()
	out.Set(g.name+".factor", factor, constraint.LowerCholesky)
	normal := &MultivariateNormal{Model: g.Model, Init: g.Init, Name: g.Name}
	if _, err := pyro.Run(out.Bind(normal.Guide), rng.New(0)); err != nil {
		return nil, nil, err
	}
	return normal, out, nil
}

// spread returns the Cholesky factor of the inverse of the Hessian at u.
func (g *Laplace) spread(m pyro.Model, u *tensor.Tensor) (factor *tensor.Tensor, err error) {
	h := tensor.Hessian(func(u *tensor.Tensor) *tensor.Tensor {
		var tr *pyro.Trace
		if tr, err = pyro.RunOn(u.Tape(), g.layout.Place(m, u), g.key); err != nil {
			return tensor.Of(0.0)
		}
		return tr.LogProb().Add(g.layout.LogDet(u)).Neg()
	}, u)
	if err != nil {
		return nil, err
	}
	defer func() {
		switch v := recover().(type) {
		case nil:
		case *tensor.Error:
			factor, err = nil, &CurvatureError{Hessian: h, Err: v}
		default:
			panic(v)
		}
	}()
	inverse := h.Add(h.T()).MulScalar(0.5).Cholesky().CholeskyInverse()
	return inverse.Add(inverse.T()).MulScalar(0.5).Cholesky(), nil
}
