package infer

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/gopyro/pyro"
	"github.com/gopyro/pyro/optim"
	"github.com/gopyro/pyro/rng"
)

// SVGD is Stein variational gradient descent (Liu and Wang 2016, algorithm 1):
// particles on the unconstrained scale move together towards the posterior, drawn
// by its gradient and kept apart by a kernel. Discrete sites are summed out.
// Subsampled plates take one subsample a step.
//
// A kernel of all coordinates at once underestimates variances in many
// dimensions; Univariate has one for each coordinate, which suits posteriors that
// nearly factorise.
type SVGD struct {
	Model      pyro.Model
	Optim      optim.Optimizer // a new one for each Run
	Particles  int             // default 100
	Kernel     Kernel          // default RBF
	Univariate bool
	// Bandwidth returns the factor on the kernel's squared bandwidth at step 0, 1,
	// …, whose unit is the median squared distance of particles over log(n + 1);
	// nil is 1 throughout.
	Bandwidth optim.Schedule

	Stats Stats // how gradients were computed, all particles together
}

// Kernel is a positive definite function of the squared distance r ≥ 0 over the
// squared bandwidth.
type Kernel func(r float64) (k, slope float64) // slope is dk/dr, below 0

// RBF is exp(-r).
func RBF(r float64) (k, slope float64) {
	k = math.Exp(-r)
	return k, -k
}

// IMQ is the inverse multiquadric (a + r)^b for a > 0 and -1 < b < 0 (Gorham and
// Mackey 2017, which recommends b = -½); its tails see far particles.
func IMQ(a, b float64) Kernel {
	return func(r float64) (k, slope float64) {
		k = math.Pow(a+r, b)
		return k, b * k / (a + r)
	}
}

// Run starts the particles at draws from the prior and moves them. The result
// holds the particles as samples of equal weight. When ctx ends, it returns them
// as they are with its error.
func (s *SVGD) Run(ctx context.Context, key rng.Key, steps int) (*Weighted, error) {
	n := s.Particles
	if n == 0 {
		n = 100
	}
	if n < 2 {
		return nil, fmt.Errorf("infer: SVGD needs 2 particles or more, not %d", n)
	}
	if s.Optim == nil {
		return nil, fmt.Errorf("infer: SVGD.Optim is nil")
	}
	d, err := newDensity("SVGD", s.Model, key.Fold(0), nil, true)
	if err != nil {
		return nil, err
	}
	if !optim.Claim(s.Optim, d) { // each run is a fit of its own
		return nil, ErrSharedOptimizer
	}
	st := newStein(s, d, n)
	if err := st.scatter(key); err != nil {
		return nil, err
	}
	param := []optim.Param{{Name: "particles", Value: st.x, Grad: st.move}}
	for i := range steps {
		if ctx.Err() != nil {
			break
		}
		if err := st.direction(key.FoldName("step").Fold(i), i); err != nil {
			return nil, err
		}
		s.Optim.Update(param)
	}
	s.Stats = d.stats()
	return d.weighted(st.x, n), ctx.Err()
}

// particleLanes is the number of particles evaluated at once: two vectors of the
// widest instructions, or four.
const particleLanes = 16

// stein is the state of a run: n particles as rows of dim numbers.
type stein struct {
	*SVGD
	d      *density
	lanes  []*Lanes // of particles one after the other
	n, dim int
	values []float64 // [n], the log densities
	x      []float64 // [n, dim]
	grad   []float64 // [n, dim], of the log density
	move   []float64 // [n, dim], minus the direction
	dist   []float64 // squared distances of pairs
	kernel Kernel
}

func newStein(s *SVGD, d *density, n int) *stein {
	st := &stein{SVGD: s, d: d, n: n, dim: d.layout.Dim, kernel: s.Kernel}
	if st.kernel == nil {
		st.kernel = RBF
	}
	size := n * st.dim
	st.x, st.grad, st.move = make([]float64, size), make([]float64, size), make([]float64, size)
	st.dist, st.values = make([]float64, n*(n-1)/2), make([]float64, n)
	for i := 0; i < n; i += particleLanes {
		k := min(particleLanes, n-i)
		if st.lanes = append(st.lanes, d.lanes(k)); k == particleLanes {
			st.lanes[i/particleLanes] = st.lanes[0] // all of that size are one
		}
	}
	return st
}

// scatter puts particle i where the prior draws with key.Fold(i).
func (st *stein) scatter(key rng.Key) error {
	for i := range st.n {
		d, err := newDensity("SVGD", st.Model, key.Fold(i), nil, true)
		if err != nil {
			return err
		}
		if d.layout.Dim != st.dim {
			return fmt.Errorf("infer: SVGD: the latent sites have %d unconstrained numbers in one run and %d in another", st.dim, d.layout.Dim)
		}
		d.start.CopyTo(st.row(st.x, i))
	}
	return nil
}

func (st *stein) row(x []float64, i int) []float64 { return x[i*st.dim : (i+1)*st.dim] }

// direction fills move with minus 1/n Σⱼ k(xⱼ, xᵢ)·∇log p(xⱼ) + ∇ⱼ k(xⱼ, xᵢ).
func (st *stein) direction(key rng.Key, step int) error {
	at := 0
	for _, l := range st.lanes {
		to := at + l.k
		errs := l.eval(key, st.x[at*st.dim:to*st.dim], st.values[at:to], st.grad[at*st.dim:to*st.dim])
		for _, err := range errs {
			if err != nil {
				return err
			}
		}
		at = to
	}
	for _, lp := range st.values {
		if !finite(lp) {
			return &NonFiniteError{What: "log density", Value: lp, Step: step}
		}
	}
	factor := 1.0
	if st.Bandwidth != nil {
		factor = st.Bandwidth(step)
	}
	clear(st.move)
	if !st.Univariate {
		st.attract(0, st.dim, factor)
		return nil
	}
	for c := range st.dim {
		st.attract(c, c+1, factor)
	}
	return nil
}

// attract adds the direction of coordinates from, …, to-1 by a kernel of those.
func (st *stein) attract(from, to int, factor float64) {
	p := 0
	for i := range st.n {
		a := st.row(st.x, i)[from:to]
		for j := range i {
			b := st.row(st.x, j)[from:to]
			r := 0.0
			for c, v := range a {
				r += (v - b[c]) * (v - b[c])
			}
			st.dist[p] = r
			p++
		}
	}
	h := factor * st.bandwidth()
	scale := 1 / float64(st.n)
	own, _ := st.kernel(0)
	p = 0
	for i := range st.n {
		mi, gi, xi := st.row(st.move, i)[from:to], st.row(st.grad, i)[from:to], st.row(st.x, i)[from:to]
		for c := range mi {
			mi[c] -= scale * own * gi[c]
		}
		for j := range i {
			k, slope := st.kernel(st.dist[p] / h)
			p++
			mj, gj, xj := st.row(st.move, j)[from:to], st.row(st.grad, j)[from:to], st.row(st.x, j)[from:to]
			for c := range mi {
				push := 2 * slope / h * (xj[c] - xi[c]) // ∂k/∂xⱼ
				mi[c] -= scale * (k*gj[c] + push)
				mj[c] -= scale * (k*gi[c] - push)
			}
		}
	}
}

// bandwidth is the median squared distance over log(n + 1), at least a tiny
// number where particles coincide.
func (st *stein) bandwidth() float64 {
	m := selectKth(slices.Clone(st.dist), len(st.dist)/2)
	return max(m/math.Log(float64(st.n+1)), 1e-300)
}

// selectKth returns the k-th least element of x, counted from 0, and reorders x
// (Hoare 1961).
func selectKth(x []float64, k int) float64 {
	lo, hi := 0, len(x)-1
	for lo < hi {
		pivot := x[(lo+hi)/2]
		i, j := lo, hi
		for i <= j {
			for x[i] < pivot {
				i++
			}
			for x[j] > pivot {
				j--
			}
			if i <= j {
				x[i], x[j] = x[j], x[i]
				i++
				j--
			}
		}
		switch {
		case k <= j:
			hi = j
		case k >= i:
			lo = i
		default:
			return x[k]
		}
	}
	return x[k]
}
