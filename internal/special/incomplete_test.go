package special

import (
	"math"
	"testing"
)

// tailBound is bound·max(1, -log tail/10): the rounding of the exponent.
func tailBound(bound, tail float64) float64 {
	return bound * max(1, -math.Log(tail)/10)
}

func TestGammaReference(t *testing.T) {
	var p, q, dp, dx, dy worst
	for _, r := range reference(t, "Gamma") {
		a, x := r[0], r[1]
		tail := min(r[2], r[3])
		p.add(GammaP(a, x), r[2], relErr(GammaP(a, x), r[2]), tailBound(5e-15, tail), a, x)
		q.add(GammaQ(a, x), r[3], relErr(GammaQ(a, x), r[3]), tailBound(5e-15, tail), a, x)
		dp.add(GammaPGrad(a, x), r[4], relErr(GammaPGrad(a, x), r[4]), tailBound(1e-13, tail), a, x)
		dx.add(GammaSampleGrad(a, x), r[5], relErr(GammaSampleGrad(a, x), r[5]), 1e-13, a, x)
		y := LogGammaSampleGrad(a, math.Log(x))
		// The rounding of log x moves the derivative by as much again.
		dy.add(y, r[5]/x, relErr(y, r[5]/x), 1e-12, a, x)
	}
	p.check(t, "GammaP")
	q.check(t, "GammaQ")
	dp.check(t, "GammaPGrad")
	dx.check(t, "GammaSampleGrad")
	dy.check(t, "LogGammaSampleGrad")
}

func TestBetaReference(t *testing.T) {
	var p, q, da, db, xa, xb worst
	for _, r := range reference(t, "Beta") {
		a, b, x := r[0], r[1], r[2]
		tail := min(r[3], r[4])
		p.add(BetaInc(a, b, x), r[3], relErr(BetaInc(a, b, x), r[3]), tailBound(1e-14, tail), a, b, x)
		q.add(BetaIncC(a, b, x), r[4], relErr(BetaIncC(a, b, x), r[4]), tailBound(1e-14, tail), a, b, x)
		ga, gb := BetaIncGrad(a, b, x)
		da.add(ga, r[5], relErr(ga, r[5]), tailBound(1e-13, tail), a, b, x)
		db.add(gb, r[6], relErr(gb, r[6]), tailBound(1e-13, tail), a, b, x)
		sa, sb := BetaSampleGrad(x, a, b)
		xa.add(sa, r[7], relErr(sa, r[7]), 1e-13, a, b, x)
		xb.add(sb, r[8], relErr(sb, r[8]), 1e-13, a, b, x)
	}
	p.check(t, "BetaInc")
	q.check(t, "BetaIncC")
	da.check(t, "BetaIncGrad a")
	db.check(t, "BetaIncGrad b")
	xa.check(t, "BetaSampleGrad a")
	xb.check(t, "BetaSampleGrad b")
}

func TestStudentReference(t *testing.T) {
	var w worst
	for _, r := range reference(t, "StudentTCDF") {
		got := StudentTCDF(r[0], r[1])
		w.add(got, r[2], relErr(got, r[2]), tailBound(1e-14, r[2]), r[0], r[1])
	}
	w.check(t, "StudentTCDF")
	w = worst{}
	for _, r := range reference(t, "StudentTSampleGrad") {
		bound := 1e-9
		if r[0] <= 1e4 {
			bound = 1e-14 * max(1, r[0])
		}
		got := StudentTSampleGrad(r[0], r[1])
		w.add(got, r[2], relErr(got, r[2]), bound, r[0], r[1])
	}
	w.check(t, "StudentTSampleGrad")
}
