package transform

import (
	"math"

	"github.com/gopyro/pyro/tensor"
)

// Transforms of vectors onto n × n matrices, n ≥ 1. The vector holds the lower
// triangle by rows: (1,1), (2,1), (2,2), (3,1), …. Log determinants are those of
// the map onto the entries on or below the diagonal.
var (
	// LowerCholesky maps ℝᵐ, m = n(n+1)/2, onto the lower triangular matrices
	// with a positive diagonal: the entries of x, on the diagonal their
	// exponentials.
	LowerCholesky Transform = lowerCholesky{}
	// PositiveDefinite maps ℝᵐ, m = n(n+1)/2, onto the symmetric positive
	// definite matrices: y = L·Lᵀ for L = LowerCholesky(x). Its Inverse panics
	// where y is not positive definite.
	PositiveDefinite Transform = positiveDefinite{}
)

var full = triangle{}

type lowerCholesky struct{}

func (t lowerCholesky) Forward(x *tensor.Tensor) *tensor.Tensor {
	m := full.fill(x, full.side(t, "Forward", x.Shape()))
	return m.Tril(-1).Add(m.Diag().Exp().DiagEmbed())
}

func (t lowerCholesky) Inverse(y *tensor.Tensor) *tensor.Tensor {
	n := square(t, "Inverse", y.Shape())
	return full.pick(y.Tril(-1).Add(y.Diag().Log().DiagEmbed()), n, 0)
}

func (t lowerCholesky) LogAbsDet(x, _ *tensor.Tensor) *tensor.Tensor {
	n := full.side(t, "LogAbsDet", x.Shape())
	return diagonal(x, n).Sum(-1)
}

// diagonal returns the entries of x that stand on the diagonal.
func diagonal(x *tensor.Tensor, n int) *tensor.Tensor {
	at := make([]float64, n)
	for i := range at {
		at[i] = float64(full.size(i+1) - 1)
	}
	return x.Gather(-1, tensor.New(at, n))
}

func (lowerCholesky) Rank() (in, out int)              { return 1, 2 }
func (t lowerCholesky) ForwardShape(shape []int) []int { return full.forwardShape(t, shape) }
func (t lowerCholesky) InverseShape(shape []int) []int { return full.inverseShape(t, shape) }
func (lowerCholesky) String() string                   { return "LowerCholesky" }

type positiveDefinite struct{}

func (t positiveDefinite) Forward(x *tensor.Tensor) *tensor.Tensor {
	full.side(t, "Forward", x.Shape())
	l := LowerCholesky.Forward(x)
	return l.MatMul(l.T())
}

func (t positiveDefinite) Inverse(y *tensor.Tensor) *tensor.Tensor {
	square(t, "Inverse", y.Shape())
	return LowerCholesky.Inverse(y.Cholesky())
}

// LogAbsDet is n·log 2 + Σ (n+1-i)·log Lᵢᵢ for L ↦ L·Lᵀ (Muirhead 1982, theorem
// 2.1.9), and log Lᵢᵢ once more for x ↦ L.
func (t positiveDefinite) LogAbsDet(x, _ *tensor.Tensor) *tensor.Tensor {
	n := full.side(t, "LogAbsDet", x.Shape())
	w := make([]float64, n)
	for i := range w {
		w[i] = float64(n + 1 - i)
	}
	d := diagonal(x, n).Mul(tensor.New(w, n).To(x.DType()))
	return d.Sum(-1).AddScalar(float64(n) * math.Ln2)
}

func (positiveDefinite) Rank() (in, out int)              { return 1, 2 }
func (t positiveDefinite) ForwardShape(shape []int) []int { return full.forwardShape(t, shape) }
func (t positiveDefinite) InverseShape(shape []int) []int { return full.inverseShape(t, shape) }
func (positiveDefinite) String() string                   { return "PositiveDefinite" }
