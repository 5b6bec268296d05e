package program

import "math"

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
func (g *gradient) sub(a, b Ref) Ref              { return g.t.Emit2(Sub, a, b) }
func (g *gradient) neg(a Ref) Ref                 { return g.t.Emit1(Neg, 0, a) }
func (g *gradient) plus(a Ref, k float64) Ref     { return g.t.Emit1(AddScalar, k, a) }
func (g *gradient) times(a Ref, k float64) Ref    { return g.t.Emit1(MulScalar, k, a) }

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

func gradDiv(g *gradient) {
	q := g.div(g.out, g.in(1))
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

func gradLbeta(g *gradient) {
	sum := g.emit(Digamma, g.emit(Add, g.in(0), g.in(1)))
	for i := range 2 {
		if g.needs(i) {
			g.add(i, g.mul(g.out, g.sub(g.emit(Digamma, g.in(i)), sum)))
		}
	}
}

func gradGammaP(g *gradient) {
	a, x := g.in(0), g.in(1)
	if g.needs(0) {
		g.add(0, g.mul(g.out, g.emit(GammaPDa, a, x)))
	}
	if g.needs(1) {
		g.add(1, g.mul(g.out, g.gammaDensity(a, x)))
	}
}

func gradGammaQ(g *gradient) {
	a, x := g.in(0), g.in(1)
	down := g.neg(g.out)
	if g.needs(0) {
		g.add(0, g.mul(down, g.emit(GammaPDa, a, x)))
	}
	if g.needs(1) {
		g.add(1, g.mul(down, g.gammaDensity(a, x)))
	}
}

// gradGammaInv is the rule of both quantiles, of the lower and the upper tail.
func gradGammaInv(g *gradient) {
	a, x := g.in(0), g.at
	if g.needs(0) {
		g.add(0, g.mul(g.out, g.emit(GammaSampleDa, a, x)))
	}
	if g.needs(1) {
		d := g.div(g.out, g.gammaDensity(a, x))
		if g.node.code == GammaQInv {
			d = g.neg(d)
		}
		g.add(1, d)
	}
}

// gammaDensity is the density of Gamma(a, 1) at x.
func (g *gradient) gammaDensity(a, x Ref) Ref {
	l := g.sub(g.sub(g.emit(XLogY, g.plus(a, -1), x), x), g.emit(Lgamma, a))
	return g.emit(Exp, l)
}

func gradStudentCDF(g *gradient) {
	nu, x := g.in(0), g.in(1)
	if g.needs(0) {
		g.add(0, g.mul(g.out, g.emit(StudentCDFDnu, nu, x)))
	}
	if g.needs(1) {
		g.add(1, g.mul(g.out, g.studentDensity(nu, x)))
	}
}

func gradStudentQuantile(g *gradient) {
	nu, x := g.in(0), g.at
	d := g.div(g.out, g.studentDensity(nu, x))
	g.add(1, d)
	if g.needs(0) {
		g.add(0, g.neg(g.mul(d, g.emit(StudentCDFDnu, nu, x))))
	}
}

// studentDensity is the density of Student's distribution at x.
func (g *gradient) studentDensity(nu, x Ref) Ref {
	half := g.times(nu, 0.5)
	l := g.mul(g.plus(half, 0.5), g.emit(Log1p, g.div(g.emit(Square, x), nu)))
	l = g.emit(Add, l, g.emit(Lbeta, half, g.t.scalar(0.5)))
	l = g.emit(Add, l, g.times(g.emit(Log, nu), 0.5))
	return g.emit(Exp, g.neg(l))
}

// gradBesselRatio is 1 - A/x - A² (A = I1/I0), ½ at 0, where A/x is 0/0.
func gradBesselRatio(g *gradient, x, y Ref) Ref {
	zero := g.emit(Not, x)
	ratio := g.emit(Where, zero, g.t.scalar(0.5), g.div(y, g.emit(Where, zero, g.t.scalar(1), x)))
	return g.plus(g.neg(g.emit(Add, ratio, g.emit(Square, y))), 1)
}

// betaDensity is the density of Beta(a, b) at x.
func (g *gradient) betaDensity(a, b, x Ref) Ref {
	l := g.emit(Add, g.emit(XLogY, g.plus(a, -1), x), g.emit(XLog1pY, g.plus(b, -1), g.neg(x)))
	return g.emit(Exp, g.sub(l, g.emit(Lbeta, a, b)))
}

func gradBetaIncInv(g *gradient) {
	a, b, x := g.in(0), g.in(1), g.at
	if g.needs(0) {
		g.add(0, g.mul(g.out, g.emit(BetaSampleDa, a, b, x)))
	}
	if g.needs(1) {
		g.add(1, g.mul(g.out, g.emit(BetaSampleDb, a, b, x)))
	}
	if g.needs(2) {
		g.add(2, g.div(g.out, g.betaDensity(a, b, x)))
	}
}

func gradBetaInc(g *gradient) {
	a, b, x := g.in(0), g.in(1), g.in(2)
	if g.needs(0) {
		g.add(0, g.mul(g.out, g.emit(BetaIncDa, a, b, x)))
	}
	if g.needs(1) {
		g.add(1, g.mul(g.out, g.emit(BetaIncDb, a, b, x)))
	}
	if g.needs(2) {
		g.add(2, g.mul(g.out, g.betaDensity(a, b, x)))
	}
}

func gradBetaIncC(g *gradient) {
	a, b, x := g.in(0), g.in(1), g.in(2)
	down := g.neg(g.out)
	if g.needs(0) {
		g.add(0, g.mul(down, g.emit(BetaIncDa, a, b, x)))
	}
	if g.needs(1) {
		g.add(1, g.mul(down, g.emit(BetaIncDb, a, b, x)))
	}
	if g.needs(2) {
		g.add(2, g.mul(down, g.betaDensity(a, b, x)))
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

// keepDims returns the shape of operand 0 with size 1 along the reduced dims,
// and v, a value of the result's shape, in that shape.
func (g *gradient) keepDims(v Ref) Ref {
	a := g.attr()
	if a.Flag {
		return v
	}
	dims := g.t.Ints(g.dims(g.in(0)))
	for _, d := range a.Dims {
		dims[d] = 1
	}
	return g.t.Emit(Reshape, Attr{Dims: dims}, v)
}

func gradSum(g *gradient) {
	g.add(0, g.t.Emit(Expand, Attr{Dims: g.dims(g.in(0))}, g.keepDims(g.out)))
}

// gradExtremum shares the gradient equally among ties.
func gradExtremum(g *gradient) {
	a := g.attr()
	hit := g.emit(Equal, g.in(0), g.keepDims(g.at))
	count := g.t.Emit(Sum, Attr{Dims: a.Dims, Flag: true}, hit)
	g.add(0, g.mul(g.keepDims(g.out), g.div(hit, count)))
}

func gradLogSumExp(g *gradient) {
	y := g.keepDims(g.at)
	// exp(x - y) is 0/0 where all of a row is -Inf; such a row gets no gradient.
	empty := g.emit(Equal, y, g.t.scalar(math.Inf(-1)))
	y = g.emit(Where, empty, g.t.scalar(0), y)
	g.add(0, g.mul(g.keepDims(g.out), g.emit(Exp, g.sub(g.in(0), y))))
}

func gradCumSum(g *gradient) {
	a := g.attr()
	a.Flag = !a.Flag
	g.add(0, g.t.Emit(CumSum, a, g.out))
}

func gradReshape(g *gradient) {
	g.add(0, g.t.Emit(Reshape, Attr{Dims: g.dims(g.in(0))}, g.out))
}

func gradSumTo(g *gradient) {
	in := g.dims(g.in(0))
	g.add(0, g.t.Emit(Expand, Attr{Dims: in}, g.out))
}

func gradPermute(g *gradient) {
	p := g.attr().Dims
	inverse := g.t.Ints(p)
	for i, d := range p {
		inverse[d] = i
	}
	g.add(0, g.t.Emit(Permute, Attr{Dims: inverse}, g.out))
}

func gradSlice(g *gradient) {
	d := g.attr().Dims
	size := g.dims(g.in(0))[d[0]]
	g.add(0, g.t.Emit(Unslice, Attr{Dims: g.t.Ints([]int{d[0], d[1], d[3], size})}, g.out))
}

func gradUnslice(g *gradient) {
	d := g.attr().Dims // dim, start, step, full size
	n := g.dims(g.in(0))[d[0]]
	g.add(0, g.t.Emit(Slice, Attr{Dims: g.t.Ints([]int{d[0], d[1], d[1] + (n-1)*d[2] + 1, d[2]})}, g.out))
}

func gradCat(g *gradient) {
	dim := g.attr().Dims[0]
	at := 0
	for i := range operands(&g.node, g.t.lists) {
		n := g.dims(g.in(i))[dim]
		if g.needs(i) {
			g.add(i, g.t.Emit(Slice, Attr{Dims: g.t.Ints([]int{dim, at, at + n, 1})}, g.out))
		}
		at += n
	}
}

// with returns v followed by the index operands.
func (g *gradient) with(v Ref) []Ref {
	g.t.refs = append(append(g.t.refs[:0], v), operands(&g.node, g.t.lists)[1:]...)
	return g.t.refs
}

func gradIndex(g *gradient) {
	g.add(0, g.t.Emit(IndexAdd, Attr{Dims: g.dims(g.in(0))}, g.with(g.out)...))
}

func gradIndexAdd(g *gradient) { g.add(0, g.t.Emit(Index, Attr{}, g.with(g.out)...)) }

func gradGather(g *gradient) {
	d := g.attr().Dims[0]
	x := g.dims(g.in(0))
	to := append(append(g.t.mem.intSlice(len(x) + 2)[:0], d, x[len(x)+d]), x...)
	g.add(0, g.t.Emit(ScatterAdd, Attr{Dims: to}, g.out, g.in(1)))
}

func gradScatterAdd(g *gradient) {
	d := g.attr().Dims[0]
	v := g.t.Emit(Gather, Attr{Dims: g.t.Ints([]int{d})}, g.out, g.in(1))
	if full, _ := broadcast(&g.t.mem, g.dims(v), g.dims(g.in(0))); rowSize(full) != rowSize(g.dims(v)) {
		v = g.t.Emit(Expand, Attr{Dims: full}, v) // along what was added up
	}
	g.add(0, v)
}

// transpose swaps the last two dims.
func (g *gradient) transpose(v Ref) Ref {
	n := len(g.dims(v))
	p := g.t.scratch.intSlice(n)
	for i := range p {
		p[i] = i
	}
	p[n-1], p[n-2] = n-2, n-1
	return g.t.Emit(Permute, Attr{Dims: p}, v)
}

func gradMatMul(g *gradient) {
	if g.needs(0) {
		g.add(0, g.emit(MatMul, g.out, g.transpose(g.in(1))))
	}
	if g.needs(1) {
		g.add(1, g.emit(MatMul, g.transpose(g.in(0)), g.out))
	}
}

func (g *gradient) tril(v Ref, k int, upper bool) Ref {
	return g.t.Emit(Tril, Attr{Dims: g.t.Ints([]int{k}), Flag: upper}, v)
}

func (g *gradient) triSolve(l, b Ref, transposed bool) Ref {
	return g.t.Emit(TriSolve, Attr{Flag: transposed}, l, b)
}

// gradCholesky is equation 9 of Murray, "Differentiation of the Cholesky
// decomposition" (2016), with the gradient of a symmetric argument.
func gradCholesky(g *gradient) {
	l := g.at
	if g.t.mask == tracked {
		g.add(0, g.emit(CholeskyGrad, l, g.out))
		return
	}
	p := g.emit(MatMul, g.transpose(l), g.tril(g.out, 0, false))
	phi := g.times(g.emit(Add, g.tril(p, 0, false), g.tril(p, -1, false)), 0.5)
	s := g.triSolve(l, phi, true)
	s = g.triSolve(l, g.transpose(s), true)
	g.add(0, g.times(g.emit(Add, s, g.transpose(s)), 0.5))
}

func gradTriSolve(g *gradient) {
	transposed := g.attr().Flag
	l, x := g.in(0), g.at
	b := g.triSolve(l, g.out, !transposed)
	g.add(1, b)
	if !g.needs(0) {
		return
	}
	if transposed {
		x, b = b, x
	}
	g.add(0, g.neg(g.tril(g.emit(MatMul, b, g.transpose(x)), 0, false)))
}

func gradTril(g *gradient) {
	a := g.attr()
	g.add(0, g.t.Emit(Tril, a, g.out))
}

func gradDiag(g *gradient)      { g.add(0, g.emit(DiagEmbed, g.out)) }
func gradDiagEmbed(g *gradient) { g.add(0, g.emit(Diag, g.out)) }
