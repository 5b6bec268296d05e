package blas

import "fmt"

// Float is an element type. Kernels exist for both; nothing is converted.
type Float interface{ ~float32 | ~float64 }

// ShapeError is the panic of a call whose sizes, leading dimensions or slices do
// not fit together.
type ShapeError struct {
	Op      string // the function called
	Operand string // the argument at fault
	Problem string // what was wanted and found
}

func (e *ShapeError) Error() string {
	return fmt.Sprintf("blas: %s: %s %s", e.Op, e.Operand, e.Problem)
}

// checkMatrix panics unless a slice of the given length holds [rows, cols] with
// leading dimension ld.
func checkMatrix(op, operand string, rows, cols, ld, length int) {
	if rows < 0 || cols < 0 || ld < cols || rows > 0 && cols > 0 && (rows-1)*ld+cols > length {
		panicMatrix(op, operand, rows, cols, ld, length)
	}
}

func panicMatrix(op, operand string, rows, cols, ld, length int) {
	problem := fmt.Sprintf("of shape [%d %d] with leading dimension %d wants %d elements, has %d",
		rows, cols, ld, (rows-1)*ld+cols, length)
	switch {
	case rows < 0 || cols < 0:
		problem = fmt.Sprintf("has the negative shape [%d %d]", rows, cols)
	case ld < cols:
		problem = fmt.Sprintf("of shape [%d %d] has the leading dimension %d, less than a row", rows, cols, ld)
	}
	panic(&ShapeError{op, operand, problem})
}

// checkBatch panics unless a slice of the given length holds batch matrices of
// shape [rows, cols] that start stride apart. Outputs must not overlap.
func checkBatch(op, operand string, batch, rows, cols, ld, stride, length int, output bool) {
	checkMatrix(op, operand, rows, cols, ld, length)
	size := max(0, (rows-1)*ld+cols)
	switch {
	case batch < 0:
		panic(&ShapeError{op, operand, fmt.Sprintf("has the negative batch size %d", batch)})
	case stride < 0 || output && batch > 1 && stride < size:
		panic(&ShapeError{op, operand, fmt.Sprintf("has the stride %d between matrices of %d elements", stride, size)})
	case batch > 0 && rows > 0 && cols > 0 && (batch-1)*stride+size > length:
		panic(&ShapeError{op, operand, fmt.Sprintf("with %d matrices %d apart wants %d elements, has %d",
			batch, stride, (batch-1)*stride+size, length)})
	}
}

func checkVector(op, operand string, want, length int) {
	if want < 0 || length < want {
		panic(&ShapeError{op, operand, fmt.Sprintf("wants %d elements, has %d", want, length)})
	}
}

// view is a matrix whose element (i, j) is data[i*rs+j*cs]; one of the steps is
// 1. Transposing a view is free, so that right solves are left solves, upper
// factors are lower ones and one product serves all transposes.
type view[F Float] struct {
	data       []F
	rows, cols int
	rs, cs     int
}

func dense[F Float](rows, cols int, data []F, ld int) view[F] {
	return view[F]{data, rows, cols, ld, 1}
}

// steps returns a matrix's steps between rows and columns after an optional
// transposition.
func steps(trans bool, ld int) (rs, cs int) {
	if trans {
		return 1, ld
	}
	return ld, 1
}

// op is the matrix a, of shape [rows, cols] after an optional transposition.
func op[F Float](trans bool, rows, cols int, a []F, ld int) view[F] {
	rs, cs := steps(trans, ld)
	return view[F]{a, rows, cols, rs, cs}
}

func (v view[F]) t() view[F] { return view[F]{v.data, v.cols, v.rows, v.cs, v.rs} }

// block is the submatrix of shape [rows, cols] whose first element is (i, j).
func (v view[F]) block(i, j, rows, cols int) view[F] {
	if rows == 0 || cols == 0 {
		return view[F]{nil, rows, cols, v.rs, v.cs}
	}
	return view[F]{v.data[i*v.rs+j*v.cs:], rows, cols, v.rs, v.cs}
}

// copyTo copies v into dst of the same shape.
func (v view[F]) copyTo(dst view[F]) {
	switch {
	case v.rows == 0 || v.cols == 0:
	case v.cs == 1 && dst.cs == 1:
		for i := range v.rows {
			copy(dst.data[i*dst.rs:][:v.cols], v.data[i*v.rs:][:v.cols])
		}
	case v.cs == 1 && dst.rs == 1:
		transpose(v.rows, v.cols, v.data, v.rs, dst.data, dst.cs)
	case v.rs == 1:
		v.t().copyTo(dst.t())
	}
}

// transpose sets dst[j*ldd+i] = src[i*lds+j] for src of shape [m, n]; dst does not
// overlap src.
func transpose[F Float](m, n int, src []F, lds int, dst []F, ldd int) {
	m4, n4 := m&^3, n&^3
	if m4 == 0 || n4 == 0 {
		for i := range m {
			for j := range n {
				dst[j*ldd+i] = src[i*lds+j]
			}
		}
		return
	}
	transposeTiles(m4, n4, src, lds, dst, ldd)
	// The last rows and columns are turned with some before them, once more.
	if m4 < m {
		transposeTiles(4, n4, src[(m-4)*lds:], lds, dst[m-4:], ldd)
	}
	if n4 < n {
		transposeTiles(m4, 4, src[n-4:], lds, dst[(n-4)*ldd:], ldd)
	}
	if m4 < m && n4 < n {
		transposeTiles(4, 4, src[(m-4)*lds+n-4:], lds, dst[(n-4)*ldd+m-4:], ldd)
	}
}

// scale multiplies by beta; zero clears without reading.
func (v view[F]) scale(beta F) {
	if beta == 1 || v.rows == 0 || v.cols == 0 {
		return
	}
	if v.cs != 1 {
		v = v.t()
	}
	for i := range v.rows {
		row := v.data[i*v.rs:][:v.cols]
		if beta == 0 {
			clear(row)
			continue
		}
		for j := range row {
			row[j] *= beta
		}
	}
}
