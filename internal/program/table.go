package program

// table is the one list of operations. It is filled when the package starts,
// since the gradient rules refer to it.
var table [numCodes]info

func init() {
	table = [numCodes]info{
		Const: {name: "Const"},
		Var:   {name: "Var"},
		Draw:  {name: "Draw"},

		Neg:    unaryInfo("Neg", func(g *gradient) { g.add(0, g.neg(g.out)) }),
		Abs:    unaryInfo("Abs", chain1(func(g *gradient, x, y Ref) Ref { return g.emit(Sign, x) })),
		Sign:   unaryInfo("Sign", nil),
		Square: unaryInfo("Square", gradSquare),
		Sqrt:   unaryInfo("Sqrt", chain1(func(g *gradient, x, y Ref) Ref { return g.times(g.emit(Recip, y), 0.5) })),
		Recip:  unaryInfo("Recip", chain1(func(g *gradient, x, y Ref) Ref { return g.neg(g.emit(Square, y)) })),
		Exp:    unaryInfo("Exp", chain1(func(g *gradient, x, y Ref) Ref { return y })),
		Expm1:  unaryInfo("Expm1", chain1(func(g *gradient, x, y Ref) Ref { return g.emit(Exp, x) })),
		Log:    unaryInfo("Log", func(g *gradient) { g.add(0, g.div(g.out, g.in(0))) }),
		Log1p:  unaryInfo("Log1p", func(g *gradient) { g.add(0, g.div(g.out, g.plus(g.in(0), 1))) }),
		Sin:    unaryInfo("Sin", chain1(func(g *gradient, x, y Ref) Ref { return g.emit(Cos, x) })),
		Cos:    unaryInfo("Cos", chain1(func(g *gradient, x, y Ref) Ref { return g.neg(g.emit(Sin, x)) })),
		Atan: unaryInfo("Atan", func(g *gradient) {
			g.add(0, g.div(g.out, g.plus(g.emit(Square, g.in(0)), 1)))
		}),
		Tanh: unaryInfo("Tanh", chain1(func(g *gradient, x, y Ref) Ref {
			return g.plus(g.neg(g.emit(Square, y)), 1)
		})),
		Sigmoid: unaryInfo("Sigmoid", chain1(func(g *gradient, x, y Ref) Ref {
			return g.mul(y, g.emit(Sigmoid, g.neg(x))) // 1-σ(x) without cancellation
		})),
		Softplus: unaryInfo("Softplus", chain1(func(g *gradient, x, y Ref) Ref { return g.emit(Sigmoid, x) })),
		Erf: unaryInfo("Erf", chain1(func(g *gradient, x, y Ref) Ref {
			return g.times(g.emit(Exp, g.neg(g.emit(Square, x))), twoOverSqrtPi)
		})),
		Erfc: unaryInfo("Erfc", chain1(func(g *gradient, x, y Ref) Ref {
			return g.times(g.emit(Exp, g.neg(g.emit(Square, x))), -twoOverSqrtPi)
		})),
		Erfinv: unaryInfo("Erfinv", chain1(func(g *gradient, x, y Ref) Ref {
			return g.times(g.emit(Exp, g.emit(Square, y)), halfSqrtPi)
		})),
		Lgamma: unaryInfo("Lgamma", chain1(func(g *gradient, x, y Ref) Ref { return g.emit(Digamma, x) })),
		Digamma: unaryInfo("Digamma", chain1(func(g *gradient, x, y Ref) Ref {
			return g.t.Emit(Polygamma, Attr{F: 1}, x)
		})),
		NormCDF: unaryInfo("NormCDF", chain1(func(g *gradient, x, y Ref) Ref {
			return g.times(g.emit(Exp, g.times(g.emit(Square, x), -0.5)), invSqrt2Pi)
		})),
		LogNormCDF: unaryInfo("LogNormCDF", chain1(func(g *gradient, x, y Ref) Ref { return g.emit(NormRatio, x) })),
		NormRatio: unaryInfo("NormRatio", chain1(func(g *gradient, x, y Ref) Ref {
			return g.neg(g.mul(y, g.emit(Add, x, y)))
		})),
		NormQuantile: unaryInfo("NormQuantile", chain1(func(g *gradient, x, y Ref) Ref {
			return g.times(g.emit(Exp, g.times(g.emit(Square, y), 0.5)), 1/invSqrt2Pi)
		})),
		Log1pSquare: unaryInfo("Log1pSquare", chain1(func(g *gradient, x, y Ref) Ref { return g.emit(Log1pSquareD, x) })),
		Log1pSquareD: unaryInfo("Log1pSquareD", chain1(func(g *gradient, x, y Ref) Ref {
			// 2/(1+x²) - y²
			return g.sub(g.times(g.emit(Exp, g.neg(g.emit(Log1pSquare, x))), 2), g.emit(Square, y))
		})),
		LogBesselI0e: unaryInfo("LogBesselI0e", chain1(func(g *gradient, x, y Ref) Ref {
			return g.sub(g.emit(BesselRatio, x), g.emit(Sign, x))
		})),
		BesselRatio: unaryInfo("BesselRatio", chain1(gradBesselRatio)),
		Floor:       unaryInfo("Floor", nil),
		Not:         unaryInfo("Not", nil),
		AddScalar:   unaryInfo("AddScalar", func(g *gradient) { g.add(0, g.out) }),
		MulScalar:   unaryInfo("MulScalar", func(g *gradient) { g.add(0, g.times(g.out, g.attr().F)) }),
		PowScalar:   unaryInfo("PowScalar", gradPowScalar),
		Polygamma: unaryInfo("Polygamma", chain1(func(g *gradient, x, y Ref) Ref {
			return g.t.Emit(Polygamma, Attr{F: g.attr().F + 1}, x)
		})),
		Cast: {name: "Cast", view: castView, grad: func(g *gradient) {
			d, _ := g.t.Type(g.in(0))
			g.add(0, g.t.Emit(Cast, Attr{F: float64(d)}, g.out))
		}},
		Detach: {name: "Detach", view: func(c *call) Array { return *c.in[0] }},

		Add: binaryInfo("Add", func(g *gradient) { g.add(0, g.out); g.add(1, g.out) }),
		Sub: binaryInfo("Sub", func(g *gradient) {
			g.add(0, g.out)
			if g.needs(1) {
				g.add(1, g.neg(g.out))
			}
		}),
		Mul:             binaryInfo("Mul", gradMul),
		Div:             binaryInfo("Div", gradDiv),
		Pow:             binaryInfo("Pow", gradPow),
		Max:             binaryInfo("Maximum", gradMax),
		Min:             binaryInfo("Minimum", gradMax),
		Equal:           binaryInfo("Equal", nil),
		Less:            binaryInfo("Less", nil),
		LessEqual:       binaryInfo("LessEqual", nil),
		LogAddExp:       binaryInfo("LogAddExp", gradLogAddExp),
		XLogY:           binaryInfo("XLogY", gradXLogY),
		XLog1pY:         binaryInfo("XLog1pY", gradXLog1pY),
		Lbeta:           binaryInfo("Lbeta", gradLbeta),
		GammaP:          binaryInfo("GammaP", gradGammaP),
		GammaPDa:        binaryInfo("GammaPDa", noSecond),
		GammaQ:          binaryInfo("GammaQ", gradGammaQ),
		GammaPInv:       binaryInfo("GammaPInv", gradGammaInv),
		GammaQInv:       binaryInfo("GammaQInv", gradGammaInv),
		StudentCDF:      binaryInfo("StudentCDF", gradStudentCDF),
		StudentCDFDnu:   binaryInfo("StudentCDFDnu", noSecond),
		StudentQuantile: binaryInfo("StudentQuantile", gradStudentQuantile),
		GammaSample: binaryInfo("GammaSample", func(g *gradient) {
			g.add(0, g.mul(g.out, g.emit(GammaSampleDa, g.in(0), g.in(1))))
		}),
		GammaSampleDa: binaryInfo("GammaSampleDa", noSecond),
		LogGammaSample: binaryInfo("LogGammaSample", func(g *gradient) {
			g.add(0, g.mul(g.out, g.emit(LogGammaSampleDa, g.in(0), g.in(1))))
		}),
		LogGammaSampleDa: binaryInfo("LogGammaSampleDa", noSecond),

		Where:      ternaryInfo("Where", gradWhere),
		Outside:    ternaryInfo("Outside", nil),
		BetaInc:    ternaryInfo("BetaInc", gradBetaInc),
		BetaIncC:   ternaryInfo("BetaIncC", gradBetaIncC),
		BetaIncDa:  ternaryInfo("BetaIncDa", noSecond),
		BetaIncDb:  ternaryInfo("BetaIncDb", noSecond),
		BetaIncInv: ternaryInfo("BetaIncInv", gradBetaIncInv),
		BetaSample: ternaryInfo("BetaSample", func(g *gradient) {
			a, b, x := g.in(0), g.in(1), g.in(2)
			if g.needs(0) {
				g.add(0, g.mul(g.out, g.emit(BetaSampleDa, a, b, x)))
			}
			if g.needs(1) {
				g.add(1, g.mul(g.out, g.emit(BetaSampleDb, a, b, x)))
			}
		}),
		BetaSampleDa: ternaryInfo("BetaSampleDa", noSecond),
		BetaSampleDb: ternaryInfo("BetaSampleDb", noSecond),

		Sum:       {name: "Sum", layout: reduceLayout, eval: evalReduce, grad: gradSum},
		ReduceMax: {name: "Max", layout: reduceLayout, eval: evalReduce, grad: gradExtremum},
		ReduceMin: {name: "Min", layout: reduceLayout, eval: evalReduce, grad: gradExtremum},
		ArgMax:    {name: "ArgMax", layout: reduceLayout, eval: evalReduce},
		LogSumExp: {name: "LogSumExp", layout: reduceLayout, eval: evalReduce, grad: gradLogSumExp},
		CumSum:    {name: "CumSum", layout: sameLayout, eval: evalCumSum, grad: gradCumSum},

		Reshape: {name: "Reshape", view: reshapeView, grad: gradReshape},
		Expand:  {name: "Expand", view: expandView, grad: func(g *gradient) { g.add(0, g.out) }},
		SumTo:   {name: "SumTo", layout: sumToLayout, eval: evalSumTo, grad: gradSumTo},
		Permute: {name: "Permute", view: permuteView, grad: gradPermute},
		Slice:   {name: "Slice", view: sliceView, grad: gradSlice},
		Unslice: {name: "Unslice", layout: unsliceLayout, eval: evalUnslice, grad: gradUnslice},
		Flip: {name: "Flip", layout: sameLayout, eval: evalFlip, grad: func(g *gradient) {
			g.add(0, g.t.Emit(Flip, g.attr(), g.out))
		}},
		Cat: {name: "Cat", layout: catLayout, eval: evalCat, grad: gradCat},

		Index:      {name: "Index", layout: indexLayout, eval: evalIndex, grad: gradIndex},
		IndexAdd:   {name: "IndexAdd", layout: indexAddLayout, eval: evalIndexAdd, grad: gradIndexAdd},
		Gather:     {name: "Gather", layout: gatherLayout, eval: evalGather, grad: gradGather},
		ScatterAdd: {name: "ScatterAdd", layout: scatterAddLayout, eval: evalScatterAdd, grad: gradScatterAdd},

		MatMul:        {name: "MatMul", layout: matMulLayout, eval: evalMatMul, grad: gradMatMul},
		LogMatMul:     {name: "LogMatMul", layout: matMulLayout, eval: evalLogMatMul, grad: gradLogMatMul},
		LogMatMulGrad: {name: "LogMatMulGrad", layout: logMatMulGradLayout, eval: evalLogMatMulGrad, grad: gradLogMatMulGrad},
		Cholesky:      {name: "Cholesky", layout: squareLayout, eval: evalCholesky, grad: gradCholesky},
		CholeskyGrad:  {name: "CholeskyGrad", layout: squareLayout, eval: evalCholeskyGrad, grad: noSecond},
		TriSolve:      {name: "TriSolve", layout: triSolveLayout, eval: evalTriSolve, grad: gradTriSolve},
		Tril:          {name: "Tril", layout: matrixLayout, eval: evalTril, grad: gradTril},
		Diag:          {name: "Diag", view: diagView, grad: gradDiag},
		DiagEmbed:     {name: "DiagEmbed", layout: diagEmbedLayout, eval: evalDiagEmbed, grad: gradDiagEmbed},
	}
}

func unaryInfo(name string, grad func(*gradient)) info {
	return info{name: name, layout: sameLayout, eval: evalUnary, grad: grad}
}

func binaryInfo(name string, grad func(*gradient)) info {
	return info{name: name, layout: broadcastLayout, eval: evalBinary, grad: grad}
}

func ternaryInfo(name string, grad func(*gradient)) info {
	return info{name: name, layout: broadcastLayout, eval: evalTernary, grad: grad}
}

// castView converts to the number type F; numbers beyond float32 become
// infinite, as Go's conversion makes them.
func castView(c *call) Array {
	d := DType(c.attr.F)
	if c.in[0].DType == d {
		a := *c.in[0]
		a.Weak = false
		return a
	}
	return castTo(c.m, c.in[0], d)
}
