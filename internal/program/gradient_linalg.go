package program

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
