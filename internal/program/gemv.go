package program

import "github.com/gopyro/pyro/internal/blas"

// gemv is a product of a matrix of shape [m, n], or its transpose, and a vector.
type gemv[T float] struct {
	a, x      []T
	m, n, lda int
	trans     bool
}

func (g *gemv[T]) into(y []T) { blas.Gemv(g.trans, g.m, g.n, 1, g.a, g.lda, g.x, 0, y) }

// vectorProduct is a·b, in memory from x and from z on, where one is a vector
// without gaps.
func vectorProduct[T float](x []T, a matrix[T], z []T, b matrix[T], m, n, k int) (g gemv[T], ok bool) {
	switch {
	case n == 1 && packed(b, true) && a.trans:
		return gemv[T]{x, z[:k], k, m, a.ld, true}, true
	case n == 1 && packed(b, true):
		return gemv[T]{x, z[:k], m, k, a.ld, false}, true
	case m == 1 && packed(a, false) && b.trans:
		return gemv[T]{z, x[:k], n, k, b.ld, false}, true
	case m == 1 && packed(a, false):
		return gemv[T]{z, x[:k], k, n, b.ld, true}, true
	}
	return g, false
}

// packed reports whether a vector, held as a column or a row, has no gaps.
func packed[T float](v matrix[T], column bool) bool { return v.trans == column || v.ld == 1 }

// isVector reports whether a MatMul is of one matrix and one vector, which lie
// where they can stay, and looks the operands up.
func (c *compiler) isVector(in *instruction) bool {
	p := c.p
	t := &p.calls[in.at]
	d := p.values[t.at].Layout.Dims
	batch, m, n := d[:len(d)-2], d[len(d)-2], d[len(d)-1]
	k := t.args[0].Layout.Dims[len(t.args[0].Layout.Dims)-1]
	if p.values[t.at].DType != Float64 || rowSize(batch) != 1 || m*n*k == 0 || m > 1 && n > 1 {
		return false
	}
	var ms [2]matrix[float64]
	for i, a := range t.args {
		if a.DType != Float64 {
			return false
		}
		ms[i] = matricesOf[float64](&p.mem, a, batch)
		if &ms[i].data[0] != &a.F64[0] && p.nodes[c.canon[p.nodes[t.at].in[i]]].state.is(varying) {
			return false
		}
	}
	var ok bool
	t.product, ok = vectorProduct(ms[0].data, ms[0], ms[1].data, ms[1], m, n, k)
	return ok
}
