package tensor

import "github.com/gopyro/pyro/internal/program"

// Linear algebra on the last two dims; the dims before them are a batch and
// broadcast.

// MatMul returns the matrix product. A vector (one dim) stands for a row on the
// left and for a column on the right, and the result loses that dim.
func (x *Tensor) MatMul(y *Tensor) *Tensor {
	if t := tapeOf(x, y); t != nil {
		return t.handle(t.program.MatMul(t.ref(x), t.ref(y)))
	}
	left, right := x.Rank() == 1, y.Rank() == 1
	if left {
		x = x.Unsqueeze(0)
	}
	if right {
		y = y.Unsqueeze(-1)
	}
	z := apply2(program.MatMul, program.Attr{}, x, y)
	if left {
		z = z.Squeeze(-2)
	}
	if right {
		z = z.Squeeze(-1)
	}
	return z
}

// LogMatMul returns the matrix product in the semiring of logarithms:
// […, i, j] of the result is log Σₗ exp(x[…, i, l] + y[…, l, j]), -Inf where all
// terms are. Both have two dims or more. The error is that of rounding the
// operands and the result a few times each.
func (x *Tensor) LogMatMul(y *Tensor) *Tensor {
	return apply2(program.LogMatMul, program.Attr{}, x, y)
}

// Dot returns the sum of products along the last dim.
func (x *Tensor) Dot(y *Tensor) *Tensor { return x.Mul(y).Sum(-1) }

// Cholesky returns the lower triangular L with L·Lᵀ = x for symmetric positive
// definite x, of which it reads the lower triangle. It panics, naming the
// pivot, where x is not positive definite.
func (x *Tensor) Cholesky() *Tensor { return apply1(program.Cholesky, program.Attr{}, x) }

// TriSolve returns l⁻¹·b for lower triangular l of shape […, n, n] and b of
// shape […, n, k], or a vector of n, which stands for a column as in MatMul.
// What stands above the diagonal of l is not read.
func (l *Tensor) TriSolve(b *Tensor) *Tensor {
	return columns(b, func(b *Tensor) *Tensor { return l.triSolve(b, false) })
}

// TriSolveT returns (lᵀ)⁻¹·b for lower triangular l and b as in TriSolve.
func (l *Tensor) TriSolveT(b *Tensor) *Tensor {
	return columns(b, func(b *Tensor) *Tensor { return l.triSolve(b, true) })
}

func (l *Tensor) triSolve(b *Tensor, transposed bool) *Tensor {
	return apply2(program.TriSolve, program.Attr{Flag: transposed}, l, b)
}

// columns solves for a vector as for a matrix of one column.
func columns(b *Tensor, solve func(b *Tensor) *Tensor) *Tensor {
	if b.Rank() == 1 {
		return solve(b.Unsqueeze(-1)).Squeeze(-1)
	}
	return solve(b)
}

// CholeskySolve returns (l·lᵀ)⁻¹·b for a Cholesky factor l and b as in TriSolve.
func (l *Tensor) CholeskySolve(b *Tensor) *Tensor {
	return columns(b, func(b *Tensor) *Tensor { return l.triSolve(l.triSolve(b, false), true) })
}

// CholeskyInverse returns (l·lᵀ)⁻¹ for a Cholesky factor l.
func (l *Tensor) CholeskyInverse() *Tensor { return l.CholeskySolve(Eye(l.Dim(-1))) }

// LogDetCholesky returns log det(l·lᵀ) for a Cholesky factor l.
func (l *Tensor) LogDetCholesky() *Tensor { return l.Diag().Log().Sum(-1).MulScalar(2) }

// Tril keeps what is on or below diagonal k, counted to the right.
func (x *Tensor) Tril(k int) *Tensor {
	return apply1(program.Tril, program.Attr{Dims: x.ints([]int{k})}, x)
}

// Triu keeps what is on or above diagonal k, counted to the right.
func (x *Tensor) Triu(k int) *Tensor {
	return apply1(program.Tril, program.Attr{Dims: x.ints([]int{k}), Flag: true}, x)
}

// Diag returns the diagonals of square matrices, shape […, n] of […, n, n].
func (x *Tensor) Diag() *Tensor { return apply1(program.Diag, program.Attr{}, x) }

// DiagEmbed returns square matrices with x on their diagonals.
func (x *Tensor) DiagEmbed() *Tensor { return apply1(program.DiagEmbed, program.Attr{}, x) }
