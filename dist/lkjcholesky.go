package dist

import (
	"math"

	"github.com/gopyro/pyro/constraint"
	"github.com/gopyro/pyro/rng"
	"github.com/gopyro/pyro/tensor"
)

// LKJCholesky returns the distribution of the lower Cholesky factor L of a dim ×
// dim correlation matrix Ω whose density is proportional to det Ω^(η-1), η =
// concentration > 0; η = 1 is uniform over correlation matrices. The density of L, in its
// entries below the diagonal, is Π L_kk^(dim-k+2η-2), k = 2, …, dim, over its
// normaliser (Lewandowski, Kurowicka, Joe 2009). Batch shape: that of
// concentration; event shape [dim, dim]. It panics for dim < 2.
//
// Draws are made by the onion method (section 3.2 there), row by row, and are
// differentiable: the length of a row below the diagonal by implicit
// reparameterisation, its direction does not depend on the concentration.
func LKJCholesky[C tensor.Operand](dim int, concentration C) Distribution {
	c := parameter(concentration)
	if dim < 2 {
		panic(&tensor.Error{Op: "LKJCholesky", Shapes: [][]int{{dim, dim}}, Reason: "a correlation matrix has two rows or more"})
	}
	half := tensor.Arange(dim - 1).AddScalar(1).MulScalar(0.5)
	d := &lkjCholesky{
		concentration: c, n: dim,
		half:   half.To(c.DType()),
		powers: half.MulScalar(-2).AddScalar(float64(dim - 3)).To(c.DType()),
		norm:   half.MulScalar(math.Log(math.Pi)).Sub(half.Lgamma()).Sum().Item(),
	}
	d.initShaped(lkjCholeskyKind, draws{constraint.CorrCholesky, []int{dim, dim}}, tensor.Of(dim), c)
	return d
}

var lkjCholeskyKind = &kind{name: "LKJCholesky", params: []param{
	{"dim", constraint.PositiveInteger}, {"concentration", constraint.Positive},
}}

type lkjCholesky struct {
	family
	concentration *tensor.Tensor
	n             int
	half          *tensor.Tensor // (k-1)/2 for k = 2, …, n
	powers        *tensor.Tensor // n-k-2
	norm          float64        // what of logNorm does not depend on the concentration
}

func (d *lkjCholesky) Expand(batch ...int) Distribution {
	e := *d
	e.expand(batch)
	return &e
}

// remainders returns the parameters a and b of the beta distributions of L_kk²
// for k = 2, …, n.
func (d *lkjCholesky) remainders() (a, b *tensor.Tensor) {
	return d.concentration.Unsqueeze(-1).Sub(d.half).AddScalar(float64(d.n-1) / 2), d.half
}

func (d *lkjCholesky) RSample(key rng.Key, sample ...int) *tensor.Tensor {
	a, b := d.remainders()
	rows := Independent(Beta(a, b).Expand(append(append([]int{}, d.batch...), d.n-1)...), 1)
	square := rows.(Reparam).RSample(key.Fold(0), sample...)
	square = d.leadingOne(square) // L_kk², k = 1, …, n
	z := d.normals(key.Fold(1), sample).Tril(-1)
	length := z.Square().Sum(-1).Sqrt().Maximum(leastNormal(z)) // 0 in the first row
	below := z.Mul(one.Sub(square).Sqrt().Div(length).Unsqueeze(-1))
	return below.Add(square.Sqrt().DiagEmbed())
}

func (d *lkjCholesky) Sample(key rng.Key, sample ...int) *tensor.Tensor {
	return d.RSample(key, sample...).Detach()
}

func (d *lkjCholesky) LogProb(x *tensor.Tensor) *tensor.Tensor {
	out, diag := guardCorrCholesky(x)
	power := d.concentration.MulScalar(2).Unsqueeze(-1).Add(d.powers)
	logp := power.Mul(diag.Slice(-1, 1, d.n).Log()).Sum(-1).Sub(d.logNorm())
	return d.spread(out.Where(negInf, logp))
}

// guardCorrCholesky returns where matrices are no Cholesky factors of
// correlation matrices, and the diagonal of x with ones in their place.
func guardCorrCholesky(x *tensor.Tensor) (out, diag *tensor.Tensor) {
	off := offOne(x.Square().Sum(-1)).Sum(-1)
	above := x.Triu(1).NotEqual(zero).Sum(-1, -2)
	diag = x.Diag()
	out = off.Add(above).Add(diag.LessEqual(zero).Sum(-1))
	return out, out.Unsqueeze(-1).Where(one, diag)
}

// logNorm is Σ_k log(π^(k/2)·Γ(a_k)/Γ(a_k+k/2)), k = 1, …, n-1, with the ratio of
// gamma functions written as B(a_k, k/2)/Γ(k/2), which does not cancel for large
// concentrations.
func (d *lkjCholesky) logNorm() *tensor.Tensor {
	a, b := d.remainders()
	return a.Lbeta(b).Sum(-1).AddScalar(d.norm)
}

// Mean is a diagonal matrix, since rows have no preferred direction: E L_kk.
func (d *lkjCholesky) Mean() *tensor.Tensor {
	return d.meanDiag().DiagEmbed().Expand(d.shape(nil)...)
}

// meanDiag is E √y for y of the beta distributions of remainders; 1 in front.
func (d *lkjCholesky) meanDiag() *tensor.Tensor {
	a, b := d.remainders()
	m := a.AddScalar(0.5).Lbeta(b).Sub(a.Lbeta(b)).Exp()
	return d.leadingOne(m)
}

// leadingOne puts a 1 in front of rows.
func (d *lkjCholesky) leadingOne(m *tensor.Tensor) *tensor.Tensor {
	s := m.Shape()
	first := tensor.Ones(append(append([]int{}, s[:len(s)-1]...), 1)...).To(m.DType())
	return tensor.Cat(-1, first, m)
}

// Variance is b/(a+b) of each row shared evenly by its entries below the
// diagonal.
func (d *lkjCholesky) Variance() *tensor.Tensor {
	a, b := d.remainders()
	sum := a.Add(b)
	below := b.Div(sum).Div(b.MulScalar(2)) // per entry of row k: k-1 = 2b of them
	mean := d.meanDiag()
	diag := d.leadingOne(a.Div(sum)).Sub(mean.Square())
	below = d.leadingOne(below)
	n := below.Shape()
	full := below.Unsqueeze(-1).Expand(append(append([]int{}, n...), d.n)...).Tril(-1)
	return full.Add(diag.DiagEmbed()).Expand(d.shape(nil)...)
}
