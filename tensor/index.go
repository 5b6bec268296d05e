package tensor

import "github.com/gopyro/pyro/internal/program"

// Index picks elements by tensors of integers: x.Index(i, j)[…] is
// x[i[…], j[…]]. The k indices broadcast to a shape S, and the result has
// shape S followed by the dims of x after the first k. Where an index is an
// enumerated variable, its dims carry over to the result. Indices that are not
// integers, or are out of range, panic.
func (x *Tensor) Index(indices ...*Tensor) *Tensor {
	if len(indices) == 0 {
		x.fail("Index", "no index")
	}
	if len(indices) == 1 {
		return apply2(program.Index, program.Attr{}, x, indices[0])
	}
	return applyN(program.Index, program.Attr{}, append([]*Tensor{x}, indices...)...)
}

// Gather picks along one dim: the result at […, i, …] is x at
// […, index[…, i, …], …]. The other dims of x and index broadcast.
func (x *Tensor) Gather(dim int, index *Tensor) *Tensor {
	d := x.dim("Gather", dim) - x.Rank()
	return apply2(program.Gather, program.Attr{Dims: ints2(x, index, d)}, x, index)
}

// ScatterAdd is the transpose of Gather: the elements of x are added up at
// their index along the dim, which gets the given size.
func (x *Tensor) ScatterAdd(dim, size int, index *Tensor) *Tensor {
	if size < 0 {
		x.fail("ScatterAdd", "negative size %d", size)
	}
	d := x.dim("ScatterAdd", dim) - x.Rank()
	return apply2(program.ScatterAdd, program.Attr{Dims: ints2(x, index, d, size)}, x, index)
}

// ints2 copies dims to where they live as long as x and y.
func ints2(x, y *Tensor, dims ...int) []int {
	if t := commonTape([]*Tensor{x, y}); t != nil {
		return t.program.Ints(dims)
	}
	return append([]int(nil), dims...)
}
