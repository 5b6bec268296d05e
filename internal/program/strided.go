package program

import "unsafe"

// strided copies the elements of src in the order of dims to dst.
func strided[T any](dst, src []T, dims, strides []int) {
	for n := len(dims) - 1; n > 0 && dims[n] == 1; n-- { // so that rows are not of one element
		dims, strides = dims[:n], strides[:n]
	}
	switch len(dims) {
	case 0:
		dst[0] = src[0]
	case 1:
		row(dst, src, dims[0], strides[0])
	default:
		n := 1
		for _, d := range dims[1:] {
			n *= d
		}
		if n == 0 {
			return
		}
		for i := range dims[0] {
			if dims[0] > 1 && strides[0] == 0 && i > 0 { // repeat what is there
				copy(dst[i*n:(i+1)*n], dst[:n])
				continue
			}
			strided(dst[i*n:(i+1)*n], src[i*strides[0]:], dims[1:], strides[1:])
		}
	}
}

func row[T any](dst, src []T, n, stride int) {
	switch {
	case n == 0:
	case stride == 1:
		copy(dst[:n], src)
	case stride == 0:
		fill(dst[:n], src[0])
	default:
		for i, o := 0, 0; i < n; i, o = i+1, o+stride {
			dst[i] = src[o]
		}
	}
}

// fill sets all elements of dst to v, in copies that double.
func fill[T any](dst []T, v T) {
	head := dst[:min(len(dst), 32)]
	for i := range head {
		head[i] = v
	}
	for n := len(head); n < len(dst); n *= 2 {
		copy(dst[n:], dst[:n])
	}
}

// walk calls f with the offset of each element in row-major order.
func walk(dims, strides []int, f func(offset int)) {
	if len(dims) == 0 {
		f(0)
		return
	}
	for i := range dims[0] {
		base := i * strides[0]
		walk(dims[1:], strides[1:], func(o int) { f(base + o) })
	}
}

// expandStrides returns the strides with which an array of layout l is read as
// one of dims (broadcasting): 0 along dims that it lacks or has once.
func expandStrides(m *memory, l *Layout, dims []int) []int {
	return spread(m, l.Dims, l.Strides, dims)
}

func spread(m *memory, from, strides, dims []int) []int {
	s := m.intSlice(len(dims))
	pad := len(dims) - len(from)
	for i := range dims {
		switch {
		case i < pad || from[i-pad] == 1:
			s[i] = 0
		default:
			s[i] = strides[i-pad]
		}
	}
	return s
}

// materialise writes a, broadcast to the contiguous layout l, into dst.
func materialise(dst, a *Array, l *Layout) {
	if a.Layout.Contig && a.Layout.Size == l.Size {
		if a.DType == Float32 {
			copy(dst.F32, a.F32[:l.Size])
			return
		}
		copy(dst.F64, a.F64[:l.Size])
		return
	}
	var m *memory
	strides := a.Layout.Strides
	if !sameDims(a.Layout, l) {
		strides = expandStrides(m, a.Layout, l.Dims)
	}
	if a.DType == Float32 {
		strided(dst.F32, a.F32, l.Dims, strides)
		return
	}
	strided(dst.F64, a.F64, l.Dims, strides)
}

// read returns the elements of a broadcast to l as one contiguous run,
// without copying where they already lie so.
func read[T float](m *memory, a *Array, l *Layout) []T {
	data := values[T](a)
	if a.Layout.Contig && (a.Layout == l || a.Layout.Size == l.Size) {
		return data[:l.Size]
	}
	buf := floats[T](m, l.Size)
	strides := a.Layout.Strides
	if !sameDims(a.Layout, l) {
		strides = expandStrides(m, a.Layout, l.Dims)
	}
	strided(buf, data, l.Dims, strides)
	return buf
}

type float interface{ float32 | float64 }

// values returns the data of a, which must be of type T.
func values[T float](a *Array) []T {
	if a.DType == Float32 {
		return *(*[]T)(unsafe.Pointer(&a.F32))
	}
	return *(*[]T)(unsafe.Pointer(&a.F64))
}

func floats[T float](m *memory, n int) []T {
	if unsafe.Sizeof(T(0)) == 4 {
		s := m.float32s(n)
		return *(*[]T)(unsafe.Pointer(&s))
	}
	s := m.float64s(n)
	return *(*[]T)(unsafe.Pointer(&s))
}
