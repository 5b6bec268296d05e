package optim

import (
	"context"
	"errors"
	"fmt"
	"math"
)

// LBFGS minimises smooth functions of many variables, without noise, by the
// limited-memory method of Broyden, Fletcher, Goldfarb and Shanno (Liu and
// Nocedal 1989; Nocedal and Wright 2006, algorithms 7.4, 7.5), with a line search
// for the strong Wolfe conditions (algorithms 3.5, 3.6).
type LBFGS struct {
	Memory  int     // pairs of differences kept; default 10
	Most    int     // iterations; default 1000
	Grad    float64 // largest element of the gradient at which it stops; default 1e-8
	Falling float64 // fall relative to the value at which it stops; default 1e-14
	// Visit, if not nil, sees the start and where each iteration ends; it must not
	// change or keep the slices.
	Visit func(x, grad []float64, value float64)
}

// Minimum is where a minimiser stopped.
type Minimum struct {
	X           []float64
	Value       float64
	Grad        []float64
	Iterations  int
	Evaluations int
	Converged   bool
	Why         string // it stopped
}

// ErrStart says that a function is not finite where a minimiser is to start.
var ErrStart = errors.New("optim: the function or its gradient is not finite at the start")

// Objective returns the value of a function at x and writes its gradient, without
// changing or keeping either slice. NaN and +Inf are values that a search steps
// back from; an error ends it.
type Objective func(x, grad []float64) (float64, error)

// Minimize searches from x, which it leaves as it is. It returns where it stopped
// also with an error: that of f, of ctx, or ErrStart.
func (o LBFGS) Minimize(ctx context.Context, f Objective, x []float64) (*Minimum, error) {
	s := &search{f: f, memory: o.Memory}
	if s.memory <= 0 {
		s.memory = 10
	}
	return s.run(ctx, x, limits{most: o.Most, grad: o.Grad, falling: o.Falling, visit: o.Visit}, s.step)
}

// limits end a search.
type limits struct {
	most          int
	grad, falling float64
	visit         func(x, grad []float64, value float64)
}

func (l *limits) defaults() {
	if l.most <= 0 {
		l.most = 1000
	}
	if l.grad == 0 {
		l.grad = 1e-8
	}
	if l.falling == 0 {
		l.falling = 1e-14
	}
	if l.visit == nil {
		l.visit = func(_, _ []float64, _ float64) {}
	}
}

// run makes steps from x, each of which finds a lower value or reports that there
// is none.
func (s *search) run(ctx context.Context, x []float64, l limits, step func() (bool, error)) (*Minimum, error) {
	l.defaults()
	at, err := s.eval(x, 0, nil)
	s.best = at
	if err != nil {
		return s.minimum("the function failed"), err
	}
	if !at.usable() {
		return s.minimum("the start is not finite"), ErrStart
	}
	l.visit(s.best.x, s.best.grad, s.best.value)
	for s.iterations = 0; ; s.iterations++ {
		switch {
		case ctx.Err() != nil:
			return s.minimum("cancelled"), ctx.Err()
		case norm(s.best.grad) <= l.grad:
			return s.converged(fmt.Sprintf("no element of the gradient is above %g", l.grad)), nil
		case s.iterations == l.most:
			return s.minimum(fmt.Sprintf("%d iterations were not enough", l.most)), nil
		}
		before := s.best.value
		moved, err := step()
		if err != nil {
			return s.minimum("the function failed"), err
		}
		if !moved {
			return s.stuck(), nil
		}
		l.visit(s.best.x, s.best.grad, s.best.value)
		if before-s.best.value <= l.falling*max(1, math.Abs(before)) {
			return s.converged(fmt.Sprintf("the value falls by less than %g of itself", l.falling)), nil
		}
	}
}

// point is where a function was evaluated.
type point struct {
	x, grad []float64
	value   float64
	t       float64 // along the search direction
	slope   float64
}

func (p *point) usable() bool {
	ok := p.value-p.value == 0
	for _, g := range p.grad {
		ok = ok && g-g == 0
	}
	return ok
}

type pair struct {
	s, y []float64
	rho  float64 // 1/sᵀy
}

type search struct {
	f           Objective
	memory      int
	best        *point
	pairs       []pair
	iterations  int
	evaluations int
}

// eval evaluates f at x + t·d.
func (s *search) eval(x []float64, t float64, d []float64) (*point, error) {
	p := &point{x: append([]float64(nil), x...), grad: make([]float64, len(x)), t: t}
	for i := range d {
		p.x[i] += t * d[i]
	}
	s.evaluations++
	var err error
	if p.value, err = s.f(p.x, p.grad); err != nil {
		return p, err
	}
	if !p.usable() {
		p.value = math.Inf(1)
	}
	if d != nil {
		p.slope = dot(p.grad, d)
	}
	return p, nil
}

// step moves along the quasi-Newton direction, or down the gradient if that
// fails. It reports whether it moved.
func (s *search) step() (bool, error) {
	for {
		d := s.direction()
		if slope := dot(s.best.grad, d); slope < 0 {
			first := 1.0
			if len(s.pairs) == 0 {
				first = 1 / max(1, math.Sqrt(dot(d, d)))
			}
			p, err := s.wolfe(d, slope, first)
			if err != nil {
				return false, err
			}
			if p != nil {
				s.remember(p)
				s.best = p
				return true, nil
			}
		}
		if len(s.pairs) == 0 {
			return false, nil
		}
		s.pairs = nil
	}
}

// direction is minus the approximate inverse Hessian times the gradient.
func (s *search) direction() []float64 {
	q := append([]float64(nil), s.best.grad...)
	alpha := make([]float64, len(s.pairs))
	for i := len(s.pairs) - 1; i >= 0; i-- {
		p := &s.pairs[i]
		alpha[i] = p.rho * dot(p.s, q)
		axpy(-alpha[i], p.y, q)
	}
	scale := 1.0
	if n := len(s.pairs); n > 0 {
		p := &s.pairs[n-1]
		scale = 1 / (p.rho * dot(p.y, p.y))
	}
	for i := range q {
		q[i] *= scale
	}
	for i := range s.pairs {
		p := &s.pairs[i]
		axpy(alpha[i]-p.rho*dot(p.y, q), p.s, q)
	}
	for i := range q {
		q[i] = -q[i]
	}
	return q
}

// remember keeps the differences to p where they have positive curvature.
func (s *search) remember(p *point) {
	d := pair{s: make([]float64, len(p.x)), y: make([]float64, len(p.x))}
	for i := range p.x {
		d.s[i], d.y[i] = p.x[i]-s.best.x[i], p.grad[i]-s.best.grad[i]
	}
	sy := dot(d.s, d.y)
	if !(sy > 1e-14*dot(d.y, d.y)) {
		return
	}
	d.rho = 1 / sy
	if len(s.pairs) == s.memory {
		s.pairs = s.pairs[1:]
	}
	s.pairs = append(s.pairs, d)
}

func (s *search) minimum(why string) *Minimum {
	return &Minimum{
		X: s.best.x, Value: s.best.value, Grad: s.best.grad,
		Iterations: s.iterations, Evaluations: s.evaluations, Why: why,
	}
}

func (s *search) converged(why string) *Minimum {
	m := s.minimum(why)
	m.Converged = true
	return m
}

// stuck is the end where no step finds a lower value: at the accuracy of the
// function if the gradient is small for it.
func (s *search) stuck() *Minimum {
	m := s.minimum("no step along the gradient finds a lower value")
	m.Converged = norm(s.best.grad) <= 1e-5*max(1, math.Abs(s.best.value))
	return m
}

// norm is the largest absolute element.
func norm(x []float64) float64 {
	m := 0.0
	for _, v := range x {
		m = max(m, math.Abs(v))
	}
	return m
}

func dot(x, y []float64) float64 {
	s := 0.0
	for i := range x {
		s += x[i] * y[i]
	}
	return s
}

// axpy adds a·x to y.
func axpy(a float64, x, y []float64) {
	for i := range x {
		y[i] += a * x[i]
	}
}
