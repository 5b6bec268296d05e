package disttest

import (
	"math"
	"slices"
	"sort"
	"testing"

	"github.com/gopyro/pyro/dist"
	"github.com/gopyro/pyro/internal/special"
	"github.com/gopyro/pyro/tensor"
)

// The keys being fixed, a test of draws fails for ever or never; a correct
// sampler has a chance of one in a million of the former.
const chance = 1e-6

// nDraws is the number of draws of a test.
const nDraws = 5000

// fiveSigma is exceeded by a normal number with the probability chance.
const fiveSigma = 4.9

func (b *battery) draws(t *testing.T) {
	switch {
	case b.number() && b.discrete():
		b.chiSquared(t)
	case b.number():
		b.kolmogorovSmirnov(t)
	default:
		b.sampleMoments(t)
		b.score(t)
	}
}

// kolmogorovSmirnov bounds the distance of the empirical distribution function
// by the inequality of Dvoretzky, Kiefer and Wolfowitz with Massart's constant
// (1990), which holds for every number of draws.
func (b *battery) kolmogorovSmirnov(t *testing.T) {
	x := b.d.Sample(b.Key.FoldName("ks"), nDraws).Float64s()
	slices.Sort(x)
	f := b.distributionFunction(x)
	worst := 0.0
	for i, p := range f {
		worst = max(worst, p-float64(i)/nDraws, float64(i+1)/nDraws-p)
	}
	if limit := math.Sqrt(math.Log(2/chance) / (2 * nDraws)); worst > limit+gridError {
		t.Errorf("the distribution function of %d draws is %.4f off, more than %.4f", nDraws, worst, limit)
	}
}

// distributionFunction returns P(X ≤ x), from the density if need be.
func (b *battery) distributionFunction(x []float64) []float64 {
	if c, ok := dist.As[dist.Cumulative](b.d); ok {
		return c.CDF(tensor.New(x, len(x))).Float64s()
	}
	g := b.newGrid(points)
	below := make([]float64, len(g.x))
	sum := 0.0
	for i, w := range g.weight {
		below[i] = sum + w/2
		sum += w
	}
	f := make([]float64, len(x))
	for i, v := range x {
		k := sort.SearchFloat64s(g.x, v)
		switch k {
		case 0:
		case len(g.x):
			f[i] = 1
		default:
			f[i] = below[k-1] + (below[k]-below[k-1])*(v-g.x[k-1])/(g.x[k]-g.x[k-1])
		}
	}
	return f
}

// chiSquared is Pearson's test with cells of at least ten expected draws.
func (b *battery) chiSquared(t *testing.T) {
	x, logp, ok := b.counts()
	if !ok {
		t.Skip("too many counts")
	}
	seen := map[float64]float64{}
	for _, v := range b.d.Sample(b.Key.FoldName("chi2"), nDraws).Float64s() {
		seen[v]++
	}
	const least = 10
	stat, cells := 0.0, 0
	want, got, restWant := 0.0, 0.0, float64(nDraws)
	for i, v := range x.Float64s() {
		e := nDraws * math.Exp(logp.At(i))
		want, got, restWant = want+e, got+seen[v], restWant-e
		if want >= least && (restWant >= least || i == x.Len()-1) {
			stat += (got - want) * (got - want) / want
			cells, want, got = cells+1, 0, 0
		}
	}
	if want >= least { // the last cell
		stat += (got - want) * (got - want) / want
		cells++
	}
	if cells < 2 {
		return
	}
	if p := special.GammaQ(float64(cells-1)/2, stat/2); p < chance {
		t.Errorf("χ² of %d draws in %d cells is %.1f, probability %.2g", nDraws, cells, stat, p)
	}
}

// sampleMoments compares mean and variance of draws of more than one number
// with the exact ones, number by number.
func (b *battery) sampleMoments(t *testing.T) {
	m, ok := dist.As[dist.Moments](b.d)
	if !ok {
		return
	}
	x := b.d.Sample(b.Key.FoldName("moments"), nDraws)
	mean, variance := m.Mean(), m.Variance()
	zero := func(what string, v *tensor.Tensor) {
		n := v.Len()
		v = v.Reshape(n, -1)
		for j := range v.Dim(1) {
			checkZeroMean(t, what, v.Select(1, j).Float64s())
		}
	}
	zero("mean minus the mean of draws", x.Sub(mean))
	zero("variance minus that of draws", x.Sub(mean).Square().Sub(variance))
}

// checkZeroMean checks that independent numbers have mean 0, to the chance that
// the central limit theorem gives.
func checkZeroMean(t *testing.T, what string, v []float64) {
	t.Helper()
	n := float64(len(v))
	sum, squares := 0.0, 0.0
	for _, x := range v {
		if math.IsNaN(x) {
			t.Errorf("%s has a NaN", what)
			return
		}
		if math.IsInf(x, 0) {
			return // no such moment
		}
		sum += x
		squares += x * x
	}
	mean := sum / n
	if sd := math.Sqrt(squares/n-mean*mean) / math.Sqrt(n); math.Abs(mean) > fiveSigma*sd+rounding*math.Sqrt(squares/n) {
		t.Errorf("%s is %v ± %.2g", what, mean, sd)
	}
}

// score checks that the gradient of the log density in the parameters is 0 on
// average over draws, which ties normaliser, density and draws together.
func (b *battery) score(t *testing.T) {
	if b.Make == nil || b.MovingSupport {
		return
	}
	for i, g := range b.scores(b.d.Sample(b.Key.FoldName("score"), nDraws)) {
		for j := range g.Dim(1) {
			checkZeroMean(t, "the mean gradient of the log density in "+b.operand(i+1), g.Select(1, j).Float64s())
		}
	}
}

// scores returns the gradients of the log density of each of n draws in the
// parameters, with shapes [n, size of the parameter].
func (b *battery) scores(x *tensor.Tensor) []*tensor.Tensor {
	return b.slopes(x.Len(), func(d dist.Distribution) *tensor.Tensor { return d.LogProb(x) })
}

// slopes returns the gradients of n numbers, of which number i is computed from
// the i-th copy of the parameters.
func (b *battery) slopes(n int, f func(d dist.Distribution) *tensor.Tensor) []*tensor.Tensor {
	tape := tensor.NewTape()
	vars := b.perDraw(tape, n)
	return flat(tensor.Grad(f(b.Make(vars)).Sum(), vars...))
}

// perDraw returns the parameters as variables with a copy for each of n draws.
func (b *battery) perDraw(tape *tensor.Tape, n int) []*tensor.Tensor {
	vars := make([]*tensor.Tensor, len(b.Params))
	for i, p := range b.Params {
		vars[i] = tape.Var(widen(p, n).Clone())
	}
	return vars
}

// flat gives gradients the shape [n, size] and takes them off their tape.
func flat(gs []*tensor.Tensor) []*tensor.Tensor {
	out := make([]*tensor.Tensor, len(gs))
	for i, g := range gs {
		out[i] = g.Clone().Reshape(g.Len(), -1)
	}
	return out
}
