package infer

import (
	"context"
	"errors"
	"fmt"
	"math"
	"runtime"
	"slices"

	"github.com/gopyro/pyro"
	"github.com/gopyro/pyro/diag"
	"github.com/gopyro/pyro/infer/internal/pathfinder"
	"github.com/gopyro/pyro/infer/internal/replay"
	"github.com/gopyro/pyro/optim"
	"github.com/gopyro/pyro/rng"
	"github.com/gopyro/pyro/tensor"
)

// Pathfinder draws from normal approximations along the paths of optimisers that
// climb the posterior on the unconstrained scale (Zhang, Carpenter, Gelman,
// Vehtari 2022). It takes some hundred gradients, and its draws make good starts
// for samplers. Of each path the approximation with the greatest evidence bound is
// drawn from; the draws of all paths are weighted by importance. Discrete sites
// are summed out. The model must be without noise of its own: no subsampled
// plates.
//
//	found, err := infer.Pathfinder{Model: model}.Run(ctx, rng.New(0))
//	fmt.Println(found.Mean("mu"), found.K)
//	starts := found.Starts(rng.New(1), 4) // for four chains
type Pathfinder struct {
	Model   pyro.Model
	Paths   int         // default 4
	Draws   int         // of each path; default 1000
	Trial   int         // draws that judge an approximation; default 25
	History int         // steps of which an approximation knows; default 6
	Radius  float64     // paths start uniformly in (-Radius, Radius); default 2
	Search  optim.LBFGS // the optimiser; its Memory is History by default
	Workers int         // goroutines; default GOMAXPROCS. The result does not depend on it
}

// Found is the result of Pathfinder: the draws of all paths, in order, with
// smoothed importance weights (Vehtari, Simpson, Gelman, Yao, Gabry 2024).
type Found struct {
	*Weighted
	Unconstrained *tensor.Tensor // the draws, of shape [draws, dim]: all sites in the order of the model
	K             float64        // Pareto shape of the weights; above 0.7 the draws are far from the posterior
	Paths         []PathReport
}

// PathReport tells of one path.
type PathReport struct {
	ELBO        []float64 // of the approximation at the start and after each iteration; -Inf where there is none
	Best        int       // iteration of the approximation that is drawn from
	Evaluations int       // of the log density
	Why         string    // the search stopped
	Err         error     // the path has no draws
	Stats       Stats     // how the density was computed
}

// Starts returns values of the latent sites at n draws, chosen by their weights.
func (f *Found) Starts(key rng.Key, n int) []pyro.Data {
	chosen := f.Resample(key, n)
	out := make([]pyro.Data, n)
	for i := range out {
		out[i] = pyro.Data{}
		for _, name := range chosen.Sites() {
			out[i][name] = chosen.Values(name).Select(0, i).Clone()
		}
	}
	return out
}

// Run follows the paths, path i with key.Fold(i). It fails only if every path
// does. When ctx ends, it returns what the paths that are done have found, if
// any, with its error.
func (f Pathfinder) Run(ctx context.Context, key rng.Key) (*Found, error) {
	if f.Paths < 0 || f.Draws < 0 || f.Trial < 0 || f.History < 0 || !(f.Radius >= 0) {
		return nil, fmt.Errorf("infer: Pathfinder has a negative number: %d paths, %d draws, %d trial draws, history %d, radius %v",
			f.Paths, f.Draws, f.Trial, f.History, f.Radius)
	}
	n, workers := f.Paths, f.Workers
	if n == 0 {
		n = 4
	}
	if workers <= 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	climbs := make([]climb, n)
	parallel(n, workers, func(_, i int) bool {
		climbs[i] = f.climb(ctx, key.Fold(i))
		return true
	})
	out := &Found{Paths: make([]PathReport, n)}
	var first error
	var x, logw []float64
	var d *density
	for i, c := range climbs {
		out.Paths[i] = c.report
		if c.report.Err != nil {
			if first == nil {
				first = c.report.Err
			}
			continue
		}
		if d != nil && d.layout.Dim != c.d.layout.Dim {
			return nil, fmt.Errorf("infer: Pathfinder: the latent sites have %d unconstrained numbers in one run and %d in another", d.layout.Dim, c.d.layout.Dim)
		}
		d = c.d
		x = append(x, c.x...)
		logw = append(logw, c.logw...)
	}
	if d == nil {
		return nil, first
	}
	out.Unconstrained = tensor.New(x, len(logw), d.layout.Dim)
	out.Weighted = d.weighted(x, len(logw))
	out.LogWeights, out.K = diag.PSIS(logw, 1)
	if math.IsInf(out.top(), -1) {
		return out, ErrNoWeight
	}
	return out, ctx.Err()
}

// climb is one path.
type climb struct {
	d       *density
	x, logw []float64
	report  PathReport
}

func (f *Pathfinder) climb(ctx context.Context, key rng.Key) (c climb) {
	d, err := newDensity("Pathfinder", f.Model, key, nil, true)
	if err == nil {
		err = d.noSubsample("Pathfinder")
	}
	if err != nil {
		c.report.Err = err
		return c
	}
	logp := func(x, grad []float64) (float64, error) {
		lp, err := d.eval(key, x, grad)
		if replay.Refuses(err) {
			return math.Inf(-1), nil
		}
		return lp, err
	}
	s := pathfinder.Settings{History: f.History, Trial: f.Trial, Draws: f.Draws, Search: f.Search}
	var path *pathfinder.Path
	start := make([]float64, d.layout.Dim)
	for try := range tries {
		f.scatter(key.FoldName("start").Fold(try), start)
		path, err = s.Run(ctx, key, logp, start)
		if !errors.Is(err, optim.ErrStart) {
			break
		}
	}
	err = d.startError(key, start, err)
	c.d, c.x = d, path.X
	c.report = PathReport{ELBO: path.ELBO, Best: path.Best, Evaluations: path.Evaluations, Why: path.Why, Err: err, Stats: d.stats()}
	for i, lp := range path.LogP {
		c.logw = append(c.logw, lp-path.LogQ[i])
	}
	return c
}

// tries is the number of points tried as a start, as Stan does.
const tries = 100

func (f *Pathfinder) scatter(key rng.Key, x []float64) {
	radius := f.Radius
	if radius == 0 {
		radius = 2
	}
	key.Uniforms(x)
	for i, u := range x {
		x[i] = radius * (2*u - 1)
	}
}

// Move takes a point to a draw from the best approximation on the path from it, one
// of 100 by their importance weights: a mcmc.Move.
//
//	nuts := mcmc.NUTS{Init: mcmc.Moved(mcmc.Uniform(2), infer.Pathfinder{}.Move)}
//
// Where no point of the path has an approximation, it is the point itself.
func (f Pathfinder) Move(ctx context.Context, key rng.Key, density func(x, grad []float64) (float64, error), x []float64) ([]float64, error) {
	const draws = 100
	s := pathfinder.Settings{History: f.History, Trial: f.Trial, Draws: draws, Search: f.Search}
	path, err := s.Run(ctx, key, density, x)
	if errors.Is(err, pathfinder.ErrNoApproximation) || errors.Is(err, optim.ErrStart) {
		return slices.Clone(x), nil
	}
	if err != nil {
		return nil, err
	}
	logw := make([]float64, draws)
	for i := range logw {
		logw[i] = path.LogP[i] - path.LogQ[i]
	}
	logw, _ = diag.PSIS(logw, 1)
	i := systematic(key.FoldName("move"), logw, 1)[0]
	return path.X[i*len(x) : (i+1)*len(x)], nil
}
