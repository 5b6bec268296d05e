package regression

import (
	"math"

	"github.com/gopyro/pyro/data"
)

// curve is the data of the logistic model.
type curve struct{ x, y []float64 }

func newCurve() curve {
	x, y := twoSpecies(data.Iris())
	return curve{x.Float64s(), y.Float64s()}
}

func sigmoid(x float64) float64 { return 1 / (1 + math.Exp(-x)) }

// logDensity is that of the posterior, but for a constant.
func (c curve) logDensity(a, b float64) float64 {
	lp := -(a*a + b*b) / 200
	for i, x := range c.x {
		eta := a + b*x
		lp += c.y[i]*eta - math.Max(eta, 0) - math.Log1p(math.Exp(-math.Abs(eta)))
	}
	return lp
}

// posterior sums over a grid, which for smooth densities that vanish at its edges
// is exact but for what lies outside. It returns means, sds and the probability
// that the log odds at x are below those of q.
func (c curve) posterior() (means, sds []float64, below func(x, q float64) float64) {
	const n = 250
	const a0, a1, b0, b1 = -3, 4.5, 2, 35 // 7 standard deviations and more
	da, db := (a1-a0)/float64(n), (b1-b0)/float64(n)
	top := c.logDensity(0.5, 13)
	var w [n + 1][n + 1]float64
	var sum, sa, sb, saa, sbb float64
	for i := range w {
		for j := range w[i] {
			a, b := a0+da*float64(i), b0+db*float64(j)
			p := math.Exp(c.logDensity(a, b) - top)
			w[i][j] = p
			sum, sa, sb, saa, sbb = sum+p, sa+p*a, sb+p*b, saa+p*a*a, sbb+p*b*b
		}
	}
	sa, sb = sa/sum, sb/sum
	below = func(x, q float64) float64 {
		eta, mass := math.Log(q)-math.Log1p(-q), 0.0
		for j := range n + 1 { // a < at, the last step of the grid in part
			at := (eta - (b0+db*float64(j))*x - a0) / da
			for i := range n + 1 {
				mass += w[i][j] * min(1, max(0, at-float64(i)+0.5))
			}
		}
		return mass / sum
	}
	return []float64{sa, sb}, []float64{math.Sqrt(saa/sum - sa*sa), math.Sqrt(sbb/sum - sb*sb)}, below
}

// expected returns the gradient and the negative second derivatives of the log
// density, expected under a normal distribution.
func (c curve) expected(mean []float64, v pair) (grad [2]float64, precision pair) {
	grad = [2]float64{-mean[0] / 100, -mean[1] / 100}
	precision = pair{0.01, 0, 0.01}
	for i, x := range c.x {
		eta, s := mean[0]+mean[1]*x, math.Sqrt(v.a+2*x*v.b+x*x*v.c)
		p, dp := 0.0, 0.0
		const h = 0.1 // trapezoidal rule to 8 standard deviations
		for k := -80; k <= 80; k++ {
			z := h * float64(k)
			w := h * math.Exp(-z*z/2) / math.Sqrt(2*math.Pi)
			q := sigmoid(eta + s*z)
			p, dp = p+w*q, dp+w*q*(1-q)
		}
		grad[0], grad[1] = grad[0]+c.y[i]-p, grad[1]+(c.y[i]-p)*x
		precision.a, precision.b, precision.c = precision.a+dp, precision.b+dp*x, precision.c+dp*x*x
	}
	return grad, precision
}

// guide is the best normal guide, at which the expected gradient is 0 and the
// precision is the expected negative second derivative (Opper and Archambeau
// 2009, equation 8); of independent parts its diagonal.
func (c curve) guide(full bool) optimum {
	mean, v := []float64{0, 10}, pair{0.1, 0, 1}
	var precision pair
	for range 200 {
		var grad [2]float64
		grad, precision = c.expected(mean, v)
		step := precision.inverse()
		mean[0], mean[1] = mean[0]+step.a*grad[0]+step.b*grad[1], mean[1]+step.b*grad[0]+step.c*grad[1]
		if v = step; !full {
			v = pair{1 / precision.a, 0, 1 / precision.c}
		}
	}
	return precision.best(mean, full)
}
