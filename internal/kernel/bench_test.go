package kernel

import (
	"math"
	"testing"
)

// Each function at n = 1024: the portable loop over the standard function (float32 through
// conversions) and the tiers of the machine.
func BenchmarkUnary(b *testing.B) {
	for _, k := range []struct {
		name string
		std  func(float64) float64
		lo   float64
		hi   float64
		f    func(t tier, dst, x []float64)
		f32  func(t tier, dst, x []float32)
	}{
		{"Exp", math.Exp, -10, 10, tier.Exp, tier.Exp32},
		{"Expm1", math.Expm1, -10, 10, tier.Expm1, tier.Expm132},
		{"Log", math.Log, 0.01, 100, tier.Log, tier.Log32},
		{"Log1p", math.Log1p, -0.9, 10, tier.Log1p, tier.Log1p32},
		{"Tanh", math.Tanh, -5, 5, tier.Tanh, tier.Tanh32},
		{"Sigmoid", func(x float64) float64 { return 1 / (1 + math.Exp(-x)) }, -10, 10, tier.Sigmoid, tier.Sigmoid32},
		{"Softplus", func(x float64) float64 { return math.Log1p(math.Exp(x)) }, -10, 10, tier.Softplus, tier.Softplus32},
		{"Lgamma", func(x float64) float64 { y, _ := math.Lgamma(x); return y }, 0.05, 20, tier.Lgamma, tier.Lgamma32},
		{"Digamma", digamma, 0.05, 20, tier.Digamma, tier.Digamma32},
		{"Erf", math.Erf, -4, 4, tier.Erf, tier.Erf32},
		{"Erfc", math.Erfc, -4, 8, tier.Erfc, tier.Erfc32},
		{"Sin", math.Sin, -10, 10, tier.Sin, tier.Sin32},
		{"Cos", math.Cos, -10, 10, tier.Cos, tier.Cos32},
		{"Sqrt", math.Sqrt, 0, 10, tier.Sqrt, tier.Sqrt32},
	} {
		x, dst := make([]float64, 1024), make([]float64, 1024)
		x32, dst32 := make([]float32, 1024), make([]float32, 1024)
		for i := range x {
			x[i] = k.lo + (k.hi-k.lo)*float64(i*389%1024)/1023
			x32[i] = float32(x[i])
		}
		run := func(name string, f func()) {
			b.Run(k.name+name, func(b *testing.B) {
				for b.Loop() {
					f()
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/1024, "ns/element")
			})
		}
		run("/std", func() { unary(dst, x, k.std) })
		run("32/std", func() { unary(dst32, x32, k.std) })
		for _, t := range tiers() {
			run("/"+t.String(), func() { k.f(t, dst, x) })
			run("32/"+t.String(), func() { k.f32(t, dst32, x32) })
		}
	}
}
