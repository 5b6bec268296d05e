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
		if t.Trans {
			substituteColumns(forward, t.Unit, a.data[i*(a.rs+1):], a.rs, block)
		} else {
			substituteRows(forward, t.Unit, a.data[i*(a.rs+1):], a.rs, block)
		}
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

// substituteRows solves with a small triangle, in plain loops: each unknown waits
// for the one before it, so vectors would not help.
func substituteRows[F Float](forward, unit bool, a []F, lda int, x []F) {
	n := len(x)
	for s := range n {
		i, known := s, x[:s]
		row := a[i*lda:]
		if !forward {
			i = n - 1 - s
			row, known = a[i*lda+i+1:], x[i+1:]
		}
		sum := x[i]
		row = row[:len(known)]
		for j, y := range known {
			sum -= row[j] * y
		}
		if !unit {
			sum /= a[i*lda+i]
		}
		x[i] = sum
	}
}

// substituteColumns is substituteRows with the transpose of a: what is known is
// taken from all that wait for it, row by row of a.
func substituteColumns[F Float](forward, unit bool, a []F, lda int, x []F) {
	n := len(x)
	for s := range n {
		i := s
		if !forward {
			i = n - 1 - s
		}
		if !unit {
			x[i] /= a[i*lda+i]
		}
		waiting, row := x[i+1:], a[i*lda+i+1:]
		if !forward {
			waiting, row = x[:i], a[i*lda:]
		}
		y := x[i]
		row = row[:len(waiting)]
		for j := range waiting {
			waiting[j] -= row[j] * y
		}
	}
}
