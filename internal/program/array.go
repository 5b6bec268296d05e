package program

import (
	"slices"
	"unsafe"
)

// DType is the number type of an array.
type DType uint8

const (
	Float64 DType = iota
	Float32
)

func (d DType) String() string {
	if d == Float32 {
		return "float32"
	}
	return "float64"
}

// A Layout says how an array's elements lie in its data: element (i, j, …) is
// at i·Strides[0] + j·Strides[1] + …. Layouts are immutable and shared.
type Layout struct {
	Dims    []int
	Strides []int
	Size    int  // number of elements
	Contig  bool // row-major without gaps
}

var scalarLayout = &Layout{Size: 1, Contig: true}

// Array is a block of numbers with a layout. One of F64 and F32 is in use, by
// DType. Weak marks plain Go numbers, which take the type of what they meet.
type Array struct {
	Layout *Layout
	F64    []float64
	F32    []float32
	DType  DType
	Weak   bool
}

// Dense is an array with its layout, in one piece of memory.
type Dense struct {
	Array
	layout Layout
	ints   [4]int // of up to two dims and their strides
}

// Set makes d a float64 array that uses data, row-major.
func (d *Dense) Set(data []float64, dims []int) {
	d.Layout, d.F64 = scalarLayout, data
	if len(dims) > 0 {
		s := d.ints[:]
		if 2*len(dims) > len(s) {
			s = make([]int, 2*len(dims))
		}
		d.layout.rowMajor(s, dims)
		d.Layout = &d.layout
	}
}

// NewArray returns a float64 array that uses data, row-major.
func NewArray(data []float64, dims ...int) *Array {
	d := new(Dense)
	d.Set(data, dims)
	return &d.Array
}

// NewArray32 returns a float32 array that uses data, row-major.
func NewArray32(data []float32, dims ...int) *Array {
	var m *memory
	return &Array{Layout: m.layout(dims), F32: data, DType: Float32}
}

// At returns the element at offset o of the data.
func (a *Array) at(o int) float64 {
	if a.DType == Float32 {
		return float64(a.F32[o])
	}
	return a.F64[o]
}

// CopyTo writes the elements in row-major order to dst as float64.
func (a *Array) CopyTo(dst []float64) {
	if a.DType == Float32 {
		if a.Layout.Contig {
			for i, v := range a.F32[:a.Layout.Size] {
				dst[i] = float64(v)
			}
			return
		}
		i := 0
		walk(a.Layout.Dims, a.Layout.Strides, func(o int) { dst[i] = float64(a.F32[o]); i++ })
		return
	}
	if a.Layout.Contig {
		copy(dst, a.F64[:a.Layout.Size])
		return
	}
	strided(dst, a.F64, a.Layout.Dims, a.Layout.Strides)
}

// Clone returns a contiguous copy on the heap.
func (a *Array) Clone() *Array {
	var m *memory
	// The layout is copied as well: a's may be in memory that a tape uses again.
	out := m.array(m.layout(a.Layout.Dims), a.DType)
	out.Weak = a.Weak
	materialise(&out, a, out.Layout)
	return &out
}

// contiguous returns l itself when it is row-major, else a layout of the same
// dims that is.
func (l *Layout) contiguous(m *memory) *Layout {
	if l.Contig {
		return l
	}
	return m.layout(l.Dims)
}

// memory gives layouts and buffers. A nil memory takes them from the heap; a
// tape's takes them from chunks that it uses again after a reset.
type memory struct {
	f64     pool[float64]
	f32     pool[float32]
	ints    pool[int]
	layouts pool[Layout]
}

func (m *memory) reset() {
	m.f64.reset()
	m.f32.reset()
	m.ints.reset()
	m.layouts.reset()
}

// bytes is the size of what is held.
func (m *memory) bytes() int {
	return 8*m.f64.size() + 4*m.f32.size() + 8*m.ints.size() + 64*m.layouts.size()
}

func (m *memory) float64s(n int) []float64 {
	if m == nil {
		return make([]float64, n)
	}
	if n >= line/8 {
		m.f64.align(line / 8)
	}
	return m.f64.take(n)
}

func (m *memory) float32s(n int) []float32 {
	if m == nil {
		return make([]float32, n)
	}
	if n >= line/4 {
		m.f32.align(line / 4)
	}
	return m.f32.take(n)
}

// line is the size of a line of cache. Vectors that lie across two take twice the
// time to load and store.
const line = 64

func (m *memory) intSlice(n int) []int {
	if m == nil {
		return make([]int, n)
	}
	return m.ints.take(n)
}

func (m *memory) newLayout() *Layout {
	if m == nil {
		return new(Layout)
	}
	return &m.layouts.take(1)[0]
}

// layout returns the row-major layout of dims, which it copies.
func (m *memory) layout(dims []int) *Layout {
	if len(dims) == 0 {
		return scalarLayout
	}
	l := m.newLayout()
	l.rowMajor(m.intSlice(2*len(dims)), dims)
	return l
}

// rowMajor makes l that of dims in row-major order, kept in s, of twice the length.
func (l *Layout) rowMajor(s, dims []int) {
	n := len(dims)
	*l = Layout{Dims: s[:n:n], Strides: s[n : 2*n : 2*n], Contig: true}
	copy(l.Dims, dims)
	l.Size = rowMajor(l.Dims, l.Strides)
}

// view returns a layout with the given dims and strides, both copied.
func (m *memory) view(dims, strides []int) *Layout {
	if len(dims) == 0 {
		return scalarLayout
	}
	l := m.newLayout()
	s := m.intSlice(2 * len(dims))
	*l = Layout{Dims: s[:len(dims):len(dims)], Strides: s[len(dims):]}
	copy(l.Dims, dims)
	copy(l.Strides, strides)
	l.Size, l.Contig = 1, true
	for i := len(dims) - 1; i >= 0; i-- {
		if dims[i] != 1 && strides[i] != l.Size {
			l.Contig = false
		}
		l.Size *= dims[i]
	}
	return l
}

// rowMajor fills strides for dims and returns the number of elements.
func rowMajor(dims, strides []int) int {
	size := 1
	for i := len(dims) - 1; i >= 0; i-- {
		strides[i] = size
		size *= dims[i]
	}
	return size
}

// array returns an array with uninitialised contents.
func (m *memory) array(l *Layout, d DType) Array {
	if d == Float32 {
		return Array{Layout: l, F32: m.float32s(l.Size), DType: d}
	}
	return Array{Layout: l, F64: m.float64s(l.Size)}
}

// copied returns a copy of a in row-major order.
func (m *memory) copied(a *Array) Array {
	b := m.array(a.Layout.contiguous(m), a.DType)
	b.Weak = a.Weak
	materialise(&b, a, b.Layout)
	return b
}

// pool hands out pieces of chunks. Pieces are never returned one by one; reset
// makes all of them available again, contents and all.
type pool[T any] struct {
	chunks   [][]T
	cur, off int
}

func (p *pool[T]) take(n int) []T {
	if p.cur < len(p.chunks) {
		if c := p.chunks[p.cur]; p.off+n <= len(c) {
			s := c[p.off : p.off+n : p.off+n]
			p.off += n
			return s
		}
	}
	return p.takeNext(n)
}

// minChunk is the bytes of the first chunk, a page.
const minChunk = 4096

func (p *pool[T]) takeNext(n int) []T {
	for p.cur++; p.cur < len(p.chunks); p.cur++ {
		if c := p.chunks[p.cur]; n <= len(c) {
			p.off = n
			return c[:n:n]
		}
	}
	size := minChunk / int(unsafe.Sizeof(*new(T)))
	if k := len(p.chunks); k > 0 {
		size = 2 * len(p.chunks[k-1])
	}
	p.chunks = append(p.chunks, make([]T, max(n, size)))
	p.cur, p.off = len(p.chunks)-1, n
	return p.chunks[p.cur][:n:n]
}

// align makes the next piece start at a multiple of n elements; chunks start at
// one of any n up to a page.
func (p *pool[T]) align(n int) { p.off = (p.off + n - 1) &^ (n - 1) }

func (p *pool[T]) reset() { p.cur, p.off = 0, 0 }

func (p *pool[T]) size() int {
	n := 0
	for _, c := range p.chunks {
		n += len(c)
	}
	return n
}

// broadcast returns the dims that a and b broadcast to, or false.
func broadcast(m *memory, a, b []int) ([]int, bool) {
	if len(a) < len(b) {
		a, b = b, a
	}
	out := m.intSlice(len(a))
	copy(out, a)
	for i, k := range b {
		o := &out[len(a)-len(b)+i]
		switch {
		case *o == k || k == 1:
		case *o == 1:
			*o = k
		default:
			return nil, false
		}
	}
	return out, true
}

// sameDims reports whether two layouts have equal dims.
func sameDims(a, b *Layout) bool { return a == b || slices.Equal(a.Dims, b.Dims) }

// run returns the elements of a if they are float64 in a row, else nil.
func (a *Array) run() []float64 {
	if a.DType != Float64 || !a.Layout.Contig {
		return nil
	}
	return a.F64[:a.Layout.Size]
}

// SetScalar makes a, which is zero, a plain number that uses data, of length 1.
func (a *Array) SetScalar(data []float64) {
	a.Layout, a.F64, a.Weak = scalarLayout, data, true
}
