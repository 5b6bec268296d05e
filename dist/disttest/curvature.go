package disttest

import (
	"testing"

	"github.com/gopyro/pyro/tensor"
)

// curvature checks the second derivatives of the log density in each number of
// each parameter, and in the value, against differences of the first.
func (b *battery) curvature(t *testing.T) {
	if b.FirstOrder {
		t.Skip("no second derivatives")
	}
	const n = 12
	x := b.d.Sample(b.Key.FoldName("curvature"), n)
	if b.Make != nil {
		for i, p := range b.Params {
			for j := range p.Size() {
				moved := func(h float64) []float64 {
					there := &battery{Options: b.Options, d: b.d}
					there.Params = b.shifted(i, j, h)
					return there.scores(x)[i].Select(1, j).Float64s()
				}
				v := p.Reshape(-1).At(j)
				got := b.second(x, i, j)
				checkDerivatives(t, "slope of the log density in "+b.operand(i+1), got, moved, func(int) float64 { return v })
			}
		}
	}
	if b.discrete() || !b.number() {
		return
	}
	slope := func(x *tensor.Tensor) (x1, g *tensor.Tensor) {
		x1 = tensor.NewTape().Var(x)
		return x1, tensor.Grad(b.d.LogProb(x1).Sum(), x1)[0]
	}
	moved := func(h float64) []float64 {
		data := x.Float64s()
		for i, v := range data {
			data[i] += h * step(v)
		}
		_, g := slope(tensor.New(data, n))
		return g.Float64s()
	}
	got := make([]float64, n)
	if x1, g := slope(x.Clone()); g.Tracked() {
		got = tensor.Grad(g.Sum(), x1)[0].Float64s()
	}
	checkDerivatives(t, "slope of the log density in x", got, moved, func(i int) float64 { return x.At(i) })
}

// second returns the second derivative of the log density of each of n draws in
// number j of parameter i.
func (b *battery) second(x *tensor.Tensor, i, j int) []float64 {
	n := x.Len()
	vars := b.perDraw(tensor.NewTape(), n)
	g := tensor.Grad(b.Make(vars).LogProb(x).Sum(), vars[i])[0].Reshape(n, -1).Select(1, j)
	if !g.Tracked() {
		return make([]float64, n)
	}
	return tensor.Grad(g.Sum(), vars[i])[0].Reshape(n, -1).Select(1, j).Float64s()
}
