package hmc

import (
	"math"
	"math/rand/v2"
	"testing"
)

// logit p with a Beta(a, b) posterior: density pᵃ(1-p)ᵇ on the real line.
func betaOnLine(a, b float64) LogDensity {
	return func(x, g []float64) (float64, error) {
		p := 1 / (1 + math.Exp(-x[0]))
		g[0] = a - (a+b)*p
		// -log(1 + e^-x) for p, and that less x for 1 - p
		lp := -math.Log1p(math.Exp(-math.Abs(x[0]))) + min(x[0], 0)
		return a*lp + b*(lp-x[0]), nil
	}
}

// Beta(1.1, 1.1) prior, 1000 Bernoulli data of rates 0.9 and 0.1, under five ways
// of adaptation.
func TestBetaBernoulli(t *testing.T) {
	for _, w := range []Warmup{
		{Iterations: 300},
		{Iterations: 300, Estimate: FromDraws},
		{Iterations: 300, Estimate: FromDraws, Metric: DenseKind},
		{Iterations: 300, StepSize: 0.1, TargetAccept: 0.9},
		{Iterations: 0},
	} {
		for _, ones := range []float64{900, 100} {
			a, b := 1.1+ones, 1.1+1000-ones
			r := sample(t, betaOnLine(a, b), 1, 400, w)
			p := func(x []float64) float64 { return 1 / (1 + math.Exp(-x[0])) }
			r.expect(t, "p", a/(a+b), p)
			r.expect(t, "p²", a*(a+1)/((a+b)*(a+b+1)), func(x []float64) float64 { return p(x) * p(x) })
		}
	}
}

// Dirichlet(1, 1, 1) prior and counts 100, 600, 300 of three categories, on log
// ratios to the last: E p is (count + 1)/1003.
func TestDirichletCategorical(t *testing.T) {
	alpha := []float64{101, 601, 301}
	probs := func(x []float64) []float64 {
		a, b := math.Exp(x[0]), math.Exp(x[1])
		return []float64{a / (1 + a + b), b / (1 + a + b), 1 / (1 + a + b)}
	}
	f := func(x, g []float64) (float64, error) {
		p := probs(x)
		lp := 0.0
		for i, a := range alpha { // the Jacobian adds one to each exponent a-1
			lp += a * math.Log(p[i])
		}
		g[0], g[1] = alpha[0]-1003*p[0], alpha[1]-1003*p[1]
		return lp, nil
	}
	r := sample(t, f, 2, 500, warm)
	for i, a := range alpha {
		r.expect(t, "p", a/1003, func(x []float64) float64 { return probs(x)[i] })
	}
}

// A Gamma(a, b) on the precision of n normal data of square sum s is conjugate:
// Gamma(a + n/2, b + s/2), sampled as its logarithm.
func TestGammaPrecision(t *testing.T) {
	for _, sd := range []float64{0.5, 2} {
		const n = 2000.0
		shape, rate := 1+n/2, 1+n*sd*sd/2
		f := func(x, g []float64) (float64, error) {
			tau := math.Exp(x[0])
			g[0] = shape - rate*tau
			return shape*x[0] - rate*tau, nil
		}
		r := sample(t, f, 1, 500, warm)
		r.expect(t, "precision", shape/rate, func(x []float64) float64 { return math.Exp(x[0]) })
		r.expect(t, "variance", rate/(shape-1), func(x []float64) float64 { return math.Exp(-x[0]) })
	}
}

// Logistic regression, 2000 × 3, coefficients 1, 2, 3. The labels are replaced by
// their expectations, so that the likelihood has its peak at the truth and the
// error of the posterior mean is that of the sampler and of the skew; exactness is
// held to the stationarity identity E[∂ log density] = 0.
func TestLogisticRegression(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 1))
	const n = 2000
	truth := []float64{1, 2, 3}
	data, y := randomMatrix(r, n, 3), make([]float64, n)
	for i := range y {
		y[i] = 1 / (1 + math.Exp(-dot(data.row(i), truth)))
	}
	f := func(x, g []float64) (float64, error) {
		lp := -dot(x, x) / 200
		for i, v := range x {
			g[i] = -v / 100
		}
		for i := range y {
			eta := dot(data.row(i), x)
			lp += y[i]*eta - max(eta, 0) - math.Log1p(math.Exp(-math.Abs(eta)))
			axpy(y[i]-1/(1+math.Exp(-eta)), data.row(i), g)
		}
		return lp, nil
	}
	res := sample(t, f, 3, 150, Warmup{Iterations: 150})
	grad, square := make([]float64, 3), 0.0
	for i, b := range truth {
		res.expect(t, "score", 0, func(x []float64) float64 {
			if _, err := f(x, grad); err != nil {
				t.Fatal(err)
			}
			return grad[i]
		})
		mean := 0.0
		for _, chain := range res.draws[i] {
			for _, x := range chain {
				mean += x / 600
			}
		}
		square += (mean - b) * (mean - b) / 3
	}
	if rmse := math.Sqrt(square); rmse > 0.1 {
		t.Errorf("root mean square error of the coefficients %g", rmse)
	}
}

// A mixture of three normals of unit sd with its labels summed out: means 1, 5,
// 10, weights 0.1, 0.3, 0.6. Data are the components' quantiles, so they are as
// representative as 400 data can be and the estimates meet the truth.
func TestMixture(t *testing.T) {
	means, weights := []float64{1, 5, 10}, []float64{0.1, 0.3, 0.6}
	const n = 400
	var y []float64
	for k, w := range weights {
		m := int(w*n + 0.5)
		for i := range m {
			y = append(y, means[k]-math.Sqrt2*math.Erfcinv(2*(float64(i)+0.5)/float64(m)))
		}
	}
	share := func(x []float64) []float64 { // of x[3:5], log ratios to the last
		a, b := math.Exp(x[3]), math.Exp(x[4])
		return []float64{a / (1 + a + b), b / (1 + a + b), 1 / (1 + a + b)}
	}
	// Priors: means N(truth, 3), which keeps the labels apart; weights uniform.
	f := func(x, g []float64) (float64, error) {
		p, lp := share(x), 0.0
		var post [3]float64
		for k := range means {
			e := (x[k] - means[k]) / 3
			lp += math.Log(p[k]) - e*e/2
			g[k] = -e / 3
		}
		g[3], g[4] = 1-3*p[0], 1-3*p[1]
		for _, v := range y {
			sum := 0.0
			for k := range post {
				post[k] = p[k] * math.Exp(-(v-x[k])*(v-x[k])/2)
				sum += post[k]
			}
			lp += math.Log(sum)
			for k := range post {
				g[k] += post[k] / sum * (v - x[k])
			}
			g[3] += post[0]/sum - p[0]
			g[4] += post[1]/sum - p[1]
		}
		return lp, nil
	}
	s, err := Init(f, []float64{2, 4, 9, 0, 0})
	if err != nil {
		t.Fatal(err)
	}
	const draws = 300
	c, err := Start(NewNUTS(5, 10), Config{Warmup: Warmup{Iterations: 200}, Draws: draws}, keyed(5), s)
	if err != nil {
		t.Fatal(err)
	}
	got := make([]float64, 6)
	for d, err := range c.Draws(t.Context(), f) {
		if err != nil {
			t.Fatal(err)
		}
		axpy(1.0/draws, d.X[:3], got[:3])
		axpy(1.0/draws, share(d.X), got[3:])
	}
	for k := range means {
		if math.Abs(got[k]-means[k]) > 0.2 || math.Abs(got[3+k]-weights[k]) > 0.05 {
			t.Errorf("component %d: mean %g weight %g, want %g and %g", k, got[k], got[3+k], means[k], weights[k])
		}
	}
}
