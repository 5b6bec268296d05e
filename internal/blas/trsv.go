package blas

// trsv overwrites x with the solution of op(a)·y = x, in blocks: a small triangle
// by substitution, the rest of its rows or columns by matrix-vector kernels.
func trsv[F Float](t Tri, a view[F], x []F) {
	n := a.rows
	forward := t.Upper == t.Trans
	blocks := (n + baseOrder - 1) / baseOrder
	for s := range blocks {
		if !forward {
			s = blocks - 1 - s
		}
		i := s * baseOrder
		h := min(baseOrder, n-i)
		block := x[i : i+h]
		tri := a.block(i, i, h, h)
		if t.Trans {
			tri = tri.t()
		}
		substitute(forward, t.Unit, tri, block)
		// The part of x that is still to be solved loses what block gives to it.
		lo, hi := i+h, n
		if !forward {
			lo, hi = 0, i
		}
		switch {
		case lo == hi:
		case t.Trans: // columns of op(a) are rows of a
			axpys(h, hi-lo, -1, a.data[i*a.rs+lo:], a.rs, block, x[lo:hi])
		default:
			dots(hi-lo, h, -1, a.data[lo*a.rs+i:], a.rs, block, x[lo:hi])
		}
	}
}

// substitute solves with a small triangle, in plain loops: each unknown waits for
// the one before it, so vectors would not help.
func substitute[F Float](forward, unit bool, a view[F], x []F) {
	n := len(x)
	for s := range n {
		i, lo, hi := s, 0, s
		if !forward {
			i = n - 1 - s
			lo, hi = i+1, n
		}
		sum := x[i]
		for j := lo; j < hi; j++ {
			sum -= a.data[i*a.rs+j*a.cs] * x[j]
		}
		if !unit {
			sum /= a.data[i*(a.rs+a.cs)]
		}
		x[i] = sum
	}
}
