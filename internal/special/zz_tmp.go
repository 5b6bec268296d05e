package special

import (
	"math"
	"gonum.org/v1/gonum/mathext"
)

func Log1pExp(x float64) float64 { if x > 0 { return x + math.Log1p(math.Exp(-x)) }; return math.Log1p(math.Exp(x)) }
func Erfinv(x float64) float64 { return math.Erfinv(x) }
func Lgamma(x float64) float64 { v, _ := math.Lgamma(x); return v }
func Digamma(x float64) float64 { return mathext.Digamma(x) }
func NormCDF(x float64) float64 { return 0.5*math.Erfc(-x/math.Sqrt2) }
func LogNormCDF(x float64) float64 { return math.Log(NormCDF(x)) }
func NormQuantile(x float64) float64 { return mathext.NormalQuantile(x) }
func Polygamma(n int, x float64) float64 { s := 0.0; for i := 0; i < 100000; i++ { s += math.Pow(x+float64(i), -float64(n+1)) }; if n%2 == 0 { s = -s }; return s*math.Gamma(float64(n+1)) }
func LogAddExp(a, b float64) float64 { m := max(a, b); if math.IsInf(m, 0) { return m }; return m + math.Log(math.Exp(a-m)+math.Exp(b-m)) }
func XLogY(x, y float64) float64 { if x == 0 { return 0 }; return x*math.Log(y) }
func XLog1pY(x, y float64) float64 { if x == 0 { return 0 }; return x*math.Log1p(y) }
func Lbeta(a, b float64) float64 { return Lgamma(a)+Lgamma(b)-Lgamma(a+b) }
func GammaP(a, x float64) float64 { return mathext.GammaIncReg(a, x) }
func GammaPDa(a, x float64) float64 { h := 1e-5; return (GammaP(a+h, x)-GammaP(a-h, x))/(2*h) }
func GammaSampleGrad(a, x float64) float64 { return -GammaPDa(a, x)/math.Exp((a-1)*math.Log(x)-x-Lgamma(a)) }
func BetaInc(a, b, x float64) float64 { return mathext.RegIncBeta(a, b, x) }
func BetaIncDa(a, b, x float64) float64 { h := 1e-5; return (BetaInc(a+h, b, x)-BetaInc(a-h, b, x))/(2*h) }
func BetaIncDb(a, b, x float64) float64 { h := 1e-5; return (BetaInc(a, b+h, x)-BetaInc(a, b-h, x))/(2*h) }
func BetaSampleGrad(x, a, b float64) (float64, float64) { p := math.Exp(XLogY(a-1, x)+XLog1pY(b-1, -x)-Lbeta(a, b)); return -BetaIncDa(a, b, x)/p, -BetaIncDb(a, b, x)/p }
