package dist_test

import (
	"errors"
	"math"
	"testing"

	"github.com/gopyro/pyro/dist"
	"github.com/gopyro/pyro/dist/disttest"
	"github.com/gopyro/pyro/rng"
	"github.com/gopyro/pyro/tensor"
)

// pathSum is the log mass of observations under all paths of states.
func pathSum(first []float64, next func(t, i, j int) float64, seen func(t, k int) float64, steps int) float64 {
	k := len(first)
	total := 0.0
	paths := int(math.Pow(float64(k), float64(steps+1)))
	for p := range paths {
		z, w := p%k, first[p%k]
		rest := p / k
		for t := range steps {
			j := rest % k
			rest /= k
			w *= next(t, z, j) * seen(t, j)
			z = j
		}
		total += w
	}
	return math.Log(total)
}

func TestDiscreteHMM(t *testing.T) {
	disttest.Run(t, dist.DiscreteHMM([]float64{0.3, -0.2}, [][]float64{{0.5, -0.5}, {-1, 0.2}}, dist.Bernoulli([]float64{0.2, 0.9}), 3),
		disttest.Options{
			Params: []*tensor.Tensor{tensor.Of([]float64{0.3, -0.2}), tensor.Of([][]float64{{0.5, -0.5}, {-1, 0.2}}).Unsqueeze(0), tensor.Of([][]float64{{0.2, 0.9}})},
			Make: func(p []*tensor.Tensor) dist.Distribution {
				return dist.DiscreteHMM(p[0], p[1], dist.Bernoulli(p[2]), 3)
			},
			Allocs: 400,
		})
}

// Step after step, by scan, with matrices that change, in batches: always the
// sum over all paths.
func TestDiscreteHMMIsTheSumOverPaths(t *testing.T) {
	for _, c := range []struct{ states, steps, batch int }{{2, 1, 1}, {2, 6, 1}, {3, 5, 2}, {3, 4, 60}} {
		first := tensor.Normals(rng.New(1), c.states).Softmax(-1)
		next := tensor.Normals(rng.New(2), c.steps, c.states, c.states).Softmax(-1)
		locs := tensor.Normals(rng.New(3), c.states)
		y := tensor.Normals(rng.New(4), c.batch, c.steps)
		d := dist.DiscreteHMM(first.Log(), next.Log().AddScalar(3), dist.Normal(locs, 1), c.steps)
		got := d.LogProb(y)
		for b := range c.batch {
			want := pathSum(first.Float64s(), func(t, i, j int) float64 { return next.At(t, i, j) }, func(t, k int) float64 {
				u := y.At(b, t) - locs.At(k)
				return math.Exp(-u*u/2) / math.Sqrt(2*math.Pi)
			}, c.steps)
			if v := got.At(b); math.Abs(v-want) > 1e-12*(1+math.Abs(want)) {
				t.Errorf("%+v: log density %v, want %v", c, v, want)
			}
		}
	}
}

// parts of a state space model of 2 dims seen in 2.
var (
	ssmMatrix = [][]float64{{0.9, 0.2}, {-0.1, 0.7}}
	ssmOutput = [][]float64{{1, 0.3}, {0.2, -0.5}}
)

func gaussianHMM(matrix, output, loc *tensor.Tensor, steps int) dist.Distribution {
	return dist.GaussianHMM(
		dist.MultivariateNormal([]float64{0.5, -1}, [][]float64{{1, 0.2}, {0.2, 0.6}}),
		matrix, dist.MultivariateNormal([]float64{0.1, 0}, [][]float64{{0.4, 0.1}, {0.1, 0.3}}),
		output, dist.MultivariateNormal(loc, [][]float64{{0.5, 0}, {0, 0.2}}), steps)
}

func TestGaussianHMM(t *testing.T) {
	params := []*tensor.Tensor{tensor.Of(ssmMatrix).Unsqueeze(0), tensor.Of(ssmOutput).Unsqueeze(0), tensor.Of([][]float64{{0.2, 0.4}})}
	disttest.Run(t, gaussianHMM(params[0], params[1], params[2], 1), disttest.Options{
		Params: params, MeanPath: true, Allocs: 1000,
		Make: func(p []*tensor.Tensor) dist.Distribution { return gaussianHMM(p[0], p[1], p[2], 1) },
	})
}

// The filter gives the density of the dense multivariate normal distribution of
// all observations together, with its gradient.
func TestGaussianHMMIsDense(t *testing.T) {
	const steps = 4
	dense := func(matrix *tensor.Tensor, y *tensor.Tensor) *tensor.Tensor {
		f, h := matrix, tensor.Of(ssmOutput)
		p0, q := tensor.Of([][]float64{{1, 0.2}, {0.2, 0.6}}), tensor.Of([][]float64{{0.4, 0.1}, {0.1, 0.3}})
		r := tensor.Of([][]float64{{0.5, 0}, {0, 0.2}})
		mean, push := tensor.Of([]float64{0.5, -1}).Unsqueeze(0), tensor.Of([]float64{0.1, 0}).Unsqueeze(0)
		var means, rows []*tensor.Tensor
		var covs []*tensor.Tensor
		cov := p0
		for range steps {
			mean = mean.MatMul(f).Add(push)
			cov = f.T().MatMul(cov).MatMul(f).Add(q)
			covs = append(covs, cov)
			means = append(means, mean.MatMul(h).Squeeze(0).Add(tensor.Of([]float64{0.2, 0.4})))
		}
		for i := range steps {
			var row []*tensor.Tensor
			for j := range steps { // Cov(x_i, x_j) = P_i Fʲ⁻ⁱ for i ≤ j
				c := covs[min(i, j)]
				for range max(i, j) - min(i, j) {
					c = c.MatMul(f)
				}
				if j < i {
					c = c.T()
				}
				c = h.T().MatMul(c).MatMul(h)
				if i == j {
					c = c.Add(r)
				}
				row = append(row, c)
			}
			rows = append(rows, tensor.Cat(1, row...))
		}
		return dist.MultivariateNormal(tensor.Cat(0, means...), tensor.Cat(0, rows...)).LogProb(y.Reshape(2 * steps))
	}
	y := tensor.Normals(rng.New(3), steps, 2)
	want, wantGrad := tensor.ValueAndGrad(func(m *tensor.Tensor) *tensor.Tensor { return dense(m, y) }, tensor.Of(ssmMatrix))
	got, grad := tensor.ValueAndGrad(func(m *tensor.Tensor) *tensor.Tensor {
		return gaussianHMM(m, tensor.Of(ssmOutput), tensor.Of([]float64{0.2, 0.4}), steps).LogProb(y)
	}, tensor.Of(ssmMatrix))
	// Condition numbers are below 100, and sums of some hundred terms.
	if math.Abs(got-want) > 1e-12*(1+math.Abs(want)) {
		t.Errorf("log density %v, want %v", got, want)
	}
	for i, g := range grad.Float64s() {
		if w := wantGrad.Float64s()[i]; math.Abs(g-w) > 1e-11*(1+math.Abs(w)) {
			t.Errorf("gradient %v, want %v", grad, wantGrad)
		}
	}
}

// Independent normal noise is multivariate normal.
func TestGaussianHMMOfIndependentNoise(t *testing.T) {
	loc, scale := []float64{0, 1}, []float64{0.5, 2}
	noise := dist.Independent(dist.Normal(loc, scale), 1)
	same := dist.MultivariateNormal(loc, [][]float64{{0.25, 0}, {0, 4}})
	mask := []bool{true, false, true}
	x := tensor.Normals(rng.New(1), 3, 2)
	got := dist.GaussianHMM(noise, ssmMatrix, noise, ssmOutput, dist.Masked(noise, mask), 3).LogProb(x)
	want := dist.GaussianHMM(same, ssmMatrix, same, ssmOutput, dist.Masked(same, mask), 3).LogProb(x)
	closeTo(t, "log density", got, want, 1e-14)
}

// LinearHMM with normal noise draws what GaussianHMM draws.
func TestLinearHMM(t *testing.T) {
	noise := dist.Independent(dist.Normal([]float64{0, 1}, 0.5), 1)
	d := dist.LinearHMM(noise, ssmMatrix, dist.Independent(dist.StudentT(5, []float64{0, 0}, 0.3), 1), ssmOutput, noise, 7)
	x := d.Sample(rng.New(1), 3)
	if s := x.Shape(); len(s) != 3 || s[0] != 3 || s[1] != 7 || s[2] != 2 {
		t.Errorf("draws have shape %v", s)
	}
	var e *dist.MethodError
	if err := caught(func() { d.LogProb(x) }); !errors.As(err.(error), &e) {
		t.Errorf("LogProb: %v", err)
	}
	bad := func(f func()) {
		t.Helper()
		var e *tensor.Error
		if err, ok := caught(f).(error); !ok || !errors.As(err, &e) {
			t.Errorf("got %v", err)
		}
	}
	heavy := dist.Independent(dist.StudentT(5, []float64{0, 0}, 0.3), 1)
	bad(func() { dist.GaussianHMM(noise, ssmMatrix, heavy, ssmOutput, noise, 2) })
	bad(func() { dist.LinearHMM(noise, ssmMatrix, noise, [][]float64{{1, 2}}, noise, 2) })
	bad(func() { dist.LinearHMM(noise, ssmMatrix, noise, ssmOutput, noise, 0) })
	bad(func() {
		dist.DiscreteHMM([]float64{0, 0}, [][]float64{{0, 0, 0}}, dist.Bernoulli([]float64{.1, .2}), 2)
	})
	bad(func() {
		dist.DiscreteHMM([]float64{0, 0}, [][]float64{{0, 0}, {0, 0}}, dist.Bernoulli([]float64{.1, .2, .3}), 2)
	})
}
