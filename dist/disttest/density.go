package disttest

import (
	"math"
	"slices"
	"testing"

	"github.com/gopyro/pyro/dist"
	"github.com/gopyro/pyro/tensor"
)

// grid is a quadrature rule for expectations under a density on the line:
// E g(x) ≈ Σ weight·g(x).
type grid struct {
	x, logp, weight []float64
}

// newGrid makes the double-exponential rule of Takahasi and Mori (1974) on the
// unconstrained line u, which the support's bijection maps to x:
// u = centre + width·sinh(π/2·sinh t), -4 ≤ t ≤ 4. It reaches
// u = ±10¹⁸ widths, which leaves 10⁻¹⁸ of the mass of a Cauchy distribution.
func (b *battery) newGrid(n int) grid {
	bij := b.d.Support().Bijection()
	draws := bij.Inverse(b.d.Sample(b.Key.FoldName("grid"), 999)).Float64s()
	slices.Sort(draws)
	centre, width := draws[499], draws[749]-draws[249]
	u, du := make([]float64, n), make([]float64, n)
	h := 8 / float64(n-1)
	for i := range u {
		t := -4 + h*float64(i)
		s := math.Pi / 2 * math.Sinh(t)
		u[i] = centre + width*math.Sinh(s)
		du[i] = h * width * math.Cosh(s) * math.Pi / 2 * math.Cosh(t)
	}
	at := tensor.New(u, n)
	x := bij.Forward(at)
	logp := b.d.LogProb(x)
	det := bij.LogAbsDet(at, x).Float64s()
	g := grid{x: x.Float64s(), logp: logp.Float64s(), weight: make([]float64, n)}
	for i, l := range g.logp {
		// At an end of the support that u reaches by rounding, the density may
		// be infinite; the mass beyond is what float64 cannot hold.
		if !math.IsInf(l, 0) && !math.IsInf(g.x[i], 0) {
			g.weight[i] = math.Exp(l+det[i]) * du[i]
		}
	}
	if g.x[0] > g.x[n-1] { // the bijection falls
		slices.Reverse(g.x)
		slices.Reverse(g.logp)
		slices.Reverse(g.weight)
	}
	return g
}

// points is the number of points of a grid. The step, 10⁻³ of t, in which a
// density is about 1 wide, leaves an error of step² at a kink of the density,
// and none to speak of where it is smooth.
const points = 8001

const gridError = 2e-6

// mean returns the sum of weight·f.
func (g grid) mean(f func(i int) float64) float64 {
	s := 0.0
	for i, w := range g.weight {
		if w > 0 {
			s += w * f(i)
		}
	}
	return s
}

// density checks the log density of a distribution of numbers against its
// integral, and the integral against moments, entropy and distribution function.
func (b *battery) density(t *testing.T) {
	if !b.number() || b.discrete() {
		t.Skip("not a density on the line")
	}
	g := b.newGrid(points)
	if at := slices.IndexFunc(g.logp, math.IsNaN); at >= 0 {
		t.Fatalf("the log density at %v is NaN", g.x[at])
	}
	if total := g.mean(func(int) float64 { return 1 }); math.Abs(total-1) > gridError {
		t.Errorf("the density integrates to %.9f", total)
	}
	if m, ok := dist.As[dist.Moments](b.d); ok {
		b.moments(t, g, m)
	}
	if e, ok := dist.As[dist.Entropic](b.d); ok {
		want := -g.mean(func(i int) float64 { return g.logp[i] })
		size := g.mean(func(i int) float64 { return math.Abs(g.logp[i]) })
		compare(t, "entropy", e.Entropy(), tensor.Of(want), gridError*(1+size))
	}
	if c, ok := dist.As[dist.Cumulative](b.d); ok {
		b.cdf(t, g, c)
		b.quantiles(t, c)
	}
}

// moments checks finite moments; those that are not finite have no integral.
func (b *battery) moments(t *testing.T, g grid, m dist.Moments) {
	mean, variance := m.Mean().Item(), m.Variance().Item()
	if !finite(mean) {
		return
	}
	first := g.mean(func(i int) float64 { return g.x[i] })
	size := g.mean(func(i int) float64 { return math.Abs(g.x[i]) })
	compare(t, "mean", tensor.Of(mean), tensor.Of(first), gridError*size)
	if !finite(variance) {
		return
	}
	second := g.mean(func(i int) float64 { return (g.x[i] - first) * (g.x[i] - first) })
	compare(t, "variance", tensor.Of(variance), tensor.Of(second), gridError*second)
}

// smallestNormal is where float64s begin to lose digits.
const smallestNormal = 0x1p-1022

func finite(v float64) bool { return v-v == 0 }

// cdf checks the distribution function against the running integral, and its
// derivative against the density.
func (b *battery) cdf(t *testing.T, g grid, c dist.Cumulative) {
	tape := tensor.NewTape()
	x := tape.Var(tensor.New(g.x, len(g.x)))
	f := c.CDF(x)
	got := f.Float64s()
	slope := tensor.Grad(f.Sum(), x)[0].Float64s()
	below := 0.0
	for i, w := range g.weight {
		if want := below + w/2; !(math.Abs(got[i]-want) <= gridError+w*w) {
			t.Errorf("the distribution function at %v is %v, the integral of the density %v", g.x[i], got[i], want)
			return
		}
		below += w
		p := math.Exp(g.logp[i])
		if w > 0 && math.Abs(g.x[i]) >= smallestNormal && !(math.Abs(slope[i]-p) <= 1e-9*p+smallestNormal) {
			t.Errorf("the derivative of the distribution function at %v is %v, the density %v", g.x[i], slope[i], p)
			return
		}
	}
}

// quantiles checks that the distribution function takes a quantile back, up to
// what a rounding of the quantile does to it.
func (b *battery) quantiles(t *testing.T, c dist.Cumulative) {
	for _, q := range []float64{1e-6, 0.01, 0.1, 0.25, 0.5, 0.75, 0.9, 0.99, 1 - 1e-6} {
		x := c.Quantile(tensor.Of(q))
		slack := math.Abs(x.Item()) * math.Exp(b.d.LogProb(x).Item()) * 1e-14
		if got := c.CDF(x).Item(); math.Abs(got-q) > 1e-11*min(q, 1-q)+0x1p-51*q+slack {
			t.Errorf("the distribution function at the %v quantile, %v, is %v", q, x, got)
		}
	}
	for _, q := range []float64{-0.5, -1e-9, 1 + 1e-9, 2, math.NaN()} {
		if x := c.Quantile(tensor.Of(q)).Item(); !math.IsNaN(x) {
			t.Errorf("the %v quantile is %v, not NaN", q, x)
		}
	}
	lo, hi := c.Quantile(tensor.Of(0.0)).Item(), c.Quantile(tensor.Of(1.0)).Item()
	for _, x := range b.d.Sample(b.Key, 100).Float64s() {
		if !(lo <= x && x <= hi) {
			t.Errorf("draw %v is not between the quantiles 0 and 1, %v and %v", x, lo, hi)
		}
	}
}

// Expect returns E f(x) under the density of a distribution of numbers, by
// quadrature, and a bound of its error. f takes many x at once.
func Expect(d dist.Distribution, f func(x *tensor.Tensor) *tensor.Tensor) (mean, tol float64) {
	g := (&battery{d: d}).newGrid(points)
	v := f(tensor.New(g.x, len(g.x))).Float64s()
	size := g.mean(func(i int) float64 { return math.Abs(v[i]) })
	return g.mean(func(i int) float64 { return v[i] }), gridError * (1 + size)
}
