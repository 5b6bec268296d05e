package program

// gradient is the context of one gradient rule: an operation, its operands and
// the gradient of its result. Rules are written in operations of the table.
type gradient struct {
	t       *Tape
	at      Ref // the result
	node    node
	out     Ref  // gradient of the result
	numeric bool // adjoints of single numbers are in Tape.slope
}

// in is the i-th operand.
func (g *gradient) in(i int) Ref { return operands(&g.node, g.t.lists)[i] }

// needs reports whether the i-th operand depends on a variable.
func (g *gradient) needs(i int) bool { return g.t.nodes[g.in(i)].state.is(tracked) }

func (g *gradient) attr() Attr { return attrOf(&g.node, g.t.attrs) }

// dims is the shape of a value.
func (g *gradient) dims(r Ref) []int { return g.t.Layout(r).Dims }

// Layout returns the layout of the value at r.
func (t *Tape) Layout(r Ref) *Layout {
	if t.nodes[r].state.is(scalar) {
		return scalarLayout
	}
	return t.values[r].Layout
}

// Type returns the number type of the value at r, and whether it is a plain number,
// as Array.Weak.
func (t *Tape) Type(r Ref) (d DType, plain bool) {
	if s := t.nodes[r].state; s.is(scalar) {
		return Float64, s.is(weak)
	}
	return t.values[r].DType, t.values[r].Weak
}

// add adds v, summed over the dims along which operand i was broadcast, to the
// gradient of operand i.
func (g *gradient) add(i int, v Ref) {
	x := g.in(i)
	t := g.t
	if !t.nodes[x].state.is(tracked) {
		return
	}
	if !sameDims(t.Layout(x), t.Layout(v)) {
		v = t.Emit(SumTo, Attr{Dims: g.dims(x)}, v)
	}
	if g.numeric && t.nodes[x].state.is(scalar) {
		t.addSlope(x, t.nums[v])
		return
	}
	if old := t.adj[x]; old != none {
		v = t.Emit2(Add, old, v)
	}
	t.adj[x] = v
}

func (g *gradient) emit(code Code, in ...Ref) Ref { return g.t.Emit(code, Attr{}, in...) }
func (g *gradient) mul(a, b Ref) Ref              { return g.t.Emit2(Mul, a, b) }
func (g *gradient) div(a, b Ref) Ref              { return g.t.Emit2(Div, a, b) }

// over is a/b, where b is one number for many of a by its reciprocal, which takes
// one division.
func (g *gradient) over(a, b Ref) Ref {
	if g.t.Layout(b).Size == 1 && g.t.Layout(a).Size > 1 {
		return g.mul(a, g.t.Emit1(Recip, 0, b))
	}
	return g.div(a, b)
}

func (g *gradient) sub(a, b Ref) Ref           { return g.t.Emit2(Sub, a, b) }
func (g *gradient) neg(a Ref) Ref              { return g.t.Emit1(Neg, 0, a) }
func (g *gradient) plus(a Ref, k float64) Ref  { return g.t.Emit1(AddScalar, k, a) }
func (g *gradient) times(a Ref, k float64) Ref { return g.t.Emit1(MulScalar, k, a) }

// chain1 makes the rule of an operation y = f(x) from its derivative.
func chain1(derivative func(g *gradient, x, y Ref) Ref) func(g *gradient) {
	return func(g *gradient) { g.add(0, g.mul(g.out, derivative(g, g.in(0), g.at))) }
}

// twoOverSqrtPi is the derivative of erf at 0.
const (
	twoOverSqrtPi = 1.12837916709551257389615890312154517
	halfSqrtPi    = 0.886226925452758013649083741670572591
	invSqrt2Pi    = 0.398942280401432677939946059934381868
)

func gradMul(g *gradient) {
	if g.needs(0) {
		g.add(0, g.mul(g.out, g.in(1)))
	}
	if g.needs(1) {
		g.add(1, g.mul(g.out, g.in(0)))
	}
}

// gradSquare doubles what comes from above, which often is constant, such as where
// squares are summed.
func gradSquare(g *gradient) { g.add(0, g.mul(g.times(g.out, 2), g.in(0))) }

func gradDiv(g *gradient) {
	q := g.over(g.out, g.in(1))
	g.add(0, q)
	if g.needs(1) {
		g.add(1, g.neg(g.mul(q, g.at)))
	}
}

func gradPow(g *gradient) {
	x, k := g.in(0), g.in(1)
	flat := g.bothZero(x, k) // 0⁰ = 1 counts as flat, where the formulas are 0·∞
	if g.needs(0) {
		g.add(0, g.mul(g.out, g.mul(k, g.emit(Pow, x, g.emit(Add, g.plus(k, -1), flat)))))
	}
	if g.needs(1) { // y·log x, 0 where x = 0 and k ≥ 0
		g.add(1, g.mul(g.out, g.emit(XLogY, g.sub(g.at, flat), x)))
	}
}

func gradPowScalar(g *gradient) {
	k := g.attr().F
	if k == 0 {
		return // x⁰ = 1, at 0 too
	}
	g.add(0, g.mul(g.out, g.times(g.t.Emit1(PowScalar, k-1, g.in(0)), k)))
}

// bothZero is 1 where x = y = 0, else 0.
func (g *gradient) bothZero(x, y Ref) Ref { return g.mul(g.emit(Not, x), g.emit(Not, y)) }

// gradMax shares the gradient equally where the operands tie.
func gradMax(g *gradient) {
	a, b := g.in(0), g.in(1)
	tie := g.times(g.emit(Equal, a, b), 0.5)
	larger := g.emit(Less, b, a)
	if g.node.code == Min {
		larger = g.emit(Less, a, b)
	}
	share := g.emit(Add, larger, tie)
	g.add(0, g.mul(g.out, share))
	if g.needs(1) {
		g.add(1, g.mul(g.out, g.plus(g.neg(share), 1)))
	}
}

func gradLogAddExp(g *gradient) {
	// d/da log(eᵃ+eᵇ) = σ(a-b). Equal infinities, where a = b but a-b is not 0,
	// share; elsewhere σ(a-b) stays differentiable, at ties too.
	for i := range 2 {
		if !g.needs(i) {
			continue
		}
		a, b := g.in(i), g.in(1-i)
		d := g.sub(a, b)
		infinite := g.sub(g.emit(Equal, a, b), g.emit(Not, d))
		d = g.emit(Where, infinite, g.t.scalar(0), d)
		g.add(i, g.mul(g.out, g.emit(Sigmoid, d)))
	}
}

func gradXLogY(g *gradient) {
	x, y := g.in(0), g.in(1)
	if g.needs(0) {
		g.add(0, g.mul(g.out, g.emit(Log, y)))
	}
	if g.needs(1) { // 0/0 counts as 0
		g.add(1, g.mul(g.out, g.ratio0(x, y)))
	}
}

// ratio0 is x/y, and 0 where both are 0.
func (g *gradient) ratio0(x, y Ref) Ref {
	return g.div(x, g.emit(Add, y, g.bothZero(x, y)))
}

func gradXLog1pY(g *gradient) {
	x, y := g.in(0), g.in(1)
	if g.needs(0) {
		g.add(0, g.mul(g.out, g.emit(Log1p, y)))
	}
	if g.needs(1) {
		g.add(1, g.mul(g.out, g.ratio0(x, g.plus(y, 1))))
	}
}

func gradWhere(g *gradient) {
	zero := g.t.scalar(0)
	if g.needs(1) {
		g.add(1, g.emit(Where, g.in(0), g.out, zero))
	}
	if g.needs(2) {
		g.add(2, g.emit(Where, g.in(0), zero, g.out))
	}
}

// noSecond is the rule of derivatives that have no derivative here.
func noSecond(g *gradient) {
	panic(&Error{Op: table[g.node.code].name, Reason: "has no derivative of its own (second-order gradients stop here)"})
}
