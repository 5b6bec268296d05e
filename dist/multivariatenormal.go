package dist

import (
	"slices"
	"sync"

	"github.com/gopyro/pyro/constraint"
	"github.com/gopyro/pyro/rng"
	"github.com/gopyro/pyro/tensor"
)

// MultivariateNormal returns the normal distribution on ℝⁿ with mean loc, of
// shape […, n], and positive definite covariance Σ, of shape […, n, n], density
// exp(-(x-loc)ᵀΣ⁻¹(x-loc)/2)/√det(2πΣ). Batch shape: both broadcast; event shape
// [n]. Draws carry gradients. The covariance is factorised when first needed,
// which panics where it is not positive definite.
func MultivariateNormal[L, C tensor.Operand](loc L, covariance C) Distribution {
	c := parameter(covariance)
	return newMVN(covarianceKind, parameter(loc), c, c.Cholesky)
}

// MultivariateNormalPrecision is MultivariateNormal with the inverse of the
// covariance, which is never formed.
func MultivariateNormalPrecision[L, P tensor.Operand](loc L, precision P) Distribution {
	c := parameter(precision)
	return newMVN(precisionKind, parameter(loc), c, c.Cholesky)
}

// MultivariateNormalCholesky is MultivariateNormal with the Cholesky factor of
// the covariance, lower triangular with a positive diagonal.
func MultivariateNormalCholesky[L, F tensor.Operand](loc L, factor F) Distribution {
	l := parameter(factor)
	return newMVN(choleskyKind, parameter(loc), l, func() *tensor.Tensor { return l })
}

var (
	covarianceKind = mvnKind("MultivariateNormal", "covariance", constraint.PositiveDefinite)
	precisionKind  = mvnKind("MultivariateNormalPrecision", "precision", constraint.PositiveDefinite)
	choleskyKind   = mvnKind("MultivariateNormalCholesky", "factor", constraint.LowerCholesky)
)

func mvnKind(name, matrix string, set constraint.Constraint) *kind {
	return &kind{name: name, params: []param{{"loc", constraint.RealVector}, {matrix, set}}}
}

type mvn struct {
	family
	loc *tensor.Tensor
	// factor returns the Cholesky factor of the covariance or, with inverse, of
	// the precision.
	factor  func() *tensor.Tensor
	inverse bool
}

func newMVN(k *kind, loc, matrix *tensor.Tensor, factor func() *tensor.Tensor) *mvn {
	n := vectorShape(loc)
	if s := matrix.Shape(); len(s) >= 2 && (s[len(s)-1] != n[0] || s[len(s)-2] != n[0]) {
		panic(&tensor.Error{
			Op: k.name, Shapes: [][]int{slices.Clone(loc.Shape()), slices.Clone(s)},
			Reason: "the matrix must have a row and a column for each element of loc",
		})
	}
	d := &mvn{
		loc:     loc,
		factor:  sync.OnceValue(factor),
		inverse: k == precisionKind,
	}
	d.initShaped(k, draws{constraint.RealVector, n}, loc, matrix)
	return d
}

func (d *mvn) Expand(batch ...int) Distribution {
	e := *d
	e.expand(batch)
	return &e
}

func (d *mvn) RSample(key rng.Key, sample ...int) *tensor.Tensor {
	return d.colour(d.normals(key, sample)).Add(d.loc)
}

func (d *mvn) Sample(key rng.Key, sample ...int) *tensor.Tensor {
	return d.RSample(key, sample...).Detach()
}

// colour gives vectors z of unit covariance that of d: L·z, or L⁻ᵀ·z for the
// factor of the precision.
func (d *mvn) colour(z *tensor.Tensor) *tensor.Tensor {
	if d.inverse {
		return columns(z, d.factor(), (*tensor.Tensor).TriSolveT)
	}
	return columns(z, d.factor(), (*tensor.Tensor).MatMul)
}

// whiten is the inverse of colour, or another map that does the same: L⁻¹·x, or
// Lᵀ·x for the factor of the precision.
func (d *mvn) whiten(x *tensor.Tensor) *tensor.Tensor {
	if d.inverse {
		return columns(x, d.factor(), func(l, b *tensor.Tensor) *tensor.Tensor { return l.T().MatMul(b) })
	}
	return columns(x, d.factor(), (*tensor.Tensor).TriSolve)
}

// columns returns op(l, v) for each vector v along the last dim of x. A single l
// is applied to all of them at once, and one that is the same along the last dim of
// the batch, as in mixtures, to all along that.
func columns(x, l *tensor.Tensor, op func(l, b *tensor.Tensor) *tensor.Tensor) *tensor.Tensor {
	switch {
	case l.Rank() == 2 && x.Rank() > 1:
		n := x.Dim(-1)
		return op(l, x.Reshape(x.Size()/max(n, 1), n).T()).T().Reshape(x.Shape()...)
	case l.Rank() > 2 && l.Dim(-3) == 1 && x.Rank() > 1 && x.Dim(-2) > 1:
		return op(l.Squeeze(-3), x.T()).T()
	}
	return op(l, x.Unsqueeze(-1)).Squeeze(-1)
}

func (d *mvn) LogProb(x *tensor.Tensor) *tensor.Tensor {
	z := d.whiten(x.Sub(d.loc))
	quad := z.Square().Sum(-1).MulScalar(-0.5)
	return d.spread(quad.Sub(d.halfLogDet()).AddScalar(-halfLog2Pi * float64(d.event[0])))
}

// halfLogDet returns half the log determinant of the covariance.
func (d *mvn) halfLogDet() *tensor.Tensor {
	h := d.factor().Diag().Log().Sum(-1)
	if d.inverse {
		return h.Neg()
	}
	return h
}

// cholesky returns a factor L of the covariance L·Lᵀ, lower triangular unless d
// has the precision.
func (d *mvn) cholesky() *tensor.Tensor {
	if d.inverse {
		return d.factor().TriSolveT(tensor.Eye(d.event[0]).To(d.loc.DType()))
	}
	return d.factor()
}

func (d *mvn) Mean() *tensor.Tensor { return d.loc.Expand(d.shape(nil)...) }

func (d *mvn) Variance() *tensor.Tensor {
	return d.cholesky().Square().Sum(-1).Expand(d.shape(nil)...)
}

func (d *mvn) Entropy() *tensor.Tensor {
	return d.spread(d.halfLogDet().AddScalar((0.5 + halfLog2Pi) * float64(d.event[0])))
}

func (d *mvn) klTo(q Distribution) (*tensor.Tensor, bool) {
	o, ok := q.(*mvn)
	if !ok || o.event[0] != d.event[0] {
		return nil, false
	}
	// Whitened by o, the columns of d's factor are the rows of its transpose.
	n := float64(d.event[0])
	ratio := o.whitenRows(d.cholesky().T()).Square().Sum(-1, -2)
	gap := o.whiten(d.loc.Sub(o.loc)).Square().Sum(-1)
	logs := o.halfLogDet().Sub(d.halfLogDet())
	return ratio.Add(gap).AddScalar(-n).MulScalar(0.5).Add(logs), true
}

// whitenRows is whiten for each row of matrices whose batch broadcasts with d's.
func (d *mvn) whitenRows(x *tensor.Tensor) *tensor.Tensor {
	if d.inverse {
		return x.MatMul(d.factor())
	}
	return d.factor().TriSolve(x.T())
}
