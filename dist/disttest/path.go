package disttest

import (
	"math"
	"testing"

	"github.com/gopyro/pyro/dist"
	"github.com/gopyro/pyro/tensor"
)

// path checks the gradients of draws.
func (b *battery) path(t *testing.T) {
	if b.Make == nil || !dist.HasRSample(b.d) {
		t.Skip("no gradients of draws")
	}
	if _, ok := dist.As[dist.Cumulative](b.d); ok && !b.MeanPath && !b.discrete() {
		b.implicit(t)
	}
	if !b.MovingSupport && !b.discrete() {
		b.pathMean(t)
	}
}

// implicit checks that each draw moves so that it stays the same quantile:
// dx/dθ = -(∂F/∂θ)/f, the former by differences.
func (b *battery) implicit(t *testing.T) {
	const n = 40
	key := b.Key.FoldName("path")
	tape := tensor.NewTape()
	vars := b.perDraw(tape, n)
	x := b.Make(vars).(dist.Reparam).RSample(key)
	moves := flat(tensor.Grad(x.Sum(), vars...))
	at := x.Clone()
	density := b.d.LogProb(at).Exp().Float64s()
	f := b.d.(dist.Cumulative).CDF(at).Float64s()
	for i, g := range moves {
		cdf := func(h float64) []float64 {
			return b.Make(b.shifted(i, 0, h)).(dist.Cumulative).CDF(at).Float64s()
		}
		const h = 1e-3
		far, near := [2][]float64{cdf(-h), cdf(h)}, [2][]float64{cdf(-h / 2), cdf(h / 2)}
		s := step(b.Params[i].Item())
		for k := range f {
			if f[k] < 1e-3 || f[k] > 1-1e-3 {
				continue // the difference of numbers near 1 loses digits
			}
			d1, d2 := (far[1][k]-far[0][k])/(2*h*s), (near[1][k]-near[0][k])/(h*s)
			want := -(4*d2 - d1) / 3 / density[k]
			tol := 1e-7*math.Abs(want) + (1e-10/s+1e-2*math.Abs(d1-d2))/density[k]
			if got := g.At(k, 0); !(math.Abs(got-want) <= tol) {
				t.Errorf("draw %v moves with %s by %v, its quantile by %v", at.At(k), b.operand(i+1), got, want)
				break
			}
		}
	}
}

// pathMean checks that E h(x)·∂log p/∂θ, the derivative of E h(x), is
// E ∇h(x)·dx/dθ for the bounded h(x) = Σ tanh(x - first draw).
func (b *battery) pathMean(t *testing.T) {
	key := b.Key.FoldName("pathMean")
	tape := tensor.NewTape()
	vars := b.perDraw(tape, nDraws)
	x := b.Make(vars).(dist.Reparam).RSample(key)
	fixed := x.Clone()
	centre := fixed.Select(0, 0)
	h := func(x *tensor.Tensor) *tensor.Tensor {
		v := x.Sub(centre).Tanh()
		return v.Reshape(nDraws, -1).Sum(1)
	}
	paths := flat(tensor.Grad(h(x).Sum(), vars...))
	weight := h(fixed).Unsqueeze(1)
	for i, s := range b.scores(fixed) {
		diff := s.Mul(weight).Sub(paths[i])
		for j := range diff.Dim(1) {
			checkZeroMean(t, "score minus path gradient in "+b.operand(i+1), diff.Select(1, j).Float64s())
		}
	}
}
