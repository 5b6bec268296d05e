package program

import (
	"math"

	"github.com/gopyro/pyro/internal/special"
)

// functions are those of a single number that unaryLoop computes, where they have
// no parameter and no step.
var functions = [Add]func(float64) float64{
	Exp: math.Exp, Expm1: math.Expm1, Log: log, Log1p: math.Log1p,
	Sin: math.Sin, Cos: math.Cos, Atan: math.Atan, Tanh: math.Tanh,
	Sigmoid: special.Sigmoid, Softplus: special.Log1pExp,
	Erf: math.Erf, Erfc: math.Erfc, Erfinv: special.Erfinv,
	Lgamma: special.Lgamma, Digamma: special.Digamma,
	NormCDF: special.NormCDF, LogNormCDF: special.LogNormCDF, NormRatio: normRatio, NormQuantile: special.NormQuantile,
	Log1pSquare: special.Log1pSquare, Log1pSquareD: special.Log1pSquareD,
	LogBesselI0e: special.LogBesselI0e, BesselRatio: special.BesselI1I0,
}
