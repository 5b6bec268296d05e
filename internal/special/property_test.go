package special

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

var (
	inf = math.Inf(1)
	nan = math.NaN()
	neg = math.Copysign(0, -1)
)

func same(a, b float64) bool {
	return math.IsNaN(a) && math.IsNaN(b) || a == b && math.Signbit(a) == math.Signbit(b)
}

func TestEdges(t *testing.T) {
	const tiny = 5e-324
	for _, c := range []struct {
		name      string
		got, want float64
	}{
		{"Lgamma(0)", Lgamma(0), inf},
		{"Lgamma(-3)", Lgamma(-3), inf},
		{"Lgamma(-Inf)", Lgamma(-inf), inf},
		{"Lgamma(1)", Lgamma(1), 0},
		{"Lgamma(2)", Lgamma(2), 0},
		{"Lgamma(NaN)", Lgamma(nan), nan},
		{"Lgamma(tiny)", Lgamma(tiny), 744.4400719213812},
		{"Lgamma(1e308)", Lgamma(1e308), inf},
		{"Lgamma1p(0)", Lgamma1p(0), 0},
		{"Lgamma1p(-0)", Lgamma1p(neg), 0},
		{"Lgamma1p(-1)", Lgamma1p(-1), inf},
		{"Lgamma1p(-2)", Lgamma1p(-2), nan},
		{"Digamma(0)", Digamma(0), -inf},
		{"Digamma(-0)", Digamma(neg), inf},
		{"Digamma(-4)", Digamma(-4), nan},
		{"Digamma(Inf)", Digamma(inf), inf},
		{"Digamma(-Inf)", Digamma(-inf), nan},
		{"Digamma(NaN)", Digamma(nan), nan},
		{"Digamma(tiny)", Digamma(tiny), -inf},
		{"Digamma(-1e300)", Digamma(-1e300), nan},
		{"Trigamma(0)", Trigamma(0), inf},
		{"Trigamma(-2)", Trigamma(-2), inf},
		{"Trigamma(Inf)", Trigamma(inf), 0},
		{"Trigamma(NaN)", Trigamma(nan), nan},
		{"Polygamma(-1,1)", Polygamma(-1, 1), nan},
		{"Polygamma(3,-2)", Polygamma(3, -2), inf},
		{"Polygamma(2,-2)", Polygamma(2, -2), nan},
		{"Polygamma(2,0)", Polygamma(2, 0), -inf},
		{"Polygamma(2,-0)", Polygamma(2, neg), inf},
		{"Polygamma(3,Inf)", Polygamma(3, inf), 0},
		{"LogPochhammer(0,0)", LogPochhammer(0, 0), 0},
		{"LogPochhammer(0,1)", LogPochhammer(0, 1), -inf},
		{"LogPochhammer(1,-1)", LogPochhammer(1, -1), inf},
		{"LogPochhammer(-1,3)", LogPochhammer(-1, 3), nan},
		{"LogPochhammer(3,Inf)", LogPochhammer(3, inf), inf},
		{"LogPochhammer(NaN,1)", LogPochhammer(nan, 1), nan},
		{"Lbeta(0,1)", Lbeta(0, 1), inf},
		{"Lbeta(1,1)", Lbeta(1, 1), 0},
		{"Lbeta(Inf,1)", Lbeta(inf, 1), -inf},
		{"Lbeta(-1,1)", Lbeta(-1, 1), nan},
		{"Lbeta(NaN,1)", Lbeta(nan, 1), nan},
		{"LChoose(5,0)", LChoose(5, 0), 0},
		{"LChoose(5,5)", LChoose(5, 5), 0},
		{"LChoose(5,6)", LChoose(5, 6), -inf},
		{"LChoose(5,-1)", LChoose(5, -1), -inf},
		{"LChoose(5,5.5)", LChoose(5, 5.5), nan},
		{"GammaP(1,0)", GammaP(1, 0), 0},
		{"GammaP(1,Inf)", GammaP(1, inf), 1},
		{"GammaP(0,1)", GammaP(0, 1), nan},
		{"GammaP(1,-1)", GammaP(1, -1), nan},
		{"GammaP(NaN,1)", GammaP(nan, 1), nan},
		{"GammaQ(1,0)", GammaQ(1, 0), 1},
		{"GammaQ(1,Inf)", GammaQ(1, inf), 0},
		{"LogGammaP(1,0)", LogGammaP(1, 0), -inf},
		{"LogGammaQ(1,0)", LogGammaQ(1, 0), 0},
		{"GammaPInv(2,0)", GammaPInv(2, 0), 0},
		{"GammaPInv(2,1)", GammaPInv(2, 1), inf},
		{"GammaPInv(2,1.1)", GammaPInv(2, 1.1), nan},
		{"GammaPInv(-2,.5)", GammaPInv(-2, .5), nan},
		{"GammaQInv(2,0)", GammaQInv(2, 0), inf},
		{"GammaPInv(1e-3,1e-9)", GammaPInv(1e-3, 1e-9), 0},
		{"GammaSampleGrad(2,0)", GammaSampleGrad(2, 0), 0},
		{"GammaSampleGrad(0,1)", GammaSampleGrad(0, 1), nan},
		{"GammaSampleGrad(2,-1)", GammaSampleGrad(2, -1), nan},
		{"BetaInc(1,2,0)", BetaInc(1, 2, 0), 0},
		{"BetaInc(1,2,1)", BetaInc(1, 2, 1), 1},
		{"BetaInc(0,2,1)", BetaInc(0, 2, 1), nan},
		{"BetaInc(1,2,1.1)", BetaInc(1, 2, 1.1), nan},
		{"BetaInc(1,NaN,.5)", BetaInc(1, nan, .5), nan},
		{"BetaIncC(1,2,1)", BetaIncC(1, 2, 1), 0},
		{"BetaIncInv(1,2,0)", BetaIncInv(1, 2, 0), 0},
		{"BetaIncInv(1,2,1)", BetaIncInv(1, 2, 1), 1},
		{"BetaIncInv(1,2,2)", BetaIncInv(1, 2, 2), nan},
		{"DirichletSampleGrad(0,1,3)", DirichletSampleGrad(0, 1, 3), 0},
		{"DirichletSampleGrad(.5,3,3)", DirichletSampleGrad(.5, 3, 3), nan},
		{"NormCDF(Inf)", NormCDF(inf), 1},
		{"NormCDF(-Inf)", NormCDF(-inf), 0},
		{"NormCDF(NaN)", NormCDF(nan), nan},
		{"NormCDF(0)", NormCDF(0), .5},
		{"NormCDF(-40)", NormCDF(-40), 0},
		{"LogNormCDF(-Inf)", LogNormCDF(-inf), -inf},
		{"LogNormCDF(Inf)", LogNormCDF(inf), neg},
		{"LogNormCDF(-1e200)", LogNormCDF(-1e200), -inf},
		{"LogNormCDF(NaN)", LogNormCDF(nan), nan},
		{"Erfcx(Inf)", Erfcx(inf), 0},
		{"Erfcx(-30)", Erfcx(-30), inf},
		{"Erfcx(0)", Erfcx(0), 1},
		{"Erfcx(NaN)", Erfcx(nan), nan},
		{"NormQuantile(0)", NormQuantile(0), -inf},
		{"NormQuantile(1)", NormQuantile(1), inf},
		{"NormQuantile(.5)", NormQuantile(.5), 0},
		{"NormQuantile(2)", NormQuantile(2), nan},
		{"Erfinv(1)", Erfinv(1), inf},
		{"Erfinv(-1)", Erfinv(-1), -inf},
		{"Erfinv(2)", Erfinv(2), nan},
		{"Erfcinv(0)", Erfcinv(0), inf},
		{"Erfcinv(2)", Erfcinv(2), -inf},
		{"Erfcinv(1)", Erfcinv(1), 0},
		{"Erfcinv(-1)", Erfcinv(-1), nan},
		{"StudentTCDF(1,0)", StudentTCDF(1, 0), .5},
		{"StudentTCDF(1,-Inf)", StudentTCDF(1, -inf), 0},
		{"StudentTCDF(1,Inf)", StudentTCDF(1, inf), 1},
		{"StudentTCDF(0,1)", StudentTCDF(0, 1), nan},
		{"StudentTCDF(Inf,0)", StudentTCDF(inf, 0), .5},
		{"StudentTQuantile(3,.5)", StudentTQuantile(3, .5), 0},
		{"StudentTQuantile(3,0)", StudentTQuantile(3, 0), -inf},
		{"StudentTQuantile(3,1)", StudentTQuantile(3, 1), inf},
		{"StudentTQuantile(3,NaN)", StudentTQuantile(3, nan), nan},
		{"StudentTSampleGrad(3,0)", StudentTSampleGrad(3, 0), 0},
		{"StudentTSampleGrad(-3,1)", StudentTSampleGrad(-3, 1), nan},
		{"Sigmoid(-Inf)", Sigmoid(-inf), 0},
		{"Sigmoid(Inf)", Sigmoid(inf), 1},
		{"Log1pExp(Inf)", Log1pExp(inf), inf},
		{"Log1pExp(-Inf)", Log1pExp(-inf), 0},
		{"Log1pExp(NaN)", Log1pExp(nan), nan},
		{"LogSigmoid(-Inf)", LogSigmoid(-inf), -inf},
		{"Log1mExp(0)", Log1mExp(0), -inf},
		{"Log1mExp(1)", Log1mExp(1), nan},
		{"Log1mExp(-Inf)", Log1mExp(-inf), neg},
		{"LogAddExp(-Inf,-Inf)", LogAddExp(-inf, -inf), -inf},
		{"LogAddExp(-Inf,2)", LogAddExp(-inf, 2), 2},
		{"LogAddExp(Inf,2)", LogAddExp(inf, 2), inf},
		{"LogAddExp(Inf,Inf)", LogAddExp(inf, inf), inf},
		{"LogAddExp(NaN,-Inf)", LogAddExp(nan, -inf), nan},
		{"LogAddExp(-Inf,NaN)", LogAddExp(-inf, nan), nan},
		{"LogSubExp(2,2)", LogSubExp(2, 2), -inf},
		{"LogSubExp(2,-Inf)", LogSubExp(2, -inf), 2},
		{"LogSubExp(1,2)", LogSubExp(1, 2), nan},
		{"LogSubExp(-Inf,-Inf)", LogSubExp(-inf, -inf), -inf},
		{"LogSubExp(Inf,2)", LogSubExp(inf, 2), inf},
		{"XLogY(0,0)", XLogY(0, 0), 0},
		{"XLogY(0,NaN)", XLogY(0, nan), nan},
		{"XLogY(2,0)", XLogY(2, 0), -inf},
		{"XLogY(1,tiny)", XLogY(1, tiny), -744.4400719213812},
		{"XLog1pY(0,-1)", XLog1pY(0, -1), 0},
		{"XLog1pY(2,-1)", XLog1pY(2, -1), -inf},
		{"BesselI0e(0)", BesselI0e(0), 1},
		{"BesselI0e(Inf)", BesselI0e(inf), 0},
		{"BesselI1e(0)", BesselI1e(0), 0},
		{"BesselI1e(-3)", BesselI1e(-3), -BesselI1e(3)},
		{"BesselI1I0(Inf)", BesselI1I0(inf), 1},
		{"BesselI1I0(-Inf)", BesselI1I0(-inf), -1},
		{"BesselI1I0(NaN)", BesselI1I0(nan), nan},
	} {
		if !same(c.got, c.want) {
			t.Errorf("%s = %v, want %v", c.name, c.got, c.want)
		}
	}
}

// near fails unless |a-b| ≤ tol·size; tol is the sum of the documented bounds
// of what enters, size the largest term.
func near(t *testing.T, what string, a, b, tol, size float64) {
	t.Helper()
	if !(math.Abs(a-b) <= tol*size) {
		t.Errorf("%s: %v against %v, error %.2g of the bound", what, a, b, math.Abs(a-b)/(tol*size))
	}
}

// logUniform draws from [lo, hi], evenly in the logarithm.
func logUniform(r *rand.Rand, lo, hi float64) float64 {
	return lo * math.Exp(r.Float64()*math.Log(hi/lo))
}

func TestRecurrences(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 2000 {
		x := logUniform(r, 1e-3, 1e6)
		at := fmt.Sprintf("x = %v", x)
		// x+1 rounds by up to 2^-53·(x+1); each derivative carries that on.
		u := 0x1p-53 * (x + 1)
		near(t, "ψ "+at, Digamma(x+1), Digamma(x)+1/x, 2e-15, math.Abs(Digamma(x))+1/x+math.Abs(Digamma(x+1))+u)
		near(t, "ψ' "+at, Trigamma(x+1), Trigamma(x)-1/(x*x), 5e-15, Trigamma(x))
		near(t, "ψ'' "+at, Polygamma(2, x+1), Polygamma(2, x)+2/(x*x*x), 2e-14, -Polygamma(2, x))
		near(t, "logΓ "+at, Lgamma(x+1), Lgamma(x)+math.Log(x), 3e-15, math.Abs(Lgamma(x+1))+math.Abs(Lgamma(x))+math.Abs(math.Log(x))+1)
		n := logUniform(r, 1e-6, 1e3)
		near(t, "Pochhammer "+at, LogPochhammer(x, n), Lbeta(x+n, 1)-Lbeta(x, 1)+LogPochhammer(x+1, n), 2e-14, math.Abs(Lgamma(x))+math.Abs(LogPochhammer(x, n))+math.Abs(math.Log(x))+math.Abs(math.Log(x+n)))
	}
	for _, x := range []float64{-0.3, -1.7, -12.25, -100.5} {
		near(t, "reflected ψ", Digamma(x+1), Digamma(x)+1/x, 1e-14, math.Abs(Digamma(x))+10)
		near(t, "reflected ψ'", Trigamma(x+1), Trigamma(x)-1/(x*x), 1e-13, Trigamma(x))
		near(t, "reflected ψ'''", Polygamma(3, x+1), Polygamma(3, x)-6/(x*x*x*x), 1e-13, Polygamma(3, x))
	}
}

// TestGammaIdentities checks P+Q = 1, P(a, x) - P(a+1, x) = x^a e^-x/Γ(a+1)
// and its derivative at random points of the whole range of methods.
func TestGammaIdentities(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 5000 {
		a := logUniform(r, 1e-3, 1e6)
		x := GammaPInv(a, r.Float64())
		if x < 1e-300 {
			continue
		}
		at := fmt.Sprintf("a = %v, x = %v", a, x)
		p, q := GammaP(a, x), GammaQ(a, x)
		near(t, "P+Q "+at, p+q, 1, 1e-14, 1)
		d := math.Exp(logGammaPrefix(a, x)) / a
		// a+1 rounds: P moves by 2^-53·a times its derivative, of order 1/√a.
		near(t, "recurrence "+at, p-GammaP(a+1, x), d, 1e-14+0x1p-52*math.Sqrt(a), 1)
		dd := d * (math.Log(x) - Digamma(a+1))
		size := math.Abs(GammaPGrad(a, x)) + math.Abs(dd) + d*math.Log(a+2)
		near(t, "∂a recurrence "+at, GammaPGrad(a, x)-GammaPGrad(a+1, x), dd, 2e-13+0x1p-50*math.Sqrt(a), size)
		if g := GammaSampleGrad(a, x); !(g > 0) {
			t.Errorf("GammaSampleGrad at %s = %v, want > 0", at, g)
		}
	}
}

// TestBetaIdentities checks the complement, the symmetry and
// I_x(a, b) - I_x(a+1, b) = x^a y^b/(a B(a, b)) at random points.
func TestBetaIdentities(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	for range 5000 {
		a, b := logUniform(r, 1e-3, 1e6), logUniform(r, 1e-3, 1e6)
		x := BetaIncInv(a, b, r.Float64())
		if x < 1e-300 || x > 1-1e-9 {
			continue // 1-x has too few digits for what follows
		}
		at := fmt.Sprintf("a = %v, b = %v, x = %v", a, b, x)
		p, q := BetaInc(a, b, x), BetaIncC(a, b, x)
		near(t, "sum "+at, p+q, 1, 2e-14, 1)
		d := math.Exp(logBetaPrefix(a, b, x, 1-x)) / a
		near(t, "recurrence "+at, p-BetaInc(a+1, b, x), d, 2e-14+0x1p-52*math.Sqrt(a), 1)
		da, db := BetaSampleGrad(x, a, b)
		if !(da > 0 && db < 0) {
			t.Errorf("BetaSampleGrad at %s = %v, %v, want positive and negative", at, da, db)
		}
		// In the complement the roles change; its 1-x is exact only for x > ½.
		if x > 0.5 {
			ea, eb := BetaSampleGrad(1-x, b, a)
			near(t, "symmetry a "+at, -eb, da, 2e-13, da)
			near(t, "symmetry b "+at, -ea, db, 2e-13, -db)
		}
		near(t, "Dirichlet "+at, DirichletSampleGrad(x, a, a+b)*(1-x), da, 2e-13+1e-14*math.Sqrt(a+b)*(1+a/b), da)
	}
}

// TestSampleGradDifferences compares with quantiles at shifted parameters:
// the same probability, so x moves along the implicit gradient.
func TestSampleGradDifferences(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	// A central difference with h = 1e-4·θ errs by h² relative (times a small
	// factor, 10 here) and by the quantiles' 1e-14·max(1, 1/θ) over h/θ.
	const h, tol = 1e-4, 1e-7 + 1e-10
	for range 500 {
		a, p := logUniform(r, 0.1, 1e4), 0.001+0.998*r.Float64()
		d := (GammaPInv(a*(1+h), p) - GammaPInv(a*(1-h), p)) / (2 * h * a)
		x := GammaPInv(a, p)
		// Relative to dx/da = x·|log P|/a² at most, which small a makes large.
		near(t, fmt.Sprintf("gamma %v %v", a, p), GammaSampleGrad(a, x), d, tol*(1+1/(a*a)), d)
		b := logUniform(r, 0.1, 1e4)
		d = (BetaIncInv(a*(1+h), b, p) - BetaIncInv(a*(1-h), b, p)) / (2 * h * a)
		x = BetaIncInv(a, b, p)
		if x > 1e-10 && x < 0.99 {
			da, _ := BetaSampleGrad(x, a, b)
			near(t, fmt.Sprintf("beta %v %v %v", a, b, p), da, d, tol*(1+1/(a*a)), d)
		}
		d = (StudentTQuantile(a*(1+h), p) - StudentTQuantile(a*(1-h), p)) / (2 * h * a)
		x = StudentTQuantile(a, p)
		// The difference is of order x/ν against quantiles of order x.
		near(t, fmt.Sprintf("student %v %v", a, p), StudentTSampleGrad(a, x), d, tol*(1+1/(a*a))+1e-10*a, math.Abs(d))
	}
}

func TestInverses(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 10))
	for range 3000 {
		p := logUniform(r, 1e-250, 0.5)
		a, b := logUniform(r, 1e-2, 1e6), logUniform(r, 1e-2, 1e6)
		at := fmt.Sprintf("a = %v, b = %v, p = %v", a, b, p)
		// log F errs by the tails' 1e-14·max(1, -log p/10), and by its slope
		// times the rounding of log x (or of the logit), in which x was sought.
		check := func(what string, logF, slope float64) {
			near(t, what+" "+at, logF, math.Log(p), 2e-15*max(10, -math.Log(p))+0x1p-52*slope, 1)
		}
		if x := GammaPInv(a, p); x > 1e-300 {
			l := LogGammaP(a, x)
			check("GammaPInv", l, math.Exp(logGammaPrefix(a, x)-l)*(1+math.Abs(math.Log(x))))
		}
		x := GammaQInv(a, p)
		l := LogGammaQ(a, x)
		check("GammaQInv", l, math.Exp(logGammaPrefix(a, x)-l)*(1+math.Abs(math.Log(x))))
		if x := BetaIncInv(a, b, p); x > 1e-300 && x < 0.5 {
			l := LogBetaInc(a, b, x)
			check("BetaIncInv", l, math.Exp(logBetaPrefix(a, b, x, 1-x)-l)/(1-x)*(1+math.Abs(math.Log(x))))
		}
		x = NormQuantile(p)
		check("NormQuantile", LogNormCDF(x), x*x+1)
		x = Erfcinv(2 * p)
		check("Erfcinv", math.Log(math.Erfc(x)/2), 2*x*x+1)
		if x := StudentTQuantile(a, p); x > -1e100 {
			check("StudentTQuantile", math.Log(StudentTCDF(a, x)), (min(a, x*x)+1)*10)
		}
		u := 2*r.Float64() - 1
		near(t, "Erfinv", math.Erf(Erfinv(u)), u, 4e-15, math.Abs(u))
	}
}

func TestBesselRatioDerivative(t *testing.T) {
	for x := 0.01; x < 1e3; x *= 1.07 {
		near(t, fmt.Sprint("ratio ", x), BesselI1I0(x), BesselI1e(x)/BesselI0e(x), 3e-15, BesselI1I0(x))
	}
}

func TestNoAllocation(t *testing.T) {
	if n := testing.AllocsPerRun(10, func() {
		GammaPInv(3, 0.2)
		BetaIncInv(2, 3, 0.7)
		StudentTQuantile(4, 0.01)
		GammaSampleGrad(3, 9)
		BetaSampleGrad(0.4, 300, 200)
		Polygamma(4, -2.5)
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
