package program

import (
	"bytes"
	"fmt"
	"math"
	"slices"
	"unsafe"
)

// Difference describes where what is on the tape differs from what was
// recorded, or returns "". Variables may have other values, and random numbers
// other roots.
func (p *Recorded) Difference(q *Tape) string {
	if len(p.tape) != len(q.nodes) {
		return fmt.Sprintf("one run has %d operations, another %d", len(p.tape), len(q.nodes))
	}
	for i := range p.tape {
		a, b := &p.tape[i], &q.nodes[i]
		if a.code != b.code || !slices.Equal(operands(a, p.lists), operands(b, q.lists)) {
			return fmt.Sprintf("operation %d is %v in one run, %v in another", i, a.code, b.code)
		}
		if !sameDims(p.values[i].Layout, q.Layout(Ref(i))) {
			return fmt.Sprintf("the result of %v (operation %d) has shape %v in one run, %v in another",
				a.code, i, p.values[i].Layout.Dims, q.Layout(Ref(i)).Dims)
		}
		x, y := attrOf(a, p.attrs), attrOf(b, q.attrs)
		switch {
		case a.code == Draw:
			if !p.draws[a.attr].key.SameTrail(q.draws[b.attr].key) {
				return fmt.Sprintf("the random numbers of operation %d have keys of different origin", i)
			}
		case math.Float64bits(x.F) != math.Float64bits(y.F) || x.Flag != y.Flag || !slices.Equal(x.Dims, y.Dims):
			return fmt.Sprintf("a number or dim that %v (operation %d) takes differs between runs", a.code, i)
		}
		if a.code == Const && !sameContent(&p.values[i], q.Value(Ref(i))) {
			return fmt.Sprintf("constant %d, of shape %v, which %s, differs between runs",
				i, p.values[i].Layout.Dims, p.use(Ref(i)))
		}
	}
	return ""
}

// use says what first takes r.
func (p *Recorded) use(r Ref) string {
	for i := range p.tape {
		if slices.Contains(operands(&p.tape[i], p.lists), r) {
			return "goes into " + p.tape[i].code.String()
		}
	}
	return "goes nowhere"
}

func sameContent(a, b *Array) bool {
	n := a.Layout.Size
	if n == 0 {
		return true
	}
	if a.DType != b.DType {
		return false
	}
	if a.DType == Float64 && &a.F64[0] == &b.F64[0] && a.Layout.Contig && b.Layout.Contig {
		return true
	}
	if a.DType == Float64 && a.Layout.Contig && b.Layout.Contig {
		return bytes.Equal(bytesOf(a.F64[:n]), bytesOf(b.F64[:n]))
	}
	x, y := make([]float64, n), make([]float64, n)
	a.CopyTo(x)
	b.CopyTo(y)
	for i, v := range x {
		if math.Float64bits(v) != math.Float64bits(y[i]) {
			return false
		}
	}
	return true
}

// bytesOf are the bytes of x, for a comparison of bits.
func bytesOf[T float](x []T) []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(x))), int(unsafe.Sizeof(*new(T)))*len(x))
}
