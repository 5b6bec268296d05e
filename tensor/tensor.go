// Package tensor has immutable arrays of numbers, operations on them, and
// their gradients.
//
//	tape := tensor.NewTape()
//	x := tape.Var(tensor.Of([]float64{1, 2, 3}))
//	y := x.Square().Sum()
//	fmt.Println(y.Item(), tensor.Grad(y, x)[0]) // 14 [2 4 6]
//
// A [Tensor] is float64 unless it was made float32 with [Tensor.To]; plain
// numbers take the type of the tensor they meet, and any other mixture is an
// error. Operations broadcast as NumPy's do. Dims given to operations count
// from the left from 0, or from the right from -1.
//
// Mistakes (shapes that do not fit, indices out of range) panic with an
// [*Error], which names the operation and the shapes. Entry points of the
// packages above return it as an error.
package tensor

import (
	"fmt"
	"unsafe"

	"github.com/gopyro/pyro/internal/program"
)

// Error is a mistake in the use of an operation: its name, the shapes of its
// operands and what is wrong. Operations panic with it.
type Error = program.Error

// DType is a number type: Float64 or Float32.
type DType = program.DType

// The number types.
const (
	Float64 = program.Float64
	Float32 = program.Float32
)

// Tensor is an immutable array of numbers. Results of operations on tensors of
// a [Tape] are on the same tape and live until its Reset; all others are
// ordinary values.
//
// A Tensor is known by its address and must not be copied. Two of them are the same
// where the pointers are; what is in them is for operations to compare.
type Tensor struct {
	_ noCopy
	_ [slotSize]byte // as many as differ in any two, lest reflect.DeepEqual finds them equal
}

// noCopy makes go vet speak of copies.
type noCopy struct{}

func (noCopy) Lock()   {}
func (noCopy) Unlock() {}

// on returns the tape that x is on, or nil, which is also where a nil x is.
func (x *Tensor) on() *Tape {
	if x == nil {
		return nil
	}
	if s := x.slot(); s.self == unsafe.Pointer(s) {
		return (*Tape)(s.home)
	}
	return nil
}

// own returns the value of x, which is on no tape.
func (x *Tensor) own() *program.Array {
	if x == nil {
		panic(&Error{Op: "Tensor", Reason: "a nil Tensor has no value; a Trace or a map returns nil for a name that it does not have"})
	}
	s := x.slot()
	if s.self != unsafe.Add(unsafe.Pointer(s), wordSize) {
		panic(&Error{Op: "Tensor", Reason: "the zero Tensor has no value, nor has a copy of a Tensor; make tensors with Of, Zeros, Full, …"})
	}
	return (*program.Array)(s.home)
}

// array returns the value, which for a tensor of a tape may be read until the
// next operation on that tape.
func (x *Tensor) array() *program.Array {
	if t := x.on(); t != nil {
		return t.program.Value(t.at(x))
	}
	return x.own()
}

// layout is that of array.
func (x *Tensor) layout() *program.Layout {
	if t := x.on(); t != nil {
		if i := t.index(x); i < uint(len(t.refs)) { // as in at, which is not inlined
			return t.program.Layout(t.refs[i])
		}
		return t.program.Layout(t.elsewhere(x))
	}
	return x.own().Layout
}

// Shape returns the sizes of the dims. The caller must not change it, nor keep
// it beyond the Reset of the tape that x is on.
func (x *Tensor) Shape() []int { return x.layout().Dims }

// Rank is the number of dims.
func (x *Tensor) Rank() int { return len(x.layout().Dims) }

// Size is the number of elements.
func (x *Tensor) Size() int { return x.layout().Size }

// Len is the size of the first dim; it panics for a single number.
func (x *Tensor) Len() int {
	s := x.Shape()
	if len(s) == 0 {
		panic(&Error{Op: "Len", Shapes: [][]int{{}}, Reason: "a single number has no dims"})
	}
	return s[0]
}

// DType is the number type of the elements.
func (x *Tensor) DType() DType {
	d, _ := x.typed()
	return d
}

// typed is the number type, and whether x is a plain number, which takes the type of
// what it meets.
func (x *Tensor) typed() (d DType, plain bool) {
	if t := x.on(); t != nil {
		return t.program.Type(t.at(x))
	}
	a := x.own()
	return a.DType, a.Weak
}

// Dim returns the size of dim d, counted from the right when negative.
func (x *Tensor) Dim(d int) int { return x.Shape()[x.dim("Dim", d)] }

// Item returns the value of a tensor of one element.
func (x *Tensor) Item() float64 {
	x.note("Item")
	if t := x.on(); t != nil {
		if v, ok := t.program.Number(t.at(x)); ok {
			return v
		}
	}
	a := x.array()
	if a.Layout.Size != 1 {
		x.fail("Item", "%d elements, not one", a.Layout.Size)
	}
	if a.DType == Float32 {
		return float64(a.F32[0])
	}
	return a.F64[0]
}

// Float64s returns a copy of the elements in row-major order.
func (x *Tensor) Float64s() []float64 {
	x.note("Float64s")
	a := x.array()
	out := make([]float64, a.Layout.Size)
	a.CopyTo(out)
	return out
}

// CopyTo writes the elements in row-major order to dst, which must be as long.
func (x *Tensor) CopyTo(dst []float64) {
	x.note("CopyTo")
	a := x.array()
	if len(dst) != a.Layout.Size {
		x.fail("CopyTo", "%d elements do not fit a slice of %d", a.Layout.Size, len(dst))
	}
	a.CopyTo(dst)
}

// At returns the element at the given position, one index a dim, negative ones
// counted from the end.
func (x *Tensor) At(index ...int) float64 {
	x.note("At")
	a := x.array()
	if len(index) != len(a.Layout.Dims) {
		x.fail("At", "%d indices for %d dims", len(index), len(a.Layout.Dims))
	}
	o := 0
	for d, i := range index {
		n := a.Layout.Dims[d]
		if i < 0 {
			i += n
		}
		if i < 0 || i >= n {
			x.fail("At", "index %d of dim %d is outside 0…%d", index[d], d, n-1)
		}
		o += i * a.Layout.Strides[d]
	}
	if a.DType == Float32 {
		return float64(a.F32[o])
	}
	return a.F64[o]
}

// Clone returns a copy that belongs to no tape and carries no gradient.
func (x *Tensor) Clone() *Tensor {
	x.note("Clone")
	return off(x.array().Clone())
}

// Tracked reports whether x depends on a variable of a tape.
func (x *Tensor) Tracked() bool {
	t := x.on()
	return t != nil && t.program.Tracked(t.at(x))
}

// Tape returns the tape that x is on, or nil.
func (x *Tensor) Tape() *Tape { return x.on() }

// fail panics with an Error about an operation on x.
func (x *Tensor) fail(op, format string, args ...any) {
	panic(&Error{Op: op, Shapes: [][]int{append([]int{}, x.Shape()...)}, Reason: fmt.Sprintf(format, args...)})
}

// dim returns d counted from the left, checked.
func (x *Tensor) dim(op string, d int) int {
	n := x.Rank()
	i := d
	if i < 0 {
		i += n
	}
	if i < 0 || i >= n {
		x.fail(op, "no dim %d", d)
	}
	return i
}
