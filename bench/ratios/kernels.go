package main

import (
	"fmt"
	"math"

	"github.com/gopyro/pyro/internal/blas"
	"github.com/gopyro/pyro/internal/kernel"
	"github.com/gopyro/pyro/internal/peak"
	"github.com/gopyro/pyro/tensor"
)

// products are the fractions of the multiply-add peak that matrix products of
// order n reach.
func products(out map[string]float64) {
	for _, n := range []int{64, 256, 1024} {
		out[fmt.Sprintf("gemm_f64_%d", n)] = product[float64](n, peak.Float64)
		out[fmt.Sprintf("gemm_f32_%d", n)] = product[float32](n, peak.Float32)
	}
}

func product[F float32 | float64](n int, top func(int) float64) float64 {
	a, b, c := make([]F, n*n), make([]F, n*n), make([]F, n*n)
	for i := range a {
		a[i], b[i] = F(i%7)-3, F(i%5)-2
	}
	flops := 0.0
	t := inTurns(turn,
		func() { blas.Gemm(false, false, n, n, n, 1, a, n, b, n, 0, c, n) },
		func() { flops = top(20_000) })
	return 2 * float64(n) * float64(n) * float64(n) / t[0] / (flops / t[1])
}

// functions are the speed-ups over loops of package math at 1024 elements.
func functions(out map[string]float64) {
	const n = 1024
	x, y := make([]float64, n), make([]float64, n)
	x32, y32 := make([]float32, n), make([]float32, n)
	for _, f := range []struct {
		name   string
		lo, hi float64
		f64    func(dst, x []float64)
		f32    func(dst, x []float32)
		math   func(x float64) float64
	}{
		{"exp", -10, 10, kernel.Exp, kernel.Exp32, math.Exp},
		{"log", 0.01, 100, kernel.Log, kernel.Log32, math.Log},
		{"tanh", -4, 4, kernel.Tanh, kernel.Tanh32, math.Tanh},
		{"lgamma", 0.05, 20, kernel.Lgamma, nil, func(x float64) float64 { v, _ := math.Lgamma(x); return v }},
	} {
		for i := range x {
			x[i] = f.lo + (f.hi-f.lo)*float64(i*389%n)/n
			x32[i] = float32(x[i])
		}
		t := inTurns(turn, func() { f.f64(y, x) }, func() {
			for i, v := range x {
				y[i] = f.math(v)
			}
		})
		out[f.name+"_f64"] = t[1] / t[0]
		if f.f32 == nil {
			continue
		}
		t = inTurns(turn, func() { f.f32(y32, x32) }, func() {
			for i, v := range x32 {
				y32[i] = float32(f.math(float64(v)))
			}
		})
		out[f.name+"_f32"] = t[1] / t[0]
	}
}

// scalars are the times of operations on single numbers of a tape, over that of
// a call of math.Exp in a loop.
func scalars(out map[string]float64) {
	const n = 1024
	x, y := make([]float64, n), make([]float64, n)
	for i := range x {
		x[i] = float64(i)/n - 0.5
	}
	tape, start := tensor.NewTape(), tensor.Of(0.5).Clone()
	grads := [][]float64{{0}}
	vars := make([]*tensor.Tensor, 1)
	run := func() *tensor.Tensor {
		tape.Reset()
		v := tape.Var(start)
		vars[0] = v
		for range n / 4 {
			v = v.Mul(v).Add(v).Sub(v).Mul(v)
		}
		return v
	}
	t := inTurns(10*turn, // so that each has its share of garbage collections
		func() { run() },
		func() { tape.GradInto(grads, run(), vars) },
		func() {
			for i, v := range x {
				y[i] = math.Exp(v)
			}
		})
	out["scalar_op_forward"] = t[0] / t[2]
	out["scalar_op_backward"] = (t[1] - t[0]) / t[2]
}
