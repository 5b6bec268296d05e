// Package pathfinder approximates a density by normal distributions along the path
// of an optimiser that climbs it (Zhang, Carpenter, Gelman, Vehtari 2022): near the
// typical set, short of the mode, one of them is close to it.
//
//	path, err := pathfinder.Settings{}.Run(ctx, key, logp, start)
//	x := path.X[:len(start)] // the first draw, with path.LogQ[0]
package pathfinder

import (
	"context"
	"errors"
	"math"
	"slices"

	"github.com/gopyro/pyro/optim"
	"github.com/gopyro/pyro/rng"
)

// LogDensity returns the log density at x, up to a constant, and writes its
// gradient. Where the density is 0 it returns -Inf. An error ends the search.
type LogDensity func(x, grad []float64) (float64, error)

// Settings of one path. Zero values are the defaults.
type Settings struct {
	History int // pairs of differences of the Hessian; default 6
	Trial   int // draws that estimate the evidence bound of an approximation; default 25
	Draws   int // from the best one; default 1000
	Search  optim.LBFGS
}

// Path is the result of one path.
type Path struct {
	X           []float64 // Draws rows
	LogP, LogQ  []float64 // log densities of the draws: that to be approximated, the approximation's
	ELBO        []float64 // of the approximation at the start and after each iteration; -Inf where there is none
	Best        int       // iteration that the draws are from
	Evaluations int
	Why         string // the search stopped
}

// ErrNoApproximation says that no point of the path gave a normal distribution
// with draws of positive density.
var ErrNoApproximation = errors.New("pathfinder: no point of the path has a normal approximation whose draws have positive density")

// Run climbs from start and draws from the best approximation on the way.
func (s Settings) Run(ctx context.Context, key rng.Key, f LogDensity, start []float64) (*Path, error) {
	if s.History <= 0 {
		s.History = 6
	}
	if s.Trial <= 0 {
		s.Trial = 25
	}
	if s.Draws <= 0 {
		s.Draws = 1000
	}
	if s.Search.Memory <= 0 {
		s.Search.Memory = s.History
	}
	w := &walk{Settings: s, key: key, f: f, path: &Path{}, bestELBO: math.Inf(-1)}
	search := s.Search
	search.Visit = func(x, grad []float64, value float64) {
		if s.Search.Visit != nil {
			s.Search.Visit(x, grad, value)
		}
		w.visit(x, grad)
	}
	m, err := search.Minimize(ctx, func(x, grad []float64) (float64, error) {
		lp, err := f(x, grad)
		for i := range grad {
			grad[i] = -grad[i]
		}
		return -lp, err
	}, start)
	if err == nil {
		err = w.err
	}
	w.path.Evaluations += m.Evaluations
	w.path.Why = m.Why
	switch {
	case err != nil:
		return w.path, err
	case w.best == nil:
		return w.path, ErrNoApproximation
	}
	return w.path, w.draw()
}

// walk follows the optimiser.
type walk struct {
	Settings
	key      rng.Key
	f        LogDensity
	path     *Path
	err      error
	x, grad  []float64 // of -log p, at the iteration before
	diagonal []float64
	pairs    []pair
	best     *approx
	bestELBO float64
}

// visit makes the approximation at a point of the path and keeps it if it is the
// best so far.
func (w *walk) visit(x, grad []float64) {
	if w.err != nil {
		return
	}
	if w.x == nil {
		w.diagonal = slices.Repeat([]float64{1}, len(x))
	} else {
		w.learn(x, grad)
	}
	w.x, w.grad = slices.Clone(x), slices.Clone(grad)
	up := make([]float64, len(grad))
	for i, g := range grad {
		up[i] = -g
	}
	elbo := math.Inf(-1)
	if a, ok := newApprox(x, up, w.diagonal, w.pairs); ok {
		if elbo, w.err = w.elbo(a); elbo > w.bestELBO {
			w.best, w.bestELBO, w.path.Best = a, elbo, len(w.path.ELBO)
		}
	}
	w.path.ELBO = append(w.path.ELBO, elbo)
}

// learn takes up a step of the path, if it curves upwards, and updates the diagonal
// (Gilbert and Lemaréchal 1989, as in algorithm 3 of Zhang et al.).
func (w *walk) learn(x, grad []float64) {
	p := pair{s: make([]float64, len(x)), y: make([]float64, len(x))}
	for i := range x {
		p.s[i], p.y[i] = x[i]-w.x[i], grad[i]-w.grad[i]
	}
	var a, c float64
	for i, d := range w.diagonal {
		a += p.y[i] * p.y[i] * d
		c += p.s[i] * p.s[i] / d
	}
	b := dot(p.s, p.y)
	if !(b > 1e-12*dot(p.y, p.y)) {
		return
	}
	for i, d := range w.diagonal {
		w.diagonal[i] = 1 / (a/(b*d) + p.y[i]*p.y[i]/b - a*p.s[i]*p.s[i]/(b*c*d*d))
	}
	if len(w.pairs) == w.History {
		w.pairs = w.pairs[1:]
	}
	w.pairs = append(w.pairs, p)
}

// elbo estimates E_q[log p - log q].
func (w *walk) elbo(a *approx) (float64, error) {
	n := len(a.mean)
	z, grad := make([]float64, n), make([]float64, n)
	key := w.key.FoldName("elbo").Fold(len(w.path.ELBO))
	sum := 0.0
	for k := range w.Trial {
		key.Fold(k).Normals(z)
		logq := a.draw(z)
		lp, err := w.f(z, grad)
		w.path.Evaluations++
		if err != nil {
			return math.Inf(-1), err
		}
		sum += lp - logq
	}
	if math.IsNaN(sum) {
		return math.Inf(-1), nil
	}
	return sum / float64(w.Trial), nil
}

// draw fills the path with draws from the best approximation.
func (w *walk) draw() error {
	n, p := len(w.best.mean), w.path
	p.X = make([]float64, w.Draws*n)
	p.LogP, p.LogQ = make([]float64, w.Draws), make([]float64, w.Draws)
	grad := make([]float64, n)
	key := w.key.FoldName("draws")
	for k := range w.Draws {
		x := p.X[k*n : (k+1)*n]
		key.Fold(k).Normals(x)
		p.LogQ[k] = w.best.draw(x)
		var err error
		if p.LogP[k], err = w.f(x, grad); err != nil {
			return err
		}
		p.Evaluations++
		if math.IsNaN(p.LogP[k]) {
			p.LogP[k] = math.Inf(-1)
		}
	}
	return nil
}
