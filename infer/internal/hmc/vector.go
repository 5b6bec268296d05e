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
