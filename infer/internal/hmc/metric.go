package hmc

import (
	"fmt"
	"math"
	"math/rand/v2"
)

// Metric is the inverse mass matrix M⁻¹ of the kinetic energy pᵀM⁻¹p/2, ideally
// the covariance of the target. Its fields tell the kind, in this order:
//
//	dense                       M⁻¹ = L Lᵀ                       Cov, Chol
//	low rank plus diagonal      M⁻¹ = S (I + Uᵀ(Λ - I)U) S       Scale, Basis, Eigen
//	diagonal                    M⁻¹ = S²                         Scale
//
// with S = diag(Scale). The fields are exported so that a chain can be stored;
// [Diagonal], [DenseMetric] and [LowRankMetric] make consistent ones.
type Metric struct {
	Scale []float64 // [D] standard deviations
	Basis []float64 // [K, D] orthonormal rows of U
	Eigen []float64 // [K] eigenvalues Λ > 0 of S⁻¹M⁻¹S⁻¹ along the rows of U
	Cov   []float64 // [D, D] the dense M⁻¹
	Chol  []float64 // [D, D] its lower Cholesky factor L
}

// Kind names a form of [Metric], or asks for one to be chosen.
type Kind int

const (
	// Auto is diagonal when estimated from draws alone, as in Stan. With gradients it
	// is dense up to 64 dimensions, unless no direction matters, and low rank up to
	// 20,000, with the directions that matter; diagonal above and for one dimension.
	Auto Kind = iota
	DiagonalKind
	DenseKind
	LowRankKind
)

// String returns the word for k.
func (k Kind) String() string {
	return [...]string{"auto", "diagonal", "dense", "low rank"}[k]
}

// Kind returns the form of m.
func (m *Metric) Kind() Kind {
	switch {
	case m.Cov != nil:
		return DenseKind
	case len(m.Eigen) > 0:
		return LowRankKind
	}
	return DiagonalKind
}

// Identity returns the unit metric.
func Identity(dim int) Metric {
	scale := make([]float64, dim)
	for i := range scale {
		scale[i] = 1
	}
	return Metric{Scale: scale}
}

// Diagonal returns the metric with the given variances [D], each positive.
func Diagonal(variance []float64) Metric {
	scale := make([]float64, len(variance))
	for i, v := range variance {
		if !(v > 0) || math.IsInf(v, 1) {
			panic(fmt.Errorf("hmc: variance %d of a diagonal metric is %g, want positive and finite", i, v))
		}
		scale[i] = math.Sqrt(v)
	}
	return Metric{Scale: scale}
}

// DenseMetric returns the metric with covariance cov [D, D], row-major and
// symmetric (the lower triangle is read); false where it is not positive definite.
func DenseMetric(dim int, cov []float64) (Metric, bool) {
	m := matrix{dim, dim, append([]float64(nil), cov...)}
	for i := range dim {
		for j := range i {
			m.data[j*dim+i] = m.data[i*dim+j]
		}
	}
	chol, ok := cholesky(m)
	if !ok {
		return Metric{}, false
	}
	return Metric{Cov: m.data, Chol: chol.data}, true
}

// LowRankMetric returns S (I + Uᵀ(Λ - I)U) S for scale [D], orthonormal rows
// basis [K, D] and eigenvalues eigen [K], all positive.
func LowRankMetric(scale, basis, eigen []float64) Metric {
	if len(basis) != len(scale)*len(eigen) {
		panic(fmt.Errorf("hmc: basis of %d numbers for %d directions in dimension %d", len(basis), len(eigen), len(scale)))
	}
	return Metric{Scale: scale, Basis: basis, Eigen: eigen}
}

// Dim returns D.
func (m *Metric) Dim() int {
	if m.Cov != nil {
		return int(math.Round(math.Sqrt(float64(len(m.Cov)))))
	}
	return len(m.Scale)
}

// Variances returns the diagonal of M⁻¹ [D].
func (m *Metric) Variances() []float64 {
	dim := m.Dim()
	v := make([]float64, dim)
	for i := range v {
		if m.Cov != nil {
			v[i] = m.Cov[i*dim+i]
			continue
		}
		v[i] = 1
		for k, e := range m.Eigen {
			u := m.Basis[k*dim+i]
			v[i] += (e - 1) * u * u
		}
		v[i] *= m.Scale[i] * m.Scale[i]
	}
	return v
}

// apply writes M⁻¹q into dst; the two must not overlap.
func (m *Metric) apply(dst, q []float64) {
	dim := len(q)
	dst = dst[:dim]
	if m.Cov != nil {
		product(dst, m.Cov, q)
		return
	}
	s := m.Scale[:dim]
	for i := range dst {
		dst[i] = s[i] * q[i]
	}
	if len(m.Eigen) > 0 {
		// U has orthonormal rows, so the directions do not mix.
		for k, e := range m.Eigen {
			u := m.Basis[k*dim : (k+1)*dim]
			axpy((e-1)*dot(u, dst), u, dst)
		}
	}
	for i := range dst {
		dst[i] *= s[i]
	}
}

// displace draws z standard normal and writes F·z into dst, where F Fᵀ = M⁻¹:
// a draw from N(0, M⁻¹).
func (m *Metric) displace(r *rand.Rand, dst []float64) {
	dim := len(dst)
	for i := range dst {
		dst[i] = r.NormFloat64()
	}
	if m.Cov != nil {
		for i := dim - 1; i >= 0; i-- {
			dst[i] = dot(m.Chol[i*dim:i*dim+i+1], dst[:i+1])
		}
		return
	}
	for k, e := range m.Eigen {
		u := m.Basis[k*dim : (k+1)*dim]
		axpy((math.Sqrt(e)-1)*dot(u, dst), u, dst)
	}
	for i := range dst {
		dst[i] *= m.Scale[i]
	}
}

// momentum draws p from N(0, M) into dst: F⁻ᵀz.
func (m *Metric) momentum(r *rand.Rand, dst []float64) {
	dim := len(dst)
	for i := range dst {
		dst[i] = r.NormFloat64()
	}
	if m.Cov != nil {
		for i := dim - 1; i >= 0; i-- { // Lᵀp = z, column by column
			dst[i] /= m.Chol[i*dim+i]
			axpy(-dst[i], m.Chol[i*dim:i*dim+i], dst[:i])
		}
		return
	}
	for k, e := range m.Eigen {
		u := m.Basis[k*dim : (k+1)*dim]
		axpy((1/math.Sqrt(e)-1)*dot(u, dst), u, dst)
	}
	for i := range dst {
		dst[i] /= m.Scale[i]
	}
}

// whiten replaces x by F⁻¹x, where F Fᵀ = M⁻¹ is dense or diagonal.
func (m *Metric) whiten(x []float64) {
	for i := range x {
		if m.Cov == nil {
			x[i] /= m.Scale[i]
			continue
		}
		row := m.Chol[i*len(x) : i*len(x)+i+1]
		x[i] = (x[i] - dot(row[:i], x[:i])) / row[i]
	}
}

// sd returns the square root of entry (i, i) of M⁻¹.
func (m *Metric) sd(i int) float64 {
	if m.Cov != nil {
		return math.Sqrt(m.Cov[i*m.Dim()+i])
	}
	dim, v := len(m.Scale), 1.0
	for k, e := range m.Eigen {
		u := m.Basis[k*dim+i]
		v += (e - 1) * u * u
	}
	return m.Scale[i] * math.Sqrt(v)
}

// deviations returns the square roots of the diagonal of M⁻¹ [D].
func (m *Metric) deviations() []float64 {
	v := m.Variances()
	for i := range v {
		v[i] = math.Sqrt(v[i])
	}
	return v
}
