package program

import (
	"math"

	"github.com/gopyro/pyro/internal/special"
)

// inSlope stands in Tape.adj for an adjoint that is a number in Tape.slope.
const inSlope Ref = -2

// Grad returns the gradients of the single number y in each of xs, in a slice
// that the next call uses again. With differentiable set, they can be
// differentiated again.
func (t *Tape) Grad(y Ref, xs []Ref, differentiable bool) []Ref {
	defer t.masked(t.mask)
	if !differentiable {
		t.masked(tracked)
	}
	t.backward(y, false)
	if cap(t.out) < len(xs) {
		t.out = make([]Ref, len(xs))
	}
	out := t.out[:len(xs)]
	for i, x := range xs {
		out[i] = none
		if x <= y {
			out[i] = t.adj[x]
		}
		if out[i] == none {
			out[i] = t.fill(x, 0)
		}
	}
	return out
}

// GradInto writes the gradients of the single number y in each of xs to dst.
// They have the bits of those of Grad, but adjoints of single numbers are not
// put on the tape.
func (t *Tape) GradInto(dst [][]float64, y Ref, xs []Ref) {
	if t.standing() && t.tail.pays(t, y) {
		t.tail.run(t, dst, y, xs)
		return
	}
	t.catchUp()
	defer t.masked(t.mask)
	t.masked(tracked)
	t.passed = y + 1
	t.backward(y, true)
	for i, x := range xs {
		switch {
		case x > y || t.adj[x] == none:
			clear(dst[i])
		case t.adj[x] == inSlope:
			dst[i][0] = t.slope[x]
		default:
			t.Value(t.adj[x]).CopyTo(dst[i])
		}
	}
}

// backward fills t.adj with the adjoints of all tracked values up to y. With
// numeric set, those of single numbers are in t.slope.
func (t *Tape) backward(y Ref, numeric bool) {
	if !t.nodes[y].state.is(scalar) && t.values[y].Layout.Size != 1 {
		panic(&Error{
			Op: "Grad", Shapes: [][]int{append([]int{}, t.values[y].Layout.Dims...)},
			Reason: "only a single number has a gradient; reduce it with Sum",
		})
	}
	n := int(y) + 1
	if cap(t.adj) < n {
		t.adj = make([]Ref, n+n/2)
		t.slope = make([]float64, n+n/2)
	}
	// A rule that differentiates again would reuse adj; rules only emit.
	t.adj, t.slope = t.adj[:n], t.slope[:n]
	fill(t.adj, none)
	if !t.nodes[y].state.is(tracked) {
		return
	}
	if numeric && t.nodes[y].state.is(scalar) {
		t.adj[y], t.slope[y] = inSlope, 1
	} else {
		t.adj[y] = t.fill(y, 1)
	}
	g := &t.grad
	g.t, g.numeric = t, numeric
	for i := y; i >= 0; i-- {
		if numeric {
			if i = t.passNumbers(i); i < 0 {
				return
			}
		}
		a := t.adj[i]
		if a == none || !t.nodes[i].state.is(tracked) || t.nodes[i].code == Var {
			continue
		}
		if a == inSlope {
			if t.passSlope(i) {
				continue
			}
			a = t.pushNumber(node{attr: -1, state: scalar}, t.slope[i])
		}
		g.at, g.node, g.out = i, t.nodes[i], a
		rule := table[g.node.code].grad
		if rule == nil {
			continue // flat
		}
		rule(g)
	}
}

// passNumbers passes on the adjoints of the values from i down as long as all
// is arithmetic of single numbers, and returns the position of the first that
// is more.
func (t *Tape) passNumbers(i Ref) Ref {
	adj := t.adj[:i+1]
	nodes, nums, slope := t.nodes[:len(adj)], t.nums[:len(adj)], t.slope[:len(adj)]
	add := func(x Ref, v float64) {
		if nodes[x].state&tracked == 0 {
			return
		}
		if adj[x] == inSlope {
			v += slope[x]
		}
		adj[x], slope[x] = inSlope, v
	}
	// both is add twice, without waiting for the first to be stored.
	both := func(x Ref, v, w float64) {
		if nodes[x].state&tracked == 0 {
			return
		}
		if adj[x] == inSlope {
			v += slope[x]
		}
		adj[x], slope[x] = inSlope, w+v
	}
	for ; i >= 0; i-- {
		if adj[i] == none {
			continue
		}
		n := &nodes[i]
		if adj[i] != inSlope || n.code < Neg {
			if n.code == Var || n.state&tracked == 0 {
				continue
			}
			return i
		}
		x, y, d := n.in[0], n.in[1], slope[i]
		switch n.code {
		case Add:
			if x == y {
				both(x, d, d)
				continue
			}
			add(x, d)
			add(y, d)
		case Sub:
			add(x, d)
			add(y, -d)
		case Mul:
			v, u := nums[y], nums[x]
			if x == y {
				both(x, float64(d*v), float64(d*u))
				continue
			}
			add(x, float64(d*v)) // rounded: the processor must not fuse it with the sum
			add(y, float64(d*u))
		case MulScalar:
			add(x, float64(d*n.k))
		case AddScalar:
			add(x, d)
		default:
			return i
		}
	}
	return i
}

// passSlope passes the adjoint of a single number on to its operands by the
// arithmetic of its rule, step for step, so that the bits are the same; false
// leaves it to the rule.
func (t *Tape) passSlope(i Ref) bool {
	n := &t.nodes[i]
	d, y := t.slope[i], t.nums[i]
	a := n.in[0]
	if !t.nodes[a].state.is(scalar) { // reductions and views
		return false
	}
	x := t.nums[a]
	switch n.code {
	case Where:
		return t.passWhere(n, d)
	case Log:
		t.addSlope(a, d/x)
	case Log1p:
		t.addSlope(a, d/(x+1))
	case Add:
		t.addSlope(a, d)
		t.addSlope(n.in[1], d)
	case Sub:
		t.addSlope(a, d)
		t.addSlope(n.in[1], -d)
	case Mul:
		z := t.nums[n.in[1]]
		t.addSlope(a, float64(d*z)) // rounded: the processor must not fuse it with the sum
		t.addSlope(n.in[1], float64(d*x))
	case Div:
		q := d / t.nums[n.in[1]]
		t.addSlope(a, q)
		t.addSlope(n.in[1], -float64(q*y))
	case XLogY:
		z := t.nums[n.in[1]]
		if t.nodes[a].state.is(tracked) {
			t.addSlope(a, float64(d*log(z)))
		}
		t.addSlope(n.in[1], float64(d*ratio0(x, z)))
	case XLog1pY:
		z := t.nums[n.in[1]]
		if t.nodes[a].state.is(tracked) {
			t.addSlope(a, float64(d*math.Log1p(z)))
		}
		t.addSlope(n.in[1], float64(d*ratio0(x, z+1)))
	case Neg:
		t.addSlope(a, -d)
	case AddScalar:
		t.addSlope(a, d)
	case MulScalar:
		t.addSlope(a, float64(d*n.k))
	default:
		f, ok := slope1(n.code, x, y)
		if !ok {
			return false
		}
		t.addSlope(a, float64(d*f))
	}
	return true
}

// ratio0 is x/y, and 0 where both are 0, as gradient.ratio0 has it.
func ratio0(x, y float64) float64 {
	if x == 0 && y == 0 {
		y = 1
	}
	return x / y
}

// slope1 is the derivative of y = f(x).
func slope1(code Code, x, y float64) (f float64, ok bool) {
	switch code {
	case Abs:
		return sign(x), true
	case Square:
		return x * 2, true
	case Sqrt:
		return 1 / y * 0.5, true
	case Recip:
		return -float64(y * y), true
	case Exp:
		return y, true
	case Expm1:
		return math.Exp(x), true
	case Sin:
		return math.Cos(x), true
	case Cos:
		return -math.Sin(x), true
	case Tanh:
		return -float64(y*y) + 1, true
	case Sigmoid:
		return y * special.Sigmoid(-x), true
	case Softplus:
		return special.Sigmoid(x), true
	case Lgamma:
		return special.Digamma(x), true
	case Log1pSquare:
		return special.Log1pSquareD(x), true
	}
	return 0, false
}

// passWhere is passSlope for Where of single numbers.
func (t *Tape) passWhere(n *node, d float64) bool {
	if !(t.nodes[n.in[0]].state & t.nodes[n.in[1]].state & t.nodes[n.in[2]].state).is(scalar) {
		return false
	}
	if t.nums[n.in[0]] != 0 {
		t.addSlope(n.in[1], d)
		t.addSlope(n.in[2], 0)
	} else {
		t.addSlope(n.in[1], 0)
		t.addSlope(n.in[2], d)
	}
	return true
}

// addSlope adds v to the adjoint of a single number.
func (t *Tape) addSlope(x Ref, v float64) {
	if !t.nodes[x].state.is(tracked) {
		return
	}
	if t.adj[x] == inSlope {
		t.slope[x] += v
		return
	}
	t.adj[x], t.slope[x] = inSlope, v
}
