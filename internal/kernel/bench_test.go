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

// Loops bound by memory: two operands in, one out, in the first cache (n = 1024).
func BenchmarkArith(b *testing.B) {
	x, y, dst := make([]float64, 1024), make([]float64, 1024), make([]float64, 1024)
	x32, y32, dst32 := make([]float32, 1024), make([]float32, 1024), make([]float32, 1024)
	words := make([]uint64, 1024)
	logits, dsig := make([]float64, 1024), make([]float64, 1024)
	for i := range x {
		logits[i] = float64(i-512) / 50
		x[i], y[i] = float64(i)+1, float64(i)+2
		x32[i], y32[i] = float32(i)+1, float32(i)+2
	}
	for _, t := range tiers() {
		for _, k := range []struct {
			name string
			f    func()
		}{
			{"Add", func() { t.Add(dst, x, y) }},
			{"Mul32", func() { t.Mul32(dst32, x32, y32) }},
			{"Div", func() { t.Div(dst, x, y) }},
			{"Max", func() { t.Max(dst, x, y) }},
			{"Select", func() { t.Select(dst, x, x, y) }},
			{"Axpy", func() { t.Axpy(dst, 1e-9, x) }},
			{"Pow", func() { t.Pow(dst, x, y) }},
			{"SoftplusSigmoid", func() { t.SoftplusSigmoid(dst, dsig, logits) }},
			{"Sum", func() { t.Sum(x) }},
			{"Sum32", func() { t.Sum32(x32) }},
			{"Dot", func() { t.Dot(x, y) }},
			{"MaxOf", func() { t.MaxOf(x) }},
			{"SumExp", func() { t.SumExp(x, 1024) }},
			{"Bits", func() { t.Bits(words, 1, 2, 3) }},
			{"Uniform", func() { t.Uniform(dst, 1, 2, 3) }},
			{"Normal", func() { t.Normal(dst, 1, 2, 3) }},
			{"Exp8", func() { t.Exp(dst[:8], x[:8]) }},
			{"Add8", func() { t.Add(dst[:8], x[:8], y[:8]) }},
		} {
			b.Run(k.name+"/"+t.String(), func(b *testing.B) {
				for b.Loop() {
					k.f()
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/1024, "ns/element")
			})
		}
	}
}
