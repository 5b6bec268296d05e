package dist_test

import (
	"math"

	"github.com/gopyro/pyro/dist"
	"github.com/gopyro/pyro/tensor"
)

type tensors = []*tensor.Tensor

// references are the families that have a table.
var references = map[string]refFamily{
	"Normal": family(func(p tensors) dist.Distribution { return dist.Normal(p[0], p[1]) }, "loc", "scale"),
	"LogNormal": family(func(p tensors) dist.Distribution { return dist.LogNormal(p[0], p[1]) }, "loc", "scale").
		withTerms(logNormalTerms),
	"HalfNormal": family(func(p tensors) dist.Distribution { return dist.HalfNormal(p[0]) }, "scale"),
	"StudentT": family(func(p tensors) dist.Distribution { return dist.StudentT(p[0], p[1], p[2]) }, "df", "loc", "scale").
		withTerms(func(p []float64, x float64) float64 { return p[0] * math.Log1p(p[0]) }),
	"Cauchy":     family(func(p tensors) dist.Distribution { return dist.Cauchy(p[0], p[1]) }, "loc", "scale"),
	"HalfCauchy": family(func(p tensors) dist.Distribution { return dist.HalfCauchy(p[0]) }, "scale"),
	"Laplace":    family(func(p tensors) dist.Distribution { return dist.Laplace(p[0], p[1]) }, "loc", "scale"),
	"Logistic":   family(func(p tensors) dist.Distribution { return dist.Logistic(p[0], p[1]) }, "loc", "scale"),
	"Gumbel":     family(func(p tensors) dist.Distribution { return dist.Gumbel(p[0], p[1]) }, "loc", "scale"),
	"Uniform":    family(func(p tensors) dist.Distribution { return dist.Uniform(p[0], p[1]) }, "low", "high"),
	"Beta": family(func(p tensors) dist.Distribution { return dist.Beta(p[0], p[1]) }, "concentration1", "concentration0").
		withTerms(betaTerms),
	"Exponential": family(func(p tensors) dist.Distribution { return dist.Exponential(p[0]) }, "rate").
		withTerms(func(p []float64, x float64) float64 { return math.Abs(math.Log(p[0])) + p[0]*x }),
	"Gamma": family(func(p tensors) dist.Distribution { return dist.Gamma(p[0], p[1]) }, "concentration", "rate").
		withTerms(gammaTerms),
	"InverseGamma": family(func(p tensors) dist.Distribution { return dist.InverseGamma(p[0], p[1]) }, "concentration", "rate").
		withTerms(func(p []float64, x float64) float64 { return gammaTerms(p, 1/x) }),
	"Chi2": family(func(p tensors) dist.Distribution { return dist.Chi2(p[0]) }, "df").
		withTerms(func(p []float64, x float64) float64 { return gammaTerms([]float64{p[0] / 2, 0.5}, x) }),
	"VonMises":             family(func(p tensors) dist.Distribution { return dist.VonMises(p[0], p[1]) }, "loc", "concentration"),
	"Weibull":              family(func(p tensors) dist.Distribution { return dist.Weibull(p[0], p[1]) }, "scale", "concentration"),
	"TruncatedNormal":      family(func(p tensors) dist.Distribution { return dist.TruncatedNormal(p[0], p[1], p[2], p[3]) }, "loc", "scale", "low", "high"),
	"LeftTruncatedNormal":  family(func(p tensors) dist.Distribution { return dist.LeftTruncatedNormal(p[0], p[1], p[2]) }, "loc", "scale", "low"),
	"RightTruncatedNormal": family(func(p tensors) dist.Distribution { return dist.RightTruncatedNormal(p[0], p[1], p[2]) }, "loc", "scale", "high"),
	"Pareto":               family(func(p tensors) dist.Distribution { return dist.Pareto(p[0], p[1]) }, "scale", "alpha"),
}

// logNormalTerms: a rounding of log x is amplified by the derivative z/scale.
func logNormalTerms(p []float64, x float64) float64 {
	l := math.Log(x)
	return math.Abs(l-p[0]) / (p[1] * p[1]) * (math.Abs(l) + math.Abs(p[0]))
}

func gammaTerms(p []float64, x float64) float64 {
	a, b := p[0], p[1]
	l, _ := math.Lgamma(a)
	return math.Abs(a*math.Log(x)) + b*x + math.Abs(a*math.Log(b)) + math.Abs(l)
}

func betaTerms(p []float64, x float64) float64 {
	return p[0]*math.Abs(math.Log(x)) + p[1]*math.Abs(math.Log1p(-x)) + p[0]*math.Log1p(p[1]/p[0]) + p[1]*math.Log1p(p[0]/p[1])
}
