package hmc

// dot returns the inner product, summed in four interleaved parts: the order is
// fixed by the length alone.
func dot(a, b []float64) float64 {
	b = b[:len(a)]
	var s0, s1, s2, s3 float64
	i := 0
	for ; i+4 <= len(a); i += 4 {
		x, y := a[i:i+4:i+4], b[i:i+4:i+4]
		s0 += x[0] * y[0]
		s1 += x[1] * y[1]
		s2 += x[2] * y[2]
		s3 += x[3] * y[3]
	}
	for ; i < len(a); i++ {
		s0 += a[i] * b[i]
	}
	return (s0 + s1) + (s2 + s3)
}

// product sets dst to the product of the row-major matrix a, of as many rows, and x,
// four rows at a time.
func product(dst, a, x []float64) {
	n := len(x)
	i := 0
	for ; i+4 <= len(dst); i += 4 {
		r0, r1, r2, r3 := a[i*n:i*n+n:i*n+n], a[(i+1)*n:(i+2)*n], a[(i+2)*n:(i+3)*n], a[(i+3)*n:(i+4)*n]
		r1, r2, r3 = r1[:len(r0)], r2[:len(r0)], r3[:len(r0)]
		y := x[:len(r0)]
		var s0, s1, s2, s3 float64
		for j, v := range r0 {
			w := y[j]
			s0 += v * w
			s1 += r1[j] * w
			s2 += r2[j] * w
			s3 += r3[j] * w
		}
		dst[i], dst[i+1], dst[i+2], dst[i+3] = s0, s1, s2, s3
	}
	for ; i < len(dst); i++ {
		dst[i] = dot(a[i*n:(i+1)*n], x)
	}
}

// axpy adds c·x to y.
func axpy(c float64, x, y []float64) {
	x = x[:len(y)]
	for i := range y {
		y[i] += c * x[i]
	}
}

// matrix is a dense row-major matrix.
type matrix struct {
	rows, cols int
	data       []float64
}

func newMatrix(rows, cols int) matrix {
	return matrix{rows, cols, make([]float64, rows*cols)}
}

func (m matrix) row(i int) []float64 { return m.data[i*m.cols : (i+1)*m.cols] }

// transpose returns a copy.
func (m matrix) transpose() matrix {
	t := newMatrix(m.cols, m.rows)
	for i := range m.rows {
		for j, v := range m.row(i) {
			t.data[j*m.rows+i] = v
		}
	}
	return t
}

// timesTransposed returns m·bᵀ: entry (i, j) is a dot product.
func (m matrix) timesTransposed(b matrix) matrix {
	out := newMatrix(m.rows, b.rows)
	for i := range m.rows {
		for j := range b.rows {
			out.data[i*b.rows+j] = dot(m.row(i), b.row(j))
		}
	}
	return out
}
