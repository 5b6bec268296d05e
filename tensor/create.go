package tensor

import (
	"unsafe"

	"github.com/gopyro/pyro/internal/program"
)

// Operand is what can stand for a tensor: a tensor, a number, or a slice.
type Operand interface {
	*Tensor | ~float64 | ~int | ~bool | ~[]float64 | ~[]int | ~[]bool | ~[][]float64
}

// Of returns v as a tensor: a number with shape [], a slice with shape [n], a
// slice of n rows of m with shape [n, m]. Booleans become 0 and 1. Slices are
// copied; a tensor is returned as it is. Rows of unequal length panic.
func Of[T Operand](v T) *Tensor {
	// The value is read through its address: a type switch that binds it would
	// put every number on the heap.
	at := unsafe.Pointer(&v)
	switch any(v).(type) {
	case *Tensor:
		x := *(**Tensor)(at)
		if x == nil {
			panic(&Error{Op: "Of", Reason: "nil tensor"})
		}
		return x
	case float64:
		return scalar(*(*float64)(at))
	case int:
		return scalar(float64(*(*int)(at)))
	case bool:
		return scalar(number(*(*bool)(at)))
	case []float64:
		x := *(*[]float64)(at)
		return New(x, len(x))
	case []int:
		return fromSlice(*(*[]int)(at), func(i int) float64 { return float64(i) })
	case []bool:
		return fromSlice(*(*[]bool)(at), number)
	case [][]float64:
		return fromRows(*(*[][]float64)(at))
	}
	return ofNamed(v)
}

func number(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

// scalar is one allocation: header, array and number together.
func scalar(v float64) *Tensor {
	s := &struct {
		t [3]unsafe.Pointer
		a program.Array
		v [1]float64
	}{v: [1]float64{v}}
	s.a.SetScalar(s.v[:])
	return aligned(s.t[:]).hold(&s.a)
}

func fromSlice[E any](s []E, f func(E) float64) *Tensor {
	data := make([]float64, len(s))
	for i, v := range s {
		data[i] = f(v)
	}
	return wrap(data, len(s))
}

func fromRows(rows [][]float64) *Tensor {
	m := 0
	if len(rows) > 0 {
		m = len(rows[0])
	}
	data := make([]float64, 0, len(rows)*m)
	for i, r := range rows {
		if len(r) != m {
			panic(&Error{
				Op: "Of", Shapes: [][]int{{len(rows), m}},
				Reason: "row " + itoa(i) + " has " + itoa(len(r)) + " elements",
			})
		}
		data = append(data, r...)
	}
	return wrap(data, len(rows), m)
}

// New returns a tensor with a copy of data in row-major order. It panics if
// the shape does not hold len(data) elements.
func New(data []float64, shape ...int) *Tensor {
	if n := size("New", shape); n != len(data) {
		panic(&Error{Op: "New", Shapes: [][]int{append([]int{}, shape...)}, Reason: itoa(len(data)) + " elements do not fit"})
	}
	return wrap(append([]float64(nil), data...), shape...)
}

// Using returns a tensor that uses data itself, in row-major order. It is for
// owners of large or changing buffers: data must not change while a result
// that was computed from the tensor is in use.
func Using(data []float64, shape ...int) *Tensor {
	if n := size("Using", shape); n != len(data) {
		panic(&Error{Op: "Using", Shapes: [][]int{append([]int{}, shape...)}, Reason: itoa(len(data)) + " elements do not fit"})
	}
	return wrap(data, shape...)
}

// wrap returns a tensor that uses data itself; all else of it is one allocation.
func wrap(data []float64, shape ...int) *Tensor {
	s := &struct {
		t [3]unsafe.Pointer
		a program.Dense
	}{}
	s.a.Set(data, shape)
	return aligned(s.t[:]).hold(&s.a.Array)
}

// size is the number of elements of a shape, which must not be negative.
func size(op string, shape []int) int {
	n := 1
	for _, d := range shape {
		if d < 0 {
			panic(&Error{Op: op, Shapes: [][]int{append([]int{}, shape...)}, Reason: "negative size"})
		}
		n *= d
	}
	return n
}

// Zeros returns a tensor of zeros.
func Zeros(shape ...int) *Tensor { return wrap(make([]float64, size("Zeros", shape)), shape...) }

// Ones returns a tensor of ones.
func Ones(shape ...int) *Tensor { return Full(1, shape...) }

// Full returns a tensor whose elements are all v.
func Full(v float64, shape ...int) *Tensor {
	data := make([]float64, size("Full", shape))
	for i := range data {
		data[i] = v
	}
	return wrap(data, shape...)
}

// Arange returns 0, 1, …, n-1 with shape [n].
func Arange(n int) *Tensor {
	data := make([]float64, size("Arange", []int{n}))
	for i := range data {
		data[i] = float64(i)
	}
	return wrap(data, n)
}

// Linspace returns n ≥ 2 equally spaced numbers from lo to hi, both included.
func Linspace(lo, hi float64, n int) *Tensor {
	if n < 2 {
		panic(&Error{Op: "Linspace", Reason: "needs two points or more"})
	}
	data := make([]float64, n)
	for i := range data {
		w := float64(i) / float64(n-1)
		data[i] = lo*(1-w) + hi*w
	}
	return wrap(data, n)
}

// Eye returns the n × n identity matrix.
func Eye(n int) *Tensor {
	data := make([]float64, size("Eye", []int{n, n}))
	for i := range n {
		data[i*n+i] = 1
	}
	return wrap(data, n, n)
}
