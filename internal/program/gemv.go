package program

import "github.com/gopyro/pyro/internal/blas"

// gemv is a product of a matrix of shape [m, n], or its transpose, and a vector.
type gemv[T float] struct {
	a, x      []T
	m, n, lda int
	trans     bool

	tall *blas.Tall[T] // the same matrix, if it is constant and tall
}

func (g *gemv[T]) into(y []T) {
	if g.tall != nil {
		g.tall.Gemv(g.trans, g.x, y)
		return
	}
	blas.Gemv(g.trans, g.m, g.n, 1, g.a, g.lda, g.x, 0, y)
}

// vectorProduct is a·b, in memory from x and from z on, where one is a vector
// without gaps.
func vectorProduct[T float](x []T, a matrix[T], z []T, b matrix[T], m, n, k int) (g gemv[T], ok bool) {
	switch {
	case n == 1 && packed(b, true) && a.trans:
		return gemv[T]{a: x, x: z[:k], m: k, n: m, lda: a.ld, trans: true}, true
	case n == 1 && packed(b, true):
		return gemv[T]{a: x, x: z[:k], m: m, n: k, lda: a.ld}, true
	case m == 1 && packed(a, false) && b.trans:
		return gemv[T]{a: z, x: x[:k], m: n, n: k, lda: b.ld}, true
	case m == 1 && packed(a, false):
		return gemv[T]{a: z, x: x[:k], m: k, n: n, lda: b.ld, trans: true}, true
	}
	return g, false
}

// packed reports whether a vector, held as a column or a row, has no gaps.
func packed[T float](v matrix[T], column bool) bool { return v.trans == column || v.ld == 1 }

// findVectors finds the products of a matrix and a vector.
func (c *compiler) findVectors() map[Ref]bool {
	found := map[Ref]bool{}
	for i := range c.slots {
		s := &c.slots[i]
		for j := range s.code {
			if in := &s.code[j]; in.code == MatMul && in.kind == general && c.isVector(in) {
				found[s.refs[j]] = true
			}
		}
	}
	return found
}

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
	if t.product, ok = vectorProduct(ms[0].data, ms[0], ms[1].data, ms[1], m, n, k); !ok {
		return false
	}
	at := 1 // the operand that is the matrix
	if g := &t.product; &g.a[0] == &ms[0].data[0] {
		at = 0
	}
	if g := &t.product; blas.IsTall(g.m, g.n) && !p.nodes[c.canon[p.nodes[t.at].in[at]]].state.is(varying) {
		g.tall = blas.NewTall(g.m, g.n, g.a, g.lda)
	}
	return true
}
