package program

import "github.com/gopyro/pyro/internal/blas"

// The last two dims are rows and columns; the dims before them are a batch.

func matMulLayout(c *call) *Layout {
	a, b := c.in[0].Layout.Dims, c.in[1].Layout.Dims
	if len(a) < 2 || len(b) < 2 {
		c.fail("operands need two dims or more")
	}
	if a[len(a)-1] != b[len(b)-2] {
		c.fail("%d columns meet %d rows", a[len(a)-1], b[len(b)-2])
	}
	batch, ok := broadcast(c.m, a[:len(a)-2], b[:len(b)-2])
	if !ok {
		c.fail("batch shapes do not broadcast")
	}
	dims := append(c.m.intSlice(len(batch) + 2)[:0], batch...)
	return c.m.layout(append(dims, a[len(a)-2], b[len(b)-1]))
}

// matrices returns a's matrices as contiguous blocks, broadcast to batch.
func matrices[T float](m *memory, a *Array, batch []int) []T {
	d := a.Layout.Dims
	dims := append(m.intSlice(len(batch) + 2)[:0], batch...)
	return read[T](m, a, m.layout(append(dims, d[len(d)-2:]...)))
}

func evalMatMul(c *call) {
	if c.out.DType == Float32 {
		matMulAs(c, c.out.F32)
		return
	}
	matMulAs(c, c.out.F64)
}

// matrix is how the matrices of an operand lie: rows ld apart (columns, if
// transposed), and matrices stride apart.
type matrix[T float] struct {
	data       []T
	trans      bool
	ld, stride int
}

// matricesOf returns the matrices of a, broadcast to batch, where they lie, or
// copied if the elements of neither rows nor columns are next to each other.
func matricesOf[T float](m *memory, a *Array, batch []int) matrix[T] {
	l := a.Layout
	n := len(l.Dims)
	rows, cols := l.Dims[n-2], l.Dims[n-1]
	rs, cs := l.Strides[n-2], l.Strides[n-1]
	x := matrix[T]{data: values[T](a)}
	var ok bool
	if x.stride, ok = batchStride(m, l, batch); ok && l.Size > 0 {
		switch {
		case (cs == 1 || cols == 1) && (rs >= cols || rows == 1):
			x.ld = max(rs, cols, 1)
			return x
		case (rs == 1 || rows == 1) && (cs >= rows || cols == 1):
			x.ld, x.trans = max(cs, rows, 1), true
			return x
		}
	}
	return matrix[T]{data: matrices[T](m, a, batch), ld: max(cols, 1), stride: rows * cols}
}

// batchStride returns how far apart the matrices of l, broadcast to batch, are,
// if it is the same everywhere.
func batchStride(m *memory, l *Layout, batch []int) (stride int, ok bool) {
	n := len(l.Dims) - 2
	strides := spread(m, l.Dims[:n], l.Strides[:n], batch)
	size := 1
	for i := len(batch) - 1; i >= 0; i-- {
		switch {
		case batch[i] == 1:
			continue
		case size == 1:
			stride = strides[i]
		case strides[i] != stride*size:
			return 0, false
		}
		size *= batch[i]
	}
	return stride, true
}

func matMulAs[T float](c *call, dst []T) {
	d := c.out.Layout.Dims
	batch, m, n := d[:len(d)-2], d[len(d)-2], d[len(d)-1]
	ad := c.in[0].Layout.Dims
	k := ad[len(ad)-1]
	count := rowSize(batch)
	switch {
	case len(dst) == 0:
		return
	case k == 0:
		clear(dst)
		return
	}
	a, b := matricesOf[T](c.m, c.in[0], batch), matricesOf[T](c.m, c.in[1], batch)
	if count > 1 && b.stride == 0 && !a.trans && a.stride == m*a.ld {
		m, count = m*count, 1 // many rows, one matrix
	}
	for s := 0; s < count && (m == 1 || n == 1); s++ {
		product(dst[s*m*n:(s+1)*m*n], a.data[s*a.stride:], a, b.data[s*b.stride:], b, m, n, k)
	}
	if m > 1 && n > 1 {
		blas.BatchedGemm(count, a.trans, b.trans, m, n, k, 1, a.data, a.ld, a.stride, b.data, b.ld, b.stride, 0, dst, n, m*n)
	}
}

// product sets y to a·b, one of which is a vector.
func product[T float](y, x []T, a matrix[T], z []T, b matrix[T], m, n, k int) {
	if g, ok := vectorProduct(x, a, z, b, m, n, k); ok {
		g.into(y)
		return
	}
	blas.Gemm(a.trans, b.trans, m, n, k, 1, x, a.ld, z, b.ld, 0, y, n)
}

func squareLayout(c *call) *Layout {
	d := c.in[0].Layout.Dims
	if len(d) < 2 || d[len(d)-1] != d[len(d)-2] {
		c.fail("the last two dims must be equal")
	}
	return sameLayout(c)
}

func evalCholesky(c *call) {
	if c.out.DType == Float32 {
		choleskyAs(c, c.out.F32)
		return
	}
	choleskyAs(c, c.out.F64)
}

func choleskyAs[T float](c *call, dst []T) {
	copy(dst, read[T](c.m, c.in[0], c.out.Layout))
	d := c.out.Layout.Dims
	n := d[len(d)-1]
	if len(dst) == 0 {
		return
	}
	if s, pivot, ok := blas.BatchedCholesky(len(dst)/(n*n), n, dst, n, n*n); !ok {
		c.fail("matrix %d is not positive definite: pivot %d is not positive", s, pivot)
	}
	for i := 0; i < len(dst); i += n { // the upper triangles
		clear(dst[i+i/n%n+1 : i+n])
	}
}

// CholeskyGrad is the gradient of Cholesky in first order: operands are the
// factor and the gradient in it.
func evalCholeskyGrad(c *call) {
	if c.out.DType == Float32 {
		choleskyGradAs(c, c.out.F32)
		return
	}
	choleskyGradAs(c, c.out.F64)
}

func choleskyGradAs[T float](c *call, dst []T) {
	l := read[T](c.m, c.in[0], c.out.Layout)
	copy(dst, read[T](c.m, c.in[1], c.out.Layout))
	d := c.out.Layout.Dims
	if n := d[len(d)-1]; len(dst) > 0 {
		blas.BatchedCholeskyBackward(len(dst)/(n*n), n, l, n, n*n, dst, n, n*n)
	}
}

// TriSolve solves L·X = B, or Lᵀ·X = B with Flag, for lower triangular L, of
// which the part above the diagonal is not read.
func triSolveLayout(c *call) *Layout {
	a, b := c.in[0].Layout.Dims, c.in[1].Layout.Dims
	if len(a) < 2 || len(b) < 2 {
		c.fail("operands need two dims or more")
	}
	if n := a[len(a)-1]; a[len(a)-2] != n || b[len(b)-2] != n {
		c.fail("the matrix must be square with as many rows as the right-hand side")
	}
	batch, ok := broadcast(c.m, a[:len(a)-2], b[:len(b)-2])
	if !ok {
		c.fail("batch shapes do not broadcast")
	}
	dims := append(c.m.intSlice(len(batch) + 2)[:0], batch...)
	return c.m.layout(append(dims, b[len(b)-2:]...))
}

func evalTriSolve(c *call) {
	if c.out.DType == Float32 {
		triSolveAs(c, c.out.F32)
		return
	}
	triSolveAs(c, c.out.F64)
}

func triSolveAs[T float](c *call, dst []T) {
	d := c.out.Layout.Dims
	batch, n, k := d[:len(d)-2], d[len(d)-2], d[len(d)-1]
	copy(dst, matrices[T](c.m, c.in[1], batch))
	if len(dst) == 0 {
		return
	}
	l := matricesOf[T](c.m, c.in[0], batch)
	// What lies transposed is an upper triangle.
	t := blas.Tri{Upper: l.trans, Trans: c.attr.Flag != l.trans}
	if k > 1 {
		blas.BatchedTrsm(rowSize(batch), blas.Left, t, n, k, 1, l.data, l.ld, l.stride, dst, k, n*k)
		return
	}
	for s := range rowSize(batch) {
		blas.Trsv(t, n, l.data[s*l.stride:], l.ld, dst[s*n:(s+1)*n])
	}
}

// Tril keeps the elements with column - row ≤ Dims[0], or, with Flag, those
// with column - row ≥ Dims[0].
func matrixLayout(c *call) *Layout {
	if len(c.in[0].Layout.Dims) < 2 {
		c.fail("the operand needs two dims or more")
	}
	return sameLayout(c)
}

func evalTril(c *call) {
	if c.out.DType == Float32 {
		trilAs(c, c.out.F32)
		return
	}
	trilAs(c, c.out.F64)
}

func trilAs[T float](c *call, dst []T) {
	src := read[T](c.m, c.in[0], c.out.Layout)
	d := c.out.Layout.Dims
	m, n, k := d[len(d)-2], d[len(d)-1], c.attr.Dims[0]
	for at := 0; at < len(dst); {
		for i := 0; i < m; i, at = i+1, at+n {
			from, to := 0, min(max(i+k+1, 0), n) // columns to keep
			if c.attr.Flag {
				from, to = min(max(i+k, 0), n), n
			}
			row := dst[at : at+n]
			clear(row[:from])
			copy(row[from:to], src[at+from:at+to])
			clear(row[to:])
		}
	}
}

// diagView is the diagonal of the last two dims, which must be equal.
func diagView(c *call) Array {
	squareLayout(c)
	a := *c.in[0]
	n := len(a.Layout.Dims) - 1
	s := c.m.intSlice(2 * n)
	copy(s[:n], a.Layout.Dims)
	copy(s[n:], a.Layout.Strides)
	s[2*n-1] = a.Layout.Strides[n-1] + a.Layout.Strides[n]
	a.Layout = c.m.view(s[:n], s[n:])
	return a
}

// DiagEmbed makes square matrices with the operand on their diagonals.
func diagEmbedLayout(c *call) *Layout {
	d := c.in[0].Layout.Dims
	if len(d) < 1 {
		c.fail("the operand needs a dim")
	}
	dims := append(c.m.intSlice(len(d) + 1)[:0], d...)
	return c.m.layout(append(dims, d[len(d)-1]))
}

func evalDiagEmbed(c *call) {
	if c.out.DType == Float32 {
		diagEmbedAs(c, c.out.F32)
		return
	}
	diagEmbedAs(c, c.out.F64)
}

func diagEmbedAs[T float](c *call, dst []T) {
	clear(dst)
	l := c.in[0].Layout
	x := read[T](c.m, c.in[0], l.contiguous(c.m))
	n := l.Dims[len(l.Dims)-1]
	for i, v := range x {
		dst[i*n+i%n] = v
	}
}
