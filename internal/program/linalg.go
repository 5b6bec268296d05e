package program

import "math"

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

func matMulAs[T float](c *call, dst []T) {
	d := c.out.Layout.Dims
	batch, m, n := d[:len(d)-2], d[len(d)-2], d[len(d)-1]
	ad := c.in[0].Layout.Dims
	k := ad[len(ad)-1]
	a, b := matrices[T](c.m, c.in[0], batch), matrices[T](c.m, c.in[1], batch)
	clear(dst)
	for s := range rowSize(batch) {
		multiply(dst[s*m*n:(s+1)*m*n], a[s*m*k:], b[s*k*n:], m, n, k)
	}
}

// multiply adds a·b to c, all row-major.
func multiply[T float](c, a, b []T, m, n, k int) {
	for i := range m {
		row := c[i*n : (i+1)*n]
		for p := range k {
			x := a[i*k+p]
			for j, y := range b[p*n : (p+1)*n] {
				row[j] += x * y
			}
		}
	}
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
	for s := range rowSize(d[:len(d)-2]) {
		if i, ok := cholesky(dst[s*n*n:(s+1)*n*n], n); !ok {
			c.fail("matrix %d is not positive definite: pivot %d is not positive", s, i)
		}
	}
}

// cholesky replaces the symmetric matrix a, of which it reads the lower
// triangle, by its lower factor. It returns the index of the first pivot that
// is not positive.
func cholesky[T float](a []T, n int) (int, bool) {
	for i := range n {
		ri := a[i*n : (i+1)*n]
		for j := range i + 1 {
			rj := a[j*n : (j+1)*n]
			s := ri[j]
			for k := range j {
				s -= ri[k] * rj[k]
			}
			if i != j {
				ri[j] = s / rj[j]
				continue
			}
			if !(s > 0) {
				return i, false
			}
			ri[i] = T(math.Sqrt(float64(s)))
		}
		clear(ri[i+1:])
	}
	return 0, true
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
	l := matrices[T](c.m, c.in[0], batch)
	copy(dst, matrices[T](c.m, c.in[1], batch))
	for s := range rowSize(batch) {
		if c.attr.Flag {
			backSubstitute(l[s*n*n:], dst[s*n*k:(s+1)*n*k], n, k)
		} else {
			forwardSubstitute(l[s*n*n:], dst[s*n*k:(s+1)*n*k], n, k)
		}
	}
}

func forwardSubstitute[T float](l, x []T, n, k int) {
	for i := range n {
		xi := x[i*k : (i+1)*k]
		for j := range i {
			f := l[i*n+j]
			for p, v := range x[j*k : (j+1)*k] {
				xi[p] -= f * v
			}
		}
		for p := range xi {
			xi[p] /= l[i*n+i]
		}
	}
}

func backSubstitute[T float](l, x []T, n, k int) {
	for i := n - 1; i >= 0; i-- {
		xi := x[i*k : (i+1)*k]
		for j := i + 1; j < n; j++ {
			f := l[j*n+i]
			for p, v := range x[j*k : (j+1)*k] {
				xi[p] -= f * v
			}
		}
		for p := range xi {
			xi[p] /= l[i*n+i]
		}
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
	copy(dst, read[T](c.m, c.in[0], c.out.Layout))
	d := c.out.Layout.Dims
	m, n, k := d[len(d)-2], d[len(d)-1], c.attr.Dims[0]
	for r := range rowSize(d[:len(d)-1]) {
		row := dst[r*n : (r+1)*n]
		for j := range row {
			if o := j - r%m - k; o > 0 != c.attr.Flag && o != 0 {
				row[j] = 0
			}
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
