package program

import "github.com/gopyro/pyro/internal/special"

func evalTernary(c *call) {
	if c.out.DType == Float32 {
		evalTernaryAs[float32](c)
		return
	}
	evalTernaryAs[float64](c)
}

func evalTernaryAs[T float](c *call) {
	if c.out.Layout.Size == 0 {
		return
	}
	dst := values[T](&c.out)
	x := read[T](c.m, c.in[0], c.out.Layout)
	y := read[T](c.m, c.in[1], c.out.Layout)
	z := read[T](c.m, c.in[2], c.out.Layout)
	if c.code == Where {
		choose(dst, x, y, z)
		return
	}
	ternary(c.code, dst, x, y, z)
}

// ternary computes dst = f(x, y, z) for a function of the table.
func ternary[T float](code Code, dst, x, y, z []T) {
	dst, y, z = dst[:len(x)], y[:len(x)], z[:len(x)]
	if len(x) >= longRun && shared(stretch[T]{kind: general, code: code, dst: dst, x: x, y: y, z: z}) {
		return
	}
	var f func(a, b, x float64) float64
	switch code {
	case Outside:
		for i, v := range x {
			dst[i] = truth[T](v < y[i] || v > z[i])
		}
		return
	case BetaSample:
		copy(dst, z)
		return
	case BetaInc:
		f = special.BetaInc
	case BetaIncC:
		f = special.BetaIncC
	case BetaIncDa:
		f = func(a, b, x float64) float64 { da, _ := special.BetaIncGrad(a, b, x); return da }
	case BetaIncDb:
		f = func(a, b, x float64) float64 { _, db := special.BetaIncGrad(a, b, x); return db }
	case BetaIncInv:
		f = special.BetaIncInv
	case BetaSampleDa:
		f = func(a, b, x float64) float64 { da, _ := special.BetaSampleGrad(x, a, b); return da }
	case BetaSampleDb:
		f = func(a, b, x float64) float64 { _, db := special.BetaSampleGrad(x, a, b); return db }
	}
	for i, v := range x {
		dst[i] = T(f(float64(v), float64(y[i]), float64(z[i])))
	}
}

// betaDerivatives computes the derivatives of a function of the beta distribution in a and
// in b, of which code is the first.
func betaDerivatives(code Code, da, db, x, y, z []float64) {
	db, y, z = db[:len(x)], y[:len(x)], z[:len(x)]
	for i, v := range x {
		if code == BetaIncDa {
			da[i], db[i] = special.BetaIncGrad(v, y[i], z[i])
		} else {
			da[i], db[i] = special.BetaSampleGrad(z[i], v, y[i])
		}
	}
}
