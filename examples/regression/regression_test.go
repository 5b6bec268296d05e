package regression

import (
	"fmt"
	"math"
	"testing"

	"github.com/gopyro/pyro/data"
	"github.com/gopyro/pyro/examples/examplestest"
	"github.com/gopyro/pyro/tensor"
)

// least is the least effective number of draws of NUTS that is accepted, and
// draws the number from a guide; all comparisons are within 4.5 errors.
const least, draws = 1000, 4000

func TestFigures(t *testing.T) {
	line, curve := newLine(data.Stopping()), newCurve()
	mean, sd := line.posterior()
	cMean, cSD, below := curve.posterior()
	want := examplestest.Join(
		nuts("linear_nuts_", mean, sd), nuts("logistic_nuts_", cMean, cSD),
		line.guide(false).checks("linear_normal"), line.guide(true).checks("linear_multivariate"),
		curve.guide(false).checks("logistic_normal"), curve.guide(true).checks("logistic_multivariate"),
		map[string]examplestest.Check{
			"linear_exact_means": examplestest.All(mean, 1e-9),
			"linear_exact_sds":   examplestest.All(sd, 1e-9),
		})
	for _, p := range []float64{0.05, 0.5, 0.95} {
		want[fmt.Sprintf("linear_band_%.0f", 100*p)] = quantiles(p, 0, 30, line.below)
		want[fmt.Sprintf("logistic_band_%.0f", 100*p)] = quantiles(p, -0.8, 0.9, below)
	}
	examplestest.Run(t, Example, examplestest.Want{
		Figures: want,
		Plots: map[string][]string{
			"linear":   {"stopping distance", "90 % of next cars", "median", "cars", "posterior", "intercept", "slope", "nuts", "normal", "multivariate"},
			"logistic": {"versicolor (0) or virginica (1)", "90 %", "flowers"},
		},
	})
}

// nuts are the checks of chains against exact means and sds.
func nuts(prefix string, means, sds []float64) map[string]examplestest.Check {
	tm, ts := make([]float64, len(sds)), make([]float64, len(sds))
	for i, s := range sds {
		tm[i], ts[i] = 4.5*s/math.Sqrt(least), 4.5*s/math.Sqrt(least) // an sd has 1/√2 of that if normal; tails are heavier
	}
	return examplestest.Chains(prefix, examplestest.Each(means, tm), examplestest.Each(sds, ts), 1.01, least)
}

// quantiles checks that of the p-quantiles at points from lo to hi the exact
// distribution below, at each point, has probability p.
func quantiles(p, lo, hi float64, below func(x, q float64) float64) examplestest.Check {
	tolerance := 4.5 * math.Sqrt(p*(1-p)/least)
	return func(v any) string {
		q := v.([]float64)
		for i := range q {
			x := lo + (hi-lo)*float64(i)/float64(len(q)-1)
			if got := below(x, q[i]); !(math.Abs(got-p) <= tolerance) {
				return fmt.Sprintf("is %v at %v, which has probability %v; want %v ± %v", q[i], x, got, p, tolerance)
			}
		}
		return ""
	}
}

// optimum is the best normal guide of a family.
type optimum struct {
	means, sds []float64 // of the sites
	scale      []float64 // of each site's own number given the others, in the units of means
	kappa      float64   // least eigenvalue of the precision, scaled to a diagonal of 1/scale
	full       bool
}

// checks compares draws from a fitted guide with the best guide.
//
// Where noise dominates, Adam with rate α is gradient descent with each gradient
// g divided by its standard deviation. For locations of a normal guide that is
// 1/c, at most times √2, with c the scale given the others; the noise of the
// estimates is then in equilibrium at the variance αc/2 (√2 times that), and
// follows α as long as the slowest direction, which decays at the rate ακ, does:
// until its time to the end of the cosine, u of all steps, is 1/(ακ) with
// α = rate·(πu/2)², so u³ = 4/(κπ²·rate·steps). For logarithms of scales the
// gradients vary by √2, the curvature is 2, and so α/(2√2) and α√2 take the place of
// these, in the slowest direction for a full covariance.
func (o optimum) checks(name string) map[string]examplestest.Check {
	freeze := func(kappa float64) float64 {
		u := math.Cbrt(4 / (kappa * math.Pi * math.Pi * rate * steps))
		return rate * math.Pow(math.Pi*u/2, 2)
	}
	slow := 1.0
	if o.full {
		slow = o.kappa * o.scale[len(o.scale)-1]
	}
	log := math.Sqrt(freeze(math.Sqrt2*min(1, slow)) / (2 * math.Sqrt2))
	tm, ts := make([]float64, len(o.means)), make([]float64, len(o.means))
	for i, s := range o.sds {
		tm[i] = 4.5 * (math.Sqrt(freeze(o.kappa)*o.scale[i]/math.Sqrt2) + s/math.Sqrt(draws))
		ts[i] = 4.5 * s * (log + 1/math.Sqrt(draws))
	}
	return map[string]examplestest.Check{
		name + "_means": examplestest.Each(o.means, tm),
		name + "_sds":   examplestest.Each(o.sds, ts),
	}
}

// pair is a symmetric matrix of two rows, ((a, b), (b, c)).
type pair struct{ a, b, c float64 }

func (m pair) inverse() pair {
	det := m.a*m.c - m.b*m.b
	return pair{m.c / det, -m.b / det, m.a / det}
}

// best is the normal guide of the given mean and precision, and of independent
// parts if not full.
func (m pair) best(mean []float64, full bool) optimum {
	c := []float64{1 / math.Sqrt(m.a), 1 / math.Sqrt(m.c)}
	sds := c
	if v := m.inverse(); full {
		sds = []float64{math.Sqrt(v.a), math.Sqrt(v.c)}
	}
	x, y, z := 1/c[0], m.b*math.Sqrt(c[0]*c[1]), 1/c[1]
	kappa := (x+z)/2 - math.Hypot((x-z)/2, y)
	return optimum{mean, sds, c, kappa, full}
}

// line is the conjugate posterior of the linear model: given the variance v, the
// weights are normal with precision/v, and v is inverse gamma.
type line struct {
	center    [2]float64
	precision pair
	a, b      float64
}

func newLine(d data.StoppingTable) line {
	l := line{precision: pair{0.01, 0, 0.01}, a: 1, b: 100}
	var xy [2]float64
	for i, x := range d.Speed {
		y := d.Distance[i]
		l.precision.a, l.precision.b, l.precision.c = l.precision.a+1, l.precision.b+x, l.precision.c+x*x
		xy[0], xy[1] = xy[0]+y, xy[1]+x*y
		l.a, l.b = l.a+0.5, l.b+y*y/2
	}
	v := l.precision.inverse()
	l.center = [2]float64{v.a*xy[0] + v.b*xy[1], v.b*xy[0] + v.c*xy[1]}
	l.b -= (l.center[0]*xy[0] + l.center[1]*xy[1]) / 2
	return l
}

// posterior returns the means and sds of variance, intercept and slope.
func (l line) posterior() (means, sds []float64) {
	v, s := l.precision.inverse(), l.b/(l.a-1)
	return []float64{s, l.center[0], l.center[1]}, []float64{s / math.Sqrt(l.a-2), math.Sqrt(s * v.a), math.Sqrt(s * v.c)}
}

// below is the probability that the next car at speed x stops before distance q,
// by Student's distribution.
func (l line) below(x, q float64) float64 {
	v := l.precision.inverse()
	scale := math.Sqrt(l.b / l.a * (1 + v.a + 2*x*v.b + x*x*v.c))
	z := tensor.Of((q - l.center[0] - l.center[1]*x) / scale)
	return z.StudentCDF(tensor.Of(2 * l.a)).Item()
}

// guide is the best normal guide of the weights and s = log v. Its expected log
// density is
//
//	-(a+1)·E s - E e⁻ˢ·(b + ½·tr precision·Σ) + const, s ~ N(m, w)
//
// with the entropies ½ log |Σ| and ½ log w; the weights are independent of s,
// since the density is symmetric about their center. The derivatives are 0 at
// Σ = b/a·precision⁻¹ (its diagonal precision alone, if independent), w = 1/(a+1)
// and e^(m-w/2) = b/a. So v is log-normal with mean b/a·eʷ.
func (l line) guide(full bool) optimum {
	r := l.b / l.a
	o := pair{l.precision.a / r, l.precision.b / r, l.precision.c / r}.best(l.center[:], full)
	w := 1 / (l.a + 1)
	v := r * math.Exp(w)
	o.means = append([]float64{v}, o.means...)
	o.sds = append([]float64{v * math.Sqrt(math.Expm1(w))}, o.sds...)
	// A number of its own on the scale of logarithms: c = √w, so that αc/2 in
	// units of v is α·√w·v²/2.
	o.scale = append([]float64{v * v * math.Sqrt(w)}, o.scale...)
	return o
}
