package bench

import (
	"math"

	"github.com/gopyro/pyro/data"
	"github.com/gopyro/pyro/internal/blas"
	"github.com/gopyro/pyro/internal/kernel"
)

const halfLog2Pi = 0.91893853320467274178032973640561763986

// HandEightSchools is the density of EightSchools as one would write it by hand:
// plain loops over the eight schools.
type HandEightSchools struct {
	y, s    [8]float64
	logs    float64 // Σ log s
	X, Grad [10]float64
}

// NewHandEightSchools takes the data.
func NewHandEightSchools() *HandEightSchools {
	schools := data.EightSchools()
	h := &HandEightSchools{y: [8]float64(schools.Effect), s: [8]float64(schools.StdErr)}
	for _, s := range h.s {
		h.logs += math.Log(s)
	}
	return h
}

// Eval returns the log density at X and writes its gradient to Grad.
func (h *HandEightSchools) Eval() float64 {
	mu, u := h.X[0], h.X[1]
	tau := math.Exp(u)
	r := tau / 5
	lp := -0.5*mu*mu/25 - math.Log(5) - halfLog2Pi + // mu
		math.Log(2/(5*math.Pi)) - math.Log1p(r*r) + u - // tau, and its Jacobian
		16*halfLog2Pi - h.logs
	dmu, dtau := -mu/25, -2*r/(1+r*r)/5
	for i, y := range h.y {
		eta := h.X[2+i]
		z := (y - mu - tau*eta) / h.s[i]
		lp -= 0.5 * (eta*eta + z*z)
		g := z / h.s[i]
		dmu += g
		dtau += g * eta
		h.Grad[2+i] = g*tau - eta
	}
	h.Grad[0], h.Grad[1] = dmu, dtau*tau+1
	return lp
}

// HandLogistic is the density of Logistic by the fused kernels, called by hand.
type HandLogistic struct {
	x, y          []float64
	n, d          int
	eta, soft, sg []float64
	X, Grad       []float64
}

// NewHandLogistic takes n rows of data.
func NewHandLogistic(n int) *HandLogistic {
	const d = 20
	h := &HandLogistic{n: n, d: d, X: make([]float64, d), Grad: make([]float64, d)}
	h.x, h.y = LogisticData(n, d, 11)
	h.eta, h.soft, h.sg = make([]float64, n), make([]float64, n), make([]float64, n)
	return h
}

// Eval returns the log density at X and writes its gradient to Grad.
func (h *HandLogistic) Eval() float64 {
	blas.Gemv(false, h.n, h.d, 1, h.x, h.d, h.X, 0, h.eta)
	kernel.SoftplusSigmoid(h.soft, h.sg, h.eta)
	lp := kernel.Dot(h.y, h.eta) - kernel.Sum(h.soft)
	kernel.Sub(h.sg, h.y, h.sg)
	blas.Gemv(true, h.n, h.d, 1, h.x, h.d, h.sg, 0, h.Grad)
	for i, b := range h.X {
		lp -= 0.5*b*b + halfLog2Pi
		h.Grad[i] -= b
	}
	return lp
}
