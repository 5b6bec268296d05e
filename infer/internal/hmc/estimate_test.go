package hmc

import (
	"math"
	"math/rand/v2"
	"testing"
)

// gaussian is a normal target with mean mu and covariance S = BBᵀ.
type gaussian struct {
	mu        []float64
	b         matrix
	cov, prec matrix
}

func newGaussian(t *testing.T, mu []float64, cov matrix) *gaussian {
	t.Helper()
	l, ok := cholesky(cov)
	if !ok {
		t.Fatal("covariance not positive definite")
	}
	n := cov.rows
	prec := newMatrix(n, n)
	for c := range n { // L Lᵀ x = e_c
		x := make([]float64, n)
		x[c] = 1
		for i := range n {
			x[i] = (x[i] - dot(l.row(i)[:i], x[:i])) / l.data[i*n+i]
		}
		for i := n - 1; i >= 0; i-- {
			x[i] /= l.data[i*n+i]
			axpy(-x[i], l.row(i)[:i], x[:i])
		}
		copy(prec.row(c), x)
	}
	return &gaussian{mu, l, cov, prec}
}

func (g *gaussian) logDensity(x, grad []float64) (float64, error) {
	clear(grad)
	logp := 0.0
	for i := range x {
		axpy(g.mu[i]-x[i], g.prec.row(i), grad)
	}
	for i := range x {
		logp += (x[i] - g.mu[i]) * grad[i] / 2
	}
	return logp, nil
}

func (g *gaussian) draw(r *rand.Rand) []float64 {
	z, x := randomMatrix(r, 1, len(g.mu)).data, make([]float64, len(g.mu))
	for i := range x {
		x[i] = g.mu[i] + dot(g.b.row(i), z)
	}
	return x
}

// rotated returns a covariance with the given eigenvalues in random directions.
func rotated(r *rand.Rand, eigen []float64) matrix {
	n := len(eigen)
	q := span2(randomMatrix(r, n, n), matrix{cols: n}).transpose()
	for i := range n {
		for k := range n {
			q.data[i*n+k] *= math.Sqrt(eigen[k])
		}
	}
	return q.timesTransposed(q)
}

func filled(t *testing.T, r *rand.Rand, g *gaussian, n int) *Window {
	t.Helper()
	w := newWindow(len(g.mu), true)
	grad := make([]float64, len(g.mu))
	for range n {
		x := g.draw(r)
		if _, err := g.logDensity(x, grad); err != nil {
			t.Fatal(err)
		}
		w.Add(x, grad)
	}
	return &w
}

// Running moments and the dense estimate equal the sample covariance, shrunk as
// Stan's manual says: n/(n+5) of it and 1e-3·5/(n+5) of the unit matrix.
func TestEstimatesFromDraws(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	const dim, n = 4, 37
	g := newGaussian(t, []float64{1e6, -3, 0, 2}, rotated(r, []float64{9, 1, 0.1, 4}))
	w := filled(t, r, g, n)
	dense, variance := w.covariance(), w.variance()
	for i := range dim {
		for j := range dim {
			var mi, mj, want float64
			for k := range n {
				mi += w.Draws[k*dim+i] / n
				mj += w.Draws[k*dim+j] / n
			}
			for k := range n {
				want += (w.Draws[k*dim+i] - mi) * (w.Draws[k*dim+j] - mj) / (n - 1)
			}
			want *= n / (n + 5.0)
			if i == j {
				want += 1e-3 * 5 / (n + 5.0)
				if math.Abs(variance[i]-want) > 1e-8*want {
					t.Errorf("variance %d = %g, want %g", i, variance[i], want)
				}
			}
			// Draws of size 1e6 and spread 1 are exact to 1e-10.
			if math.Abs(dense[i*dim+j]-want) > 1e-8 {
				t.Errorf("covariance %d,%d = %g, want %g", i, j, dense[i*dim+j], want)
			}
		}
	}
	w.Reset()
	if w.Count != 0 || len(w.Draws) != 0 || w.Mean[0] != 0 {
		t.Error("reset leaves something")
	}
}

// The geometric mean solves A cg A = cx.
func TestGeometricMean(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for _, n := range []int{1, 2, 5, 20} {
		x, y := randomMatrix(r, n, 2*n+1), randomMatrix(r, n, 2*n+1)
		cx, cg := x.timesTransposed(x), y.timesTransposed(y)
		a, ok := geometricMean(cx, cg)
		if !ok {
			t.Fatal("refused")
		}
		back := a.timesTransposed(cg).timesTransposed(a)
		size := math.Sqrt(dot(cx.data, cx.data))
		for i := range back.data {
			if math.Abs(back.data[i]-cx.data[i]) > 1e-10*size {
				t.Errorf("n=%d: entry %d is %g, want %g", n, i, back.data[i], cx.data[i])
			}
		}
	}
	if _, ok := geometricMean(newMatrix(2, 2), newMatrix(2, 2)); ok {
		t.Error("accepted a singular covariance")
	}
}

// On a normal target the gradient-based estimates are exact with few draws: the
// diagonal one for independent coordinates with two, the dense one with any
// number that it accepts, whatever the units.
func TestFisherExactOnNormals(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	ind := newGaussian(t, []float64{1, 2, 3}, matrix{3, 3, []float64{1e-8, 0, 0, 0, 1, 0, 0, 0, 1e12}})
	for i, s := range filled(t, r, ind, 2).fisherScale([]float64{1, 1, 1}) {
		if want := math.Sqrt(ind.cov.data[4*i]); math.Abs(s-want) > 1e-9*want {
			t.Errorf("scale %d = %g, want %g", i, s, want)
		}
	}
	eigen := []float64{1e4, 300, 5, 1, 1e-2, 1e-2}
	g := newGaussian(t, make([]float64, 6), rotated(r, eigen))
	w := filled(t, r, g, drawsPerDirection*6)
	scale := w.fisherScale([]float64{1, 1, 1, 1, 1, 1})
	m, ok := w.fisherDense(scale, false)
	if !ok {
		t.Fatal("refused")
	}
	for i, v := range m.Cov {
		// Rounding grows with the condition number 1e6 of what is inverted.
		if want := g.cov.data[i]; math.Abs(v-want) > 1e-7*math.Abs(want)+1e-6 {
			t.Errorf("entry %d = %g, want %g", i, v, want)
		}
	}
	if _, ok := filled(t, r, g, drawsPerDirection*6-1).fisherDense(scale, false); ok {
		t.Error("accepted too few draws")
	}
}

// A unit normal but for three directions: the low-rank metric must find those,
// and so whiten the target.
func TestFisherLowRank(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	const dim = 150
	eigen := make([]float64, dim)
	for i := range eigen {
		eigen[i] = 1
	}
	eigen[0], eigen[1], eigen[2] = 1e4, 400, 1e-3
	g := newGaussian(t, make([]float64, dim), rotated(r, eigen))
	w := filled(t, r, g, 200)
	ones := make([]float64, dim)
	for i := range ones {
		ones[i] = 1
	}
	m := w.fisherLowRank(ones)
	if m.Kind() != LowRankKind {
		t.Fatalf("kind %v", m.Kind())
	}
	if k := len(m.Eigen); k < 3 || k > 2*maxDirections {
		t.Errorf("%d directions", k)
	}
	// Condition number of M^½ S⁻¹ M^½'s inverse: that of the whitened target.
	l, _ := cholesky(explicit(&m))
	lt := l.transpose()
	values, _ := eigenSym(lt.timesTransposed(g.prec).timesTransposed(lt))
	lo, hi := math.Inf(1), 0.0
	for _, v := range values {
		lo, hi = min(lo, v), max(hi, v)
	}
	// 1e7 before. Eigenvalues within a factor of eigenCutoff are left alone by rule.
	if hi/lo > eigenCutoff*eigenCutoff*1.5 {
		t.Errorf("condition number %g after whitening (%g to %g)", hi/lo, lo, hi)
	}
	basis := matrix{len(m.Eigen), dim, m.Basis}
	gram := basis.timesTransposed(basis)
	for i := range gram.rows {
		for j := range gram.cols {
			want := 0.0
			if i == j {
				want = 1
			}
			if math.Abs(gram.data[i*gram.cols+j]-want) > 1e-12 {
				t.Fatalf("basis not orthonormal: %d·%d = %g", i, j, gram.data[i*gram.cols+j])
			}
		}
	}
}

func TestGradientScale(t *testing.T) {
	s := gradientScale([]float64{4, -0.25, 0, 1e-9})
	floor := math.Sqrt((16+0.0625+1e-18)/4) / 100
	for i, want := range []float64{0.5, 2, 1 / math.Sqrt(floor), 1 / math.Sqrt(floor)} {
		if math.Abs(s[i]-want) > 1e-12 {
			t.Errorf("scale %d = %g, want %g", i, s[i], want)
		}
	}
	if s := gradientScale([]float64{0, 0}); s[0] != 1 || s[1] != 1 {
		t.Errorf("no gradient: %v", s)
	}
}
