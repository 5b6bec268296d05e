package hmc

import (
	"context"
	"flag"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/gopyro/pyro/diag"
)

// result holds the draws of four chains, [variable][chain][draw].
type result struct {
	draws       [][][]float64
	energy      [][]float64
	divergences int
	reports     []Report
}

// shift gives the verification other random numbers: it is to pass with several.
var shift = flag.Uint64("seed", 0, "shifts the seeds of all chains")

// sample runs four chains of NUTS from uniform starts.
func sample(t *testing.T, f LogDensity, dim, draws int, w Warmup) *result {
	t.Helper()
	return sampleWith(t, f, dim, draws, w, func() Kernel { return NewNUTS(dim, 10) })
}

func sampleWith(t *testing.T, f LogDensity, dim, draws int, w Warmup, kernel func() Kernel) *result {
	t.Helper()
	out := &result{draws: make([][][]float64, dim)}
	for c := range 4 {
		source := keyed(uint64(1000+c) + 1_000_003**shift)
		s, err := Uniform(f, rand.New(rand.NewPCG(uint64(c), 1+*shift)), dim, 100, 2)
		if err != nil {
			t.Fatal(err)
		}
		chain, err := Start(kernel(), Config{Warmup: w, Draws: draws}, source, s)
		if err != nil {
			t.Fatal(err)
		}
		for i := range out.draws {
			out.draws[i] = append(out.draws[i], nil)
		}
		out.energy = append(out.energy, nil)
		for d, err := range chain.Draws(context.Background(), f) {
			if err != nil {
				t.Fatal(err)
			}
			for i, x := range d.X {
				out.draws[i][c] = append(out.draws[i][c], x)
			}
			out.energy[c] = append(out.energy[c], d.Info.Energy)
			if d.Info.Divergence != nil {
				out.divergences++
			}
		}
		out.reports = append(out.reports, chain.State.Adaptation.Report)
	}
	return out
}

// moment maps the draws of variable i.
func (r *result) moment(f func(x []float64) float64) [][]float64 {
	out := make([][]float64, 4)
	x := make([]float64, len(r.draws))
	for c := range out {
		for n := range r.draws[0][c] {
			for i := range x {
				x[i] = r.draws[i][c][n]
			}
			out[c] = append(out[c], f(x))
		}
	}
	return out
}

// expect holds the mean of f over the draws to want within 4.5 standard errors
// (of the 200 or so such comparisons here one in a thousand runs would fail by
// chance), and asks the chains to agree.
func (r *result) expect(t *testing.T, what string, want float64, f func(x []float64) float64) {
	t.Helper()
	d := r.moment(f)
	mean, n := 0.0, 0.0
	for _, chain := range d {
		for _, x := range chain {
			mean += x
			n++
		}
	}
	mean /= n
	se := diag.MCSEMean(d)
	if !(math.Abs(mean-want) <= 4.5*se) {
		t.Errorf("%s = %g, want %g, standard error %g", what, mean, want, se)
	}
	if rhat := diag.Rhat(d); !(rhat < 1.03) {
		t.Errorf("%s: R-hat %g", what, rhat)
	}
}

// expectNormal holds means and second moments to those of a normal distribution.
func (r *result) expectNormal(t *testing.T, mu []float64, cov matrix) {
	t.Helper()
	for i := range mu {
		r.expect(t, "mean", mu[i], func(x []float64) float64 { return x[i] })
		for j := range i + 1 {
			r.expect(t, "covariance", cov.data[i*cov.cols+j], func(x []float64) float64 { return (x[i] - mu[i]) * (x[j] - mu[j]) })
		}
	}
}

var warm = Warmup{Iterations: 500}

func TestUnnormalised(t *testing.T) {
	f := func(x, g []float64) (float64, error) { // N(1, ½) without its constant, and with another
		g[0] = -4 * (x[0] - 1)
		return 17 - 2*(x[0]-1)*(x[0]-1), nil
	}
	for name, k := range map[string]func() Kernel{
		"NUTS": func() Kernel { return NewNUTS(1, 10) }, "static": func() Kernel { return NewStatic(1, 1.5, 0.5) },
	} {
		t.Run(name, func(t *testing.T) {
			sampleWith(t, f, 1, 1000, warm, k).expectNormal(t, []float64{1}, matrix{1, 1, []float64{0.25}})
		})
	}
	walk := Warmup{Iterations: 500, StepSize: 2.4, TargetAccept: 0.44, Estimate: FromDraws}
	sampleWith(t, f, 1, 4000, walk, func() Kernel { return NewMetropolis(1) }).
		expectNormal(t, []float64{1}, matrix{1, 1, []float64{0.25}})
	sampleWith(t, f, 1, 2000, Warmup{}, func() Kernel { return NewSlice(1, 10) }).
		expectNormal(t, []float64{1}, matrix{1, 1, []float64{0.25}})
}

// A 2-d normal with variances 10 and 0.1: the dense inverse mass is the covariance
// to 10 %, from draws as from draws and gradients.
func TestDenseMass(t *testing.T) {
	for _, rho := range []float64{-0.7, 0.8} {
		cov := matrix{2, 2, []float64{10, rho, rho, 0.1}}
		g := newGaussian(t, []float64{0, 0}, cov)
		for _, e := range []Estimate{FromDraws, FromGradients} {
			s, err := Init(g.logDensity, []float64{1, 0})
			if err != nil {
				t.Fatal(err)
			}
			c, err := Start(NewNUTS(2, 10),
				Config{Warmup: Warmup{Iterations: 20000, Metric: DenseKind, Estimate: e}, Draws: 1}, keyed(1), s)
			if err != nil {
				t.Fatal(err)
			}
			record(t, c, g.logDensity)
			for i, got := range c.State.Adaptation.Tuning.Metric.Cov {
				// Entries are compared on the scale of their variances.
				if scale := math.Sqrt(cov.data[i/2*3] * cov.data[i%2*3]); math.Abs(got-cov.data[i]) > 0.1*scale {
					t.Errorf("%v: inverse mass %d is %g, want %g", e, i, got, cov.data[i])
				}
			}
		}
		r := sample(t, g.logDensity, 2, 1000, warm)
		r.expectNormal(t, g.mu, cov)
	}
}

// chainOfNormals is a random walk of n unit steps from 0 with obs unit-noise
// observations of 1 at its end, in dim independent copies. Its posterior mean is
// the straight line and its variance that of a Brownian bridge.
func chainOfNormals(n, dim, obs int) LogDensity {
	return func(x, g []float64) (float64, error) {
		lp := 0.0
		clear(g)
		for d := range dim {
			prev := 0.0
			for i := range n {
				at := i*dim + d
				e := x[at] - prev
				lp -= e * e / 2
				g[at] -= e
				if i > 0 {
					g[at-dim] += e
				}
				prev = x[at]
			}
			e := prev - 1
			lp -= float64(obs) * e * e / 2
			g[(n-1)*dim+d] -= float64(obs) * e
		}
		return lp, nil
	}
}

func TestGaussianChains(t *testing.T) {
	for _, c := range []struct {
		n, dim, obs int
		precisions  []float64 // to two places
	}{
		{3, 10, 1, []float64{1.33, 1, 1.33}},
		{4, 10, 1, []float64{1.25, 0.83, 0.83, 1.25}},
		{9, 5, 1, []float64{1.11, 0.63, 0.48, 0.42, 0.40, 0.42, 0.48, 0.63, 1.11}},
		{2, 1, 10000, []float64{2, 10000}},
	} {
		f := chainOfNormals(c.n, c.dim, c.obs)
		r := sample(t, f, c.n*c.dim, 400, warm)
		for i := range c.n {
			end := float64(c.n) + 1/float64(c.obs) // time of the observations' mean
			at := float64(i + 1)
			mean, variance := at/end, at*(end-at)/end
			if p := c.precisions[i]; math.Abs(1/variance-p) > 0.005001*max(1, p/25) {
				t.Fatalf("length %d, step %d: precision %g, table says %g", c.n, i, 1/variance, p)
			}
			for d := range c.dim {
				r.expect(t, "mean", mean, func(x []float64) float64 { return x[i*c.dim+d] })
				r.expect(t, "variance", variance, func(x []float64) float64 { e := x[i*c.dim+d] - mean; return e * e })
			}
		}
	}
}

// Condition number 1e6 in directions that no axis shows.
func TestIllConditioned(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	const dim = 10
	eigen := make([]float64, dim)
	for i := range eigen {
		eigen[i] = math.Pow(10, -3+6*float64(i)/(dim-1))
	}
	g := newGaussian(t, make([]float64, dim), rotated(r, eigen))
	res := sample(t, g.logDensity, dim, 500, warm)
	for i := range dim {
		for j := range i + 1 {
			want := g.cov.data[i*dim+j]
			res.expect(t, "covariance", want, func(x []float64) float64 { return x[i] * x[j] })
		}
	}
	// The short directions show only in the precision: xᵀS⁻¹x has mean D.
	grad := make([]float64, dim)
	res.expect(t, "Mahalanobis", dim, func(x []float64) float64 {
		logp, err := g.logDensity(x, grad)
		if err != nil {
			t.Fatal(err)
		}
		return -2 * logp
	})
	if res.divergences > 0 {
		t.Errorf("%d divergences on a normal target", res.divergences)
	}
}

// x0 ~ N(1, 1), x1 | x0 ~ N(x0², 1/10): Rosenbrock's valley (to scale), with
// moments by quadrature.
func TestRosenbrock(t *testing.T) {
	f := func(x, g []float64) (float64, error) {
		a, b := x[0]-1, x[1]-x[0]*x[0]
		g[0], g[1] = -a+20*b*x[0], -10*b
		return -a*a/2 - 5*b*b, nil
	}
	var norm, m0, m1, m01, v1 float64
	const h = 1.0 / 256
	for x := -9.0; x <= 11; x += h { // trapezia, exact to rounding for this density
		w := math.Exp(-(x - 1) * (x - 1) / 2)
		norm += w
		m0 += w * x
		m1 += w * x * x
		m01 += w * x * x * x
		v1 += w * (x*x*x*x + 0.1)
	}
	r := sample(t, f, 2, 4000, Warmup{Iterations: 1000, TargetAccept: 0.95})
	r.expect(t, "E x0", m0/norm, func(x []float64) float64 { return x[0] })
	r.expect(t, "E x1", m1/norm, func(x []float64) float64 { return x[1] })
	r.expect(t, "E x0x1", m01/norm, func(x []float64) float64 { return x[0] * x[1] })
	r.expect(t, "E x1²", v1/norm, func(x []float64) float64 { return x[1] * x[1] })
}

// A bent valley in ten dimensions, of which the others turn long before a trajectory
// has gone through it: x0 ~ N(0, 1), x1 | x0 ~ N(x0², 1/10). Chains find that out,
// and that a normal distribution has none.
func TestBentValley(t *testing.T) {
	const dim = 10
	f := func(x, g []float64) (float64, error) {
		e := x[1] - x[0]*x[0]
		lp := -x[0]*x[0]/2 - 5*e*e
		g[0], g[1] = -x[0]+20*e*x[0], -10*e
		for i := 2; i < dim; i++ {
			lp -= x[i] * x[i] / 2
			g[i] = -x[i]
		}
		return lp, nil
	}
	r := sample(t, f, dim, 1000, Warmup{Iterations: 1000})
	r.expect(t, "E x0", 0, func(x []float64) float64 { return x[0] })
	r.expect(t, "E x1", 1, func(x []float64) float64 { return x[1] })
	r.expect(t, "E x2²", 1, func(x []float64) float64 { return x[2] * x[2] })
	for c, rep := range r.reports {
		if !(rep.MinTime > math.Pi) {
			t.Errorf("chain %d: trajectories of time %g and more, want more than half a period", c, rep.MinTime)
		}
	}
	for _, dim := range []int{dim, 50} {
		unit := make([]float64, dim)
		for i := range unit {
			unit[i] = 1
		}
		for c, rep := range sample(t, normal(unit...), dim, 1, Warmup{Iterations: 1000}).reports {
			if rep.MinTime != 0 {
				t.Errorf("chain %d: a normal target in %d dimensions has trajectories of time %g at least", c, dim, rep.MinTime)
			}
		}
	}
}

// Neal's (2003) funnel: v ~ N(0, 3), nine x ~ N(0, e^{v/2}). Non-centred it is a
// unit normal; centred, no fixed step suits both ends and the statistics say so.
func TestFunnel(t *testing.T) {
	const dim = 10
	plain := normal(3, 1, 1, 1, 1, 1, 1, 1, 1, 1)
	r := sample(t, plain, dim, 1000, warm)
	r.expect(t, "v", 0, func(x []float64) float64 { return x[0] })
	r.expect(t, "v²", 9, func(x []float64) float64 { return x[0] * x[0] })
	r.expect(t, "P(x1 < 1)", funnelBelowOne(), func(x []float64) float64 {
		if x[1]*math.Exp(x[0]/2) < 1 {
			return 1
		}
		return 0
	})
	if r.divergences > 0 {
		t.Errorf("non-centred: %d divergences", r.divergences)
	}
	c := sample(t, funnel, dim, 1000, warm)
	worst := math.Inf(1)
	for _, e := range c.energy {
		worst = min(worst, diag.EBFMI(e))
	}
	if ess := diag.ESSBulk(c.draws[0]); c.divergences == 0 && worst > diag.MinEBFMI && ess > diag.MinESS {
		t.Errorf("centred funnel passes: no divergence, E-BFMI %.2f, ESS %.0f", worst, ess)
	}
}

// funnel is the centred one.
func funnel(x, g []float64) (float64, error) {
	v := x[0]
	lp := -v * v / 18
	g[0] = -v / 9
	w := math.Exp(-v)
	for i, e := range x[1:] {
		lp -= e*e*w/2 + v/2
		g[i+1] = -e * w
		g[0] += e*e*w/2 - 0.5
	}
	return lp, nil
}

// funnelBelowOne integrates Φ(e^{-v/2}) over v ~ N(0, 3).
func funnelBelowOne() float64 {
	var sum, norm float64
	for v := -30.0; v <= 30; v += 1.0 / 64 {
		w := math.Exp(-v * v / 18)
		norm += w
		sum += w * math.Erfc(-math.Exp(-v/2)/math.Sqrt2) / 2
	}
	return sum / norm
}

// A hundred dimensions of which three matter: the automatic metric is low rank,
// whitens them, and spares most of the leapfrogs of Stan's diagonal one.
func TestLowRankChains(t *testing.T) {
	r := rand.New(rand.NewPCG(8, 8))
	const dim = 100
	eigen := make([]float64, dim)
	for i := range eigen {
		eigen[i] = 1
	}
	eigen[0], eigen[1], eigen[2] = 400, 100, 0.01
	g := newGaussian(t, make([]float64, dim), rotated(r, eigen))
	low := sample(t, g.logDensity, dim, 150, Warmup{Iterations: 300})
	stan := sample(t, g.logDensity, dim, 10, Warmup{Iterations: 300, Estimate: FromDraws})
	for c, rep := range low.reports {
		if last := rep.Updates[len(rep.Updates)-1]; rep.Metric != LowRankKind || last.Rank < 3 {
			t.Errorf("chain %d: %v metric of %d directions", c, rep.Metric, last.Rank)
		}
		if 3*rep.Leapfrogs > stan.reports[c].Leapfrogs {
			t.Errorf("chain %d: warm-up took %d leapfrogs, with a diagonal metric from draws %d", c, rep.Leapfrogs, stan.reports[c].Leapfrogs)
		}
	}
	grad := make([]float64, dim)
	low.expect(t, "Mahalanobis", dim, func(x []float64) float64 {
		logp, err := g.logDensity(x, grad)
		if err != nil {
			t.Fatal(err)
		}
		return -2 * logp
	})
	for _, i := range []int{0, 50, 99} {
		low.expect(t, "mean", 0, func(x []float64) float64 { return x[i] })
		low.expect(t, "variance", g.cov.data[i*dim+i], func(x []float64) float64 { return x[i] * x[i] })
	}
}
