package optim

import (
	"context"
	"math"
)

// Newton minimises smooth functions without noise by Newton's method: few steps,
// each of which takes the matrix of second derivatives and a factorisation of it.
// Where that matrix is not positive definite, a multiple of the identity is added
// (Nocedal and Wright 2006, algorithm 3.3); the line search is that of LBFGS.
type Newton struct {
	Most    int     // iterations; default 1000
	Grad    float64 // largest element of the gradient at which it stops; default 1e-8
	Falling float64 // fall relative to the value at which it stops; default 1e-14
}

// Curvature writes the matrix of second derivatives of a function of n variables
// at x into hessian, n rows of n, and neither changes nor keeps x.
type Curvature func(x, hessian []float64) error

// Minimize searches from x, which it leaves as it is. It returns where it stopped
// also with an error: that of f or of hessian, of ctx, or ErrStart.
func (o Newton) Minimize(ctx context.Context, f Objective, hessian Curvature, x []float64) (*Minimum, error) {
	n := len(x)
	c := &newton{search: search{f: f}, hessian: hessian, h: make([]float64, n*n), l: make([]float64, n*n)}
	return c.run(ctx, x, limits{most: o.Most, grad: o.Grad, falling: o.Falling}, c.step)
}

type newton struct {
	search
	hessian Curvature
	h, l    []float64
}

func (c *newton) step() (bool, error) {
	if err := c.hessian(c.best.x, c.h); err != nil {
		return false, err
	}
	d, ok := c.direction()
	if !ok {
		return false, nil
	}
	p, err := c.wolfe(d, dot(c.best.grad, d), 1)
	if err != nil || p == nil {
		return false, err
	}
	c.best = p
	return true, nil
}

// direction is -(H + λ)⁻¹g for the least λ among 0, b, 4b, 16b, … that makes the
// matrix positive definite, where b is a thousandth of the largest element of the
// diagonal; ok is false where H is not finite.
func (c *newton) direction() (d []float64, ok bool) {
	n := len(c.best.x)
	least, largest := math.Inf(1), 0.0
	for i := range n {
		least = min(least, c.h[i*n+i])
		largest = max(largest, math.Abs(c.h[i*n+i]))
	}
	if !(largest < math.Inf(1)) || math.IsNaN(least) {
		return nil, false
	}
	base := 1e-3 * max(largest, 1e-10)
	lambda := 0.0
	if least <= 0 {
		lambda = base - least
	}
	const most = 60 // 4⁶⁰ is beyond any matrix of finite elements near the diagonal
	for range most {
		if c.factorise(lambda) {
			return c.solve(), true
		}
		lambda = max(4*lambda, base)
	}
	return nil, false
}

// factorise writes the Cholesky factor of H + λ to l; it reports whether there is
// one.
func (c *newton) factorise(lambda float64) bool {
	n := len(c.best.x)
	for i := range n {
		row := c.l[i*n : i*n+n]
		for j := range i + 1 {
			v := 0.5 * (c.h[i*n+j] + c.h[j*n+i])
			if i == j {
				v += lambda
			}
			v -= dot(row[:j], c.l[j*n:j*n+j])
			switch {
			case i != j:
				row[j] = v / c.l[j*n+j]
			case v > 0 && v < math.Inf(1):
				row[i] = math.Sqrt(v)
			default:
				return false
			}
		}
	}
	return true
}

// solve returns -(L·Lᵀ)⁻¹g.
func (c *newton) solve() []float64 {
	n := len(c.best.x)
	d := make([]float64, n)
	for i := range n {
		d[i] = (-c.best.grad[i] - dot(c.l[i*n:i*n+i], d[:i])) / c.l[i*n+i]
	}
	for i := n - 1; i >= 0; i-- {
		d[i] /= c.l[i*n+i]
		axpy(-d[i], c.l[i*n:i*n+i], d[:i])
	}
	return d
}
