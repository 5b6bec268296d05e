package program

func gradLbeta(g *gradient) {
	sum := g.emit(Digamma, g.emit(Add, g.in(0), g.in(1)))
	for i := range 2 {
		if g.needs(i) {
			g.add(i, g.mul(g.out, g.sub(g.emit(Digamma, g.in(i)), sum)))
		}
	}
}

func gradGammaP(g *gradient) { g.throughGammaP(g.out) }
func gradGammaQ(g *gradient) { g.throughGammaP(g.neg(g.out)) }

// throughGammaP passes out back through P(a, x).
func (g *gradient) throughGammaP(out Ref) {
	a, x := g.in(0), g.in(1)
	if g.needs(0) {
		g.add(0, g.mul(out, g.emit(GammaPDa, a, x)))
	}
	if g.needs(1) {
		g.add(1, g.mul(out, g.gammaDensity(a, x)))
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

func gradBetaInc(g *gradient)  { g.throughBetaInc(g.out) }
func gradBetaIncC(g *gradient) { g.throughBetaInc(g.neg(g.out)) }

// throughBetaInc passes out back through I_x(a, b).
func (g *gradient) throughBetaInc(out Ref) {
	a, b, x := g.in(0), g.in(1), g.in(2)
	if g.needs(0) {
		g.add(0, g.mul(out, g.emit(BetaIncDa, a, b, x)))
	}
	if g.needs(1) {
		g.add(1, g.mul(out, g.emit(BetaIncDb, a, b, x)))
	}
	if g.needs(2) {
		g.add(2, g.mul(out, g.betaDensity(a, b, x)))
	}
}
