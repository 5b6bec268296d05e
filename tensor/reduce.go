package tensor

import (
	"slices"

	"github.com/gopyro/pyro/internal/program"
)

// Reductions along the given dims, or along all when none is given. The
// reduced dims are dropped from the shape.

// Sum adds in a fixed order that does not depend on the number of cores.
func (x *Tensor) Sum(dims ...int) *Tensor { return x.reduce(program.Sum, false, dims) }

// SumKeep is Sum with the reduced dims kept at size 1.
func (x *Tensor) SumKeep(dims ...int) *Tensor { return x.reduce(program.Sum, true, dims) }

// Mean returns the arithmetic mean; of no elements, NaN.
func (x *Tensor) Mean(dims ...int) *Tensor {
	s := x.Sum(dims...)
	return s.DivScalar(float64(x.Size()) / float64(max(s.Size(), 1)))
}

// Max returns the largest element. Ties share the gradient; NaN if there is one.
func (x *Tensor) Max(dims ...int) *Tensor { return x.reduce(program.ReduceMax, false, dims) }

// MaxKeep is Max with the reduced dims kept at size 1.
func (x *Tensor) MaxKeep(dims ...int) *Tensor { return x.reduce(program.ReduceMax, true, dims) }

// Min returns the smallest element. Ties share the gradient; NaN if there is one.
func (x *Tensor) Min(dims ...int) *Tensor { return x.reduce(program.ReduceMin, false, dims) }

// LogSumExp returns log Σ eˣ without overflow; of no elements, or of -Inf
// alone, -Inf.
func (x *Tensor) LogSumExp(dims ...int) *Tensor { return x.reduce(program.LogSumExp, false, dims) }

// LogSumExpKeep is LogSumExp with the reduced dims kept at size 1.
func (x *Tensor) LogSumExpKeep(dims ...int) *Tensor {
	return x.reduce(program.LogSumExp, true, dims)
}

// LogSoftmax returns x - LogSumExp(x) along a dim.
func (x *Tensor) LogSoftmax(dim int) *Tensor { return x.Sub(x.LogSumExpKeep(dim)) }

// Softmax returns eˣ / Σ eˣ along a dim.
func (x *Tensor) Softmax(dim int) *Tensor { return x.LogSoftmax(dim).Exp() }

// ArgMax returns the position of the largest element along a dim, the first of
// several. It has no gradient.
func (x *Tensor) ArgMax(dim int) *Tensor { return x.reduce(program.ArgMax, false, []int{dim}) }

// All returns 1 if no element is 0, else 0.
func (x *Tensor) All(dims ...int) *Tensor { return x.Not().Sum(dims...).Not() }

// Any returns 1 if some element is not 0, else 0.
func (x *Tensor) Any(dims ...int) *Tensor { return x.Not().Not().Sum(dims...).Not().Not() }

func (x *Tensor) reduce(code program.Code, keep bool, dims []int) *Tensor {
	rank := x.Rank()
	if t := x.on(); t != nil && !keep && (len(dims) == 0 || len(dims) == 1 && rank == 1) { // along all
		for _, i := range dims {
			x.dim(code.String(), i)
		}
		return t.handle(t.program.EmitAll(code, t.at(x)))
	}
	var buf [8]int
	d := buf[:0]
	if len(dims) == 0 {
		for i := range rank {
			d = append(d, i)
		}
	}
	for _, i := range dims {
		d = append(d, x.dim(code.String(), i))
	}
	slices.Sort(d)
	for i := 1; i < len(d); i++ {
		if d[i] == d[i-1] {
			x.fail(code.String(), "dim %d is given twice", d[i])
		}
	}
	return apply1(code, program.Attr{Dims: x.ints(d), Flag: keep}, x)
}

// CumSum returns running sums along a dim.
func (x *Tensor) CumSum(dim int) *Tensor {
	return apply1(program.CumSum, program.Attr{Dims: x.ints([]int{x.dim("CumSum", dim)})}, x)
}

// CumProd returns running products along a dim, in logarithmically many steps.
// Its gradient is exact where elements are 0, too.
func (x *Tensor) CumProd(dim int) *Tensor { return x.scan("CumProd", dim, (*Tensor).Mul) }

// CumLogSumExp returns running values of LogSumExp along a dim.
func (x *Tensor) CumLogSumExp(dim int) *Tensor {
	return x.scan("CumLogSumExp", dim, (*Tensor).LogAddExp)
}

// scan combines prefixes by an associative operation (Hillis and Steele 1986).
func (x *Tensor) scan(name string, dim int, op func(a, b *Tensor) *Tensor) *Tensor {
	d := x.dim(name, dim)
	n := x.Shape()[d]
	for k := 1; k < n; k *= 2 {
		head := x.Slice(d, 0, k)
		x = Cat(d, head, op(x.Slice(d, 0, n-k), x.Slice(d, k, n)))
	}
	return x
}
