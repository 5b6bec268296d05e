package disttest

import (
	"math"
	"slices"
	"testing"

	"github.com/gopyro/pyro/dist"
	"github.com/gopyro/pyro/tensor"
)

// gradient checks the gradients of log density, distribution function and
// quantiles in each number of each parameter, and that of the log density in
// the value on the unconstrained scale, against differences at some draws.
func (b *battery) gradient(t *testing.T) {
	const n = 12
	x := b.d.Sample(b.Key.FoldName("gradient"), n)
	b.inParams(t, "log density", n, func(d dist.Distribution) *tensor.Tensor { return d.LogProb(x) })
	if c, ok := dist.As[dist.Cumulative](b.d); ok && !b.discrete() {
		q := c.CDF(x)
		b.inParams(t, "distribution function", n, func(d dist.Distribution) *tensor.Tensor { return d.(dist.Cumulative).CDF(x) })
		b.inParams(t, "quantile", n, func(d dist.Distribution) *tensor.Tensor { return d.(dist.Cumulative).Quantile(q) })
	}
	bij := b.d.Support().Bijection()
	if bij == nil {
		return
	}
	u := bij.Inverse(x)
	logp := func(u *tensor.Tensor) *tensor.Tensor { return b.d.LogProb(bij.Forward(u)) }
	tape := tensor.NewTape()
	v := tape.Var(u.Clone())
	g := flat(tensor.Grad(logp(v).Sum(), v))[0]
	rows := u.Reshape(n, -1)
	for j := range rows.Dim(1) {
		f := func(h float64) []float64 {
			data := rows.Float64s()
			for i := j; i < len(data); i += rows.Dim(1) {
				data[i] += h * step(data[i])
			}
			return logp(tensor.New(data, u.Shape()...)).Float64s()
		}
		checkDerivatives(t, "log density in x", g.Select(1, j).Float64s(), f, func(i int) float64 { return rows.At(i, j) })
	}
}

// inParams checks the gradients in the parameters of n numbers that f computes.
func (b *battery) inParams(t *testing.T, what string, n int, f func(d dist.Distribution) *tensor.Tensor) {
	t.Helper()
	if b.Make == nil {
		return
	}
	for i, g := range b.slopes(n, f) {
		for j := range g.Dim(1) {
			moved := func(h float64) []float64 { return f(b.Make(b.shifted(i, j, h))).Float64s() }
			v := b.Params[i].Reshape(-1).At(j)
			checkDerivatives(t, what+" in "+b.operand(i+1), g.Select(1, j).Float64s(), moved, func(int) float64 { return v })
		}
	}
}

// shifted returns the parameters with h·step added to number j of parameter i.
func (b *battery) shifted(i, j int, h float64) []*tensor.Tensor {
	p := slices.Clone(b.Params)
	data := p[i].Float64s()
	data[j] += h * step(data[j])
	p[i] = tensor.New(data, p[i].Shape()...)
	return p
}

// step is the size of the step at v, times h.
func step(v float64) float64 {
	if v == 0 {
		return 1
	}
	return min(math.Abs(v), 1)
}

// checkDerivatives compares derivatives with central differences of f at steps
// h and h/2, extrapolated: their error is of order h⁴ = 10⁻¹² and, by rounding,
// 2⁻⁵²·f/h. Where the two differ by more than order h² the function has a kink
// or an edge within the step; that may be so for a few.
func checkDerivatives(t *testing.T, what string, got []float64, f func(h float64) []float64, at func(i int) float64) {
	t.Helper()
	const h = 1e-3
	far, near := [2][]float64{f(-h), f(h)}, [2][]float64{f(-h / 2), f(h / 2)}
	rough := 0
	for i, g := range got {
		s := step(at(i))
		d1 := (far[1][i] - far[0][i]) / (2 * h * s)
		d2 := (near[1][i] - near[0][i]) / (h * s)
		want := (4*d2 - d1) / 3
		size := max(1, math.Abs(far[0][i]), math.Abs(want)*s) / s
		if !(math.Abs(d1-d2) <= 1e-3*size) {
			rough++
			continue
		}
		if !(math.Abs(g-want) <= 1e-7*size+1e-2*math.Abs(d1-d2)) {
			t.Errorf("the gradient of the %s at %v is %v, differences give %v", what, at(i), g, want)
			return
		}
	}
	if rough > len(got)/3 {
		t.Errorf("the %s is not smooth at %d of %d draws", what, rough, len(got))
	}
}
