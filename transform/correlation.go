package transform

import (
	"slices"

	"github.com/gopyro/pyro/tensor"
)

// Transforms of vectors onto n × n matrices, n ≥ 1, that stand for correlations.
// The vector holds what is below the diagonal by rows: (2,1), (3,1), (3,2), ….
// Log determinants are those of the map onto the entries below the diagonal.
var (
	// CorrCholesky maps ℝᵐ, m = n(n-1)/2, onto the Cholesky factors of
	// correlation matrices. The partial correlations are z = tanh x, and
	// Lᵢⱼ = zᵢⱼ·√((1-zᵢ₁²)·…·(1-zᵢⱼ₋₁²)) with 1 for zᵢᵢ (Lewandowski, Kurowicka,
	// Joe 2009; Stan Reference Manual, "Cholesky factors of correlation
	// matrices"). The Inverse holds for |x| up to 350, where squares underflow.
	CorrCholesky Transform = corrCholesky{}
	// CorrMatrix maps ℝᵐ, m = n(n-1)/2, onto the correlation matrices: y = L·Lᵀ
	// for L = CorrCholesky(x). Its Inverse panics where y is not positive
	// definite.
	CorrMatrix Transform = corrMatrix{}
)

var strict = triangle{strict: true}

type corrCholesky struct{}

// Forward works with log √(1-z²) = log sech x, of which sums along the row
// replace the products. tanh 0 and log sech 0 are 0 above the diagonal.
func (t corrCholesky) Forward(x *tensor.Tensor) *tensor.Tensor {
	n := strict.side(t, "Forward", x.Shape())
	m := strict.fill(x, n)
	column := slices.Clone(m.Shape())
	column[len(column)-1] = 1
	left := tensor.Cat(-1, zeros(x, column), logSech(m.Slice(-1, 0, n-1)).CumSum(-1))
	return m.Tanh().Add(tensor.Eye(n).To(x.DType())).Mul(left.Exp())
}

// Inverse is artanh zᵢⱼ = arsinh(Lᵢⱼ / √(L²ᵢⱼ₊₁ + … + L²ᵢᵢ)): rows have unit
// length, so that the sum stands for what is left and does not cancel.
func (t corrCholesky) Inverse(y *tensor.Tensor) *tensor.Tensor {
	n := square(t, "Inverse", y.Shape())
	left := y.Square().Flip(-1).CumSum(-1).Flip(-1)
	return arsinh(strict.pick(y, n, 0).Div(strict.pick(left, n, 1).Sqrt()))
}

// arsinh is log(u + √(u²+1)), without cancellation and with slope 1 at 0.
func arsinh(u *tensor.Tensor) *tensor.Tensor {
	negative := u.LessScalar(0)
	a := negative.Where(u.Neg(), u)
	s := a.Square()
	l := s.Div(s.AddScalar(1).Sqrt().AddScalar(1)).Add(a).Log1p()
	return negative.Where(l.Neg(), l)
}

// LogAbsDet: log sech xᵢⱼ counts twice for tanh, and once for each entry that
// follows before the diagonal.
func (t corrCholesky) LogAbsDet(x, _ *tensor.Tensor) *tensor.Tensor {
	n := strict.side(t, "LogAbsDet", x.Shape())
	w := strict.weights(x, n, func(i, j int) int { return i - j + 1 })
	return logSech(x).Mul(w).Sum(-1)
}

func (corrCholesky) Rank() (in, out int)              { return 1, 2 }
func (t corrCholesky) ForwardShape(shape []int) []int { return strict.forwardShape(t, shape) }
func (t corrCholesky) InverseShape(shape []int) []int { return strict.inverseShape(t, shape) }
func (corrCholesky) String() string                   { return "CorrCholesky" }

type corrMatrix struct{}

func (t corrMatrix) Forward(x *tensor.Tensor) *tensor.Tensor {
	strict.side(t, "Forward", x.Shape())
	l := CorrCholesky.Forward(x)
	return l.MatMul(l.T())
}

func (t corrMatrix) Inverse(y *tensor.Tensor) *tensor.Tensor {
	square(t, "Inverse", y.Shape())
	return CorrCholesky.Inverse(y.Cholesky())
}

// LogAbsDet adds Σ (n-i)·log Lᵢᵢ for L ↦ L·Lᵀ to that of CorrCholesky, where
// log Lᵢᵢ is the sum of log sech x along row i.
func (t corrMatrix) LogAbsDet(x, _ *tensor.Tensor) *tensor.Tensor {
	n := strict.side(t, "LogAbsDet", x.Shape())
	w := strict.weights(x, n, func(i, j int) int { return n - j })
	return logSech(x).Mul(w).Sum(-1)
}

func (corrMatrix) Rank() (in, out int)              { return 1, 2 }
func (t corrMatrix) ForwardShape(shape []int) []int { return strict.forwardShape(t, shape) }
func (t corrMatrix) InverseShape(shape []int) []int { return strict.inverseShape(t, shape) }
func (corrMatrix) String() string                   { return "CorrMatrix" }
