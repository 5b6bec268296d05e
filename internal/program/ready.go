package program

import (
	"math"
	"unsafe"

	"github.com/gopyro/pyro/internal/blas"
)

// ready is how an operation that stands ready is computed. Layouts are as they
// were; the data of its operands may lie elsewhere each time.
type ready struct {
	kind  readyKind
	code  Code
	epoch uint32 // Tape.epoch for which it holds, plus 1
	n     int32  // elements, of one row
	rows  int32
	k     float64
	dst   *float64
	in    [3]*float64
	step  [3]int32 // from one element of an operand to the next, 1 or 0
	row   [3]int32 // from one row of an operand to the next

	vector, trans bool // multiplied: the first operand is the vector; the matrix is transposed
}

type readyKind uint8

const (
	throughTable readyKind = iota
	window                 // a view, which stays as long as what it shows does
	mapped                 // a function of one operand
	paired                 // of two, row by row
	selected               // Where of few elements
	beyond                 // Outside
	summed                 // Sum of all
	multiplied             // MatMul of a matrix and a vector
)

// readied returns how to compute node n at r.
func (t *Tape) readied(n *node, r int) *ready {
	if r >= len(t.ready) {
		t.ready = append(t.ready, make([]ready, cap(t.nodes)-len(t.ready))...)
	}
	s := &t.ready[r]
	if s.epoch != t.epoch+1 {
		*s = ready{code: n.code, k: n.k, epoch: t.epoch + 1}
		if n.nin <= 3 && n.nin > 0 {
			s.find(t, n, &t.values[r])
		}
	}
	return s
}

// find chooses the way that suits the operands.
func (s *ready) find(t *Tape, n *node, out *Array) {
	size := out.Layout.Size
	if size == 0 || size > math.MaxInt32 || out.DType != Float64 || !out.Layout.Contig && table[n.code].view == nil {
		return
	}
	var in [3]*Array
	for i, x := range n.in[:n.nin] {
		a := t.Value(x)
		if n, _ := extent(a); n == 0 || n > math.MaxInt32 {
			return
		}
		in[i], s.in[i] = a, &a.F64[0]
	}
	s.dst, s.n, s.rows = &out.F64[0], int32(size), 1
	switch c := n.code; {
	case table[c].view != nil:
		if t.viewAgain(n, out, in[0]); aliases(out, in[0]) {
			s.kind = window
		}
	case c == MatMul:
		s.multiplies(in[0], in[1], out)
	case c < Neg || c > Sum && c != SumTo:
	case c < Add:
		if in[0].Layout.Contig {
			s.kind = mapped
		}
	case c < Where:
		if s.lie(in[:2], out.Layout) && s.pairs() {
			s.kind = paired
		}
	case c == Outside || c == Where && size < arithRun:
		if s.lie(in[:3], out.Layout) && s.rows == 1 {
			if s.kind = beyond; c == Where {
				s.kind = selected
			}
		}
	case (c == Sum || c == SumTo) && size == 1 && in[0].Layout.Contig:
		s.kind, s.n = summed, int32(in[0].Layout.Size)
	}
}

// multiplies looks whether one of a and b is a vector: the matrix then has s.rows rows of
// length s.n.
func (s *ready) multiplies(a, b, out *Array) {
	var m memory
	d := out.Layout.Dims
	batch, rows, cols := d[:len(d)-2], d[len(d)-2], d[len(d)-1]
	if rowSize(batch) != 1 {
		return
	}
	x, y := matricesOf[float64](&m, a, batch), matricesOf[float64](&m, b, batch)
	if &x.data[0] != &a.F64[0] || &y.data[0] != &b.F64[0] {
		return
	}
	if g, ok := vectorProduct(x.data, x, y.data, y, rows, cols, a.Layout.Dims[len(a.Layout.Dims)-1]); ok {
		s.kind, s.rows, s.n, s.row[0] = multiplied, int32(g.m), int32(g.n), int32(g.lda)
		s.vector, s.trans = &g.a[0] != &a.F64[0], g.trans
	}
}

// lie finds the steps of operands that broadcast to l: rows in each of which an
// operand is one run of memory or one number. It reports whether it can.
func (s *ready) lie(in []*Array, l *Layout) bool {
	inner, first := l.Size, 0
	var strides [3][8]int
	if len(l.Dims) > len(strides[0]) {
		return false
	}
	for i, a := range in {
		pad := len(l.Dims) - len(a.Layout.Dims)
		for d := range l.Dims {
			if d >= pad && a.Layout.Dims[d-pad] != 1 {
				strides[i][d] = a.Layout.Strides[d-pad]
			}
		}
		if n, f, _ := span(l.Dims, strides[i][:len(l.Dims)]); n < inner {
			inner, first = n, f
		}
	}
	for i := range in {
		_, _, step := span(l.Dims[first:], strides[i][first:len(l.Dims)])
		if inner == 1 {
			step = 0
		}
		row, ok := collapse(l.Dims[:first], strides[i][:first])
		if !ok {
			return false
		}
		s.step[i], s.row[i] = int32(step), int32(row)
	}
	s.n, s.rows = int32(inner), int32(l.Size/inner)
	return true
}

// collapse is the stride with which dims are run through as one.
func collapse(dims, strides []int) (stride int, ok bool) {
	n := 1
	for i := len(dims) - 1; i >= 0; i-- {
		switch {
		case dims[i] == 1:
		case n == 1:
			stride = strides[i]
		case strides[i] != stride*n:
			return 0, false
		}
		n *= dims[i]
	}
	return stride, true
}

// place is where the data of a float64 array that is not empty lie.
func (t *Tape) place(x Ref) *float64 {
	if t.nodes[x].state.is(boxed) {
		return &t.values[x].F64[0]
	}
	return &t.nums[x]
}

// pairs reports whether rows are computed by one call each.
func (s *ready) pairs() bool {
	if s.n == 1 && s.rows > 1 {
		return false
	}
	whole := s.n == 1 || s.step[0] == 1 && s.step[1] == 1
	return whole || s.code <= Div && s.step[0]+s.step[1] == 1
}

// run computes it.
func (s *ready) run() {
	switch s.kind {
	case mapped:
		unary(s.code, s.k, of(s.dst, s.n), of(s.in[0], s.n))
	case paired:
		s.pairwise()
	case selected:
		dst, at := of(s.dst, s.n), [3]int32{}
		for i := range dst {
			from := 2
			if *s.at(0, at[0]) != 0 {
				from = 1
			}
			dst[i] = *s.at(from, at[from])
			at[0], at[1], at[2] = at[0]+s.step[0], at[1]+s.step[1], at[2]+s.step[2]
		}
	case beyond:
		dst, at := of(s.dst, s.n), [3]int32{}
		for i := range dst {
			v := *s.at(0, at[0])
			dst[i] = truth[float64](v < *s.at(1, at[1]) || v > *s.at(2, at[2]))
			at[0], at[1], at[2] = at[0]+s.step[0], at[1]+s.step[1], at[2]+s.step[2]
		}
	case summed:
		*s.dst = sum(of(s.in[0], s.n))
	case multiplied:
		s.multiply()
	}
}

// multiply computes the product of a matrix, or of its transpose, and a vector.
func (s *ready) multiply() {
	a, x, n, m := s.in[0], s.in[1], s.n, s.rows
	if s.vector {
		a, x = x, a
	}
	if s.trans {
		n, m = m, n
	}
	lda := int(s.row[0])
	blas.Gemv(s.trans, int(s.rows), int(s.n), 1, unsafe.Slice(a, int(s.rows-1)*lda+int(s.n)), lda, of(x, n), 0, of(s.dst, m))
}

// pairwise computes a function of two operands row by row.
func (s *ready) pairwise() {
	for i := range s.rows {
		dst, x, y := of(along(s.dst, i*s.n), s.n), s.at(0, i*s.row[0]), s.at(1, i*s.row[1])
		switch {
		case s.step[0] == s.step[1]:
			binary(s.code, dst, of(x, s.n), of(y, s.n))
		case s.step[1] == 0:
			arithRight(s.code, dst, of(x, s.n), *y)
		default:
			arithLeft(s.code, dst, *x, of(y, s.n))
		}
	}
}

// at is element i of an operand.
func (s *ready) at(operand int, i int32) *float64 { return along(s.in[operand], i) }

// along is the element n after p.
func along(p *float64, n int32) *float64 {
	return (*float64)(unsafe.Add(unsafe.Pointer(p), 8*int(n)))
}
