package dist

import (
	"slices"

	"github.com/gopyro/pyro/constraint"
	"github.com/gopyro/pyro/rng"
	"github.com/gopyro/pyro/tensor"
)

// LowRankMultivariateNormal returns the normal distribution on ℝⁿ with mean loc,
// of shape […, n], and covariance W·Wᵀ + diag(d), where the factor W has shape
// […, n, k] and diagonal d > 0 shape […, n]. Batch shape: all broadcast; event
// shape [n]. Draws carry gradients. A density takes of the order of n·k² steps,
// by the matrix determinant lemma and Woodbury's identity.
func LowRankMultivariateNormal[L, F, D tensor.Operand](loc L, factor F, diagonal D) Distribution {
	l, w, d := parameter(loc), parameter(factor), parameter(diagonal)
	n := vectorShape(l)
	ws, ds := w.Shape(), d.Shape()
	if len(ws) < 2 || ws[len(ws)-2] != n[0] || len(ds) < 1 || ds[len(ds)-1] != n[0] {
		panic(&tensor.Error{
			Op: "LowRankMultivariateNormal", Shapes: [][]int{slices.Clone(l.Shape()), slices.Clone(ws), slices.Clone(ds)},
			Reason: "the factor must have a row, and the diagonal a number, for each element of loc",
		})
	}
	r := &lowRank{loc: l, factor: w, diagonal: d}
	r.initShaped(lowRankKind, draws{constraint.RealVector, n}, l, w, d)
	return r
}

var lowRankKind = &kind{name: "LowRankMultivariateNormal", params: []param{
	{"loc", constraint.RealVector}, {"factor", constraint.Independent(constraint.Real, 2)}, {"diagonal", positiveVector},
}}

type lowRank struct {
	family
	loc, factor, diagonal *tensor.Tensor
}

func (d *lowRank) Expand(batch ...int) Distribution {
	e := *d
	e.expand(batch)
	return &e
}

func (d *lowRank) RSample(key rng.Key, sample ...int) *tensor.Tensor {
	z := d.normals(key.Fold(0), sample)
	k := slices.Concat(sample, d.batch, []int{d.factor.Dim(-1)})
	w := d.cast(tensor.Normals(key.Fold(1), k...))
	low := d.factor.MatMul(w.Unsqueeze(-1)).Squeeze(-1)
	return z.Mul(d.diagonal.Sqrt()).Add(low).Add(d.loc)
}

func (d *lowRank) Sample(key rng.Key, sample ...int) *tensor.Tensor {
	return d.RSample(key, sample...).Detach()
}

// scaled returns the factor M = W/√d, and the Cholesky factor of 1 + Mᵀ·M.
func (d *lowRank) scaled() (m, l *tensor.Tensor) {
	m = d.factor.Div(d.diagonal.Sqrt().Unsqueeze(-1))
	eye := tensor.Eye(d.factor.Dim(-1)).To(m.DType())
	return m, m.T().MatMul(m).Add(eye).Cholesky()
}

func (d *lowRank) LogProb(x *tensor.Tensor) *tensor.Tensor {
	m, l := d.scaled()
	z := x.Sub(d.loc).Div(d.diagonal.Sqrt())
	low := l.TriSolve(m.T().MatMul(z.Unsqueeze(-1))).Squeeze(-1)
	quad := z.Square().Sum(-1).Sub(low.Square().Sum(-1))
	return d.spread(quad.MulScalar(-0.5).Sub(d.halfLogDet(l)).AddScalar(-halfLog2Pi * float64(d.event[0])))
}

// halfLogDet is half the log determinant of the covariance.
func (d *lowRank) halfLogDet(l *tensor.Tensor) *tensor.Tensor {
	return l.Diag().Log().Sum(-1).Add(d.diagonal.Log().Sum(-1).MulScalar(0.5))
}

func (d *lowRank) Mean() *tensor.Tensor { return d.loc.Expand(d.shape(nil)...) }

func (d *lowRank) Variance() *tensor.Tensor {
	return d.factor.Square().Sum(-1).Add(d.diagonal).Expand(d.shape(nil)...)
}

func (d *lowRank) Entropy() *tensor.Tensor {
	_, l := d.scaled()
	return d.spread(d.halfLogDet(l).AddScalar((0.5 + halfLog2Pi) * float64(d.event[0])))
}
