package diag

import (
	"math"
	"math/rand/v2"
	"testing"
)

func near(t *testing.T, what string, got, want, tol float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tol) {
		t.Errorf("%s = %g, want %g ± %g", what, got, want, tol)
	}
}

// ramp returns from, from+1, … of length n.
func ramp(from, n int) []float64 {
	x := make([]float64, n)
	for i := range x {
		x[i] = float64(from + i)
	}
	return x
}

// Published values are given to two places, so half a unit in the last is allowed.
const twoPlaces = 0.005001

func TestAutocovarianceOfRamp(t *testing.T) {
	cov := []float64{8.25, 6.42, 4.25, 1.75, -1.08, -4.25, -7.75, -11.58, -15.75, -20.25}
	cor := []float64{1, .78, .52, .21, -.13, -.52, -.94, -1.4, -1.91, -2.45}
	gotCov, gotCor := Autocovariance(ramp(0, 10)), Autocorrelation(ramp(0, 10))
	for k := range cov {
		near(t, "autocovariance", gotCov[k], cov[k], twoPlaces)
		near(t, "autocorrelation", gotCor[k], cor[k], twoPlaces)
	}
}

// The transform must agree with the definition, for any length.
func TestAutocovarianceDirect(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	for n := 1; n < 40; n++ {
		x := make([]float64, n)
		mean := 0.0
		for i := range x {
			x[i] = r.NormFloat64()
			mean += x[i] / float64(n)
		}
		for k, got := range Autocovariance(x) {
			want := 0.0
			for i := range n - k {
				want += (x[i] - mean) * (x[i+k] - mean) / float64(n-k)
			}
			near(t, "autocovariance", got, want, 1e-12)
		}
	}
}

// Sums lag by lag and, beyond some lag, the transform of several chains at once both
// are the autocovariances by their definition. A sum of n products errs by at most
// (n+1)u of the sum of their sizes, which is at most that at lag 0; for the
// transform see [fourier.autocovariances].
func TestAutocovarianceOfChains(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, n := range []int{3, 40, 500} {
		for m := 1; m <= 5; m++ {
			chains := make([][]float64, m)
			for c := range chains {
				x := 0.0
				for range n {
					x = 0.99*x + r.NormFloat64()
					chains[c] = append(chains[c], x)
				}
			}
			var x mixing
			x.of(chains)
			const u = 0x1p-53
			tol := (24*math.Log2(float64(4*n)) + 2*float64(n+1)) * u * x.autocovariance(0)
			for lag := range n {
				want := 0.0
				for _, d := range x.deviations {
					for i := range n - lag {
						want += d[i] * d[i+lag] / float64(m*n)
					}
				}
				near(t, "autocovariance", x.autocovariance(lag), want, tol)
			}
			if transformed := len(x.far) > 0; transformed != (n > 100) {
				t.Errorf("%d draws: transformed %v", n, transformed)
			}
		}
	}
}

func TestRhatOfRamps(t *testing.T) {
	near(t, "R-hat", RhatBasic([][]float64{ramp(0, 10), ramp(1, 10)}), 0.98, twoPlaces)
}

// Pyro and NumPyro estimate the effective sample size from unbiased
// autocovariances: τ = -1 + 2 Σ min-so-far max(P_t, 0). Theirs is 52.64.
func TestESSOfRampUnbiased(t *testing.T) {
	const m, n = 100, 10
	var means []float64
	cov := make([]float64, n)
	for c := range m {
		x := ramp(c*n, n)
		mean, _ := meanVar(x)
		means = append(means, mean)
		for k, v := range Autocovariance(x) {
			cov[k] += v / m
		}
	}
	_, between := meanVar(means)
	total, within := cov[0]+between, cov[0]*n/(n-1)
	tau, last := -1.0, math.Inf(1)
	for k := 0; k+1 < n; k += 2 {
		even, odd := 1-(within-cov[k])/total, 1-(within-cov[k+1])/total
		if k == 0 {
			even = 1
		}
		last = min(last, max(even+odd, 0))
		tau += 2 * last
	}
	near(t, "ESS", m*n/tau, 52.64, twoPlaces)
}

func TestWAICOfLogarithms(t *testing.T) {
	logLik := make([][]float64, 25)
	for s := range logLik {
		for i := range 4 {
			logLik[s] = append(logLik[s], -math.Log(float64(1+4*s+i)))
		}
	}
	w := WAIC(logLik)
	for i, want := range []float64{7.49, 7.75, 7.86, 7.92} {
		near(t, "pointwise deviance", -2*w.Pointwise[i], want, twoPlaces)
	}
	for i, want := range []float64{1.14, .91, .79, .70} {
		near(t, "penalty", w.Penalty[i], want, twoPlaces)
	}
}

func TestWeightedQuantile(t *testing.T) {
	w := []float64{.4, .5, .1}
	for _, c := range []struct {
		x        []float64
		low, hig float64
	}{{[]float64{10, 50, 40}, 40.4, 47.6}, {[]float64{20, 30, 0}, 9.0, 26.4}} {
		near(t, "quantile .2", WeightedQuantile(c.x, w, .2), c.low, 1e-12)
		near(t, "quantile .8", WeightedQuantile(c.x, w, .8), c.hig, 1e-12)
	}
	x, one := []float64{3, 1, 4, 1.5, 9}, []float64{2, 2, 2, 2, 2}
	for _, p := range []float64{0, .1, .5, .77, 1} {
		near(t, "equal weights", WeightedQuantile(x, one, p), Quantile(x, p), 1e-12)
	}
}

// The shortest 20 % of Exp(1) is (0, -log 0.8). Draws are exact quantiles, spaced
// 1/n in probability, so ends are within 2/n of it.
func TestHDIOfExponential(t *testing.T) {
	const n = 10000
	x := make([]float64, n)
	for i := range x {
		x[(i*7919)%n] = -math.Log1p(-(float64(i) + .5) / n)
	}
	lo, hi := HDI(x, 0.2)
	near(t, "low", lo, 0, 2.0/n)
	near(t, "high", hi, -math.Log(0.8), 4.0/n)
}

func TestParetoFitRecovers(t *testing.T) {
	for _, k := range []float64{-0.2, 0.3, 0.9} {
		const n, sigma = 5000, 1.7
		x := make([]float64, n)
		for i := range x { // exact quantiles: no noise, only the estimator's error
			p := (float64(i) + .5) / n
			x[i] = sigma * math.Expm1(-k*math.Log1p(-p)) / k
		}
		gotK, gotSigma := ParetoFit(x)
		near(t, "k", gotK, k, 0.02)
		near(t, "sigma", gotSigma, sigma, 0.02)
	}
}

// For a N(0, 1) target and N(0, s) proposals ratios have tail index 1 - s².
func TestPSISOfNormals(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	for _, c := range []struct{ s, low, high float64 }{{.5, .4, 1.2}, {.95, -.1, .35}} {
		ratios := make([]float64, 10000)
		for i := range ratios {
			z := r.NormFloat64()
			ratios[i] = z*z/2 - c.s*c.s*z*z/2
		}
		if _, k := PSIS(ratios, 1); !(k > c.low && k < c.high) {
			t.Errorf("s = %g: k-hat %g outside (%g, %g)", c.s, k, c.low, c.high)
		}
	}
}

// A first-order autoregression of coefficient ρ steps by (1-ρ)·2 of its variance.
func TestEBFMI(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	const n, rho = 20000, 0.9
	e := make([]float64, n)
	for i := 1; i < n; i++ {
		e[i] = rho*e[i-1] + math.Sqrt(1-rho*rho)*r.NormFloat64()
	}
	// The variance estimate has relative error √(2·(1+ρ²)/(1-ρ²)/n) = 0.031.
	near(t, "E-BFMI", EBFMI(e), 2*(1-rho), 4*0.031*2*(1-rho))
}

func TestNothingToSay(t *testing.T) {
	constant := [][]float64{{1, 1, 1, 1, 1, 1, 1, 1}, {1, 1, 1, 1, 1, 1, 1, 1}}
	nan := [][]float64{{1, 2, math.NaN(), 4, 5, 6, 7, 8}}
	for name, f := range map[string]func([][]float64) float64{
		"Rhat": Rhat, "RhatBasic": RhatBasic,
		"ESSBulk": ESSBulk, "ESSTail": ESSTail, "ESSMean": ESSMean, "ESSSD": ESSSD, "MCSEMean": MCSEMean,
	} {
		for _, d := range [][][]float64{constant, nan, {{1}}} {
			if v := f(d); !math.IsNaN(v) {
				t.Errorf("%s of %v = %g, want NaN", name, d, v)
			}
		}
	}
}

func TestShapes(t *testing.T) {
	for want, f := range map[string]func(){
		"diag: no draws": func() { Rhat(nil) },
		"diag: chain 1 has 1 draws, chain 0 has 2":           func() { ESSBulk([][]float64{{1, 2}, {1}}) },
		"diag: quantile at 1.5, want it in [0, 1]":           func() { Quantile([]float64{1}, 1.5) },
		"diag: interval of probability 0, want it in (0, 1]": func() { HDI([]float64{1}, 0) },
		"diag: 1 draws with 2 weights":                       func() { WeightedQuantile([]float64{1}, []float64{1, 2}, .5) },
	} {
		func() {
			defer func() {
				if e, ok := recover().(*ShapeError); !ok || e.Error() != want {
					t.Errorf("got %v, want %q", e, want)
				}
			}()
			f()
		}()
	}
}

// Draws of a coin that shows heads exactly half of the time are all equally far
// from their median: R-hat is that of the draws, which has a closed form. Halves
// of n draws, of which kᵢ are 1, have normal scores ±z, means z(2kᵢ/n - 1) and
// variances z²·4kᵢ(n-kᵢ)/(n(n-1)), so that z cancels.
func TestRhatOfFairCoin(t *testing.T) {
	const n = 50
	heads := []float64{20, 27, 25, 28} // by half: those of chain 0, chain 1
	order := []int{0, 2, 1, 3}         // in which split returns them
	draws := make([][]float64, 2)
	for c := range draws {
		for h := range 2 {
			for i := range n {
				x := 0.0
				if float64(i) < heads[2*c+h] {
					x = 1
				}
				draws[c] = append(draws[c], x)
			}
		}
	}
	means, within := make([]float64, 4), 0.0
	for i, h := range order {
		k := heads[h]
		means[i] = 2*k/n - 1
		within += k * (n - k) / (n * (n - 1.0))
	}
	_, between := meanVar(means)
	near(t, "R-hat", Rhat(draws), math.Sqrt((n-1.0)/n+between/within), 1e-12)
	if v := Diagnose(Fit{Variables: []Variable{{"z", draws}}})[0]; v.Check != "R-hat" || math.IsNaN(v.Value) {
		t.Errorf("R-hat is judged as %v of %v", v.Check, v.Value)
	}
}
