package tensor

import (
	"strconv"
	"strings"
)

// String returns the elements, nested by dim, with six significant digits: 8.5,
// [1 2 3] or [[1 2] [3 4]]. Long dims are abridged to their first and last three.
func (x *Tensor) String() string {
	x.note("String")
	var b strings.Builder
	a := x.array()
	var write func(dim, offset int)
	write = func(dim, offset int) {
		if dim == len(a.Layout.Dims) {
			v := 0.0
			if a.DType == Float32 {
				v = float64(a.F32[offset])
			} else {
				v = a.F64[offset]
			}
			b.WriteString(strconv.FormatFloat(v, 'g', 6, 64))
			return
		}
		b.WriteByte('[')
		n := a.Layout.Dims[dim]
		for i := range n {
			const edge = 3
			if n > 20 && i >= edge && i < n-edge {
				if i == edge {
					b.WriteString(" …")
				}
				continue
			}
			if i > 0 {
				b.WriteByte(' ')
			}
			write(dim+1, offset+i*a.Layout.Strides[dim])
		}
		b.WriteByte(']')
	}
	write(0, 0)
	return b.String()
}
